-- SPDX-License-Identifier: Apache-2.0
-- Events are taken in order, the cursor moves over them, and they are cleared away when they are old. By index, on a table without statistics.
alter table platform.outbox set (autovacuum_enabled = off);
create function t.events(p_from int, p_to int) returns void language sql as $$
  insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
  select 'x.' || g, 'x', 1 + g % 2, 1 + (g - 1) / 2, '{}' from generate_series(p_from, p_to) g
$$;
-- Numbers, `+` where more may wait; marked.
create function t.handed(p_limit int) returns text language plpgsql as $$
declare r record; told text; mark platform.outbox_cursor; whole boolean;
begin
  for r in select * from platform.take_outbox_v2(p_limit) loop
    told := concat_ws(',', told, r.id);
    mark := r.mark;
    whole := r.whole;
  end loop;
  if told is not null then perform platform.published_v3(mark); end if;
  return told || case when whole then '' else '+' end;
end $$;
create function t.waits() returns text language sql as $$ select string_agg(id::text, ',' order by id) from platform.outbox_waiting_v1(0, 1000) $$;

select t.eq('none', t.handed(4), null);
select t.events(1, 10);
select t.eq('as long as they are not marked', (select string_agg(id::text, ',') from platform.take_outbox_v2(4)), '1,2,3,4');
select t.eq('a page', t.handed(4), '1,2,3,4+');
select t.events(11, 12);
select t.eq('those of the tick and those behind it', t.waits(), '5,6,7,8,9,10,11,12');
select t.eq('its next ones', (select string_agg(id::text, ',') from platform.outbox_waiting_v1(6, 2)), '7,8');
select t.eq('handed on', (select string_agg(id::text, ',') from platform.outbox_published_v1(4, 2)), '3,2');
select t.eq('the oldest', (select (platform.outbox_oldest_v1() = created_at)::text from platform.outbox where id = 5), 'true');
select t.eq('the last page', t.handed(6), '5,6,7,8,9,10+');
select t.eq('as many as asked for', t.handed(2), '11,12');
select t.eq('nothing', t.handed(2), null);
select t.eq('nothing waits', coalesce(t.waits(), platform.outbox_oldest_v1()::text), null);
select t.eq('limits', t.fails('select * from platform.take_outbox_v2(0)'), '22023');
select t.eq('not after writing', t.fails('select pg_current_xact_id(); select * from platform.take_outbox_v2(1)'), '25001');
select t.eq('a row cannot be marked twice', t.fails($$
  select platform.published_v3((c.turn, c.done, null, null, null, null, c.last_id, c.system, null, now())::platform.outbox_cursor)
    from platform.outbox_cursor_v1() c$$), '40001');
select t.eq('what old servers take', (select count(*)::text from platform.take_outbox_v1(10)), '0');

-- The oldest that is young, or waits, ends nothing but itself: those before and behind it go.
select t.events(13, 16);
update platform.outbox set created_at = now() - interval '8 days' where id in (1, 4, 5, 13);
select t.eq('reaped', (select looked || ' ' || removed from platform.reap_outbox_v2(4, 7 * 86400)), '4 2');
select t.eq('reaped', (select looked || ' ' || removed from platform.reap_outbox_v2(100, 7 * 86400)), '14 1');
select t.eq('left', (select string_agg(id::text, ',' order by id) from platform.outbox), '2,3,6,7,8,9,10,11,12,13,14,15,16');
select t.eq('waiting', t.handed(10), '13,14,15,16');

-- What a snapshot saw before a transaction: nothing from its number on, and those under way before it.
select t.eq('before', platform.snapshot_before_v1(s::pg_snapshot, x::xid8)::text, w) from (values
  ('10:20:', '15', '10:15:'), ('10:20:12,18', '15', '10:15:12'), ('10:20:15', '15', '10:15:'), ('10:20:12', '25', '10:20:12'),
  ('100:1000:900', '99', '99:99:')) v(s, x, w);

-- Another cluster's: step by step, only what waits keeps a number; what is written meanwhile waits, too.
select t.events(17, 20);
update platform.outbox set xid = (7000000000 + id)::text::xid8;
update platform.outbox_cursor set turn = turn + 1, done = '7000000018:7000000020:7000000018', last_id = 19, system = 1;
select t.events(21, 21);
select t.eq('refused', t.fails('select * from platform.take_outbox_v2(1)'), 'MP018');
select t.eq('waits', t.waits(), '18,20,21');
select t.eq('the oldest', (select (platform.outbox_oldest_v1() = created_at)::text from platform.outbox where id = 18), 'true');
select t.eq('steps', string_agg(t.step::text, ',') , 'false,false,true,true') from (
  select platform.rebase_outbox_v1(6) step union all select platform.rebase_outbox_v1(6) union all select platform.rebase_outbox_v1(6)
  union all select platform.rebase_outbox_v1(6)) t;
select t.eq('waits still', t.waits(), '18,20,21');
select t.events(22, 22);
select t.eq('handed on', t.handed(10), '18,20,21,22');
select t.eq('once', t.handed(10), null);
select t.eq('done', platform.rebase_outbox_v1(6)::text, 'true');

-- Of this cluster, and ahead of it: it was set back, and got rows of a later time.
update platform.outbox_cursor set done = format('%s:%1$s:', pg_snapshot_xmax(done)::text::bigint + 100000)::pg_snapshot, turn = turn + 1;
select t.events(23, 23);
select t.eq('refused', t.fails('select * from platform.take_outbox_v2(1)'), 'MP018');
select t.eq('waits', t.waits(), '23');
select t.eq('the oldest', (select (platform.outbox_oldest_v1() = created_at)::text from platform.outbox where id = 23), 'true');
select t.eq('rebased', platform.rebase_outbox_v1(1000)::text, 'true');
select t.eq('handed on', t.handed(10), '23');

-- What is read to take: rows of the table, as the server counts them. A million may have been handed on, a tick may have as many.
create function t.reads(p_limit int) returns text language plpgsql as $$
declare before record; later record; got int;
begin
  select seq_tup_read s, idx_tup_fetch i into before from pg_stat_xact_all_tables where relid = 'platform.outbox'::regclass;
  select count(*) into got from platform.take_outbox_v2(p_limit);
  select seq_tup_read - before.s s, idx_tup_fetch - before.i i into later from pg_stat_xact_all_tables where relid = 'platform.outbox'::regclass;
  return got || case when later.s = 0 and later.i <= 3 * p_limit then ' few' else format(' %s %s', later.s, later.i) end;
end $$;
select t.events(100, 30099);
select t.eq('the first page', left(t.handed(200), 3), '24,');
select t.eq('a page of a large tick', t.reads(200), '200 few');
select 'select t.ok(''all of it'', t.handed(1000) like ''%+'')' from generate_series(1, 30) \gexec
select t.eq('nothing', t.reads(200), '0 few');
select t.events(1, 200);
select t.eq('two hundred new ones', t.reads(200), '200 few');
-- Somebody hangs since the first event: its number is asked for alone.
update platform.outbox_cursor set done = (
  select format('%s:%s:%s', x, pg_snapshot_xmax(done), x)::pg_snapshot from (select (pg_snapshot_xmin(done)::text::bigint - 50) x) u);
select t.eq('beside one that hangs', t.reads(200), '200 few');
