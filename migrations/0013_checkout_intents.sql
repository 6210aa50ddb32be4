-- SPDX-License-Identifier: Apache-2.0
-- Why:  payment intents (initiate_v1 before the provider call, initiated_v1 after it), stock adjustment, and the two key functions
--       that stand outside the batch (store_refusals_v1, keys_v1).
-- Lock: only new objects.
-- Time: milliseconds.

-- checkout.initiate_v1(p_order bigint[], p_user bigint[], p_payment bigint[], p_provider text) — K (1…512) intents, one statement.
--   p_payment: fresh payment ids, used where an attempt is made. The amount comes from the order only.
--   Locks: order rows by id, payments, reservations. Extends the reservation once to at least 10 minutes from now.
-- Result: kind 0, idx = 1-based element, code =
--     0 created   a payment id (ours), b amount, c reserved_until in ms since 1970, d order's version
--     1 open      the open attempt, returned again: a its payment id, b amount, c reserved_until ms, d order's version; bytes1 the
--                 provider's order id as UTF-8 (null: that call has not answered yet; the recovery job asks)
--     2 not-found (or another user's)      3 already-paid      4 order-expired (by status, or past reserved_until)
--     5 not-payable (any other status)     6 busy: the same order occurs earlier in this batch
--   For codes 0 and 1 bytes2 is the currency as UTF-8.
create function checkout.initiate_v1(p_order bigint[], p_user bigint[], p_payment bigint[], p_provider text)
returns table (kind smallint, idx int, code smallint, a bigint, b bigint, c bigint, d bigint, e bigint,
               bytes1 bytea, bytes2 bytea, bytes3 bytea)
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off
set enable_material = off set jit = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare n int := cardinality(p_order); oc smallint[]; open_ids bigint[]; longer bigint[];
begin
  if n is null or n not between 1 and 512 or (n = all (array[cardinality(p_user), cardinality(p_payment)])) is not true or p_provider is null then
    raise exception 'initiate_v1: arrays do not fit together' using errcode = '22023';
  end if;
  perform 1 from orders.orders t where t.id = any (p_order) order by t.id for no key update;
  select array_agg(case when x.rn > 1 then 6 when t.id is null then 2
                        when t.status in ('confirmed', 'processing', 'completed') or t.payment_rank >= 3 then 3
                        when t.status = 'expired' or (t.status = 'pending_payment' and t.reserved_until <= now()) then 4
                        when t.status <> 'pending_payment' or t.payment_method <> 'razorpay' then 5
                        when p.id is not null then 1 else 0 end::smallint order by x.ord),
         array_agg(p.id order by x.ord),
         array_agg(t.id) filter (where x.rn = 1 and t.status = 'pending_payment' and t.payment_method = 'razorpay' and not t.extended
                                   and t.reserved_until > now() and t.reserved_until < now() + interval '10 minutes')
    into oc, open_ids, longer
    from (select o, us, ord, row_number() over (partition by o order by ord) rn from unnest(p_order, p_user) with ordinality u(o, us, ord)) x
    left join orders.orders t on t.id = x.o and t.user_id = x.us
    left join payments.payments p on p.order_id = t.id and p.status in ('created', 'initiated');
  if longer is not null then
    update orders.orders t set reserved_until = now() + interval '10 minutes', extended = true, version = t.version + 1, updated_at = now()
     where t.id = any (longer);
  end if;
  insert into payments.payments (id, order_id, user_id, provider, status, amount_minor, currency)
  select x.p, t.id, t.user_id, p_provider, 'created', t.total_minor, t.currency
    from (select o, p from unnest(p_order, p_payment, oc) u(o, p, c) where c = 0 order by o) x join orders.orders t on t.id = x.o;
  if longer is not null then
    update inventory.reservations r set expires_at = t.reserved_until, updated_at = now()
      from (select id, reserved_until from orders.orders where id = any (longer) order by id) t
     where r.order_id = t.id and r.state = 'held';
  end if;
  return query
    select 0::smallint, x.ord::int, x.c, coalesce(p.id, 0), coalesce(p.amount_minor, 0),
           case when x.c in (0, 1) then (extract(epoch from t.reserved_until) * 1000)::bigint else 0 end, coalesce(t.version, 0), 0::bigint,
           convert_to(p.provider_order_id, 'UTF8'), convert_to(p.currency, 'UTF8'), null::bytea
      from unnest(p_order, p_user, oc, open_ids, p_payment) with ordinality x(o, us, c, op, np, ord)
      left join orders.orders t on x.c <> 6 and t.id = x.o and t.user_id = x.us
      left join payments.payments p on p.id = case x.c when 0 then x.np when 1 then x.op end;
end $$;

-- checkout.initiated_v1(p_payment bigint[], p_provider_order text[]) — writes down what the provider answered.
--   Locks: order rows by id, payment rows. Repeating it changes nothing.
-- Result: kind 0, idx, a payment id, b its version, code = 0 recorded (created → initiated, event payment.initiated; an attempt that
--   expired meanwhile keeps its status, its provider order is recorded so that late money finds it)   1 recorded before (same value)
--   2 not found   3 conflict: it has another provider order (nothing changed)
create function checkout.initiated_v1(p_payment bigint[], p_provider_order text[])
returns table (kind smallint, idx int, code smallint, a bigint, b bigint, c bigint, d bigint, e bigint,
               bytes1 bytea, bytes2 bytea, bytes3 bytea)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare n int := cardinality(p_payment); oc smallint[];
begin
  if n is null or n not between 1 and 512 or cardinality(p_provider_order) is distinct from n
     or array_position(p_provider_order, null) is not null
     or (select count(distinct p) from unnest(p_payment) p) <> n then
    raise exception 'initiated_v1: arrays do not fit together' using errcode = '22023';
  end if;
  perform 1 from orders.orders t where t.id in (select p.order_id from payments.payments p where p.id = any (p_payment))
    order by t.id for no key update;
  perform 1 from payments.payments p where p.id = any (p_payment) order by p.id for no key update;
  select array_agg(case when p.id is null then 2 when p.provider_order_id is null then 0
                        when p.provider_order_id = x.po then 1 else 3 end::smallint order by x.ord) into oc
    from unnest(p_payment, p_provider_order) with ordinality x(pay, po, ord) left join payments.payments p on p.id = x.pay;
  with u as (
    update payments.payments p
       set provider_order_id = x.po, status = case when p.status = 'created' then 'initiated' else p.status end,
           initiated_at = now(), event_seq = p.event_seq + (p.status = 'created')::int, version = p.version + 1, updated_at = now()
      from (select pay, po from unnest(p_payment, p_provider_order, oc) y(pay, po, o) where o = 0) x
     where p.id = x.pay
    returning p.id, p.order_id, p.event_seq, p.status, p.amount_minor, p.currency)
  insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
  select 'payment.initiated', 'payment', id, event_seq,
         jsonb_build_object('payment_id', id, 'order_id', order_id, 'amount_minor', amount_minor, 'currency', currency)
    from u where status = 'initiated' order by id;
  return query
    select 0::smallint, x.ord::int, x.o, x.pay, coalesce(p.version, 0), 0::bigint, 0::bigint, 0::bigint, null::bytea, null::bytea, null::bytea
      from unnest(p_payment, oc) with ordinality x(pay, o, ord) left join payments.payments p on p.id = x.pay;
end $$;

-- checkout.adjust_v1(p_variant bigint[], p_delta int[], p_set int[], p_movement bigint[], p_cause text, p_reason text[], p_actor text,
--                    p_all boolean) — changes on_hand of 1…20000 distinct variants.
--   Per element exactly one of p_delta (added) and p_set (new on_hand) is not null; p_movement: fresh ids for the movement rows.
--   p_cause: adjust|set|pack|restock|import|seed. p_all: all or nothing (a refusal of one applies none).
--   Locks: stock rows by variant. Ownership of the variants is the caller's business.
-- Result: kind 0, idx, a variant, code = 0 applied (or would have been, see p_all), 1 no such variant, 2 below-reserved (the result would be
--   under what is reserved, or negative), 3 not applied because another element was refused; b units reserved, c on_hand found.
--   kind 2: the rows changed, as in place_v1. An element that changes nothing is applied without a movement row.
-- Errors: MP001 a variant twice.
create function checkout.adjust_v1(p_variant bigint[], p_delta int[], p_set int[], p_movement bigint[], p_cause text, p_reason text[],
                                   p_actor text, p_all boolean)
returns table (kind smallint, idx int, code smallint, a bigint, b bigint, c bigint, d bigint, e bigint,
               bytes1 bytea, bytes2 bytea, bytes3 bytea)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare n int := cardinality(p_variant); oc smallint[]; was int[]; held int[]; after bigint[];
begin
  if n is null or n not between 1 and 20000 or p_all is null or p_actor is null
     or (n = all (array[cardinality(p_delta), cardinality(p_set), cardinality(p_movement), cardinality(p_reason)])) is not true
     or exists (select 1 from unnest(p_delta, p_set) u(dl, st) where (dl is null) = (st is null)) then
    raise exception 'adjust_v1: arrays do not fit together' using errcode = '22023';
  end if;
  if (select count(distinct v) from unnest(p_variant) v) <> n then
    raise exception 'adjust_v1: a variant occurs twice' using errcode = 'MP001';
  end if;
  perform 1 from inventory.stock s where s.variant_id = any (p_variant) order by s.variant_id for no key update;
  select array_agg(case when s.variant_id is null then 1 when y.target < s.reserved or y.target > 2147483647 then 2 else 0 end::smallint
                   order by x.ord),
         array_agg(coalesce(s.on_hand, 0) order by x.ord), array_agg(coalesce(s.reserved, 0) order by x.ord),
         array_agg(y.target order by x.ord)
    into oc, was, held, after
    from unnest(p_variant, p_delta, p_set) with ordinality x(v, dl, st, ord)
    left join inventory.stock s on s.variant_id = x.v
    cross join lateral (select coalesce(x.st::bigint, s.on_hand::bigint + x.dl) target) y;
  if p_all and (1 = any (oc) or 2 = any (oc)) then
    select array_agg(case when o = 0 then 3 else o end::smallint order by ord) into oc from unnest(oc) with ordinality u(o, ord);
  else
    return query
      update inventory.stock s set on_hand = x.t::int, version = s.version + 1
        from (select v, t from unnest(p_variant, after, was, oc) u(v, t, w, o) where o = 0 and t <> w order by v) x
       where s.variant_id = x.v
      returning 2::smallint, 0, s.sellable::int::smallint, s.variant_id, s.on_hand::bigint, s.reserved::bigint, s.version, s.offer_version,
                null::bytea, null::bytea, null::bytea;
    insert into inventory.movements (id, variant_id, delta, on_hand, cause, reason, actor)
    select mv, v, (t - w)::int, t::int, p_cause, re, p_actor
      from unnest(p_movement, p_variant, after, was, p_reason, oc) u(mv, v, t, w, re, o) where o = 0 and t <> w;
  end if;
  return query
    select 0::smallint, ord::int, o, v, h::bigint, w::bigint, 0::bigint, 0::bigint, null::bytea, null::bytea, null::bytea
      from unnest(p_variant, oc, held, was) with ordinality u(v, o, h, w, ord);
end $$;

-- checkout.store_refusals_v1(digest bytea[32][], request_hash bytea[32][], retention_s int[], status smallint[], headers bytea[], body bytea[],
--   user_id bigint[]) → how many were stored. Write-behind of refusals given from memory or by place_v1. A key that is held by another
--   transaction, or that has a row, is skipped: a committed row always wins. Locks: keys (advisory, never waits), key rows by digest.
create function checkout.store_refusals_v1(k_digest bytea[], k_request_hash bytea[], k_retention_s int[], k_status smallint[],
                                           k_headers bytea[], k_body bytea[], k_user bigint[])
returns int language plpgsql set search_path = pg_catalog, pg_temp as $$
declare stored int; free boolean[];
begin
  select array_agg(pg_try_advisory_xact_lock(('x' || encode(substr(dg, 1, 8), 'hex'))::bit(64)::bigint) order by ord) into free
    from unnest(k_digest) with ordinality u(dg, ord);
  insert into platform.idempotency_keys (digest, request_hash, state, status, headers, body, user_id, created_at, expires_at)
  select distinct on (dg) dg, rh, 1, st, hd, bd, us, now(), now() + make_interval(secs => rt)
    from unnest(k_digest, k_request_hash, k_status, k_headers, k_body, k_user, k_retention_s, free) u(dg, rh, st, hd, bd, us, rt, f)
   where f order by dg
  on conflict (digest) do nothing;
  get diagnostics stored = row_count;
  return stored;
end $$;

-- checkout.keys_v1(digests) → the unexpired rows among them: idx 1-based, state (0 started, 1 finished), and for finished ones the answer.
-- Plain read: an absent digest is unknown, expired, or still being written by another transaction.
create function checkout.keys_v1(p_digest bytea[])
returns table (idx int, state smallint, request_hash bytea, status smallint, headers bytea, body bytea)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select u.ord::int, k.state, k.request_hash, k.status, k.headers, k.body
    from unnest(p_digest) with ordinality u(dg, ord) join platform.idempotency_keys k on k.digest = u.dg
   where k.expires_at > now()
$$;
