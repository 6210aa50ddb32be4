-- SPDX-License-Identifier: Apache-2.0
-- Why:  while a dispute about an order's money is open nothing of it goes back, whichever way it was asked for; an approval after a lost
--       dispute has its answer; a limit that needs two admins cannot be split into several requests; a refund's trace in the ledger
--       shows all of its entries.
-- Lock: SHARE ROW EXCLUSIVE on payments.disputes for an instant (a trigger); functions are replaced or new.
-- Time: milliseconds.
--
-- What waits for a dispute: refund_payment_v1 and owe_refund_v1 owe nothing, refund_call_v2 lets no new call out. The dispute's end (trigger
-- disputes_ended) owes their jobs again under keys of its own, so that no end is missed by a job that is at work just then.

create index disputes_of_order on payments.disputes (order_id);

-- refunds.disputed_v1(order) → whether a dispute about any of its payments is open: none of its money goes back then.
create function refunds.disputed_v1(p_order bigint) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (select 1 from payments.payments t where t.order_id = p_order and t.dispute = 'open')
$$;

-- refunds.asked_v1(order) → minor units that admins asked to be given back of an order, those aside that were refused or that others stand for.
create function refunds.asked_v1(p_order bigint) returns bigint language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(sum(r.amount_minor), 0)::bigint from refunds.refunds r
   where r.order_id = p_order and r.origin = 'manual' and r.status <> 'rejected' and r.superseded_at is null
$$;

do $$
declare
  edits text[] := array[
    -- the function, the text, what stands for it, how often it must be there
    'checkout.refund_payment_v1', 'select t.amount_minor - t.refund_minor - (select coalesce(',
    '-- While a dispute is open nothing goes back by itself: its end asks here again (disputes_ended).
  if refunds.disputed_v1(ord) then return 0; end if;
  select t.amount_minor - t.refund_minor - (select coalesce(', '1',
    'checkout.request_refund_v1', 'if wanted and exists (select 1 from payments.payments t where t.order_id = ord and t.dispute = ''open'') then',
    'if refunds.disputed_v1(ord) then', '1',
    -- A limit of the order, not of one request.
    'checkout.request_refund_v1', 'bad int; over bigint; made bigint[];', 'bad int; over bigint; made bigint[]; asked bigint;', '1',
    'checkout.request_refund_v1', 'if not wanted then' || E'\n' || '    total := coalesce(p_goodwill, free);',
    'asked := refunds.asked_v1(ord);
  if not wanted then' || E'\n' || '    total := coalesce(p_goodwill, free);', '1',
    'checkout.request_refund_v1', 'case when total > p_limit then ''requested''', 'case when total + asked > p_limit then ''requested''', '1',
    'checkout.request_refund_v1', 'select 0::smallint, made, total <= p_limit, free - total, 0;',
    'select 0::smallint, made, total + asked <= p_limit, free - total, 0;', '1',
    -- A repetition is a call like any other. It becomes version 2, with code 4: a dispute is open.
    'checkout.retry_refund_v1', 'checkout.retry_refund_v1(', 'checkout.retry_refund_v2(', '1',
    'checkout.retry_refund_v2', 'update payments.provider_payments t set refund_minor = t.refund_minor + r.amount_minor',
    'if refunds.disputed_v1(r.order_id) then
    return query select 4::smallint, r.status, 0::bigint; return;
  end if;
  update payments.provider_payments t set refund_minor = t.refund_minor + r.amount_minor', '1'];
  body text;
begin
  for i in 1..cardinality(edits) by 4 loop
    body := pg_get_functiondef(edits[i]::regproc);
    if (length(body) - length(replace(body, edits[i + 1], ''))) / length(edits[i + 1]) <> edits[i + 3]::int then
      raise exception '% is not the function that this migration goes on from: %', edits[i], edits[i + 1];
    end if;
    execute replace(body, edits[i + 1], edits[i + 2]);
  end loop;
end $$;

-- checkout.decide_refund_v2 — a second admin decides about a whole request, named by any of its refunds.
--   p_entries: fresh ids, as many as refunds may be in a request (8).
-- → code 0 decided (ids), 1 not found, 2 not waiting (was: its status), 3 who asked may not decide, 4 approved it would give back what a lost
--   dispute has given back already (refundable: what is left for it; nothing is done), 5 approved it would go back while a dispute is open
create function checkout.decide_refund_v2(p_refund bigint, p_entries bigint[], p_approve boolean, p_by bigint, p_note text, p_actor text,
                                          p_request text)
returns table (code smallint, ids bigint[], was text, refundable bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare r refunds.refunds; d record; rest bigint;
begin
  select * into r from refunds.refunds t where t.id = p_refund;
  perform 1 from orders.orders t where t.id = r.order_id order by t.id for no key update;
  perform 1 from payments.payments t where t.order_id = r.order_id order by t.id for no key update;
  select * into r from refunds.refunds t where t.id = p_refund order by t.id for no key update;
  if p_approve and r.status = 'requested' and r.requested_by <> p_by then
    if refunds.disputed_v1(r.order_id) then
      return query select 5::smallint, null::bigint[], r.status, 0::bigint; return;
    end if;
  end if;
  begin
    select * into d from checkout.decide_refund_v1(p_refund, p_entries, p_approve, p_by, p_note, p_actor, p_request);
  exception when sqlstate 'MP012' then
    -- The ledger has given that share back otherwise.
    select coalesce(sum(greatest(least(x.mine, x.share + x.mine), 0)), 0) into rest
      from (select p.seller_order_id, sum(p.amount_minor) mine,
                   (select max(s.share_minor) from refunds.open_items(r.order_id, false) s where s.seller_order_id = p.seller_order_id) share
              from refunds.refunds t join refunds.parts p on p.refund_id = t.id where t.request_id = r.request_id group by 1) x;
    return query select 4::smallint, null::bigint[], r.status, rest; return;
  end;
  return query select d.code, d.ids, d.was, 0::bigint;
end $$;

-- checkout.refund_call_v2 — the intent: committed before the provider is called for a round of a refund.
-- → code 0 call it (key: idempotency key and receipt; before: it was called, so ask for that receipt first)
--     1 nothing is to be done: it was done, or a dispute is open and nobody has called; the dispute's end owes the job again
--     2 a dispute is open, and it was called before: ask for the receipt, and do not call
create function checkout.refund_call_v2(p_refund bigint, p_round int)
returns table (code smallint, key text, provider text, provider_payment text, amount bigint, currency text, speed text, before boolean, order_id bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare r refunds.refunds; c record; called boolean; open boolean;
begin
  select * into r from refunds.refunds t where t.id = p_refund;
  perform 1 from orders.orders t where t.id = r.order_id order by t.id for no key update;
  open := refunds.disputed_v1(r.order_id);
  called := exists (select 1 from refunds.calls t where t.refund_id = p_refund and t.round = p_round);
  if open and not called then
    return query select 1::smallint, null::text, null::text, null::text, 0::bigint, null::text, null::text, false, 0::bigint; return;
  end if;
  select * into c from checkout.refund_call_v1(p_refund, p_round);
  return query
    select case when c.code = 0 and open then 2 else c.code end::smallint,
           c.key, c.provider, c.provider_payment, c.amount, c.currency, c.speed, c.before, c.order_id;
end $$;

-- A dispute has ended: what waited for it is owed again, each once for each end. Another open one makes it wait again.
create function refunds.resume_v1() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare suffix text := ':' || new.id || ':' || new.phase;
begin
  insert into platform.jobs (kind, key, payload)
  select 'refund.submit', r.id || ':' || r.round || suffix, jsonb_build_object('refund_id', r.id, 'round', r.round)
    from refunds.refunds r where r.order_id = new.order_id and r.status in ('approved', 'submitted') and r.provider_refund_id is null
  union all
  select j.kind, j.key || suffix, j.payload
    from payments.provider_payments q join platform.jobs j on j.kind in ('payment.refund', 'payment.refund_duplicate')
                                                          and j.key = q.provider || ':' || q.provider_payment_id
   where q.order_id = new.order_id and q.rank >= 3 and q.amount_minor > q.refund_minor
  order by 1, 2 on conflict do nothing;
  return null;
end $$;
create trigger disputes_ended after insert or update of status, phase on payments.disputes
  for each row when (new.ended_at is not null) execute function refunds.resume_v1();

-- ledger.trace_v1(order, payment, refund) → the ids of all entries about one of them, oldest first; the others are null. A refund's are those
--   that name it: approved, processed, and each time that a processed one came back and went again ('<refund>:<n>').
create or replace function ledger.trace_v1(p_order bigint, p_payment bigint, p_refund bigint) returns setof bigint
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare about bigint := p_order; named text[];
begin
  if p_refund is not null then
    named := p_refund::text || array(select p_refund || ':' || n from refunds.refunds r, generate_series(1, r.reversals) n where r.id = p_refund);
    return query select e.id from ledger.entries e
      where e.kind in ('refund_approved', 'refund_processed', 'refund_reversed') and e.reference = any (named) order by e.id;
    return;
  end if;
  if p_payment is not null then select p.order_id into about from payments.payments p where p.id = p_payment; end if;
  return query select e.id from ledger.entries e
    where e.order_id = about and (p_payment is null or e.payment_id = p_payment) order by e.id;
end $$;
