#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Who has a row of stock makes nobody wait but for units: moves and cancellations go on to the point where theirs move, in the order of the
# variants, and two sellers and a buyer who meet on the same rows from both sides end without a deadlock.
set -euo pipefail
sql() { PGOPTIONS="-c client_min_messages=warning -c lock_timeout=10s" psql -X -q -At -v ON_ERROR_STOP=1 "$@"; }
fail() { echo "FAILED $*"; exit 1; }
want() { [ "$2" = "$3" ] || fail "$1: got <$2>, want <$3>"; }
coproc A { psql -X -q -At 2>&1; }
a() { echo "$1; select 'A-done';" >&"${A[1]}"; got=""; while read -r line <&"${A[0]}"; do [ "$line" = A-done ] && break; got+="$line"; done; }
waiting() { until [ "$(sql -c "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")" = "$1" ]; do :; done; }
sql -c "select t.shop(2, 4, 1, 1000); select t.bought(1, '{100,200}'); select t.bought(2, '{100,200}'); select t.payable(3, '{100,200}')" >/dev/null
move() { echo "select min(code) from checkout.move_seller_orders_v2(null, '{$1}', 'cancelled', 2::smallint, $2, 9, null, 'x', null, null, array(select nextval('t.ids') from generate_series(1, 9)), null, 7) where kind = 0"; }
shift_() { echo "select count(*) from checkout.shift_units_v1($1, '$2', array_fill(-1, array[cardinality('$2'::bigint[])]), array_fill(0, array[cardinality('$2'::bigint[])]), array_fill(0::bigint, array[cardinality('$2'::bigint[])]), null, null, 'x')"; }

# Somebody has both rows: the moves are made and could be answered, only units wait.
a "begin; select 1 from inventory.stock where variant_id in (100, 200) order by variant_id for update"
want "a move waits for no stock" "$(sql -c "begin; $(move 1001 1); rollback")" 0
want "a cancellation neither" "$(sql -c "begin; select min(code) from checkout.cancel_v2('{3}', '{3}', 'user:3', 'x', null) where kind = 0; rollback")" 0
sql -c "begin; $(move 1001 1); $(shift_ 1 '{200}'); commit" >/dev/null & b=$!
waiting 1
want "the order is held while units are waited for" "$(sql -c "select t.fails('select 1 from orders.orders where id = 1 for update nowait')")" 55P03
a "commit"; wait $b

# An order takes 100 before 200; sellers of 200 and of 100 and a buyer of both give theirs back: all in the order of the variants.
sql -c "select t.cart(9, 9, '{200,100}')" >/dev/null
a "begin; select 1 from inventory.stock where variant_id = 100 for update"
sql -c "begin; $(move 1002 2); $(shift_ 1 '{100}'); commit" >/dev/null & p1=$!
waiting 1
sql -c "begin; select min(code) from checkout.cancel_v2('{3}', '{3}', 'user:3', 'x', null) where kind = 0; $(shift_ 3 '{200,100}'); commit" >/dev/null & p2=$!
waiting 2
sql -c "select t.codes('[{\"id\":9,\"key\":\"k9\",\"user\":9,\"cart\":9,\"lines\":[[200,1],[100,1]]}]')" >/dev/null & p3=$!
waiting 3
want "200 is free: whoever waits, waits for 100 first" "$(sql -c "select t.fails('select 1 from inventory.stock where variant_id = 200 for update nowait')")" none
sql -c "begin; $(move 2001 1); $(shift_ 2 '{200}'); commit" >/dev/null
# A deadlock would end one of them with 40P01, and this test with it.
a "commit"; wait $p1; wait $p2; wait $p3
want "units" "$(sql -c "select string_agg(on_hand || '/' || reserved, ' ' order by variant_id) from inventory.stock where variant_id in (100, 200)")" "1000/2 1000/1"
sql -c "select t.lawful('units last')" >/dev/null
