# SPDX-License-Identifier: Apache-2.0
# Many sessions at once: refunds of one payment never exceed it, whoever asks for what; a request is decided once; a refund is processed once.
set -euo pipefail
sql() { psql -X -q -At -v ON_ERROR_STOP=1 "$@"; }

sql -c "select t.shop(2, 2, 1, 1000)" >/dev/null
sql >/dev/null <<'SQL'
create function t.sold(ord bigint) returns void language plpgsql as $$
begin
  perform t.cart(ord, ord, '{100,200}');
  perform t.codes(jsonb_build_array(jsonb_build_object('id', ord, 'key', 'k' || ord, 'user', ord, 'cart', ord,
    'lines', jsonb_build_array(jsonb_build_array(200, 3, (select offer_version from inventory.stock where variant_id = 200)),
                               jsonb_build_array(100, 3, (select offer_version from inventory.stock where variant_id = 100))))));
  perform checkout.initiate_v1(array[ord], array[ord], array[ord], 'razorpay');
  perform checkout.initiated_v1(array[ord], array['order_' || ord]);
  perform t.pay(jsonb_build_array(jsonb_build_object('event', 'e' || ord, 'po', 'order_' || ord, 'pp', 'pay_' || ord, 'amount', 6000)));
end $$;
create function t.fresh(n int) returns bigint[] language sql as $$ select array_agg(nextval('t.ids')) from generate_series(1, n) $$;
-- What one session does: asks for lines, goodwill and everything of all orders, lets the provider answer, and has the rest owed.
create procedure t.give_back(client int, orders int) language plpgsql as $$
declare o bigint; r record; step int;
begin
  perform setseed(client / 100.0);
  perform pg_advisory_lock_shared(4711); perform pg_advisory_unlock_shared(4711); commit;
  for o in select g from generate_series(1, orders) g order by random() loop
    step := floor(random() * 5);
    if step = 0 then
      perform checkout.request_refund_v1(t.fresh(2), t.fresh(2), o, null, array[o * 1000 + 1], '{1}', array[null::bigint], null, null, 'damaged', null,
        false, 'seller', 'normal', null, client, 100000, 'user:1', null);
    elsif step = 1 then
      perform checkout.request_refund_v1(t.fresh(2), t.fresh(2), o, null, '{}', '{}', '{}', null, 700, 'goodwill', null,
        false, 'platform', 'normal', null, client, 500, 'user:1', null);
    elsif step = 2 then
      perform checkout.request_refund_v1(t.fresh(2), t.fresh(2), o, null, '{}', '{}', '{}', null, null, 'other', null,
        false, 'seller', 'normal', null, client, 2000, 'user:1', null);
    elsif step = 3 then
      perform checkout.owe_refund_v1(nextval('t.ids'), nextval('t.ids'), o * 1000 + 1, 'cancelled', 'system', null);
    end if;
    commit;
    for r in select id, status, round, request_id from refunds.refunds where order_id = o order by random() loop
      if r.status = 'requested' then
        perform checkout.decide_refund_v2(r.id, t.fresh(8), random() < 0.5, 1000 + client, 'x', 'user:2', null);
      elsif r.status in ('approved', 'submitted') then
        perform checkout.refund_answered_v1(r.id, r.round, nextval('t.ids'), case when random() < 0.8 then 'rfnd_' || r.id || '_' || r.round end,
          case when random() < 0.5 then 'processed' else 'pending' end, 'normal', 'X', 'no', 'razorpay');
      elsif r.status = 'failed' and random() < 0.3 then
        perform checkout.retry_refund_v2(r.id, null, 'user:3', null);
      end if;
      commit;
    end loop;
  end loop;
end $$;
SQL
sql -c "select t.sold(g) from generate_series(1, 20) g" >/dev/null

# All begin when this session lets go.
{ echo "select pg_advisory_lock(4711);"; while [ "$(sql -c "select count(*) from pg_locks where locktype = 'advisory' and not granted")" -lt 8 ]; do :; done; } | sql >/dev/null &
holder=$!
clients=()
for c in 1 2 3 4 5 6 7 8; do
  for _ in 1 2 3; do echo "call t.give_back($c, 20);"; done | sql >/dev/null &
  clients+=($!)
done
for p in "${clients[@]}"; do wait "$p"; done
wait "$holder"

sql -c "select t.ok('something went back', (select count(*) > 20 from refunds.refunds))" \
    -c "select t.ok('something was decided', (select count(*) > 0 from refunds.refunds where decided_by is not null))" \
    -c "select t.eq('no more than was paid', (select count(*)::text from (select provider_payment_id, sum(amount_minor) a from refunds.refunds
          where status not in ('failed', 'rejected') group by 1) x where a > 6000), '0')" \
    -c "select t.eq('each decided once', (select count(*)::text from (select refund_id from refunds.history where event in ('approve', 'reject') and from_status = 'requested'
          group by 1 having count(*) > 1) x), '0')" \
    -c "select t.eq('sound', (select string_agg(name || ' ' || value, ', ') from platform.invariants_of_refunds_v1() where value <> 0), null)" \
    -c "select t.sound('after all')"
