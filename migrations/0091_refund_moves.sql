-- SPDX-License-Identifier: Apache-2.0
-- Why:  every move of a refund has its audit row, also where nobody asked for it; what refunds make of a payment is told and written down.
-- Lock: only new objects; functions are replaced whose calls stay.
-- Time: milliseconds.
--
-- An admin who asks for a refund, decides about one or repeats it has a row of that act already, with the address it came from (Refunds'
-- endpoints): it stands for the move as well.

-- platform.audit_v1: who did what to what, as AuditLog writes it, for what functions do. p_actor as in histories: 'admin:<user>', 'user:<user>',
--   'seller:<user>'; whatever else is the system, whose name stands in after.
create function platform.audit_v1(p_actor text, p_action text, p_entity_type text, p_entity bigint, p_before jsonb, p_after jsonb, p_reason text,
                                  p_request text)
returns void language sql set search_path = pg_catalog, pg_temp as $$
  insert into platform.audit (actor_type, actor_id, action, entity_type, entity_id, before, after, reason, request_id)
  select case when who is null then 'system' when p_actor like 'admin:%' then 'admin' else 'user' end, who, p_action, p_entity_type, p_entity, p_before,
         case when who is null and p_actor <> 'system' then coalesce(p_after, '{}') || jsonb_build_object('source', p_actor) else p_after end,
         left(p_reason, 2000), left(p_request, 40)
    from (select (regexp_match(p_actor, '^(?:admin|user|seller):([0-9]{1,18})$'))[1]::bigint who) x
$$;

-- The moves of payments, each with who made it.
create table payments.history (
  payment_id  bigint      not null,
  id          bigint      generated always as identity,
  at          timestamptz not null default now(),
  from_status text        not null,
  to_status   text        not null,
  actor       text        not null check (length(actor) <= 80),
  request_id  text,
  primary key (payment_id, id)
);

-- payments.moved_v1: history, audit row and event (payment.<status>) of a move of an attempt that has just been written; raises its numbers.
--   p_provider_payment  where the money is; p_amount  what moved, minor units
create function payments.moved_v1(p_payment bigint, p_from text, p_provider_payment text, p_amount bigint, p_actor text, p_request text)
returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare p payments.payments;
begin
  update payments.payments t set event_seq = t.event_seq + 1, version = t.version + 1, updated_at = now() where t.id = p_payment returning * into strict p;
  insert into payments.history (payment_id, from_status, to_status, actor, request_id) values (p.id, p_from, p.status, p_actor, p_request);
  perform platform.audit_v1(p_actor, 'payment.' || p.status, 'payment', p.id, jsonb_build_object('status', p_from),
                            jsonb_build_object('status', p.status, 'refunded_minor', p.refunded_minor), null, p_request);
  insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
  values ('payment.' || p.status, 'payment', p.id, p.event_seq,
          jsonb_build_object('payment_id', p.id, 'order_id', p.order_id, 'provider_payment_id', p_provider_payment, 'amount_minor', p_amount,
                             'currency', p.currency, 'refunded_minor', p.refunded_minor));
end $$;

-- refunds.moved: as in 0056, with the audit row.
create or replace function refunds.moved(p_refund bigint, p_from text, p_step text, p_event text, p_actor text, p_reason text, p_request text)
returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare r refunds.refunds;
begin
  update refunds.refunds t
     set event_seq = t.event_seq + (p_event is not null)::int, version = t.version + (p_from is not null)::int, updated_at = now()
   where t.id = p_refund returning * into strict r;
  insert into refunds.history (refund_id, from_status, to_status, event, actor, reason, request_id)
  values (r.id, p_from, r.status, p_step, p_actor, p_reason, p_request);
  -- Whoever asks, decides or repeats by hand is an admin, and has a row of that act; what it does to others has one here.
  if p_actor !~ '^(admin|user):' or not (p_step in ('reject', 'retry') or (p_step in ('request', 'approve') and r.origin = 'manual')) then
    perform platform.audit_v1(case when p_step in ('supersede', 'reinstate') then replace(p_actor, 'user:', 'admin:') else p_actor end, case p_step when 'supersede' then 'refund.superseded' when 'reinstate' then 'refund.reinstated'
                                                   else 'refund.' || r.status end, 'refund', r.id,
                              case when p_from is not null then jsonb_build_object('status', p_from) end,
                              jsonb_build_object('status', r.status, 'amount_minor', r.amount_minor, 'currency', r.currency, 'reason_code', r.cause),
                              p_reason, p_request);
  end if;
  if p_event is not null then
    insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
    values (p_event, 'refund', r.id, r.event_seq,
            jsonb_build_object('refund_id', r.id, 'order_id', r.order_id, 'seller_order_id', r.seller_order_id, 'payment_id', r.payment_id,
                               'user_id', r.user_id, 'amount_minor', r.amount_minor, 'currency', r.currency, 'reason_code', r.cause));
  end if;
end $$;

-- refunds.counted_v2: as refunds.counted, and the payment's move is told.
create function refunds.counted_v2(p_provider text, p_provider_payment text, p_delta bigint, p_actor text, p_request text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare was text; attempt bigint;
begin
  select p.status, p.id into strict was, attempt from payments.provider_payments q join payments.payments p on p.id = q.payment_id
   where q.provider = p_provider and q.provider_payment_id = p_provider_payment;
  perform refunds.counted(p_provider, p_provider_payment, p_delta);
  if exists (select 1 from payments.payments p where p.id = attempt and p.status <> was) then
    perform payments.moved_v1(attempt, was, p_provider_payment, p_delta, p_actor, p_request);
  end if;
end $$;

do $$
declare
  body text; edits text[]; f text;
begin
  foreach f in array array['refunds.settled', 'checkout.refund_news_v1'] loop
    body := pg_get_functiondef(f::regproc);
    edits := case f when 'refunds.settled' then array[
      -- the text, what stands for it
      'refunds.counted(r.provider, r.provider_payment_id, r.amount_minor)', 'refunds.counted_v2(r.provider, r.provider_payment_id, r.amount_minor, p_actor, p_request)',
      'refunds.counted(r.provider, r.provider_payment_id, -r.amount_minor)', 'refunds.counted_v2(r.provider, r.provider_payment_id, -r.amount_minor, p_actor, p_request)']
    else array[
      'checkout.refund_news_v1(', 'checkout.refund_news_v2(',
      'refund_news_v1: ', 'refund_news_v2: ',
      'update payments.payments t set status = ''voided'', rank = 2, version = t.version + 1, updated_at = now() where t.id = pay and t.rank <= 2 returning * into p;',
      'select * into p from payments.payments t where t.id = pay;' || E'\n' ||
      '      update payments.payments t set status = ''voided'', rank = 2 where t.id = pay and t.rank <= 2 and t.status <> ''voided'';' || E'\n' ||
      '      if found then perform payments.moved_v1(pay, p.status, p_payment_at, coalesce(p_paid, p_amount), p_actor, p_request); end if;'] end;
    for i in 1..cardinality(edits) by 2 loop
      if (length(body) - length(replace(body, edits[i], ''))) / length(edits[i]) <> 1 then
        raise exception '% is not the function that this migration goes on from: %', f, edits[i];
      end if;
      body := replace(body, edits[i], edits[i + 1]);
    end loop;
    execute body;
  end loop;
end $$;
