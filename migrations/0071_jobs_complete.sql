-- SPDX-License-Identifier: Apache-2.0
-- Why:  jobs that are begun again and again (schedules), and jobs that a person sends back to work without its earlier attempts counting.
-- Lock: ACCESS EXCLUSIVE on platform.jobs for an instant (a column with a constant default), SHARE while the index is built.
-- Time: milliseconds; seconds where a million jobs are kept.

-- attempts is the fence of a claim and only ever rises; those up to forgiven do not count against the limit of a job's kind.
alter table platform.jobs add column forgiven int not null default 0 check (forgiven >= 0);
alter table platform.jobs add check (forgiven <= attempts);
-- For who looks after them, by kind and age.
create index jobs_dead on platform.jobs (kind, run_at, key) where state = 'dead';

-- One row per schedule; what it begins is the job (kind, 'schedule:' || name), the same row each time.
create table platform.schedules (
  name     text        primary key check (length(name) between 1 and 100),
  kind     text        not null,
  every_s  int         check (every_s between 1 and 604800),
  daily_at time,
  zone     text        not null default 'UTC',         -- of daily_at
  next_run timestamptz not null,
  last_run timestamptz,
  check ((every_s is null) <> (daily_at is null))
) with (fillfactor = 50);

-- next_run_v1(every seconds, or time of the day and its zone; the run that was due; now) → the first moment of the plan after now. Runs
-- that were missed are not made up for: one follows, then the plan goes on as it was.
create function platform.next_run_v1(p_every_s int, p_daily_at time, p_zone text, p_due timestamptz, p_now timestamptz)
returns timestamptz language sql stable set search_path = pg_catalog, pg_temp as $$
  select case
    when p_every_s is not null then
      p_due + make_interval(secs => p_every_s * greatest(1, floor(extract(epoch from p_now - p_due) / p_every_s) + 1))
    when ((p_now at time zone p_zone)::date + p_daily_at) at time zone p_zone > p_now
      then ((p_now at time zone p_zone)::date + p_daily_at) at time zone p_zone
    else ((p_now at time zone p_zone)::date + 1 + p_daily_at) at time zone p_zone
  end
$$;

-- declare_schedules_v1: the schedules as the program knows them; arrays are aligned. A new one is due at its first moment from now (every:
-- now), one whose plan changed is planned anew, others stay as they are; none is removed: an older server may still need it.
-- Locks: the schedules, by name.
create function platform.declare_schedules_v1(p_names text[], p_kinds text[], p_every_s int[], p_daily_at text[], p_zones text[])
returns void language sql set search_path = pg_catalog, pg_temp as $$
  insert into platform.schedules as s (name, kind, every_s, daily_at, zone, next_run)
  select name, kind, every_s, daily_at::time, zone,
         case when every_s is not null then now() else platform.next_run_v1(null, daily_at::time, zone, now(), now()) end
    from unnest(p_names, p_kinds, p_every_s, p_daily_at, p_zones) u(name, kind, every_s, daily_at, zone) order by name
  on conflict (name) do update
     set kind = excluded.kind, every_s = excluded.every_s, daily_at = excluded.daily_at, zone = excluded.zone, next_run = excluded.next_run
   where (s.kind, s.every_s, s.daily_at, s.zone) is distinct from (excluded.kind, excluded.every_s, excluded.daily_at, excluded.zone)
$$;

-- run_schedules_v1() → how many jobs were owed. Each due schedule moves on and owes its job in one transaction, so that no run is lost and
-- none begun twice, whoever else calls it. A job of the last run that is not over yet is not begun again: that run is left out.
-- Locks: due schedules by name (those that others have are skipped), then their jobs.
create function platform.run_schedules_v1() returns int
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare s platform.schedules; n int; owed int := 0;
begin
  for s in select * from platform.schedules where next_run <= now() order by name for no key update skip locked loop
    insert into platform.jobs as j (kind, key, payload) values (s.kind, 'schedule:' || s.name, jsonb_build_object('due', s.next_run))
    on conflict (kind, key) do update
       set state = 'ready', run_at = now(), forgiven = j.attempts, payload = excluded.payload, updated_at = now()
     where j.state in ('done', 'dead');
    get diagnostics n = row_count;
    owed := owed + n;
    update platform.schedules t
       set next_run = platform.next_run_v1(s.every_s, s.daily_at, s.zone, s.next_run, now()), last_run = now()
     where t.name = s.name;
  end loop;
  return owed;
end $$;
