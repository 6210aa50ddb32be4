#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The simulated books (docs/SIMULATION.md): seeded worlds of one order each, in which the provider's events come 0 to 3 times in any order and
# our effects crash before their commit or between two of them. Whatever happened, the books of each world end as they must.
# MVE_BOOKS_SEEDS worlds (default 1000) from MVE_BOOKS_FIRST (default 1) on; MVE_BOOKS_SEED=n tells one of them in words.
# MVE_BOOKS_DRAWS: what is drawn besides (docs/SIMULATION.md).
set -euo pipefail
cd "$(dirname "$0")"
seeds=${MVE_BOOKS_SEEDS:-1000} first=${MVE_BOOKS_FIRST:-1}
sql() { psql -X -q -v ON_ERROR_STOP=1 "$@"; }
sql -f books/provider.sql -f books/world.sql -f books/end.sql -c "select t.shop(5, 60, 1, 1000000)" >/dev/null
sql -c "alter sequence t.ids restart 1000000000000"
# Whole tables of small rows that change all the time: what they cost is not what is asked here.
export PGOPTIONS="$PGOPTIONS -c synchronous_commit=off -c statement_timeout=0 -c plan_cache_mode=force_generic_plan -c enable_seqscan=off \
  -c t.draws=${MVE_BOOKS_DRAWS-dashboard,uncaptured,silent,returned,by_hand,asked}"
if [ -n "${MVE_BOOKS_SEED:-}" ]; then
  sql -At -c "set client_min_messages = notice" -c "set t.noting = on" -c "select t.live($MVE_BOOKS_SEED)" \
    -c "select e.kind, e.reference, l.account, l.debit_minor - l.credit_minor from ledger.entries e join ledger.lines l on l.entry_id = e.id order by e.created_at, e.id, l.line_no" \
    -c "select t.judge($MVE_BOOKS_SEED)" 2>&1 | sed 's/.*NOTICE:  //'
  exit
fi
half=$((seeds / 2))
sql -c "call t.worlds($first, $half)" & one=$!
sql -c "call t.worlds($((first + half)), $((seeds - half)))" & two=$!
status=0
wait $one || status=1
wait $two || status=1
[ $status = 0 ] || exit 1
sql -f - <<'SQL'
select t.sound('books');
select t.eq('refunds are sound', (select string_agg(name || '=' || value, ', ') from platform.invariants_of_refunds_v1() where value <> 0), null);
select t.eq('money is sound', (select string_agg(name || '=' || value, ', ') from platform.invariants_v4() where not ok), null);
select t.eq('no order says authorized of money that is not', (select string_agg(o.id::text, ',') from orders.orders o where o.payment_rank = 2
  and not exists (select 1 from payments.payments p where p.order_id = o.id and p.status = 'authorized')), null);
select t.eq('disputes are sound', (select string_agg(name || '=' || value, ', ') from platform.invariants_of_disputes_v1() where value <> 0), null);
-- What was packed has left, but for what was put back; of parts that came back, what had never been sent is there as well.
select t.eq('units on the shelf', (select sum(on_hand)::text from inventory.stock),
  (60 * 1000000::bigint - (select coalesce(sum(l.quantity - x.back - case when s.status = 'rto_received' then greatest(l.quantity - x.back - x.sent, 0) else 0 end), 0)
     from orders.order_lines l join orders.seller_orders s on s.id = l.seller_order_id
     cross join lateral (select coalesce((select sum(p.restocked) from refunds.parts p where p.line_id = l.id), 0) back,
                                coalesce((select sum(u.q) from orders.shipments h cross join lateral unnest(h.line_ids, h.quantities) u(line, q)
                                           where h.seller_order_id = s.id and u.line = l.id), 0) sent) x
     where s.status in ('completed', 'rto_received')))::text);
select t.ok('refunded units that were not sent', (select count(*) > 0 from orders.order_lines l join orders.seller_orders s on s.id = l.seller_order_id
  where s.status = 'completed' and l.quantity > (select coalesce(sum(u.q), 0) from orders.shipments h cross join lateral unnest(h.line_ids, h.quantities) u(line, q)
    where h.seller_order_id = s.id and u.line = l.id)));
select t.ok('parts that ended because all of them was refunded', (select count(*) > 0 from orders.history where actor = 'system' and event = 'cancel'
  and seller_order_id is not null and reason like 'everything%'));
-- What this is about did happen.
select t.ok('disputes that were turned back, beside refunds', (select count(*) > 0 from ledger.disputes d join refunds.refunds r on r.order_id = d.order_id
  where d.state = 'reversed'));
select t.ok('attempts that were voided, and authorized by another payment', not t.draws('asked') or (select count(*) > 0 from payments.history
  where from_status = 'voided' and to_status = 'authorized'));
select t.eq('worlds of each end', (select string_agg(status, ',' order by status) from (select distinct status from orders.orders) x), 'cancelled,completed,expired');
SQL
