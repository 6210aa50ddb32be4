-- SPDX-License-Identifier: Apache-2.0
-- Why:  how refunds go on: the intent before the provider is called (refund_call_v1), its answer (refund_answered_v1), its news, in any order
--       (refund_news_v1); and what must hold of refunds.
-- Lock: only new objects.
-- Time: milliseconds.
--
-- Locks as in 0057: the order's row, its payments by id, provider payments, refunds. READ COMMITTED, in the caller's transaction.

-- refunds.counted: processed money (negative: it turned out not to be) moves the payment and, where the order had accepted that payment,
--   the order, to partially_refunded or refunded. Ranks never fall.
create function refunds.counted(p_provider text, p_provider_payment text, p_delta bigint) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare q payments.provider_payments; back bigint;
begin
  update payments.provider_payments t set refunded_minor = t.refunded_minor + p_delta
   where t.provider = p_provider and t.provider_payment_id = p_provider_payment returning * into strict q;
  update payments.payments p
     set refunded_minor = p.refunded_minor + case when q.currency = p.currency then p_delta else 0 end,
         rank = greatest(p.rank, x.rank),
         status = case when greatest(p.rank, x.rank) = p.rank then p.status when x.rank = 5 then 'refunded' else 'partially_refunded' end,
         version = p.version + 1, updated_at = now()
    from (select case when not exists (select 1 from payments.provider_payments t where t.payment_id = q.payment_id and t.rank >= 3
                                          and t.refunded_minor < t.amount_minor) then 5
                      when p_delta > 0 then 4 else 0 end::smallint rank) x
   where p.id = q.payment_id;
  if q.verdict is not distinct from 'accepted' and p_delta > 0 then
    select sum(t.refunded_minor) into back from payments.provider_payments t where t.order_id = q.order_id and t.verdict = 'accepted';
    update orders.orders t set payment_rank = case when back >= t.paid_minor then 5 else 4 end, version = t.version + 1, updated_at = now()
     where t.id = q.order_id and t.payment_rank < case when back >= t.paid_minor then 5 else 4 end;
  end if;
end $$;

-- refunds.settled: what the provider says of a refund of ours. → 0 applied, 1 known, 3 failed after processed: to be asked about, 4 cannot be
create function refunds.settled(p_refund bigint, p_entry bigint, p_status text, p_code text, p_text text, p_certain boolean, p_actor text,
                                p_request text)
returns smallint language plpgsql set search_path = pg_catalog, pg_temp as $$
declare r refunds.refunds; suffix text;
begin
  select * into strict r from refunds.refunds t where t.id = p_refund order by t.id for no key update;
  if r.status in ('requested', 'rejected') or r.superseded_at is not null then return case when p_status = 'failed' then 1 else 4 end; end if;
  if p_status = r.status or p_status not in ('processed', 'failed') and r.status <> 'approved' then return 1; end if;
  if r.status = 'processed' and not p_certain then return 3; end if;
  if r.status = 'failed' and r.captured then
    -- The provider says that it went through after all: the money is taken again, if nobody else has.
    update payments.provider_payments t set refund_minor = t.refund_minor + r.amount_minor
     where t.provider = r.provider and t.provider_payment_id = r.provider_payment_id and t.refund_minor + r.amount_minor <= t.amount_minor;
    if not found then return 4; end if;
  end if;
  if r.status = 'approved' then
    update refunds.refunds t set status = 'submitted', submitted_at = now() where t.id = r.id;
    perform refunds.moved(r.id, 'approved', 'submit', null, p_actor, null, p_request);
    if p_status not in ('processed', 'failed') then return 0; end if;
    r.status := 'submitted';
  end if;
  suffix := case when r.reversals > 0 then ':' || r.reversals else '' end;
  if p_status = 'processed' then
    update refunds.refunds t set status = 'processed', processed_at = now(), failure_code = null, failure_message = null where t.id = r.id;
    perform refunds.moved(r.id, r.status, 'process', 'refund.processed', p_actor, null, p_request);
    if r.captured then
      perform checkout.post_v1(p_entry, 'refund_processed', r.id || suffix, r.order_id, r.payment_id, r.currency,
                               '{refund_clearing,psp_clearing}', array[r.amount_minor, 0], array[0, r.amount_minor]);
      perform refunds.counted(r.provider, r.provider_payment_id, r.amount_minor);
    end if;
  else
    update refunds.refunds t set status = 'failed', processed_at = null, failure_code = left(p_code, 100), failure_message = left(p_text, 500),
           reversals = t.reversals + (r.status = 'processed')::int where t.id = r.id;
    perform refunds.moved(r.id, r.status, 'fail', 'refund.failed', p_actor, left(p_text, 500), p_request);
    if r.captured then
      if r.status = 'processed' then
        perform checkout.post_v1(p_entry, 'refund_reversed', r.id || suffix, r.order_id, r.payment_id, r.currency,
                                 '{psp_clearing,refund_clearing}', array[r.amount_minor, 0], array[0, r.amount_minor]);
        perform refunds.counted(r.provider, r.provider_payment_id, -r.amount_minor);
      end if;
      update payments.provider_payments t set refund_minor = t.refund_minor - r.amount_minor
       where t.provider = r.provider and t.provider_payment_id = r.provider_payment_id;
    end if;
  end if;
  return 0;
end $$;

-- checkout.refund_call_v1 — the intent: committed before the provider is called for a round of a refund.
-- → code 0 call it (key: idempotency key and receipt; before: it was called, so ask for that receipt first), 1 nothing is to be done
create function checkout.refund_call_v1(p_refund bigint, p_round int)
returns table (code smallint, key text, provider text, provider_payment text, amount bigint, currency text, speed text, before boolean, order_id bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare r refunds.refunds; c refunds.calls;
begin
  select * into r from refunds.refunds t where t.id = p_refund;
  perform 1 from orders.orders t where t.id = r.order_id order by t.id for no key update;
  select * into r from refunds.refunds t where t.id = p_refund order by t.id for no key update;
  if r.id is null or r.status not in ('approved', 'submitted') or r.provider_refund_id is not null or r.round <> p_round then
    return query select 1::smallint, null::text, null::text, null::text, 0::bigint, null::text, null::text, false, 0::bigint; return;
  end if;
  insert into refunds.calls as t (refund_id, round, key) values (r.id, r.round, 'rf_' || r.id || '_' || r.round)
  on conflict (refund_id, round) do update set attempts = t.attempts + 1 returning * into c;
  return query select 0::smallint, c.key, r.provider, r.provider_payment_id, r.amount_minor, r.currency, r.speed, c.attempts > 1, r.order_id;
end $$;

-- checkout.refund_answered_v1 — what the provider answered. p_refund_at: its refund, with p_status as it says; null: a definite refusal.
-- → 0 applied, 1 known before, or of an earlier round
create function checkout.refund_answered_v1(p_refund bigint, p_round int, p_entry bigint, p_refund_at text, p_status text, p_speed text,
                                            p_code text, p_text text, p_actor text)
returns smallint language plpgsql set search_path = pg_catalog, pg_temp as $$
declare r refunds.refunds;
begin
  select * into strict r from refunds.refunds t where t.id = p_refund;
  perform 1 from orders.orders t where t.id = r.order_id order by t.id for no key update;
  perform 1 from payments.payments t where t.order_id = r.order_id order by t.id for no key update;
  select * into strict r from refunds.refunds t where t.id = p_refund order by t.id for no key update;
  update refunds.calls t set answered_at = now(), outcome = coalesce(p_status, 'refused'), provider_refund_id = coalesce(t.provider_refund_id, p_refund_at)
   where t.refund_id = p_refund and t.round = p_round;
  if r.round <> p_round then return 1; end if;
  if p_refund_at is null then
    if r.provider_refund_id is not null or r.status not in ('approved', 'submitted') then return 1; end if;
    return refunds.settled(r.id, p_entry, 'failed', p_code, p_text, false, p_actor, null);
  end if;
  if r.provider_refund_id is distinct from p_refund_at then
    if r.provider_refund_id is not null then
      raise exception 'refund % is % at the provider, and %', r.id, r.provider_refund_id, p_refund_at using errcode = 'MP014';
    end if;
    update refunds.refunds t set provider_refund_id = p_refund_at, speed_processed = coalesce(p_speed, t.speed_processed) where t.id = r.id;
  end if;
  -- Failed after processed is left to the news, which fetch it.
  return least(refunds.settled(r.id, p_entry, p_status, p_code, p_text, false, p_actor, null), 1);
end $$;

-- refunds.seen_captured: a refund tells that its payment was captured before its capture did: booked and ranked without an order being paid.
create function refunds.seen_captured(p_payment bigint, p_provider text, p_provider_payment text, p_amount bigint, p_currency text, p_entry bigint)
returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare p payments.payments; known boolean;
begin
  select exists (select 1 from payments.provider_payments t where t.provider = p_provider and t.provider_payment_id = p_provider_payment) into known;
  insert into payments.provider_payments as t (provider, provider_payment_id, payment_id, order_id, rank, status, amount_minor, currency, captured_at)
  select p_provider, p_provider_payment, x.id, x.order_id, 3, 'captured', p_amount, p_currency, now() from payments.payments x where x.id = p_payment
  on conflict (provider, provider_payment_id) do update
     set rank = 3, status = 'captured', amount_minor = excluded.amount_minor, currency = excluded.currency, captured_at = now();
  update payments.payments t
     set status = case when t.rank < 3 then 'captured' else t.status end, rank = greatest(t.rank, 3::smallint),
         provider_payment_id = case when t.rank < 3 then p_provider_payment else t.provider_payment_id end,
         captured_minor = t.captured_minor + case when t.currency = p_currency then p_amount else 0 end,
         captured_at = coalesce(t.captured_at, now()), attempts = t.attempts + (not known)::int,
         event_seq = t.event_seq + 1, version = t.version + 1, updated_at = now()
   where t.id = p_payment returning * into strict p;
  insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
  values ('payment.captured', 'payment', p.id, p.event_seq,
          jsonb_build_object('payment_id', p.id, 'order_id', p.order_id, 'provider_payment_id', p_provider_payment, 'amount_minor', p_amount,
                             'currency', p_currency, 'mismatch', p_amount <> p.amount_minor or p_currency <> p.currency));
  perform checkout.post_v1(p_entry, 'payment_captured', p_provider || ':' || p_provider_payment, p.order_id, p.id, p_currency,
                           array['psp_clearing', 'order_funds:' || p.order_id], array[p_amount, 0], array[0, p_amount]);
  insert into platform.jobs (kind, key, payload)
  values ('payment.review', p_provider || ':' || p_provider_payment,
          jsonb_build_object('order_id', p.order_id, 'payment_id', p.id, 'provider_payment_id', p_provider_payment, 'amount_minor', p_amount,
                             'currency', p_currency)) on conflict do nothing;
end $$;

-- checkout.refund_news_v1 — news of a refund from the provider (event, or asked), in any order and any number of times.
--   p_refund_at, p_payment_at, p_order_at   the provider's names (p_order_at may be null)
--   p_paid, p_captured   what the payment's entity says: minor units, and whether they had been captured; null where it was not sent
--   p_amount, p_currency, p_status, p_speed, p_receipt   of the refund. p_certain: the provider was asked just now
--   p_ids   4 fresh ids: refund, entries of its approval, its end, and the payment's capture
-- → code 0 applied, 1 known, 2 waiting (no such payment yet, or a call of ours is under way, or the payment has less left), 3 ask the provider
--   (failed after processed), 4 refused; why: for 2 and 4
create function checkout.refund_news_v1(p_provider text, p_refund_at text, p_payment_at text, p_order_at text, p_paid bigint, p_captured boolean,
  p_amount bigint, p_currency text, p_status text, p_speed text, p_receipt text, p_certain boolean, p_ids bigint[], p_actor text, p_request text)
returns table (code smallint, order_id bigint, refund_id bigint, why text)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  r refunds.refunds; q payments.provider_payments; p payments.payments; o orders.orders; ord bigint; pay bigint; items refunds.item[] := '{}';
  made bigint[]; verdict smallint; total bigint; quick boolean; fresh boolean := false;
begin
  if p_refund_at is null or p_payment_at is null or p_amount is null or p_currency is null or p_status is null
     or cardinality(p_ids) is distinct from 4 then
    raise exception 'refund_news_v1: a value is missing' using errcode = '22023';
  end if;
  -- Which order? These links never change once made.
  select t.order_id, t.payment_id into ord, pay from payments.provider_payments t where t.provider = p_provider and t.provider_payment_id = p_payment_at;
  if ord is null then
    select t.order_id, t.id into ord, pay from payments.payments t where t.provider = p_provider and t.provider_order_id = p_order_at;
  end if;
  if ord is null then
    return query select 2::smallint, 0::bigint, 0::bigint, 'no payment of ours'::text; return;
  end if;
  select * into strict o from orders.orders t where t.id = ord order by t.id for no key update;
  perform 1 from payments.payments t where t.order_id = ord order by t.id for no key update;
  select * into q from payments.provider_payments t where t.provider = p_provider and t.provider_payment_id = p_payment_at order by t.provider for no key update;
  select * into r from refunds.refunds t where t.provider = p_provider and t.provider_refund_id = p_refund_at;
  if r.id is null then
    -- Of a call of ours that has not answered, or of an earlier round?
    select t.* into r from refunds.calls c join refunds.refunds t on t.id = c.refund_id
     where c.key = p_receipt or c.provider_refund_id = p_refund_at limit 1;
    if r.id is not null and (r.provider_refund_id is not null or r.provider_payment_id <> p_payment_at or r.amount_minor <> p_amount
                             or p_receipt is distinct from 'rf_' || r.id || '_' || r.round) then
      if p_status = 'failed' then return query select 1::smallint, ord, r.id, null::text; return; end if;
      return query select 4::smallint, ord, r.id, 'it is another refund than the one of its receipt'::text; return;
    end if;
    if r.id is not null then
      update refunds.refunds t set provider_refund_id = p_refund_at where t.id = r.id;
      update refunds.calls c set provider_refund_id = p_refund_at where c.refund_id = r.id and c.round = r.round;
      fresh := true;
    end if;
  elsif r.provider_payment_id <> p_payment_at or r.amount_minor <> p_amount then
    return query select 4::smallint, ord, r.id, 'payment or amount differ from what is known'::text; return;
  end if;

  if r.id is null then
    if p_status = 'failed' then return query select 1::smallint, ord, 0::bigint, null::text; return; end if;
    if exists (select 1 from refunds.refunds t join refunds.calls c on c.refund_id = t.id and c.round = t.round
                where t.order_id = ord and t.provider_payment_id = p_payment_at and t.amount_minor = p_amount and c.answered_at is null
                  and t.status in ('approved', 'submitted') and t.provider_refund_id is null and p_receipt is null) then
      return query select 2::smallint, ord, 0::bigint, 'a call of ours is under way'::text; return;
    end if;
    if p_captured is false then
      -- An authorized payment ran out: the order was never paid with it.
      if q.rank >= 3 then return query select 4::smallint, ord, 0::bigint, 'the payment was captured'::text; return; end if;
      update payments.payments t set status = 'voided', rank = 2, version = t.version + 1, updated_at = now() where t.id = pay and t.rank <= 2 returning * into p;
      insert into payments.provider_payments as t (provider, provider_payment_id, payment_id, order_id, rank, status, amount_minor, currency)
      values (p_provider, p_payment_at, pay, ord, 2, 'authorized', coalesce(p_paid, p_amount), p_currency)
      on conflict (provider, provider_payment_id) do update set rank = 2, status = 'authorized' where t.rank < 2;
      insert into refunds.refunds (id, request_id, origin, order_id, payment_id, provider, provider_payment_id, user_id, amount_minor, currency,
             status, cause, funded_by, captured, provider_refund_id, approved_at, submitted_at)
      values (p_ids[1], p_ids[1], 'provider', ord, pay, p_provider, p_payment_at, o.user_id, p_amount, p_currency, 'submitted', 'not_captured',
              'platform', false, p_refund_at, now(), now());
      perform refunds.moved(p_ids[1], null, 'submit', null, p_actor, null, p_request);
    else
      if coalesce(q.rank, 0) < 3 then
        if p_captured is null or p_paid is null then
          return query select 2::smallint, ord, 0::bigint, 'the payment is not captured yet'::text; return;
        end if;
        perform refunds.seen_captured(pay, p_provider, p_payment_at, p_paid, p_currency, p_ids[4]);
        select * into q from payments.provider_payments t where t.provider = p_provider and t.provider_payment_id = p_payment_at;
      end if;
      -- Made in the provider's dashboard: all that remains of the order, or nobody knows of what.
      total := p_amount;
      if q.verdict is not distinct from 'accepted' then
        select coalesce(array_agg(n order by s.id), '{}') into items
          from orders.seller_orders s cross join lateral unnest(refunds.rest_of(ord, s.id, false)) n where s.order_id = ord;
        select coalesce(sum(n.amount_minor), 0) into total from unnest(items) n;
        if p_amount < total then
          select array_agg(row(x.so, 'goodwill', null, 0, (refunds.split(p_amount, x.every))[x.i])::refunds.item order by x.i) into items
            from (select n.seller_order_id so, row_number() over (order by n.seller_order_id) i,
                         array_agg(sum(n.amount_minor)::bigint) over (order by n.seller_order_id rows between unbounded preceding and unbounded following) every
                    from unnest(items) n group by 1) x;
        end if;
      end if;
      if total >= p_amount then
        made := refunds.make(p_ids[1:1], p_ids[2:2], ord, null, q.verdict is not distinct from 'accepted', p_payment_at, p_amount, items, 'provider',
                             'approved', 'provider', null, case when p_amount = total then 'seller' else 'platform' end, 'normal', false, null, null,
                             p_actor, p_request);
      end if;
      if made is null then
        return query select 2::smallint, ord, 0::bigint, 'refunds of ours take that money'::text; return;
      end if;
      update refunds.refunds t set provider_refund_id = p_refund_at where t.id = p_ids[1];
      insert into platform.jobs (kind, key, payload)
      values ('refund.review', p_provider || ':' || p_refund_at, jsonb_build_object('refund_id', p_ids[1], 'order_id', ord)) on conflict do nothing;
    end if;
    select * into strict r from refunds.refunds t where t.id = p_ids[1];
    fresh := true;
  end if;

  update refunds.refunds t set speed_processed = p_speed, version = t.version + 1, updated_at = now()
   where t.id = r.id and p_speed is not null and t.speed_processed is distinct from p_speed;
  quick := found;
  verdict := refunds.settled(r.id, p_ids[3], p_status, 'provider_failed', 'the provider could not carry out the refund', p_certain, p_actor, p_request);
  if verdict = 1 and (fresh or quick) then verdict := 0; end if;
  return query select verdict, ord, r.id, case when verdict = 4 then 'the refund is ' || r.status || ' here' end;
end $$;

-- platform.invariants_of_refunds_v1() → (name, offenders), whole tables in one snapshot.
create function platform.invariants_of_refunds_v1() returns table (name text, value bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with r as materialized (select * from refunds.refunds),
  owed as materialized (select * from r where captured and (status not in ('failed', 'rejected') or (status = 'failed' and superseded_at is null))),
  parts as materialized (select p.*, r.status, r.superseded_at, r.amount_minor whole from refunds.parts p join r on r.id = p.refund_id)
  select 'refunds.within_what_was_captured', count(*)
    from payments.provider_payments q
    left join (select provider, provider_payment_id, sum(amount_minor) filter (where status <> 'failed') a, sum(amount_minor) owed,
                      sum(amount_minor) filter (where status = 'processed') done from owed group by 1, 2) x
           on x.provider = q.provider and x.provider_payment_id = q.provider_payment_id
   where q.refund_minor <> coalesce(x.a, 0) or q.refunded_minor <> coalesce(x.done, 0) or coalesce(x.owed, 0) > q.amount_minor
      or (q.rank < 3 and q.refund_minor > 0)
  union all select 'refunds.have_a_payment', count(*) from r
   where not exists (select 1 from payments.provider_payments q where q.provider = r.provider and q.provider_payment_id = r.provider_payment_id
                        and q.payment_id = r.payment_id and q.order_id = r.order_id)
  union all select 'refunds.parts_sum_to_the_refund', count(*)
    from (select refund_id, whole, sum(amount_minor) a from parts group by 1, 2) x where x.a <> x.whole
  union all select 'refunds.lines_within_what_was_paid', count(*) from orders.order_lines l
    join (select line_id, sum(quantity) q, sum(amount_minor) a, sum(taxable_minor) t, sum(cgst_minor) c, sum(sgst_minor) s, sum(igst_minor) g, sum(restocked) re
            from parts where kind = 'line' and status <> 'rejected' and superseded_at is null group by 1) x on x.line_id = l.id
   where x.q > l.quantity or x.a > l.total_minor or x.t > l.taxable_value_minor or x.c > l.cgst_minor or x.s > l.sgst_minor or x.g > l.igst_minor
      or x.re > l.quantity
  union all select 'refunds.shares_within_the_seller_order', count(*) from orders.seller_orders s
    join (select seller_order_id, sum(amount_minor) a, sum(amount_minor) filter (where kind = 'shipping') sh
            from parts where status <> 'rejected' and superseded_at is null group by 1) x on x.seller_order_id = s.id
   where x.a > s.total_minor or x.sh > s.shipping_minor
  union all select 'refunds.clearing_is_what_is_not_processed', count(*)
    from (select currency, sum(d) d from (
            select e.currency, l.credit_minor - l.debit_minor d from ledger.lines l join ledger.entries e on e.id = l.entry_id where l.account = 'refund_clearing'
            union all select currency, -amount_minor from owed where status in ('approved', 'submitted', 'failed')
            union all select f.currency, -f.amount_minor from r f join r by on by.id = f.superseded_by where by.status = 'requested') y group by 1) x where x.d <> 0
  union all select 'refunds.each_is_booked_once', count(*) from r
    left join lateral (select sum(l.credit_minor) filter (where l.account = 'refund_clearing') c, count(distinct e.id) n
                         from ledger.entries e join ledger.lines l on l.entry_id = e.id where e.kind = 'refund_approved' and e.reference = r.id::text) x on true
   where case when r.captured and r.status not in ('requested', 'rejected') then x.n <> 1 or x.c <> r.amount_minor else x.n <> 0 end
  union all select 'payments.refunded_is_sum_of_refunds', count(*) from payments.payments p
    left join (select payment_id, currency, sum(refunded_minor) a, bool_and(refunded_minor = amount_minor) full_back
                 from payments.provider_payments where rank >= 3 group by 1, 2) x on x.payment_id = p.id and x.currency = p.currency
   where p.refunded_minor <> coalesce(x.a, 0) or (p.rank < 4 and coalesce(x.a, 0) > 0)
      or (p.rank >= 4 and not exists (select 1 from r where r.payment_id = p.id and (r.status = 'processed' or r.reversals > 0)))
  union all select 'orders.refunded_is_sum_of_refunds', count(*) from orders.orders o
    left join (select order_id, sum(refunded_minor) a from payments.provider_payments where verdict = 'accepted' group by 1) x on x.order_id = o.id
   where (coalesce(x.a, 0) > 0 and o.payment_rank < case when x.a >= o.paid_minor then 5 else 4 end)
      or (o.payment_rank >= 4 and coalesce(x.a, 0) = 0 and not exists (select 1 from r where r.order_id = o.id and r.reversals > 0))
  union all select 'outbox.refund_events_are_gap_free', count(*) from r   -- of the last hour, as for orders
    left join (select aggregate_id, count(*) n, max(seq) top from platform.outbox where aggregate_type = 'refund' group by 1) x on x.aggregate_id = r.id
   where r.created_at > now() - interval '1 hour' and (coalesce(x.n, 0) <> r.event_seq or coalesce(x.top, 0) <> r.event_seq)
$$;
