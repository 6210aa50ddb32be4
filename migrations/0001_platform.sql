-- SPDX-License-Identifier: Apache-2.0
-- Why:  what every context leans on: idempotency keys, the outbox, leased worker ids, and jobs.
-- Lock: only new objects; nothing existing is touched.
-- Time: milliseconds (1,024 small rows are inserted).
--
-- All ids of business rows are bigint made by the application (time, worker, sequence), never a serial.
-- All functions pin search_path, carry a version in their name, and never NOTIFY.

create schema platform;

-- One row per idempotency digest (SHA-256 over principal, method, route template and key).
-- state 0 = started (a route that calls a provider committed its claim early; lease_until says until when
-- it may be trusted), 1 = finished (status, headers and body are the answer, byte for byte).
-- A row is dead once expires_at has passed: a claim takes it over, the reaper deletes it an hour later.
create table platform.idempotency_keys (
  digest       bytea       not null primary key check (octet_length(digest) = 32),
  request_hash bytea       not null check (octet_length(request_hash) = 32),
  state        smallint    not null check (state in (0, 1)),
  status       smallint    check (status between 200 and 499),
  headers      bytea       check (octet_length(headers) <= 16384),
  body         bytea       check (octet_length(body) <= 1048576),
  user_id      bigint,                 -- whose rows go when the user is deleted; null for anonymous callers
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  lease_until  timestamptz,
  check (state = 0 or status is not null),
  check (expires_at > created_at)
);
create index idempotency_keys_expiry on platform.idempotency_keys (expires_at);

-- One row per transition. id follows insertion, not commit: a publisher reads unpublished rows and marks them,
-- receivers order by (aggregate, seq), which is gap-free. Ids inside payload are numbers; the publisher renders them.
create table platform.outbox (
  id             bigint generated always as identity primary key,
  type           text        not null,
  aggregate_type text        not null,
  aggregate_id   bigint      not null,
  seq            int         not null check (seq >= 1),
  payload        jsonb       not null,
  created_at     timestamptz not null default now(),
  published_at   timestamptz
);
create index outbox_unpublished on platform.outbox (id) where published_at is null;

-- Work that a transaction owes: unique by (kind, key), so that it is owed once.
-- Kinds written by the checkout functions: payment.review (amount or currency differs), payment.refund_duplicate,
-- payment.late (money for an ended order), payment.event_conflict (one event id, two bodies).
create table platform.jobs (
  kind       text        not null,
  key        text        not null,
  run_at     timestamptz not null default now(),
  attempts   int         not null default 0 check (attempts >= 0),
  state      text        not null default 'ready' check (state in ('ready', 'running', 'done', 'dead')),
  payload    jsonb       not null default '{}',
  last_error text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (kind, key)
);
create index jobs_due on platform.jobs (run_at) where state in ('ready', 'running');

-- Worker ids of the id generator: 0…1023, leased. high_ms is the newest millisecond in which the holder says it made an id.
create table platform.workers (
  worker_id   smallint    primary key check (worker_id between 0 and 1023),
  instance    uuid,
  lease_until timestamptz not null default '-infinity',
  high_ms     bigint      not null default 0
) with (fillfactor = 50);
insert into platform.workers (worker_id) select g::smallint from generate_series(0, 1023) g;

-- lease_worker_v1(instance, ttl seconds) → one row (worker_id, floor_ms), or none when all 1,024 are taken.
-- The holder makes ids only in milliseconds > floor_ms, and only while its lease runs. Asking again with the same instance
-- renews and returns the same id. Locks: one workers row.
create function platform.lease_worker_v1(p_instance uuid, p_ttl_s int)
returns table (worker_id smallint, floor_ms bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare w platform.workers;
begin
  if p_instance is null or p_ttl_s not between 5 and 3600 then
    raise exception 'lease_worker_v1: instance missing or ttl outside 5…3600 s' using errcode = '22023';
  end if;
  select * into w from platform.workers k where k.instance = p_instance and k.lease_until > clock_timestamp()
   order by k.worker_id limit 1 for update;
  if not found then
    select * into w from platform.workers k where k.lease_until < clock_timestamp()
     order by k.lease_until, k.worker_id limit 1 for update skip locked;
    if not found then return; end if;
    -- the last holder may have made ids until its lease ended, whatever it reported
    if w.lease_until > '-infinity' then
      w.high_ms := greatest(w.high_ms, ceil(extract(epoch from w.lease_until) * 1000)::bigint);
    end if;
  end if;
  update platform.workers k set instance = p_instance, high_ms = w.high_ms,
         lease_until = clock_timestamp() + make_interval(secs => p_ttl_s) where k.worker_id = w.worker_id;
  return query select w.worker_id, w.high_ms;
end $$;

-- renew_worker_v1 → true while the lease is still ours; false: it ran out (stop making ids, lease anew).
create function platform.renew_worker_v1(p_worker smallint, p_instance uuid, p_ttl_s int, p_high_ms bigint)
returns boolean language sql set search_path = pg_catalog, pg_temp as $$
  with u as (
    update platform.workers set lease_until = clock_timestamp() + make_interval(secs => p_ttl_s),
           high_ms = greatest(high_ms, p_high_ms)
     where worker_id = p_worker and instance = p_instance and lease_until > clock_timestamp() returning 1)
  select exists (select 1 from u)
$$;

-- release_worker_v1: gives the id back at shutdown; high_ms keeps the next holder above our last id.
create function platform.release_worker_v1(p_worker smallint, p_instance uuid, p_high_ms bigint)
returns boolean language sql set search_path = pg_catalog, pg_temp as $$
  with u as (
    update platform.workers set lease_until = '-infinity', instance = null, high_ms = greatest(high_ms, p_high_ms)
     where worker_id = p_worker and instance = p_instance returning 1)
  select exists (select 1 from u)
$$;

-- reap_keys_v1(limit) deletes key rows that expired over an hour ago and hold no live lease; returns how many. Skips locked rows.
create function platform.reap_keys_v1(p_limit int)
returns int language sql set search_path = pg_catalog, pg_temp as $$
  with dead as (
    select digest from platform.idempotency_keys
     where expires_at < now() - interval '1 hour' and (lease_until is null or lease_until < now())
     order by expires_at limit p_limit for update skip locked),
  gone as (delete from platform.idempotency_keys k using dead where k.digest = dead.digest returning 1)
  select count(*)::int from gone
$$;
