#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Several clients at once: the exact stock is sold, keys and events count once, paying and expiring exclude each other.
# Clients line up at an advisory lock and start together; what must hold does not depend on who wins.
set -euo pipefail
sql() { psql -X -q -At -v ON_ERROR_STOP=1 "$@"; }
fail() { echo "FAILED $*"; exit 1; }
want() { [ "$2" = "$3" ] || fail "$1: got <$2>, want <$3>"; }
db0=$PGDATABASE
fresh() { sql -d postgres -c "create database ${db0}_$1 template ${db0%_*}_base"; export PGDATABASE=${db0}_$1; }

# start N 'statement with @ for the client number': runs N clients from one starting line, fails if one of them fails.
start() {
  local n=$1 stmt=$2 pids=() p
  coproc GATE { psql -X -q -At; }
  echo "select pg_advisory_lock(4711); select 'held';" >&"${GATE[1]}"
  while read -r line <&"${GATE[0]}"; do [ "$line" = held ] && break; done
  for i in $(seq 1 "$n"); do
    psql -X -q -v ON_ERROR_STOP=1 -c "${stmt//@/$i}" >"$OUT.$i" 2>&1 & pids+=($!)
  done
  until [ "$(sql -c "select count(*) from pg_locks where locktype = 'advisory' and objid = 4711 and not granted and database = (select oid from pg_database where datname = current_database())")" = "$n" ]; do :; done
  echo "select pg_advisory_unlock(4711);" >&"${GATE[1]}"
  for p in "${pids[@]}"; do wait "$p" || { cat "$OUT".*; fail "a client of: $stmt"; }; done
  echo '\q' >&"${GATE[1]}"; wait "$GATE_PID" 2>/dev/null || true
}
OUT=$(mktemp -u /tmp/mve-race.XXXXXX); trap 'rm -f "$OUT".*' EXIT

# 1. 4 clients, 240 orders of 2 lines, 3 scarce variants of 40 units each and 5 plentiful ones, in random line order:
#    every unit that can be sold is sold, none twice, no deadlock (it would fail its client), no lost order.
fresh scarce
sql -c "select t.shop(3, 8, 1, 1000); update inventory.stock set on_hand = 40 where variant_id in (100, 200, 300);
        select t.cart(c * 100000 + g, c * 100000 + g, '{100}') from generate_series(1, 4) c, generate_series(1, 60) g" >/dev/null
start 4 "call t.race_place(@, 60, 8, '{100,200,300,400,500}', 'own')"
want "outcomes" "$(sql -c "select count(*), count(*) filter (where code not in (0, 5)) from t.outcomes")" "240|0"
want "placed orders are the outcomes" "$(sql -c "select count(*) = (select count(*) from orders.orders) from t.outcomes where code = 0")" t
want "reserved is what was sold" "$(sql -c "select count(*) from inventory.stock s where reserved <> (select coalesce(sum(quantity), 0) from orders.order_lines l where l.variant_id = s.variant_id)")" 0
sql -c "select t.sound('scarce')" >/dev/null

# 2. 200 buyers, one unit each, 100 units: exactly 100.
fresh hundred
sql -c "select t.shop(1, 1, 1, 100); select t.cart(c * 100000 + g, c * 100000 + g, '{100}') from generate_series(1, 4) c, generate_series(1, 50) g" >/dev/null
start 4 "call t.race_place(@, 50, 7, '{100}', 'own')"
want "200 for 100" "$(sql -c "select count(*) filter (where code = 0), count(*) filter (where code = 5) from t.outcomes")" "100|100"
want "sold out" "$(sql -c "select t.stock(100)")" "100/100"
sql -c "select t.sound('hundred')" >/dev/null

# 3. 4 clients with the same 60 keys and carts: one order each; everybody ends with placed or replay, nobody waits for ever.
fresh keys
sql -c "select t.shop(2, 4, 1, 1000); select t.cart(g, g, '{100}') from generate_series(1, 60) g" >/dev/null
start 4 "call t.race_place(@, 60, 10, '{100,200,300}', 'same')"
want "one order per key" "$(sql -c "select count(*), count(distinct key_digest) from orders.orders")" "60|60"
want "the others replay" "$(sql -c "select count(*) filter (where code = 0), count(*) filter (where code = 2) from t.outcomes")" "60|180"
sql -c "select t.sound('keys')" >/dev/null

# 4. 20 webhooks, each delivered by 4 clients at once: booked once.
fresh events
sql -c "select t.shop(2, 4, 1, 1000); select t.payable(g, '{100,200}') from generate_series(1, 20) g" >/dev/null
start 4 "do \$\$ declare todo bigint[]; still bigint[]; r record; begin
    perform pg_advisory_lock_shared(4711); perform pg_advisory_unlock_shared(4711);
    select array_agg(g) into todo from generate_series(1, 20) g;
    while cardinality(todo) > 0 loop
      still := '{}';
      for r in select idx, code from t.pay((select jsonb_agg(jsonb_build_object('event', 'e' || g, 'po', 'order_' || g, 'pp', 'pay_' || g, 'amount', 2000) order by ord)
                                              from unnest(todo) with ordinality u(g, ord))) loop
        if r.code = 1 then still := still || todo[r.idx]; else insert into t.outcomes values (@, todo[r.idx], r.code); end if;
      end loop;
      todo := still; commit;
    end loop; end \$\$"
want "applied once each" "$(sql -c "select count(*) filter (where code = 0), count(*) filter (where code = 2), (select count(*) from ledger.entries), (select count(*) from orders.orders where status = 'confirmed') from t.outcomes")" "20|60|20|20"
sql -c "select t.sound('events')" >/dev/null

# 5. Paying against two sweepers against a canceller: each order ends confirmed, or ended with late money; units and money agree.
fresh expiry
sql -c "select t.shop(2, 4, 1, 1000); select t.payable(g, '{100,200}') from generate_series(1, 120) g; select t.make_due(array_agg(g)) from generate_series(1, 110) g" >/dev/null
start 4 "do \$\$ declare i int := 0; begin
    perform pg_advisory_lock_shared(4711); perform pg_advisory_unlock_shared(4711);
    while i < 120 loop
      if @ = 1 then
        perform t.pay((select jsonb_agg(jsonb_build_object('event', 'e' || g, 'po', 'order_' || g, 'pp', 'pay_' || g, 'amount', 2000)) from generate_series(i + 1, i + 4) g));
        i := i + 4;
      elsif @ = 4 then
        perform checkout.cancel_v1(array_agg(g::bigint), array_agg(g::bigint), 'user', null, null) from generate_series(120 - i - 1, 120 - i) g;
        i := i + 2;
      else perform checkout.expire_v1(5); i := i + 4;
      end if;
      commit;
    end loop; end \$\$"
want "each ends once" "$(sql -c "select count(*) from orders.orders o join payments.payments p on p.order_id = o.id
   where not ((o.status = 'confirmed' and not p.late) or (o.status in ('expired', 'cancelled') and p.late)) or p.captured_minor <> 2000")" 0
want "late jobs" "$(sql -c "select (select count(*) from platform.jobs where kind = 'payment.late') = count(*) from orders.orders where status <> 'confirmed'")" t
want "units of the confirmed" "$(sql -c "select reserved = (select count(*) from orders.orders where status = 'confirmed') from inventory.stock where variant_id = 100")" t
sql -c "select t.sound('expiry')" >/dev/null
