#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Hot path rule 8, recorded: every writer takes its rows in one order, key or event → carts → orders → payments → seller orders and
# reservations → stock, each kind sorted. For each row that a writer needs, somebody else holds it: the writer must stop there
# with everything before it locked and everything after it free.
set -euo pipefail
sql() { PGOPTIONS="-c client_min_messages=warning -c lock_timeout=30s" psql -X -q -At -v ON_ERROR_STOP=1 "$@"; }
fail() { echo "FAILED $*"; exit 1; }
coproc A { psql -X -q -At 2>&1; }
# In the session of somebody else: runs a statement and waits for its end.
other() { echo "$1; select 'A-done';" >&"${A[1]}"; while read -r line <&"${A[0]}"; do [ "$line" = A-done ] && break; done; }

# A row by its short name, as a statement that locks it.
row() {
  local id=${1#*:}
  case $1 in
    key:*) echo "select 1 from (select pg_try_advisory_xact_lock(('x' || encode(substr(t.digest('$id'), 1, 8), 'hex'))::bit(64)::bigint) free) x where t.must(free)" ;;
    cart:*) echo "select 1 from carts.carts where id = $id for no key update" ;;
    order:*) echo "select 1 from orders.orders where id = $id for no key update" ;;
    payment:*) echo "select 1 from payments.payments where order_id = $id for no key update" ;;
    part:*) echo "select 1 from orders.seller_orders where order_id = $id for no key update" ;;
    held:*) echo "select 1 from inventory.reservations where order_id = $id for no key update" ;;
    lines:*) echo "select 1 from carts.cart_lines where cart_id = $id for no key update" ;;
    stock:*) echo "select 1 from inventory.stock where variant_id = $id for no key update" ;;
  esac
}
# Whether a row is free at this moment.
is_free() {
  local statement; statement=$(row "$1")
  [[ $1 == key:* ]] || statement+=" nowait"
  [ "$(sql -c "select t.fails(\$\$$statement\$\$)")" = none ]
}

# order NAME STATEMENT ROW…: the rows in the order in which the statement takes them. Rows before a `|` are never waited for, so
# they are not held against it. Everything is rolled back.
order() {
  local name=$1 statement=$2 rows=() waited=() i j pid; shift 2
  for i in "$@"; do
    if [ "$i" = "|" ]; then waited=(); else rows+=("$i"); waited+=("$i"); fi
  done
  for i in "${!rows[@]}"; do
    [[ " ${waited[*]} " == *" ${rows[i]} "* ]] || continue
    other "begin; $(row "${rows[i]}")"
    sql -c "begin; $statement; rollback" >/dev/null & pid=$!
    until [ "$(sql -c "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")" = 1 ]; do
      kill -0 "$pid" 2>/dev/null || wait "$pid" || fail "$name fails"; kill -0 "$pid" 2>/dev/null || fail "$name does not need ${rows[i]}"
    done
    for j in "${!rows[@]}"; do
      if [ "$j" -lt "$i" ]; then
        if is_free "${rows[j]}"; then fail "$name waits for ${rows[i]} and has not taken ${rows[j]}"; fi
      elif [ "$j" -gt "$i" ]; then
        is_free "${rows[j]}" || fail "$name waits for ${rows[i]} and holds ${rows[j]} already"
      fi
    done
    other "rollback"
    wait "$pid" || fail "$name, held up at ${rows[i]}"
  done
  echo "$name: ${rows[*]}"
}

sql >/dev/null <<'SQL'
create function t.must(free boolean) returns boolean language plpgsql as $$
begin
  if not free then raise exception 'held' using errcode = '55P03'; end if;
  return true;
end $$;
select t.shop(2, 6, 1, 100);
select t.cart(g, g, '{100,200}') from generate_series(1, 4) g;
select t.payable(g, '{100,200}') from generate_series(30, 41) g;
update orders.orders set reserved_until = now() + interval '5 minutes' where id in (34, 35);
select checkout.cancel_v1('{36}', '{36}', 'user:36', null, null);
select t.paid('[{"event":"late","po":"order_36","pp":"pay_36","amount":2000}]');
select t.make_due('{37,38}');
SQL

two='{"id":1,"key":"k1","user":2,"cart":2,"lines":[[200,1],[100,1]]},{"id":2,"key":"k2","user":1,"cart":1,"lines":[[200,1],[100,1]]}'
order place_v5 "select t.codes('[$two]')" key:k1 key:k2 "|" cart:1 cart:2 stock:100 stock:200
order "place_v5 with scarce stock" "select t.codes('[$two]', true)" key:k1 key:k2 "|" cart:1 cart:2 stock:100 stock:200
order save_cart_v1 "select checkout.save_cart_v1(3, 1, '{9}', '{300}', '{1}', '{null}', '{1}', '{}', t.digest('c'), t.digest('h'), 86400, 200::smallint, 'h', 'b', 3)" \
  key:c "|" cart:3
order save_carts_v3 "select t.saved('[{\"cart\":4,\"key\":\"d\",\"change\":[[1,9]]},{\"cart\":3,\"key\":\"c\",\"change\":[[1,9]]}]')" \
  key:c key:d cart:3 cart:4 "|" lines:3
order pay_v3 "select t.paid('[{\"event\":\"e2\",\"po\":\"order_31\",\"pp\":\"pay_31\",\"amount\":2000},{\"event\":\"e1\",\"po\":\"order_30\",\"pp\":\"pay_30\",\"amount\":2000}]')" \
  order:30 order:31 payment:30 payment:31 part:30 held:30
order initiate_v1 "select checkout.initiate_v1('{35,34}', '{35,34}', '{935,934}', 'razorpay')" order:34 order:35 held:34
order initiated_v1 "select checkout.initiated_v1('{33,32}', '{order_33,order_32}')" order:32 order:33 payment:32 payment:33
order expire_v1 "select checkout.expire_v1(10)" order:37 order:38 "|" payment:37 part:37 held:37 stock:100 stock:200
order cancel_v1 "select checkout.cancel_v1('{41,40}', '{41,40}', 'user:1', null, null)" \
  order:40 order:41 payment:40 part:40 held:40 stock:100 stock:200
order revive_v1 "select checkout.revive_v1('razorpay', 'pay_36')" order:36 payment:36 part:36 held:36 stock:100 stock:200
order adjust_v1 "select checkout.adjust_v1('{200,100}', '{1,1}', '{null,null}', '{8,9}', 'adjust', '{a,b}', 'seller:1', true)" stock:100 stock:200

# Rule 13: nothing of a batch notifies; it would serialise all commits of the database.
loud=$(sql -c "select string_agg(proname, ', ') from pg_proc p join pg_namespace n on n.oid = pronamespace where nspname = 'checkout' and prosrc ~* 'notify\w*\s*\(|\mnotify\s+\w+\s*[,;]'")
[ -z "$loud" ] || fail "notifies inside a transaction that others wait for: $loud"
# What users may do is told by its tables (0177), which are rarely written, and by no batch.
told="'accounts.users', 'accounts.sessions', 'accounts.second_factors', 'companies.members', 'companies.companies'"
triggers=$(sql -c "select string_agg(tgname, ', ') from pg_trigger t join pg_proc p on p.oid = tgfoid where not tgisinternal and prosrc ~* 'notify\w*\s*\(|\mnotify\s+\w+\s*[,;]'
  and tgrelid <> all (array[$told]::regclass[])")
writes=$(sql -c "select string_agg(p.proname, ', ') from pg_proc p join pg_namespace n on n.oid = p.pronamespace, unnest(array[$told]) t where n.nspname = 'checkout'
  and p.proname ~ '^(place|save_cart|pay|initiate|expire|cancel|revive|adjust)' and p.prosrc ~* ('(update|insert into|delete from)\s+' || t || '\M')")
[ -z "$writes" ] || fail "a batch writes what is told by its table: $writes"
[ -z "$triggers" ] || fail "a trigger notifies: $triggers"
