-- SPDX-License-Identifier: Apache-2.0
-- Why:  checkout.pay_v1, the one statement through which provider news (webhook, verify, poller) changes payments and orders.
-- Lock: only new objects.
-- Time: milliseconds.
--
-- checkout.pay_v1 — n messages (1…512) of one provider, all arrays aligned; one autocommit statement at READ COMMITTED.
--   p_provider text          'razorpay'
--   m_event text             the provider's event id, or 'sha256:<hex>' of the body; null for verify and poller: no inbox row then
--   m_type text              the event's type; m_hash bytea[32], m_body bytea: hash and raw bytes (null without m_event)
--   m_actor text             who says so, into history: 'razorpay', 'verify', 'poller' …; m_request text: request id or null
--   m_action smallint        what it means: 0 nothing (the event is kept as ignored), 1 failed, 2 authorized, 3 captured
--   m_provider_order text (may be null), m_provider_payment text, m_amount bigint, m_currency text   (needed for action ≥ 1)
--   m_method, m_error_code, m_error_text text (may be null)
--   m_entry bigint           an id made by us for the ledger entry of a capture (unused otherwise)
--
-- Rules: rank never falls (failed 1 < authorized 2 < captured 3, per provider payment and per attempt; failed → authorized is legal).
--   An order is paid iff it is pending_payment, the capture has the amount and currency we asked for, and Σ accepted ≥ total. Then, once:
--   order → confirmed, seller orders → placed, reservations held → committed, history, outbox (order.confirmed,
--   seller_order.placed, payment.captured). Each capture books psp_clearing / order_funds:<order> once per provider payment.
--   Capture differs in amount or currency → flag mismatch, order unchanged, job payment.review. Capture on a paid order → flag duplicate,
--   job payment.refund_duplicate. Capture on an expired or cancelled order → flag late, job payment.late. An event that is 'waiting',
--   'failed' or 'received' is processed when it is sent again with the same body (retry of matching, operator's replay).
--
-- Locks, in this order: event (advisory try-lock, never waits), order rows by id, payment rows by id, seller orders and reservations
--   (under their order's lock), new rows. Stock is not touched: held and committed units both count as reserved.
--
-- Result: one row per message, kind 0, idx = 1-based message, code =
--     0 applied        1 busy: the event is being handled by another transaction, or an earlier message of this batch is about the
--                        same order of ours: nothing done or stored, send it again in the next batch
--     2 duplicate      event known with this body: nothing done        3 conflict: event known with ANOTHER body: kept aside, alert job
--     4 waiting        no such payment of ours (yet): stored as waiting (if it has an event id)
--     5 ignored        stored, action 0                                6 no-op: the rank was reached before; stored as processed
--     7 refused        the provider's payment belongs to another of our attempts: stored as failed
--   a order id, b payment (attempt) id, c flags (1 order confirmed by this, 2 mismatch, 4 duplicate, 8 late, 16 attempt changed
--   status), d the order's version now, e the attempt's rank now. a…e are 0 where there is nothing to tell.
--
-- Errors: MP001 a target (event, provider payment or provider order) occurs twice: the caller's batch rule is broken (for what only
--   the database can see, two provider orders of one order, the later message is busy instead). 22023 arrays that do not fit.

create function checkout.pay_v1(
  p_provider text, m_event text[], m_type text[], m_hash bytea[], m_body bytea[], m_actor text[], m_request text[],
  m_action smallint[], m_provider_order text[], m_provider_payment text[], m_amount bigint[], m_currency text[],
  m_method text[], m_error_code text[], m_error_text text[], m_entry bigint[])
returns table (kind smallint, idx int, code smallint, a bigint, b bigint, c bigint, d bigint, e bigint,
               bytes1 bytea, bytes2 bytea, bytes3 bytea)
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off
set enable_material = off set jit = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  n int := cardinality(m_action);
  oc smallint[] := array_fill(0::smallint, array[cardinality(m_action)]);
  r_pay bigint[]; r_ord bigint[]; vd smallint[]; cf boolean[]; ch boolean[]; ok boolean[];
  done bigint[]; foreigners boolean[]; j int; verdict smallint;
begin
  if n is null or n not between 1 and 512 or p_provider is null
     or (n = all (array[cardinality(m_event), cardinality(m_type), cardinality(m_hash), cardinality(m_body), cardinality(m_actor),
        cardinality(m_request), cardinality(m_provider_order), cardinality(m_provider_payment), cardinality(m_amount),
        cardinality(m_currency), cardinality(m_method), cardinality(m_error_code), cardinality(m_error_text), cardinality(m_entry)])) is not true
     or exists (select 1 from unnest(m_event, m_hash, m_body, m_action, m_provider_payment, m_amount, m_currency, m_entry)
                     u(ev, h, bo, ac, pp, am, cu, en)
                 where ac is null or ac not between 0 and 3 or (ev is not null and (h is null or bo is null))
                    or (ac > 0 and (pp is null or am is null or am < 0 or cu is null)) or (ac = 3 and en is null)) then
    raise exception 'pay_v1: arrays do not fit together, or a value is missing' using errcode = '22023';
  end if;
  if (select count(ev) <> count(distinct ev) from unnest(m_event) ev)
     or (select count(pp) <> count(distinct pp) or count(po) <> count(distinct po)
           from unnest(m_action, m_provider_payment, m_provider_order) u(ac, pp, po) where ac > 0) then
    raise exception 'pay_v1: a target occurs twice in the batch' using errcode = 'MP001';
  end if;

  -- Events: nobody waits for one.
  for j in select ord::int from unnest(m_event) with ordinality u(ev, ord)
            where ev is not null and not pg_try_advisory_xact_lock(hashtextextended(p_provider || ':' || ev, 0))
  loop oc[j] := 1; end loop;
  for j, verdict in
    select x.ord::int, case when v.body_hash <> x.h then 3 when v.state in ('waiting', 'failed', 'received') then 0 else 2 end
      from unnest(m_event, m_hash, oc) with ordinality x(ev, h, o, ord)
      join payments.events v on v.provider = p_provider and v.event_id = x.ev where x.o = 0
  loop oc[j] := verdict; end loop;
  for j in select ord::int from unnest(m_action, oc) with ordinality u(ac, o, ord) where o = 0 and ac = 0
  loop oc[j] := 5; end loop;

  -- Which of our attempts? By the provider's order, else by its payment. These links never change once made.
  select array_agg(coalesce(p.id, q.payment_id) order by x.ord), array_agg(coalesce(p.order_id, q.order_id) order by x.ord),
         array_agg(coalesce(p.id <> q.payment_id, false) order by x.ord)
    into r_pay, r_ord, foreigners
    from unnest(m_provider_order, m_provider_payment, oc) with ordinality x(po, pp, o, ord)
    left join payments.payments p on x.o = 0 and p.provider = p_provider and p.provider_order_id = x.po
    left join payments.provider_payments q on x.o = 0 and q.provider = p_provider and q.provider_payment_id = x.pp;
  for j in 1..n loop
    if oc[j] = 0 then
      if foreigners[j] then oc[j] := 7; elsif r_pay[j] is null then oc[j] := 4; end if;
    end if;
  end loop;
  for j in select ord from (select ord::int, row_number() over (partition by r order by ord) k
                              from unnest(r_ord, oc) with ordinality u(r, o, ord) where o = 0) x where k > 1
  loop oc[j] := 1; end loop;

  -- Locks: orders, then payments, by id.
  perform 1 from orders.orders t
    where t.id in (select r from unnest(r_ord, oc) u(r, o) where o = 0) order by t.id for no key update;
  perform 1 from payments.payments t
    where t.id in (select r from unnest(r_pay, oc) u(r, o) where o = 0) order by t.id for no key update;

  -- The decision, on the locked rows. vd: 1 accepted, 2 mismatch, 3 duplicate, 4 late (captures only); ok: amount and currency
  -- are what we asked for; cf: confirms the order; ch: the attempt's status moves; oc 6: the rank was reached before.
  select array_agg(case when x.ac < 3 or z.reached then 0 when not z.fits then 2
                        when t.payment_rank >= 3 or t.status in ('confirmed', 'processing', 'completed') then 3
                        when t.status = 'pending_payment' then 1 when t.status in ('expired', 'cancelled') then 4
                        else 2 end::smallint order by x.ord),
         array_agg(x.ac = 3 and not z.reached and z.fits and t.status = 'pending_payment' and t.payment_rank < 3
                   and t.paid_minor + x.am >= t.total_minor order by x.ord),
         array_agg(x.ac > p.rank and not z.reached order by x.ord),
         array_agg(z.fits order by x.ord),
         array_agg(case when x.o = 0 and z.reached then 6 else x.o end::smallint order by x.ord)
    into vd, cf, ch, ok, oc
    from unnest(m_action, m_amount, m_currency, m_provider_payment, r_pay, r_ord, oc) with ordinality x(ac, am, cu, pp, pay, ord_id, o, ord)
    left join orders.orders t on x.o = 0 and t.id = x.ord_id
    left join payments.payments p on x.o = 0 and p.id = x.pay
    left join payments.provider_payments q on x.o = 0 and q.provider = p_provider and q.provider_payment_id = x.pp
    left join lateral (select x.ac <= coalesce(q.rank, 0) reached, x.am = p.amount_minor and x.cu = p.currency fits) z on true;
  select array_agg(r order by r) into done from unnest(r_ord, cf, oc) u(r, c, o) where o = 0 and c;

  -- Orders, their history and event.
  with u as (
    update orders.orders t
       set status = case when x.c then 'confirmed' else t.status end,
           confirmed_at = case when x.c then now() else t.confirmed_at end,
           paid_minor = t.paid_minor + case when x.v = 1 then x.am else 0 end,
           payment_rank = greatest(t.payment_rank, case when x.c then 3 when x.ac = 2 then 2 else 0 end),
           event_seq = t.event_seq + x.c::int, version = t.version + 1, updated_at = now()
      from (select r, c, v, am, ac, ac_by, rq from unnest(r_ord, cf, vd, m_amount, m_action, ok, m_actor, m_request, oc)
                   y(r, c, v, am, ac, k, ac_by, rq, o) where o = 0 and (v = 1 or (ac = 2 and k)) order by r) x
     where t.id = x.r and (x.v = 1 or (t.status = 'pending_payment' and t.payment_rank < 2))
    returning t.id, t.event_seq, t.user_id, t.total_minor, t.currency, x.c, x.ac_by, x.rq),
  h as (
    insert into orders.history (order_id, from_status, to_status, event, actor, request_id)
    select id, 'pending_payment', 'confirmed', 'paid', ac_by, rq from u where c)
  insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
  select 'order.confirmed', 'order', id, event_seq,
         jsonb_build_object('order_id', id, 'user_id', user_id, 'total_minor', total_minor, 'currency', currency)
    from u where c order by id;

  if done is not null then
    with u as (
      update orders.seller_orders t
         set status = 'placed', accept_by = now() + interval '48 hours', event_seq = t.event_seq + 1, version = t.version + 1,
             updated_at = now()
       where t.order_id = any (done) and t.status = 'pending_payment'
      returning t.id, t.order_id, t.seller_id, t.event_seq, t.total_minor),
    h as (
      insert into orders.history (order_id, seller_order_id, from_status, to_status, event, actor)
      select order_id, id, 'pending_payment', 'placed', 'paid', 'system' from u)
    insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
    select 'seller_order.placed', 'seller_order', id, event_seq,
           jsonb_build_object('seller_order_id', id, 'order_id', order_id, 'seller_id', seller_id, 'total_minor', total_minor)
      from u order by id;
  end if;

  -- Attempts and their event: one per change of status, and one per further capture.
  with u as (
    update payments.payments t
       set status = case when not x.ch then t.status when x.ac = 3 then 'captured' when x.ac = 2 then 'authorized' else 'failed' end,
           rank = case when x.ch then x.ac else t.rank end,
           provider_payment_id = case when x.ch or t.provider_payment_id is null then x.pp else t.provider_payment_id end,
           captured_minor = t.captured_minor + case when x.v > 0 and x.cu = t.currency then x.am else 0 end,
           captured_at = case when x.v > 0 then coalesce(t.captured_at, now()) else t.captured_at end,
           method = coalesce(x.me, t.method),
           mismatch = t.mismatch or x.v = 2, duplicate = t.duplicate or x.v = 3, late = t.late or x.v = 4,
           failure_code = case when x.ac = 1 then x.ec when x.ch then null else t.failure_code end,
           failure_message = case when x.ac = 1 then x.et when x.ch then null else t.failure_message end,
           attempts = t.attempts + case when q.payment_id is null then 1 else 0 end,
           event_seq = t.event_seq + (x.ch or x.v > 0)::int, version = t.version + 1, updated_at = now()
      from (select * from unnest(r_pay, m_action, m_provider_payment, m_amount, m_currency, m_method, m_error_code, m_error_text, vd, ch, oc)
                   y(pay, ac, pp, am, cu, me, ec, et, v, ch, o) where o = 0 order by pay) x
      left join payments.provider_payments q on q.provider = p_provider and q.provider_payment_id = x.pp
     where t.id = x.pay
    returning t.id, t.order_id, t.event_seq, x.ac, x.pp, x.am, x.cu, x.v, x.ch)
  insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
  select 'payment.' || case when v = 3 then 'duplicate' when v = 4 then 'late' when ac = 3 then 'captured'
                            when ac = 2 then 'authorized' else 'failed' end,
         'payment', id, event_seq,
         jsonb_build_object('payment_id', id, 'order_id', order_id, 'provider_payment_id', pp, 'amount_minor', am, 'currency', cu,
                            'mismatch', v = 2)
    from u where ch or v > 0 order by id;
  insert into payments.provider_payments as t (provider, provider_payment_id, payment_id, order_id, rank, status, amount_minor, currency,
         method, verdict, failure_code, failure_message, captured_at)
  select p_provider, pp, pay, r, ac, case ac when 3 then 'captured' when 2 then 'authorized' else 'failed' end, am, cu, me,
         case v when 1 then 'accepted' when 2 then 'mismatch' when 3 then 'duplicate' when 4 then 'late' end,
         case when ac = 1 then ec end, case when ac = 1 then et end, case when v > 0 then now() end
    from unnest(r_pay, r_ord, m_action, m_provider_payment, m_amount, m_currency, m_method, m_error_code, m_error_text, vd, oc)
         y(pay, r, ac, pp, am, cu, me, ec, et, v, o) where o = 0 order by pp
  on conflict (provider, provider_payment_id) do update
     set rank = excluded.rank, status = excluded.status, amount_minor = excluded.amount_minor, currency = excluded.currency,
         method = coalesce(excluded.method, t.method), verdict = excluded.verdict, captured_at = excluded.captured_at,
         failure_code = excluded.failure_code, failure_message = excluded.failure_message
   where t.rank < excluded.rank and t.payment_id = excluded.payment_id;

  -- Units stay reserved; from now on they cannot expire.
  if done is not null then
    update inventory.reservations t set state = 'committed', updated_at = now() where t.order_id = any (done) and t.state = 'held';
  end if;

  -- The money arrived, whatever it was for: once per provider payment.
  with en as (
    insert into ledger.entries (id, kind, reference, order_id, payment_id, currency)
    select en, 'payment_captured', p_provider || ':' || pp, r, pay, cu
      from unnest(m_entry, m_provider_payment, r_ord, r_pay, m_currency, m_amount, vd, oc) y(en, pp, r, pay, cu, am, v, o)
     where o = 0 and v > 0 and am > 0 order by pp
    on conflict (kind, reference) do nothing returning id, order_id)
  insert into ledger.lines (entry_id, line_no, account, debit_minor, credit_minor)
  select en.id, l.no, case when l.no = 1 then 'psp_clearing' else 'order_funds:' || en.order_id end,
         case when l.no = 1 then y.am else 0 end, case when l.no = 2 then y.am else 0 end
    from en join unnest(m_entry, m_amount) y(id, am) on y.id = en.id
    cross join (values (1::smallint), (2::smallint)) l(no);

  if 1 < any (vd) or 3 = any (oc) then
    insert into platform.jobs (kind, key, payload)
    select case v when 2 then 'payment.review' when 3 then 'payment.refund_duplicate' else 'payment.late' end, p_provider || ':' || pp,
           jsonb_build_object('order_id', r, 'payment_id', pay, 'provider_payment_id', pp, 'amount_minor', am, 'currency', cu)
      from unnest(m_provider_payment, r_ord, r_pay, m_amount, m_currency, vd, oc) y(pp, r, pay, am, cu, v, o) where o = 0 and v > 1
    union all
    select 'payment.event_conflict', p_provider || ':' || ev, jsonb_build_object('event_id', ev, 'type', ty)
      from unnest(m_event, m_type, oc) y(ev, ty, o) where o = 3
    order by 1, 2 on conflict do nothing;
    insert into payments.event_conflicts (provider, event_id, body_hash, event_type, body)
    select p_provider, ev, h, ty, bo from unnest(m_event, m_hash, m_type, m_body, oc) y(ev, h, ty, bo, o)
     where o = 3 order by ev on conflict do nothing;
  end if;

  -- The event rows, in their final state (the advisory lock has kept others away since the start).
  insert into payments.events as t (provider, event_id, event_type, body_hash, body, state, provider_order_id, provider_payment_id,
         processed_at, note)
  select p_provider, ev, ty, h, bo, case o when 4 then 'waiting' when 5 then 'ignored' when 7 then 'failed' else 'processed' end, po, pp,
         case when o <> 4 then now() end,
         case when o = 7 then 'the provider payment belongs to another attempt' when v = 2 then 'mismatch' when v = 3 then 'duplicate payment'
              when v = 4 then 'late' when o = 6 then 'rank reached before' end
    from unnest(m_event, m_type, m_hash, m_body, m_provider_order, m_provider_payment, vd, oc) y(ev, ty, h, bo, po, pp, v, o)
   where ev is not null and o in (0, 4, 5, 6, 7) order by ev
  on conflict (provider, event_id) do update set state = excluded.state, processed_at = excluded.processed_at, note = excluded.note
   where t.state in ('waiting', 'failed', 'received') and t.body_hash = excluded.body_hash;

  return query
    select 0::smallint, x.ord::int, x.o, coalesce(t.id, 0), coalesce(p.id, 0),
           case when x.o = 0 then x.c::int + case x.v when 2 then 2 when 3 then 4 when 4 then 8 else 0 end + 16 * x.h::int else 0 end::bigint,
           coalesce(t.version, 0), coalesce(p.rank, 0)::bigint, null::bytea, null::bytea, null::bytea
      from unnest(r_ord, r_pay, cf, vd, ch, oc) with ordinality x(r, pay, c, v, h, o, ord)
      left join orders.orders t on x.o in (0, 6, 7) and t.id = x.r
      left join payments.payments p on x.o in (0, 6, 7) and p.id = x.pay;
end $$;
