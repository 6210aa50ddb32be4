-- SPDX-License-Identifier: Apache-2.0
-- Why:  checkout.revive_v1, the end of money that came after its order had ended: the order lives again, or the money goes back.
-- Lock: only new objects.
-- Time: milliseconds.
--
-- checkout.revive_v1(p_provider text, p_provider_payment text) — one late capture (pay_v1: verdict late, job payment.late); one
--   autocommit statement at READ COMMITTED. It reserves the order's units again, all or nothing, at the prices that were paid.
--   They fit and are sellable: order → confirmed, seller orders → placed, reservations → committed, verdict late → accepted,
--   history, outbox (order.confirmed, seller_order.placed). The ledger has the money since its capture: nothing is booked here.
--   They do not, or the order was paid otherwise meanwhile: job payment.refund (reason stock_unavailable, duplicate_payment or
--   order_not_payable), outbox payment.refund_owed. Either happens once; called again it says what was done.
--
-- Locks, in this order: the order row, its payment row, seller orders and reservations (under the order's lock), stock rows by
--   variant LAST. Units move only with the transition of a reservation out of expired or released.
--
-- Result rows (kind, idx, code, a, b, c, d, e, bytes1…3):
--   kind 0, one: a order id, b payment (attempt) id, d the order's version now, code
--     0 revived     1 was revived before     2 a refund is owed     3 a refund was owed before     4 no late capture of that name
--   kind 2, with code 0: the stock rows that gave units, as in place_v1: code sellable, a variant, b on_hand, c reserved, d version,
--     e offer_version

create function checkout.revive_v1(p_provider text, p_provider_payment text)
returns table (kind smallint, idx int, code smallint, a bigint, b bigint, c bigint, d bigint, e bigint,
               bytes1 bytea, bytes2 bytea, bytes3 bytea)
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off
set enable_material = off set jit = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  late payments.provider_payments; o orders.orders; vs bigint[]; qs int[]; fitting int; cause text; outcome smallint;
  job_key text := p_provider || ':' || p_provider_payment;
begin
  if job_key is null then
    raise exception 'revive_v1: no payment is named' using errcode = '22023';
  end if;
  -- The link from a provider's payment to its order never changes.
  select * into late from payments.provider_payments t where t.provider = p_provider and t.provider_payment_id = p_provider_payment;
  select * into o from orders.orders t where t.id = late.order_id order by t.id for no key update;
  perform 1 from payments.payments t where t.id = late.payment_id order by t.id for no key update;
  -- Its verdict does: read again under the order's lock.
  select * into late from payments.provider_payments t where t.provider = p_provider and t.provider_payment_id = p_provider_payment;
  outcome := case
    when o.id is null or late.verdict is null or late.verdict not in ('late', 'accepted') then 4
    when late.verdict = 'accepted' then 1
    when exists (select 1 from platform.jobs j where j.kind = 'payment.refund' and j.key = job_key) then 3
  end;
  if outcome is not null then
    return query select 0::smallint, 0, outcome, coalesce(o.id, 0), coalesce(late.payment_id, 0), 0::bigint, coalesce(o.version, 0), 0::bigint,
                        null::bytea, null::bytea, null::bytea;
    return;
  end if;

  if o.payment_rank >= 3 or o.status not in ('expired', 'cancelled') then
    cause := 'duplicate_payment';
  elsif o.paid_minor + late.amount_minor < o.total_minor or late.currency <> o.currency then
    cause := 'order_not_payable';
  else
    perform 1 from orders.seller_orders t where t.order_id = o.id order by t.id for no key update;
    perform 1 from inventory.reservations t where t.order_id = o.id order by t.seller_order_id for no key update;
    select array_agg(v order by v), array_agg(q order by v) into vs, qs
      from (select v, sum(q)::int q from inventory.reservations r cross join lateral unnest(r.variant_ids, r.quantities) k(v, q)
             where r.order_id = o.id and r.state in ('expired', 'released') group by v) x;
    perform 1 from inventory.stock s where s.variant_id = any (vs) order by s.variant_id for no key update;
    select count(*) into fitting from unnest(vs, qs) u(v, q) join inventory.stock s on s.variant_id = u.v
     where s.sellable and s.on_hand - s.reserved >= u.q;
    if vs is null or fitting < cardinality(vs) then cause := 'stock_unavailable'; end if;
  end if;

  if cause is not null then
    insert into platform.jobs (kind, key, payload)
    values ('payment.refund', job_key,
            jsonb_build_object('order_id', o.id, 'payment_id', late.payment_id, 'provider_payment_id', p_provider_payment,
                               'amount_minor', late.amount_minor, 'currency', late.currency, 'reason', cause));
    with u as (
      update payments.payments t set event_seq = t.event_seq + 1, version = t.version + 1, updated_at = now()
       where t.id = late.payment_id returning t.event_seq)
    insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
    select 'payment.refund_owed', 'payment', late.payment_id, event_seq,
           jsonb_build_object('payment_id', late.payment_id, 'order_id', o.id, 'user_id', o.user_id, 'amount_minor', late.amount_minor,
                              'currency', late.currency, 'reason', cause)
      from u;
    return query select 0::smallint, 0, 2::smallint, o.id, late.payment_id, 0::bigint, o.version, 0::bigint,
                        null::bytea, null::bytea, null::bytea;
    return;
  end if;

  with u as (
    update orders.orders t
       set status = 'confirmed', confirmed_at = now(), paid_minor = t.paid_minor + late.amount_minor, payment_rank = 3,
           event_seq = t.event_seq + 1, version = t.version + 1, updated_at = now()
     where t.id = o.id
    returning t.id, t.event_seq, t.user_id, t.total_minor, t.currency),
  h as (
    insert into orders.history (order_id, from_status, to_status, event, actor, reason)
    select id, o.status, 'confirmed', 'revive', 'system', 'paid late' from u)
  insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
  select 'order.confirmed', 'order', id, event_seq,
         jsonb_build_object('order_id', id, 'user_id', user_id, 'total_minor', total_minor, 'currency', currency)
    from u;
  with u as (
    update orders.seller_orders t
       set status = 'placed', accept_by = now() + interval '48 hours', event_seq = t.event_seq + 1, version = t.version + 1,
           updated_at = now()
     where t.order_id = o.id and t.status = 'cancelled'
    returning t.id, t.order_id, t.seller_id, t.event_seq, t.total_minor),
  h as (
    insert into orders.history (order_id, seller_order_id, from_status, to_status, event, actor)
    select order_id, id, 'cancelled', 'placed', 'revive', 'system' from u)
  insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
  select 'seller_order.placed', 'seller_order', id, event_seq,
         jsonb_build_object('seller_order_id', id, 'order_id', order_id, 'seller_id', seller_id, 'total_minor', total_minor)
    from u order by id;
  update payments.provider_payments t set verdict = 'accepted'
   where t.provider = p_provider and t.provider_payment_id = p_provider_payment;
  update inventory.reservations t set state = 'committed', updated_at = now()
   where t.order_id = o.id and t.state in ('expired', 'released');
  return query
    update inventory.stock s set reserved = s.reserved + x.q, version = s.version + 1
      from (select v, q from unnest(vs, qs) u(v, q) order by v) x where s.variant_id = x.v
    returning 2::smallint, 0, s.sellable::int::smallint, s.variant_id, s.on_hand::bigint, s.reserved::bigint, s.version, s.offer_version,
              null::bytea, null::bytea, null::bytea;
  return query select 0::smallint, 0, 0::smallint, o.id, late.payment_id, 0::bigint, o.version + 1, 0::bigint,
                      null::bytea, null::bytea, null::bytea;
end $$;
