-- SPDX-License-Identifier: Apache-2.0
-- Why:  what the provider has told is kept for ever only as far as it guards money: the name and hash of each event that was applied. Bodies,
--       events that moved nothing and second bodies go after half a year (p_keep: longer than a payment can be disputed); jobs of payments that
--       guard nothing go like all others.
-- Lock: SHARE on payments.events and platform.jobs while indexes are built: no webhook is kept and no job owed meanwhile.
-- Time: seconds per million events (one index holds few rows, the other is a BRIN).

-- Costs the inserts of webhooks nothing: pages are summarised by vacuum.
create index events_by_time on payments.events using brin (received_at);
-- The done jobs of payments that guard nothing (JobStore.reap); late money, refunds and reviews are looked for by name.
create index jobs_done_of_payments on platform.jobs (updated_at)
  where state = 'done' and kind like 'payment.%' and kind not in ('payment.late', 'payment.refund', 'payment.refund_duplicate', 'payment.review');

-- How far the inbox is cleared: what was received before this has been looked at.
create table payments.events_cleared (
  one     boolean     primary key default true check (one),
  up_to   timestamptz not null default '-infinity'
);
insert into payments.events_cleared default values;

-- checkout.clear_events_v1(keep) → whether there is more to clear. Looks at ten minutes of what is older than p_keep, and remembers so: bodies of
--   applied events are emptied, ignored events and second bodies removed. What waits or failed is left to people.
-- Locks: the one row of events_cleared (who finds it taken leaves it alone), then events by their time; nobody else locks such old ones but a replay.
create function checkout.clear_events_v1(p_keep interval) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare lo timestamptz; hi timestamptz; edge timestamptz := now() - p_keep;
begin
  select up_to into lo from payments.events_cleared order by one for update skip locked;
  if lo is null then return false; end if;
  if lo = '-infinity' then
    lo := coalesce(least((select min(received_at) from payments.events), (select min(received_at) from payments.event_conflicts)), edge);
  end if;
  if lo >= edge then return false; end if;
  hi := least(lo + interval '10 minutes', edge);
  update payments.events e set body = ''
   where e.received_at >= lo and e.received_at < hi and e.state in ('processed', 'replayed') and e.body <> '';
  delete from payments.events e where e.received_at >= lo and e.received_at < hi and e.state = 'ignored';
  delete from payments.event_conflicts c where c.received_at >= lo and c.received_at < hi;
  update payments.events_cleared set up_to = hi;
  return hi < edge;
end $$;
