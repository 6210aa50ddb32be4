-- SPDX-License-Identifier: Apache-2.0
-- Why:  several processes on one database: who leads, telling each other what changed, and claiming jobs.
-- Lock: new objects; ACCESS EXCLUSIVE on platform.jobs for an instant (an index is dropped), SHARE while the new one is built (the
--       table holds what is owed, so it is small).
-- Time: milliseconds.

-- One row per role that one process at a time plays. Leadership saves work; nothing is right because of it.
create table platform.leases (
  role        text        primary key,
  instance    uuid        not null,
  lease_until timestamptz not null
) with (fillfactor = 50);

-- lead_v1(role, instance, ttl seconds) → whether the instance leads now: it took a lead that had run out, or keeps its own.
-- Who does not lead changes and locks nothing. Locks: one leases row. At most one instance gets true within a lease.
create function platform.lead_v1(p_role text, p_instance uuid, p_ttl_s int) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if p_role is null or p_instance is null or p_ttl_s is null or p_ttl_s not between 1 and 3600 then
    raise exception 'lead_v1: a value is missing, or ttl outside 1…3600 s' using errcode = '22023';
  end if;
  update platform.leases l set instance = p_instance, lease_until = clock_timestamp() + make_interval(secs => p_ttl_s)
   where l.role = p_role and (l.instance = p_instance or l.lease_until < clock_timestamp());
  if found then return true; end if;
  insert into platform.leases (role, instance, lease_until)
  values (p_role, p_instance, clock_timestamp() + make_interval(secs => p_ttl_s))
  on conflict (role) do nothing;
  return found;
end $$;

-- notify_v1(channel, payloads): one notification per payload. The commits of notifying transactions are serialised over the
-- database, so it is called by itself, after the commit that it tells of, and by no other function.
create function platform.notify_v1(p_channel text, p_payloads text[]) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  select pg_notify(p_channel, p) from unnest(p_payloads) p
$$;

-- Claims ask by kind: jobs of a kind that nobody works on yet stay visible and cost them nothing.
drop index platform.jobs_due;
create index jobs_due on platform.jobs (kind, run_at) where state in ('ready', 'running');
