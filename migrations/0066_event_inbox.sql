-- SPDX-License-Identifier: Apache-2.0
-- Why:  the inbox for events that pay_v1 does not apply (refunds, disputes): the same rules for duplicates and conflicts, around an
--       effect of the caller's own transaction. And the end of events that wait for a payment of ours.
-- Lock: ACCESS EXCLUSIVE on payments.events for two columns without a rewrite; else only new objects.
-- Time: milliseconds.

alter table payments.events add column matches smallint not null default 0;    -- times it was matched again
alter table payments.events add column next_match_at timestamptz;              -- null: at once

-- checkout.event_arrives_v1 — the first statement of the transaction that applies one event.
--   p_event the provider's event id, or 'sha256:<hex>' of the body; p_hash bytea[32], p_body bytea: its hash and raw bytes;
--   p_provider_order, p_provider_payment: what it speaks of, for matching later; may be null
-- Result: 0 new: a row stands in state 'received'; apply it, then call event_ends_v1 in the same transaction. Also for a known event that
--           is 'waiting', 'failed' or 'received' and comes with the same body (matching again, an operator's replay)
--         2 duplicate: known with this body, nothing is to be done      3 conflict: known with ANOTHER body: kept aside, alert job
-- Locks: the event (advisory). Another transaction with this event is waited for, at most for lock_timeout: the event's own transaction
--   holds nothing else by then. pay_v1 never waits for this lock, so no circle closes.
-- Isolation: READ COMMITTED; what the other transaction committed is seen.
create function checkout.event_arrives_v1(p_provider text, p_event text, p_type text, p_hash bytea, p_body bytea,
                                          p_provider_order text, p_provider_payment text)
returns smallint language plpgsql set search_path = pg_catalog, pg_temp as $$
declare known payments.events;
begin
  if p_provider is null or p_event is null or p_type is null or octet_length(p_hash) is distinct from 32 or p_body is null then
    raise exception 'event_arrives_v1: an event without its name or body' using errcode = '22023';
  end if;
  perform pg_advisory_xact_lock(hashtextextended(p_provider || ':' || p_event, 0));
  select * into known from payments.events v where v.provider = p_provider and v.event_id = p_event;
  if known.event_id is null then
    insert into payments.events (provider, event_id, event_type, body_hash, body, state, provider_order_id, provider_payment_id)
    values (p_provider, p_event, p_type, p_hash, p_body, 'received', p_provider_order, p_provider_payment);
    return 0;
  end if;
  if known.body_hash = p_hash then
    return case when known.state in ('waiting', 'failed', 'received') then 0 else 2 end;
  end if;
  insert into platform.jobs (kind, key, payload)
  values ('payment.event_conflict', p_provider || ':' || p_event, jsonb_build_object('event_id', p_event, 'type', p_type))
  on conflict do nothing;
  insert into payments.event_conflicts (provider, event_id, body_hash, event_type, body)
  values (p_provider, p_event, p_hash, p_type, p_body) on conflict do nothing;
  return 3;
end $$;

-- checkout.event_ends_v1 — the last statement: what became of the event. p_state: processed, ignored, waiting or failed.
--   What had failed and is processed now was replayed.
create function checkout.event_ends_v1(p_provider text, p_event text, p_state text, p_note text)
returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if p_state is null or p_state not in ('processed', 'ignored', 'waiting', 'failed') then
    raise exception 'event_ends_v1: % is no end', p_state using errcode = '22023';
  end if;
  update payments.events v
     set state = case when v.state = 'failed' and p_state = 'processed' then 'replayed' else p_state end,
         processed_at = case when p_state <> 'waiting' then now() end, note = left(p_note, 200)
   where v.provider = p_provider and v.event_id = p_event and v.state in ('received', 'waiting', 'failed');
  if not found then
    raise exception 'event_ends_v1: % has not arrived', p_event using errcode = '22023';
  end if;
end $$;

-- checkout.give_up_waiting_events_v1(p_limit) → the events that found no payment of ours in 72 hours: failed from now on, with a job each
--   that tells an operator; a replay is still possible. Locks: event rows; what others work on is skipped.
create function checkout.give_up_waiting_events_v1(p_limit int)
returns table (provider text, event_id text, event_type text) language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  return query
    with due as (
      select v.provider, v.event_id from payments.events v
       where v.state = 'waiting' and v.received_at <= now() - interval '72 hours'
       order by v.received_at limit p_limit for update skip locked),
    u as (
      update payments.events v set state = 'failed', processed_at = now(), note = 'no payment of ours in 72 hours'
        from due where v.provider = due.provider and v.event_id = due.event_id
      returning v.provider, v.event_id, v.event_type),
    j as (
      insert into platform.jobs (kind, key, payload)
      select 'payment.event_unmatched', u.provider || ':' || u.event_id, jsonb_build_object('event_id', u.event_id, 'type', u.event_type)
        from u order by u.event_id
      on conflict do nothing)
    select u.provider::text, u.event_id::text, u.event_type::text from u;
end $$;
