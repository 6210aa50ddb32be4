#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Staged meetings of two sessions, and the plans the lock order rests on. A second session that waited where it must not
# would run into its lock_timeout of 2 s.
set -euo pipefail
sql() { PGOPTIONS="-c client_min_messages=warning -c lock_timeout=2s" psql -X -q -At -v ON_ERROR_STOP=1 "$@"; }
fail() { echo "FAILED $*"; exit 1; }
want() { [ "$2" = "$3" ] || fail "$1: got <$2>, want <$3>"; }
coproc A { psql -X -q -At 2>&1; }
# In session A: runs a statement and returns what it printed.
a() { echo "$1; select 'A-done';" >&"${A[1]}"; got=""; while read -r line <&"${A[0]}"; do [ "$line" = A-done ] && break; got+="$line"; done; }

sql -c "select t.shop(2, 6, 1, 10); select t.cart(g, g, '{100}') from generate_series(1, 20) g; select t.payable(g, '{500,600}') from generate_series(30, 33) g" >/dev/null

# Rule 3: a key held by an open transaction is busy at once, its neighbours are placed.
a "begin; select t.codes('[{\"id\":1,\"key\":\"k1\",\"user\":1,\"cart\":1,\"lines\":[[100,1]]}]')"
want "A placed" "$got" 0
want "busy key" "$(sql -c "select t.codes('[{\"id\":2,\"key\":\"k1\",\"user\":1,\"cart\":1,\"lines\":[[100,1]]},{\"id\":3,\"key\":\"k3\",\"user\":3,\"cart\":3,\"lines\":[[200,1]]}]')")" "1,0"
want "a held key is not stored as refused" "$(sql -c "select checkout.store_refusals_v2(array[t.digest('k1')], array[t.digest('h')], '{86400}', '{409}', array[null::bytea], array['x'::bytea], '{1}')")" 0
a "rollback"
want "free again after a rollback" "$(sql -c "select t.codes('[{\"id\":2,\"key\":\"k1\",\"user\":1,\"cart\":1,\"lines\":[[100,1]]}]')")" 0

# Two keys, one cart: the second waits for the cart row, then finds the first one's order.
a "begin; select t.codes('[{\"id\":4,\"key\":\"k4\",\"user\":4,\"cart\":4,\"lines\":[[100,1]]}]')"
sql -c "select code || ' ' || a from t.place('[{\"id\":5,\"key\":\"k5\",\"user\":4,\"cart\":4,\"lines\":[[100,1]]}]') where kind = 0" >"/tmp/mve-locks.$$" & b=$!
until [ "$(sql -c "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")" = 1 ]; do :; done
a "commit"; wait $b
want "the same request gets the same order" "$(cat /tmp/mve-locks.$$)" "3 4"; rm -f /tmp/mve-locks.$$

# MP002: judged on what was committed, then somebody else takes the units; the resent batch judges anew.
a "begin; select t.codes('[{\"id\":6,\"key\":\"k6\",\"user\":6,\"cart\":6,\"lines\":[[300,8]]}]')"
sql -c "select t.fails(\$\$select t.codes('[{\"id\":7,\"key\":\"k7\",\"user\":7,\"cart\":7,\"lines\":[[300,5]]}]')\$\$)" >"/tmp/mve-locks.$$" & b=$!
until [ "$(sql -c "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")" = 1 ]; do :; done
a "commit"; wait $b
want "short" "$(cat /tmp/mve-locks.$$)" MP002; rm -f /tmp/mve-locks.$$
want "nothing of it remains" "$(sql -c "select count(*) from platform.idempotency_keys where digest = t.digest('k7')")" 0
want "resent" "$(sql -c "select t.codes('[{\"id\":7,\"key\":\"k7\",\"user\":7,\"cart\":7,\"lines\":[[300,5]]}]')")" 5
# Rule 5 in the last UPDATE: an offer that changes between judgement and update is MP002, too.
a "begin; update catalog.variants set price_minor = 2000 where id = 400"
sql -c "select t.fails(\$\$select t.codes('[{\"id\":8,\"key\":\"k8\",\"user\":8,\"cart\":8,\"lines\":[[400,1]]}]')\$\$)" >"/tmp/mve-locks.$$" & b=$!
until [ "$(sql -c "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")" = 1 ]; do :; done
a "commit"; wait $b
want "offer changed under it" "$(cat /tmp/mve-locks.$$)" MP002; rm -f /tmp/mve-locks.$$

# Carts: a key or a cart that another transaction has is busy at once, its neighbours are saved.
a "begin; select t.saved('[{\"cart\":14,\"key\":\"kA\",\"change\":[[1,5]]}]')"
want "A saved" "$got" 0
want "busy key, busy cart" "$(sql -c "select t.saved('[{\"cart\":15,\"key\":\"kA\",\"change\":[[1,5]]},{\"cart\":14,\"key\":\"kB\",\"change\":[[1,6]]},{\"cart\":16,\"key\":\"kC\",\"change\":[[1,7]]}]')")" "1,4,0"
want "no key of a busy cart" "$(sql -c "select count(*) from platform.idempotency_keys where digest in (t.digest('kA'), t.digest('kB'))")" 0
a "commit"
want "afterwards" "$(sql -c "select t.saved('[{\"cart\":15,\"key\":\"kA\",\"change\":[[1,5]]},{\"cart\":14,\"key\":\"kB\",\"change\":[[1,6]]}]')")" "2,3"
a "begin; select 1 from carts.carts where id = 14 for no key update; update carts.carts set coupon_codes = '{}' where id = 14"
want "a locked cart of another version has moved" "$(sql -c "select t.saved('[{\"cart\":14,\"change\":[[1,6]]}]')")" 3
a "rollback"
want "free again after a rollback" "$(sql -c "select t.saved('[{\"cart\":14,\"version\":2,\"key\":\"kB\",\"change\":[[1,6]]}]')")" 0

# An event being handled is busy at once; a locked order stops only the sweeper's own row.
a "begin; select t.paid('[{\"event\":\"e1\",\"po\":\"order_30\",\"pp\":\"pay_30\",\"amount\":2000}]')"
want "busy event" "$(sql -c "select t.paid('[{\"event\":\"e1\",\"po\":\"order_30\",\"pp\":\"pay_30\",\"amount\":2000},{\"event\":\"e2\",\"po\":\"order_31\",\"pp\":\"pay_31\",\"amount\":2000}]')")" "1:0,0:17"
a "rollback"
sql -c "select t.make_due('{30,32,33}')" >/dev/null
a "begin; select t.paid('[{\"event\":\"e1\",\"po\":\"order_32\",\"pp\":\"pay_32\",\"amount\":2000}]')"
want "the sweeper skips a locked order" "$(sql -c "select string_agg(a::text, ',' order by a) from checkout.expire_v1(10) where kind = 0")" "30,33"
a "commit"
want "which was paid" "$(sql -c "select status from orders.orders where id = 32")" confirmed

# Rule 8, recorded: while one row of each kind is locked, place_v5 waits first for the cart, then for stock, and never holds
# stock while it waits for anything else.
a "begin; select 1 from inventory.stock where variant_id = 100 for update"
sql -c "select t.codes('[{\"id\":9,\"key\":\"k9\",\"user\":9,\"cart\":9,\"lines\":[[200,1],[100,1]]}]')" >/dev/null & b=$!
until [ "$(sql -c "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")" = 1 ]; do :; done
want "the cart is held while stock is waited for" "$(sql -c "select t.fails('select 1 from carts.carts where id = 9 for update nowait')")" 55P03
want "variant 200 comes after 100 and is still free" "$(sql -c "select t.fails('select 1 from inventory.stock where variant_id = 200 for update nowait')")" none
a "commit"; wait $b

# The plan that keeps the last UPDATE sorted: Nested Loop over a Sort (or sorted aggregate) into stock_pkey, on empty statistics and full ones.
for round in empty analyzed; do
  plan=$(psql -X -q -At 2>&1 <<SQL
load 'auto_explain'; set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on; set client_min_messages = log;
select t.codes('[{"id":1$([ $round = empty ] && echo 0 || echo 1),"key":"$round","user":1$([ $round = empty ] && echo 0 || echo 1),"cart":1$([ $round = empty ] && echo 0 || echo 1),"lines":[[200,1],[100,1]]}]');
SQL
)
  stock=$(sed -n '/update inventory.stock s set reserved/,/^LOG:/p' <<<"$plan")
  grep -q 'Nested Loop' <<<"$stock" && grep -q 'stock_pkey' <<<"$stock" && grep -qE 'Sort|GroupAggregate' <<<"$stock" || fail "plan ($round): $stock"
  plan=$(awk 'BEGIN { RS = "LOG:" } !/jsonb_array_elements/' <<<"$plan")      # without the test's own query
  grep -qE 'Seq Scan on (stock|carts|cart_lines|orders|idempotency_keys)|Hash Join|Merge Join' <<<"$plan" && fail "a scan or join that loses the order ($round): $(grep -E 'Seq Scan|Hash Join|Merge Join' <<<"$plan")"
  # Carts: locked in order, and no table is read through.
  plan=$(psql -X -q -At 2>&1 <<SQL
load 'auto_explain'; set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on; set client_min_messages = log;
select t.saved('[{"cart":18,"version":$([ $round = empty ] && echo 1 || echo 2),"key":"s$round","change":[[1,2]]},{"cart":17,"version":$([ $round = empty ] && echo 1 || echo 2),"change":[[1,2]]}]');
SQL
)
  carts=$(sed -n '/with mine as/,/^LOG:/p' <<<"$plan")
  grep -A1 -q 'LockRows' <<<"$carts" && grep -q 'Sort Key: c' <<<"$carts" && grep -q 'carts_pkey' <<<"$carts" || fail "plan of carts ($round): $carts"
  plan=$(awk 'BEGIN { RS = "LOG:" } !/jsonb_array_elements/' <<<"$plan")
  grep -qE 'Seq Scan on|Hash Join|Merge Join' <<<"$plan" && fail "a scan or join ($round): $(grep -E 'Seq Scan|Hash Join|Merge Join' <<<"$plan")"
  sql -c "analyze"
done
sql -c "select t.sound('locks')" >/dev/null
