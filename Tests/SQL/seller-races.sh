#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two sessions move the same order, in both orders of commit: the second waits for the first, then finds what it left. Units go once,
# money is owed once, and the one that came too late changes nothing.
set -euo pipefail
sql() { PGOPTIONS="-c client_min_messages=warning -c lock_timeout=10s" psql -X -q -At -v ON_ERROR_STOP=1 "$@"; }
fail() { echo "FAILED $*"; exit 1; }
want() { [ "$2" = "$3" ] || fail "$1: got <$2>, want <$3>"; }
coproc A { psql -X -q -At 2>&1; }
a() { echo "$1; select 'A-done';" >&"${A[1]}"; got=""; while read -r line <&"${A[0]}"; do [ "$line" = A-done ] && break; got+="$line"; done; }
out=$(mktemp /tmp/mve-seller-races.XXXXXX); trap 'rm -f "$out"' EXIT
sql -c "select t.shop(1, 1, 1, 1000)" >/dev/null

order=0
# meet LABEL PREPARATION FIRST WANT SECOND WANT STATE UNITS OWED: @ stands for the order, part @001 is its only one. UNITS is how far
# on_hand/reserved of variant 100 moved since the order was bought; OWED how often money was owed.
meet() {
  order=$((order + 1))
  local part="{${order}001}" first=${3//@/$order} second=${5//@/$order}
  sql -c "select t.bought($order, '{100}'); ${2//@/$order}" >/dev/null
  local before; before=$(sql -c "select on_hand, reserved from inventory.stock")
  a "begin; select ${first}"
  want "$1: the first" "$got" "$4"
  sql -c "select ${second}" >"$out" & local b=$!
  until [ "$(sql -c "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")" = 1 ]; do :; done
  a "commit"; wait $b
  want "$1: the second" "$(cat "$out")" "$6"
  want "$1: the order" "$(sql -c "select t.state($order)")" "$7"
  want "$1: units" "$(sql -c "select (on_hand - ${before%|*}) || '/' || (reserved - ${before#*|}) from inventory.stock")" "$8"
  want "$1: owed" "$(sql -c "select count(*) from t.calls where what = 'owe' and part = ${order}001")" "$9"
}
accept="t.move('{@001}', 'accepted', 'seller:1')"
pack="t.move('{@001}', 'packed', 'seller:1')"
cancel="t.move(null, 'cancelled', 'buyer:@', null, null, @)"
admin="t.move('{@001}', 'cancelled', 'admin')"
reject="t.move('{@001}', 'rejected', 'system')"
overdue="update orders.seller_orders set accept_by = now() where id = @001"
accepted="select $accept"
gone="cancelled: cancelled released"

meet "cancel, accept" "" "$cancel" "0 cancelled" "$accept" "3 cancelled" "$gone" "0/-1" 1
meet "accept, cancel" "" "$accept" "0 processing" "$cancel" "0 cancelled" "$gone" "0/-1" 1
meet "two cancels" "" "$cancel" "0 cancelled" "$admin" "1 cancelled" "$gone" "0/-1" 1
meet "two cancels, the other way" "" "$admin" "0 cancelled" "$cancel" "1 cancelled" "$gone" "0/-1" 1
meet "rejected for its time, accept" "$overdue" "$reject" "0 cancelled" "$accept" "3 cancelled" "cancelled: rejected released" "0/-1" 1
meet "accept, rejected for its time" "$overdue" "$accept" "0 processing" "$reject" "3 processing" "processing: accepted committed" "0/0" 0
meet "rejected for its time twice" "$overdue" "$reject" "0 cancelled" "$reject" "1 cancelled" "cancelled: rejected released" "0/-1" 1
meet "pack, cancel" "$accepted" "$pack" "0 processing" "$cancel" "0 cancelled" "cancelled: cancelled consumed" "0/-1" 1
meet "cancel, pack" "$accepted" "$cancel" "0 cancelled" "$pack" "3 cancelled" "$gone" "0/-1" 1
meet "two packs" "$accepted" "$pack" "0 processing" "$pack" "1 processing" "processing: packed consumed" "-1/-1" 0

# Cancel against pay: whoever is second finds the other's order.
unpaid() { order=$((order + 1)); sql -c "select t.payable($order, '{100}')" >/dev/null; reserved=$(sql -c "select reserved from inventory.stock"); }
second() {
  sql -c "select $1" >"$out" & local b=$!
  until [ "$(sql -c "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")" = 1 ]; do :; done
  a "commit"; wait $b
}
paying() { echo "t.paid('[{\"event\":\"e$order\",\"po\":\"order_$order\",\"pp\":\"pay_$order\",\"amount\":1000}]')"; }
ending() { echo "code from checkout.cancel_v1('{$order}', '{$order}', 'user:$order', null, null) where kind = 0"; }
unpaid
a "begin; select $(ending)"; want "cancelled" "$got" 0
second "$(paying)"; want "paid too late" "$(cat "$out")" "0:24"
want "its units are back" "$(sql -c "select reserved - $reserved from inventory.stock")" -1
unpaid
a "begin; select $(paying)"; want "paid" "$got" "0:17"
second "$(ending)"; want "not unpaid any more" "$(cat "$out")" 2
want "cancelled as a paid one" "$(sql -c "select t.move(null, 'cancelled', 'buyer:$order', null, null, $order)")" "0 cancelled"
want "its units are back once" "$(sql -c "select reserved - $reserved from inventory.stock")" -1
want "owed once" "$(sql -c "select count(*) from t.calls where what = 'owe' and part = ${order}001")" 1
sql -c "select t.lawful('races')" >/dev/null
