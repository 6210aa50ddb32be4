-- SPDX-License-Identifier: Apache-2.0
-- Why:  ending unpaid orders: expire_v1 (the sweeper) and cancel_v1 (release by the buyer), which give units back exactly once.
-- Lock: only new objects.
-- Time: milliseconds.
--
-- Both run as one autocommit statement and share checkout.end_unpaid. Locks, in this order: order rows by id, payment rows, seller
-- orders and reservations (under their order's lock), stock rows by variant LAST. Units move only by what the transition of a
-- reservation out of 'held' returns, so that a race with pay_v1 ends in exactly one of: confirmed, or ended plus late money.
--
-- checkout.expire_v1(p_limit int) — ends at most p_limit (1…1000) orders that are pending_payment and past reserved_until by the
--   database's clock; orders locked by others are skipped and found again next time. Several sweepers may run at once.
-- checkout.cancel_v1(p_order bigint[], p_user bigint[], p_actor text, p_reason text, p_request text) — ends unpaid orders;
--   p_user[i] null = whoever; otherwise another user's order is "not found".
--
-- Result rows (kind, idx, code, a, b, c, d, e, bytes1…3):
--   kind 0: a order id, b its version now, code 0 ended (expired or cancelled); for cancel_v1 also 1 not found, 2 not in
--     pending_payment (already ended, or paid: nothing done); idx = 1-based position in p_order (0 for expire_v1)
--   kind 2: the stock rows that got units back, as in place_v1: code sellable, a variant, b on_hand, c reserved, d version, e offer_version
-- Writes history, one outbox event order.expired / order.cancelled, seller orders → cancelled (no event: sellers never saw them),
-- open payment attempts → expired (no event).

create function checkout.end_unpaid(p_orders bigint[], p_status text, p_due_only boolean, p_actor text, p_reason text, p_request text)
returns table (kind smallint, idx int, code smallint, a bigint, b bigint, c bigint, d bigint, e bigint,
               bytes1 bytea, bytes2 bytea, bytes3 bytea)
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off
set enable_material = off set jit = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare ended bigint[]; versions bigint[]; vs bigint[]; qs int[];
begin
  -- The rows are locked by the caller; the predicate stands here, where the transition is.
  with u as (
    update orders.orders t
       set status = p_status, event_seq = t.event_seq + 1, version = t.version + 1, updated_at = now()
     where t.id = any (p_orders) and t.status = 'pending_payment' and (not p_due_only or t.reserved_until <= now())
    returning t.id, t.version, t.event_seq, t.user_id),
  h as (
    insert into orders.history (order_id, from_status, to_status, event, actor, reason, request_id)
    select id, 'pending_payment', p_status, case when p_due_only then 'timeout' else 'cancel' end, p_actor, p_reason, p_request from u),
  x as (
    insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
    select 'order.' || p_status, 'order', id, event_seq, jsonb_build_object('order_id', id, 'user_id', user_id, 'reason', p_reason)
      from u order by id)
  select array_agg(id order by id), array_agg(version order by id) into ended, versions from u;
  if ended is null then return; end if;

  update payments.payments t set status = 'expired', version = t.version + 1, updated_at = now()
   where t.order_id = any (ended) and t.status in ('created', 'initiated');
  update orders.seller_orders t set status = 'cancelled', version = t.version + 1, updated_at = now()
   where t.order_id = any (ended) and t.status = 'pending_payment';
  with u as (
    update inventory.reservations t set state = case when p_due_only then 'expired' else 'released' end, updated_at = now()
     where t.order_id = any (ended) and t.state = 'held' returning t.variant_ids, t.quantities)
  select array_agg(v order by v), array_agg(q order by v) into vs, qs
    from (select v, sum(q)::int q from u cross join lateral unnest(u.variant_ids, u.quantities) k(v, q) group by v) x;

  return query
    update inventory.stock s set reserved = s.reserved - x.q, version = s.version + 1
      from (select v, q from unnest(vs, qs) u(v, q) order by v) x where s.variant_id = x.v
    returning 2::smallint, 0, s.sellable::int::smallint, s.variant_id, s.on_hand::bigint, s.reserved::bigint, s.version, s.offer_version,
              null::bytea, null::bytea, null::bytea;
  return query
    select 0::smallint, 0, 0::smallint, o, v, 0::bigint, 0::bigint, 0::bigint, null::bytea, null::bytea, null::bytea
      from unnest(ended, versions) u(o, v);
end $$;

create function checkout.expire_v1(p_limit int)
returns table (kind smallint, idx int, code smallint, a bigint, b bigint, c bigint, d bigint, e bigint,
               bytes1 bytea, bytes2 bytea, bytes3 bytea)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare due bigint[]; locked bigint[];
begin
  if p_limit is null or p_limit not between 1 and 1000 then
    raise exception 'expire_v1: limit outside 1…1000' using errcode = '22023';
  end if;
  -- More candidates than the limit, so that rows locked by others do not starve the rest.
  select array_agg(order_id) into due from (
    select distinct order_id from (
      select r.order_id from inventory.reservations r where r.state = 'held' and r.expires_at <= now()
       order by r.expires_at limit p_limit * 4) q order by order_id) x;
  if due is null then return; end if;
  select array_agg(x.id) into locked from (
    select t.id from orders.orders t
     where t.id = any (due) and t.status = 'pending_payment' and t.reserved_until <= now()
     order by t.id limit p_limit for no key update skip locked) x;
  if locked is null then return; end if;
  return query select * from checkout.end_unpaid(locked, 'expired', true, 'system', 'reservation expired', null);
end $$;

create function checkout.cancel_v1(p_order bigint[], p_user bigint[], p_actor text, p_reason text, p_request text)
returns table (kind smallint, idx int, code smallint, a bigint, b bigint, c bigint, d bigint, e bigint,
               bytes1 bytea, bytes2 bytea, bytes3 bytea)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare locked bigint[]; open_ids bigint[];
begin
  if cardinality(p_order) is distinct from cardinality(p_user) or cardinality(p_order) not between 1 and 512 or p_actor is null then
    raise exception 'cancel_v1: arrays do not fit together' using errcode = '22023';
  end if;
  select array_agg(x.id), array_agg(x.id) filter (where x.status = 'pending_payment') into locked, open_ids from (
    select t.id, t.status from orders.orders t join unnest(p_order, p_user) u(o, us) on t.id = u.o
     where u.us is null or t.user_id = u.us order by t.id for no key update of t) x;
  if open_ids is not null then
    return query
      select r.kind, case when r.kind = 0 then array_position(p_order, r.a) else 0 end, r.code, r.a, r.b, r.c, r.d, r.e,
             r.bytes1, r.bytes2, r.bytes3
        from checkout.end_unpaid(open_ids, 'cancelled', false, p_actor, p_reason, p_request) r;
  end if;
  return query
    select 0::smallint, u.ord::int, case when t.id is null then 1 else 2 end::smallint, u.o, coalesce(t.version, 0), 0::bigint, 0::bigint,
           0::bigint, null::bytea, null::bytea, null::bytea
      from unnest(p_order) with ordinality u(o, ord) left join orders.orders t on t.id = u.o and t.id = any (locked)
     where open_ids is null or u.o <> all (open_ids);
end $$;
