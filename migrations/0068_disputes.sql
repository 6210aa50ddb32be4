-- SPDX-License-Identifier: Apache-2.0
-- Why:  disputes: a buyer's bank takes a payment back, or asks about it. Kept beside the payment's state, with a flag on it; money is held
--       in the ledger while one is open (0062).
-- Lock: only new objects.
-- Time: milliseconds.
--
-- A dispute goes through phases (fraud, retrieval, chargeback, pre_arbitration, arbitration), never back; within one through statuses:
-- open < evidence_required < under_review < won, lost, closed, which are final there. A later phase opens it again.

create table payments.disputes (
  id                    bigint      primary key,
  provider              text        not null check (length(provider) between 1 and 40),
  provider_dispute_id   text        not null check (length(provider_dispute_id) between 1 and 64),
  provider_payment_id   text        not null,
  payment_id            bigint      not null,
  order_id              bigint      not null,
  amount_minor          bigint      not null check (amount_minor >= 0),
  currency              text        not null check (length(currency) = 3),
  deducted_minor        bigint      not null default 0 check (deducted_minor >= 0),
  reason_code           text        check (length(reason_code) <= 120),
  phase                 text        not null check (phase in ('fraud', 'retrieval', 'chargeback', 'pre_arbitration', 'arbitration')),
  status                text        not null check (status in ('open', 'evidence_required', 'under_review', 'won', 'lost', 'closed')),
  respond_by            timestamptz,                        -- the provider's deadline
  version               bigint      not null default 1,
  opened_at             timestamptz not null default now(), -- when we heard of it
  ended_at              timestamptz,
  updated_at            timestamptz not null default now(),
  unique (provider, provider_dispute_id),
  check ((status in ('won', 'lost', 'closed')) = (ended_at is not null))
);
create index disputes_of_payment on payments.disputes (payment_id);
create index disputes_listed on payments.disputes (opened_at desc, id desc);
create index disputes_open on payments.disputes (respond_by) where status in ('open', 'evidence_required', 'under_review');

create table payments.dispute_history (
  id          bigint generated always as identity primary key,
  dispute_id  bigint      not null,
  phase       text        not null,
  from_status text,
  to_status   text        not null,
  actor       text        not null check (length(actor) <= 80),
  request_id  text,
  at          timestamptz not null default now()
);
create index dispute_history_of on payments.dispute_history (dispute_id, id);

-- What we told the provider: the intent, committed before its call; answered once it is known what became of it.
create table payments.dispute_calls (
  key         text        primary key check (length(key) between 10 and 60),   -- dp_<dispute>_<phase>_<action>[_<digest of the evidence>]
  dispute_id  bigint      not null,
  phase       text        not null,
  action      text        not null check (action in ('accept', 'draft', 'submit')),
  body        jsonb       not null default '{}',
  actor       text        not null check (length(actor) <= 80),
  attempts    int         not null default 1,
  created_at  timestamptz not null default now(),
  answered_at timestamptz,
  outcome     text        check (length(outcome) <= 200)
);
create index dispute_calls_of on payments.dispute_calls (dispute_id, created_at);

-- payments.dispute_flag_v1: what a payment's disputes come to: open while one is, else lost, else won; closed ones leave none.
create function payments.dispute_flag_v1(p_payment bigint) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select case when bool_or(status in ('open', 'evidence_required', 'under_review')) then 'open'
              when bool_or(status = 'lost') then 'lost' when bool_or(status = 'won') then 'won' end
    from payments.disputes where payment_id = p_payment
$$;

-- checkout.dispute_news_v1 — what the provider says of a dispute, in any order and any number of times; in the transaction of its event.
--   p_id        a fresh id, used when the dispute is new
--   p_entries   3 fresh ids for ledger entries: the end of an earlier phase's hold, what is held anew, and its end
--   p_dispute_at, p_payment_at, p_order_at   the provider's names (p_order_at may be null)
--   p_phase, p_status   as in the table; p_deducted: what the provider has taken, counts when lost
--   p_certain   the provider was asked just now: an open dispute then takes its status even where the order above says no
-- Result: code 0 applied      1 known: reached before
--     2 waiting: no captured payment of ours of that name, yet      3 ask the provider: evidence is required again, after it was handed in
--     4 refused (why)
--   order_id, dispute_id: 0 where there is none
-- Effects: row, history, payments.dispute (refunds are blocked while it is 'open'), outbox payment.disputed for each change, the ledger's
--   hold for each phase and its end; with the end jobs refund.owe for parts that ended unsold. Of a payment that its order did not accept nothing is held of a seller, and a loss is the platform's.
-- Locks: the order, then its attempts by id, then the dispute. READ COMMITTED.
create function checkout.dispute_news_v1(
  p_id bigint, p_entries bigint[], p_provider text, p_dispute_at text, p_payment_at text, p_order_at text, p_amount bigint,
  p_currency text, p_deducted bigint, p_reason text, p_phase text, p_status text, p_respond_by timestamptz, p_certain boolean,
  p_actor text, p_request text)
returns table (code smallint, order_id bigint, dispute_id bigint, why text)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  phases constant text[] := '{fraud,retrieval,chargeback,pre_arbitration,arbitration}';
  steps constant text[] := '{open,evidence_required,under_review,won,lost,closed}';
  q payments.provider_payments; d payments.disputes; p payments.payments;
  was_phase int; new_phase int; was_step int; new_step int; mine boolean;
begin
  new_phase := array_position(phases, p_phase); new_step := array_position(steps, p_status);
  if p_id is null or cardinality(p_entries) is distinct from 3 or p_dispute_at is null or p_payment_at is null or p_amount is null
     or p_currency is null or new_phase is null or new_step is null or p_certain is null or p_actor is null then
    raise exception 'dispute_news_v1: a value is missing or unknown' using errcode = '22023';
  end if;
  select * into q from payments.provider_payments t where t.provider = p_provider and t.provider_payment_id = p_payment_at;
  if q.payment_id is null then
    return query select 2::smallint, 0::bigint, 0::bigint, 'no payment of ours'::text; return;
  end if;
  perform 1 from orders.orders t where t.id = q.order_id order by t.id for no key update;
  perform 1 from payments.payments t where t.order_id = q.order_id order by t.id for no key update;
  select * into q from payments.provider_payments t where t.provider = p_provider and t.provider_payment_id = p_payment_at;
  if q.rank < 3 then
    return query select 2::smallint, q.order_id, 0::bigint, 'the payment is not captured here'::text; return;
  end if;
  select * into d from payments.disputes t where t.provider = p_provider and t.provider_dispute_id = p_dispute_at order by t.id for no key update;
  if d.id is not null and d.provider_payment_id <> p_payment_at then
    return query select 4::smallint, q.order_id, d.id, 'the dispute is about another payment'::text; return;
  end if;
  if p_currency <> q.currency then
    return query select 4::smallint, q.order_id, coalesce(d.id, 0), 'the dispute has another currency than its payment'::text; return;
  end if;
  was_phase := array_position(phases, d.phase); was_step := array_position(steps, d.status);
  if d.id is not null and (new_phase < was_phase or (new_phase = was_phase and (was_step >= 4 or new_step = was_step))) then
    return query select 1::smallint, q.order_id, d.id, null::text; return;
  end if;
  if d.id is not null and new_phase = was_phase and new_step < was_step and not p_certain then
    return query select case when p_status = 'evidence_required' then 3 else 1 end::smallint, q.order_id, d.id, null::text; return;
  end if;

  mine := q.verdict is not distinct from 'accepted';
  if d.id is null then
    insert into payments.disputes (id, provider, provider_dispute_id, provider_payment_id, payment_id, order_id, amount_minor, currency,
           deducted_minor, reason_code, phase, status, respond_by, ended_at)
    values (p_id, p_provider, p_dispute_at, p_payment_at, q.payment_id, q.order_id, p_amount, p_currency, coalesce(p_deducted, 0),
            left(p_reason, 120), p_phase, p_status, p_respond_by, case when new_step >= 4 then now() end);
  else
    update payments.disputes t
       set phase = p_phase, status = p_status, amount_minor = p_amount, deducted_minor = greatest(t.deducted_minor, coalesce(p_deducted, 0)),
           reason_code = coalesce(left(p_reason, 120), t.reason_code), respond_by = coalesce(p_respond_by, t.respond_by),
           ended_at = case when new_step >= 4 then now() end, version = t.version + 1, updated_at = now()
     where t.id = d.id;
    -- The phase before it ended without a word of its end.
    if new_phase > was_phase and was_step < 4 then
      perform checkout.dispute_end_v1(p_entries[1], p_dispute_at || ':' || d.phase, 'closed');
    end if;
  end if;
  insert into payments.dispute_history (dispute_id, phase, from_status, to_status, actor, request_id)
  values (coalesce(d.id, p_id), p_phase, d.status, p_status, p_actor, p_request);

  if d.id is null or new_phase > was_phase then
    perform checkout.dispute_hold_v1(p_entries[2], p_dispute_at || ':' || p_phase, q.payment_id, case when mine then p_amount else 0 end);
  end if;
  if new_step >= 4 then
    perform checkout.dispute_end_v1(p_entries[3], p_dispute_at || ':' || p_phase, p_status,
                                    case when p_status = 'lost' then coalesce(p_deducted, p_amount) end,
                                    case when mine then 'seller' else 'platform' end);
    -- What ended unsold meanwhile is owed now, as far as the dispute has not given it back.
    insert into platform.jobs (kind, key, payload)
    select 'refund.owe', coalesce(d.id, p_id) || ':' || p_phase || ':' || s.id, jsonb_build_object('seller_order_id', s.id, 'cause', s.status, 'actor', 'system')
      from orders.seller_orders s where s.order_id = q.order_id and s.status in ('cancelled', 'rejected', 'rto_received') on conflict do nothing;
  end if;

  update payments.payments t
     set dispute = payments.dispute_flag_v1(t.id), event_seq = t.event_seq + 1, version = t.version + 1, updated_at = now()
   where t.id = q.payment_id returning * into p;
  insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
  values ('payment.disputed', 'payment', p.id, p.event_seq,
          jsonb_build_object('payment_id', p.id, 'order_id', p.order_id, 'dispute_id', coalesce(d.id, p_id), 'provider_payment_id', p_payment_at,
                             'phase', p_phase, 'status', p_status, 'amount_minor', p_amount, 'currency', p_currency));
  return query select 0::smallint, q.order_id, coalesce(d.id, p_id), null::text;
end $$;

-- platform.invariants_of_disputes_v1() → (name, offenders): the flag says what the rows do, and every open one has its hold.
create function platform.invariants_of_disputes_v1() returns table (name text, value bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select 'payments.dispute_flag_is_of_its_disputes', count(*) from payments.payments p
   where p.dispute is distinct from payments.dispute_flag_v1(p.id)
     and (p.dispute is not null or exists (select 1 from payments.disputes d where d.payment_id = p.id))
  union all
  select 'payments.disputes_are_held_while_open', count(*) from payments.disputes d
    left join ledger.disputes l on l.dispute = d.provider_dispute_id || ':' || d.phase
   where l.state is distinct from case when d.status in ('won', 'lost', 'closed') then d.status else 'open' end
$$;
