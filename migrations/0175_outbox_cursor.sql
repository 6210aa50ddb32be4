-- SPDX-License-Identifier: Apache-2.0
-- Why:  every event was written twice: published_at stood in the predicate of an index, so that no mark could be HOT, and each cost a second
--       row, its entries in indexes, their log and their vacuum. What was handed on is what a snapshot sees (adr 0017): one row is written for
--       a batch.
-- Lock: platform.outbox, ACCESS EXCLUSIVE to the end.
-- Time: as long as an index takes that reads the table, 0.3 s for a million events that lie in memory. Where that is too long, the two
--       statements with "if not exists" are run by hand before, the second one with "concurrently"; the rest takes milliseconds.
-- Old servers beside: they write events as before and hand on none (take_outbox_v1 is empty): those wait for the first new process that
--       leads. What they show of the outbox and its lag is wrong meanwhile.
--
-- Measured by psql on two cores, behind 1,000,000 events that were handed on, without statistics: 200 events taken and marked 0.44 ms (0.35 + 0.09),
-- before 1.3 to 1.6 (0.2 to 0.3 + 1.0 to 1.35) and 80 to 90 KB of log, and 200 dead rows for vacuum: 2.2 µs an event, before 6.5 to 8. Nothing
-- waiting 0.12 ms, before 0.1. An event written, taken and marked 0.25 ms, and 0.27 beside a transaction that has hung for 65,000 batches. A
-- tick of a million: 0.24 s to begin with, then 0.4 ms for each page. That fits into the ten seconds of a statement for some
-- 40,000,000; for more the publisher takes its time. What an order writes is what it was: 8 bytes more in a row, and an index of half the size.
--
-- What is handed on. platform.outbox_cursor.done is a snapshot: everything it sees was handed on. What it does not see has
--   xid >= pg_snapshot_xmax(done) or xid = any (pg_snapshot_xip(done)):
-- a number that was not given out yet at that time, or one of a transaction that was under way. Either is looked up in the index; nothing is
-- read from the oldest open transaction on. So nobody waits for a transaction that hangs, and what it wrote is found once it has committed.
--
-- A tick is all that one snapshot (reading) sees and done does not. It is handed on by number; where it has more than a batch, in pages:
-- position is the last number that was handed on, since the first of those behind xmax, upto the last of all; done becomes reading with
-- the last page. The numbers of a tick are read whole once (0.2 s for a million), not for each page.
--
-- Order. Whoever writes an object's event has its row's lock, and takes the event's number then; the next one gets the lock after the commit. So
-- the later event has the greater number, whichever transaction began first, and no snapshot sees it without the one before:
-- that one is in the same tick, where numbers order them, or in one before it. Events of different objects may come in another order than
-- their commits.
--
-- A transaction's own number is in no list of its snapshot: where it has one that is below xmax, the snapshot seems to see it. Whoever takes must
-- not have one yet (take_outbox_v2 refuses): it gets it afterwards, behind xmax, so that what subscribers write in it waits for a later tick.
-- Snapshots list transactions without their savepoints, and pg_current_xact_id() is the transaction's, too.
--
-- The first cursor. ALTER TABLE waits until nobody has rows there that are not committed, and nobody adds some before the commit here. Transactions
-- that are under way and write events afterwards have numbers that the first snapshot lists or does not know yet, even if smaller
-- than ours. What waits gets our own number, which the first snapshot ends before.
--
-- Another cluster. Numbers of transactions mean something in the cluster that gave them, and in copies of its files. After pg_dump, or where rows were
-- copied, they begin anew. The cursor carries the cluster's pg_control_system().system_identifier, and where that is another,
-- take_outbox_v2 refuses (MP018) until rebase_outbox_v1 has gone through the rows: what was handed on (as the old numbers say, and none
-- above last_id, the greatest that ever was) loses its number; what waits gets one of the new cluster. In steps, for a table may have days of
-- events. So does a cursor that is ahead of its cluster (set back in time, and given rows of a later one). A cluster that is restored whole
-- needs nothing.

-- Whoever publishes is done before, and nobody begins: an old leader that waited for the table would hand on what is marked by nobody.
select pg_advisory_xact_lock(7229464213420001);
-- An attempt by hand that failed leaves an index of no use.
do $$
begin
  if exists (select 1 from pg_index i where i.indexrelid = to_regclass('platform.outbox_by_xid') and not i.indisvalid) then
    drop index platform.outbox_by_xid;
  end if;
end $$;
alter table platform.outbox add column if not exists xid xid8;
create index if not exists outbox_by_xid on platform.outbox (xid) where xid is not null;
alter table platform.outbox alter column xid set default pg_current_xact_id();

-- The row with the greatest turn counts, and there is one. It is changed with each batch, and its old versions stay as long as the oldest open
-- transaction: who reads turns from the greatest down finds the present one first, as many as there are.
create table platform.outbox_cursor (
  turn       bigint      primary key,
  done       pg_snapshot not null,
  reading    pg_snapshot,
  since      bigint,
  upto       bigint      check ((upto is null) = (reading is null)),
  position   bigint      check ((position is null) = (reading is null)),
  last_id    bigint      not null,
  system     bigint      not null,
  judged     bigint,                    -- how far rebase_outbox_v1 has come
  updated_at timestamptz not null default now()
);

create function platform.outbox_cursor_v1() returns platform.outbox_cursor
language sql stable set search_path = pg_catalog, pg_temp as $$
  select c from platform.outbox_cursor c order by c.turn desc limit 1
$$;

-- The snapshot, as if nothing from that transaction on had been seen: its events are then looked up behind xmax, page by page. In the list of
-- those under way all of them would be read for each page.
create function platform.snapshot_before_v1(p_snapshot pg_snapshot, p_xid xid8) returns pg_snapshot
language sql stable set search_path = pg_catalog, pg_temp as $$
  select format('%s:%s:%s', least(pg_snapshot_xmin(p_snapshot), e.xmax), e.xmax, (
           select string_agg(u.x::text, ',' order by u.x) from pg_snapshot_xip(p_snapshot) u(x) where u.x < e.xmax))::pg_snapshot
    from (select least(pg_snapshot_xmax(p_snapshot), p_xid) xmax) e
$$;

-- Whether an event waits: whatever the cluster, until rebase_outbox_v1 is done.
create function platform.outbox_waits_v1(p_xid xid8, p_id bigint, c platform.outbox_cursor) returns boolean language sql immutable
return p_xid is not null
   and (p_id > c.last_id
        or not pg_visible_in_snapshot(p_xid, c.done)
           and (c.reading is null or p_id > c.position or not pg_visible_in_snapshot(p_xid, c.reading)));

update platform.outbox set xid = pg_current_xact_id() where published_at is null;
drop index platform.outbox_unpublished;
insert into platform.outbox_cursor (turn, done, last_id, system)
select 1, platform.snapshot_before_v1(pg_current_snapshot(), pg_current_xact_id()),
       coalesce((select id from platform.outbox where xid is null order by id desc limit 1), 0), s.system_identifier
  from pg_control_system() s;

-- Whether a cursor says nothing about this cluster's transactions: it is another one's, or is ahead of it, which a cluster that was set back or
-- copied is given with rows of a later time.
create function platform.outbox_is_foreign_v1(c platform.outbox_cursor) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select c.system <> s.system_identifier or pg_snapshot_xmax(coalesce(c.reading, c.done)) > pg_snapshot_xmax(pg_current_snapshot())
    from pg_control_system() s
$$;

-- take_outbox_v2(limit 1…1000) → the next events of the tick, in the order of their numbers; none where none wait or another transaction
-- publishes. The last of them says what the cursor becomes (mark), and whether these are all that waited (whole). Whoever gets some
-- hands them on and gives the mark to published_v3 in the same transaction.
--
-- One transaction publishes at a time (an advisory lock, 7229464213420001, until its end), whatever the leases say: between the statements
-- here the cursor stands still. Errors: MP018 the cursor is another cluster's; 25001 the transaction has written before; 22023.
create function platform.take_outbox_v2(p_limit int)
returns table (id bigint, type text, aggregate_type text, aggregate_id bigint, seq int, payload jsonb, created_at timestamptz,
               mark platform.outbox_cursor, whole boolean)
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off
set max_parallel_workers_per_gather = 0 set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  c     platform.outbox_cursor;
  top   xid8;
  busy  xid8[];
  fresh boolean := false;
begin
  if p_limit is null or p_limit not between 1 and 1000 then
    raise exception 'take_outbox_v2: limit outside 1…1000' using errcode = '22023';
  end if;
  if pg_current_xact_id_if_assigned() is not null then
    raise exception 'take_outbox_v2: the transaction has written before' using errcode = '25001';
  end if;
  if not pg_try_advisory_xact_lock(7229464213420001) then return; end if;
  select * into strict c from platform.outbox_cursor x order by x.turn desc limit 1;
  if platform.outbox_is_foreign_v1(c) then
    raise exception 'take_outbox_v2: the cursor is another cluster''s' using errcode = 'MP018';
  end if;
  c.turn := c.turn + 1;
  loop
    top := pg_snapshot_xmax(c.done);
    busy := array(select pg_snapshot_xip(c.done));
    if c.reading is null then
      fresh := true;
      -- The snapshot of this very statement: another one would see more or less than what is read here.
      select pg_current_snapshot(), min(x.id) filter (where x.is_new), max(x.id), -9223372036854775808
        into c.reading, c.since, c.upto, c.position
        from (select o.id, true from platform.outbox o where o.xid >= top
              union all select o.id, false from platform.outbox o where o.xid = any (busy)) x(id, is_new);
      exit when c.upto is null;
    end if;
    -- `is true` and `+ 0`: each half by its own index, whatever the statistics say.
    return query
      with page as materialized (
        select * from (
          (select o.id, o.type, o.aggregate_type, o.aggregate_id, o.seq, o.payload, o.created_at from platform.outbox o
            where o.xid = any (busy) and o.id + 0 > c.position and pg_visible_in_snapshot(o.xid, c.reading)
            order by o.id + 0 limit p_limit)
          union all
          (select o.id, o.type, o.aggregate_type, o.aggregate_id, o.seq, o.payload, o.created_at from platform.outbox o
            where o.id > c.position and o.id between c.since and c.upto and (o.xid >= top) is true
              and pg_visible_in_snapshot(o.xid, c.reading)
            order by o.id limit p_limit)) x
         order by x.id limit p_limit),
      ends as materialized (
        -- Fewer than asked for end the tick, too: somebody may have removed its last ones.
        select max(p.id) last, max(p.id) >= c.upto or count(*) < p_limit all_of_it from page p)
      select p.id, p.type, p.aggregate_type, p.aggregate_id, p.seq::int, p.payload, p.created_at,
             case when p.id <> e.last then null
                  when e.all_of_it then row(c.turn, c.reading, null, null, null, null, greatest(c.last_id, e.last), c.system, null, now())::platform.outbox_cursor
                  else row(c.turn, c.done, c.reading, c.since, c.upto, e.last, greatest(c.last_id, e.last), c.system, null, now())::platform.outbox_cursor end,
             fresh and e.all_of_it
        from page p, ends e order by p.id;
    exit when found or fresh;
    -- What was left of the tick has been removed by hand.
    c.done := c.reading;
    c.reading := null;
  end loop;
end $$;

-- published_v3: these were handed on. Errors: 40001 the cursor is not the one that was read.
create function platform.published_v3(p_mark platform.outbox_cursor) returns void
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
begin
  update platform.outbox_cursor c
     set turn = p_mark.turn, done = p_mark.done, reading = p_mark.reading, since = p_mark.since, upto = p_mark.upto, position = p_mark.position,
         last_id = p_mark.last_id, updated_at = p_mark.updated_at
   where c.turn = p_mark.turn - 1 and c.system = p_mark.system;
  if not found then
    raise exception 'published_v3: the cursor is not the one that was read' using errcode = '40001';
  end if;
end $$;

-- rebase_outbox_v1(limit) → whether the cursor is this cluster's now; false: call it again; null: another transaction publishes.
-- The snapshot is older than the statement that gives numbers: what commits between the two gets one and waits once; what commits later
-- is under way in the snapshot, or unknown to it.
create function platform.rebase_outbox_v1(p_limit int) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off set max_parallel_workers_per_gather = 0 as $$
declare
  c      platform.outbox_cursor;
  here   bigint := (select s.system_identifier from pg_control_system() s);
  seen   pg_snapshot;
  looked int;
  last   bigint;
begin
  if p_limit is null or p_limit not between 1 and 100000 then
    raise exception 'rebase_outbox_v1: limit outside 1…100000' using errcode = '22023';
  end if;
  if not pg_try_advisory_xact_lock(7229464213420001) then return null; end if;
  select * into strict c from platform.outbox_cursor x order by x.turn desc limit 1;
  if not platform.outbox_is_foreign_v1(c) then return true; end if;
  with page as materialized (
    select o.id, o.xid from platform.outbox o
     where o.id > coalesce(c.judged, -9223372036854775808) and o.id <= c.last_id order by o.id limit p_limit),
  gone as (
    update platform.outbox o set xid = null from page p
     where o.id = p.id and p.xid is not null and not platform.outbox_waits_v1(p.xid, p.id, c))
  select count(*), max(p.id) into looked, last from page p;
  if looked = p_limit then
    update platform.outbox_cursor x set judged = last, updated_at = now() where x.turn = c.turn;
    return false;
  end if;
  seen := pg_current_snapshot();
  update platform.outbox o set xid = pg_current_xact_id() where o.xid is not null;
  update platform.outbox_cursor x
     set turn = x.turn + 1, done = platform.snapshot_before_v1(seen, pg_current_xact_id()), reading = null, since = null, upto = null,
         position = null, system = here, judged = null, updated_at = now()
   where x.turn = c.turn;
  return true;
end $$;

-- outbox_waiting_v1(after, limit) → events that wait, by number.
create function platform.outbox_waiting_v1(p_after bigint, p_limit int)
returns table (id bigint, type text, aggregate_type text, aggregate_id bigint, seq int, payload jsonb, created_at timestamptz)
language plpgsql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off set max_parallel_workers_per_gather = 0
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  c    platform.outbox_cursor := platform.outbox_cursor_v1();
  top  xid8 := pg_snapshot_xmax(c.done);
  busy xid8[] := array(select pg_snapshot_xip(c.done));
begin
  if platform.outbox_is_foreign_v1(c) then
    return query select o.id, o.type, o.aggregate_type, o.aggregate_id, o.seq::int, o.payload, o.created_at from platform.outbox o
      where o.id > p_after and platform.outbox_waits_v1(o.xid, o.id, c) order by o.id limit p_limit;
    return;
  end if;
  return query
    select x.id, x.type, x.aggregate_type, x.aggregate_id, x.seq::int, x.payload, x.created_at
      from (select * from platform.outbox o where o.xid >= top union all select * from platform.outbox o where o.xid = any (busy)) x
     where x.id + 0 > p_after and platform.outbox_waits_v1(x.xid, x.id, c) order by x.id + 0 limit p_limit;
end $$;

-- outbox_published_v1(before, limit) → events that were handed on and are not cleared away yet, the newest first.
create function platform.outbox_published_v1(p_before bigint, p_limit int)
returns table (id bigint, type text, aggregate_type text, aggregate_id bigint, seq int, payload jsonb, created_at timestamptz)
language plpgsql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off set max_parallel_workers_per_gather = 0
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare c platform.outbox_cursor := platform.outbox_cursor_v1();
begin
  return query select o.id, o.type, o.aggregate_type, o.aggregate_id, o.seq::int, o.payload, o.created_at from platform.outbox o
    where o.id < p_before and not platform.outbox_waits_v1(o.xid, o.id, c) order by o.id desc limit p_limit;
end $$;

-- outbox_oldest_v1() → when the transaction of an event began that waits, within a transaction's length of the oldest; null where none waits.
-- A few look-ups, however many wait: the first of what is left of the tick, or else of what came after it, and of transactions that ended late.
create function platform.outbox_oldest_v1() returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off set max_parallel_workers_per_gather = 0
set plan_cache_mode = force_generic_plan as $$
declare
  c    platform.outbox_cursor := platform.outbox_cursor_v1();
  top  xid8 := pg_snapshot_xmax(c.done);
  busy xid8[] := array(select pg_snapshot_xip(c.done));
  due  timestamptz;
  late timestamptz;
begin
  if platform.outbox_is_foreign_v1(c) then
    select x.created_at into due from platform.outbox_waiting_v1(-9223372036854775808, 1) x;
    return due;
  end if;
  if c.reading is not null then
    select o.created_at into due from platform.outbox o
     where o.id > c.position and o.id between c.since and c.upto and platform.outbox_waits_v1(o.xid, o.id, c) order by o.id limit 1;
  end if;
  if due is null then
    select o.created_at into due from platform.outbox o
     where o.xid >= top and platform.outbox_waits_v1(o.xid, o.id, c) order by o.xid limit 1;
  end if;
  select min(o.created_at) into late from platform.outbox o where o.xid = any (busy) and platform.outbox_waits_v1(o.xid, o.id, c);
  return least(due, late);
end $$;

-- reap_outbox_v2(limit, keep seconds) → (looked at, removed): the oldest events, those of them that are so old and were handed on. Numbers follow
-- time, so that the first that is too young ends the search: the caller goes on while all that were looked at went. The cursor is
-- read by the statement that removes: an older one and newer numbers (rebase_outbox_v1) would not belong together.
create function platform.reap_outbox_v2(p_limit int, p_keep_s int) returns table (looked int, removed int)
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off
set max_parallel_workers_per_gather = 0 set plan_cache_mode = force_generic_plan as $$
begin
  return query
  with oldest as materialized (
    select o.id, o.xid, o.created_at < now() - make_interval(secs => p_keep_s) and not platform.outbox_waits_v1(o.xid, o.id, c) goes
      from platform.outbox o, platform.outbox_cursor_v1() c order by o.id limit p_limit),
  gone as (delete from platform.outbox o using oldest x where o.id = x.id and x.goes and o.xid is not distinct from x.xid returning 1)
  select (select count(*)::int from oldest), (select count(*)::int from gone);
end $$;

-- What old servers call: they take nothing, and have nothing to mark.
create or replace function platform.take_outbox_v1(p_limit int)
returns table (id bigint, type text, aggregate_type text, aggregate_id bigint, seq int, payload jsonb, created_at timestamptz)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
end $$;
create or replace function platform.published_v1(p_ids bigint[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
end $$;
create or replace function platform.published_v2(p_ids bigint[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
end $$;
