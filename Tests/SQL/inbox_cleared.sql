-- SPDX-License-Identifier: Apache-2.0
-- The inbox is cleared of what guards no money and is older than what is kept, once, step by step.
create function t.event(id text, st text, age interval) returns void language sql as $$
  insert into payments.events (provider, event_id, event_type, body_hash, body, state, received_at)
  values ('razorpay', id, 'payment.captured', t.digest(id), '\x7b7d', st, now() - age) $$;
create function t.conflict(id text, age interval) returns void language sql as $$
  insert into payments.event_conflicts (provider, event_id, body_hash, event_type, body, received_at)
  values ('razorpay', id, t.digest('c' || id), 'payment.captured', '\x7b7d', now() - age) $$;
create function t.clear() returns int language plpgsql as $$
declare n int := 0;
begin
  while checkout.clear_events_v1(interval '180 days') loop n := n + 1; end loop;
  return n;
end $$;
create function t.left() returns text language sql as $$
  select string_agg(event_id || case when body = '' then '' else '+' end, ' ' order by event_id) from payments.events $$;

select t.eq('nothing', t.clear()::text, '0');
select t.event(a.id || '-' || b.st, b.st, a.age)
  from (values ('a', interval '181 days'), ('b', interval '180 days 1 minute'), ('c', interval '179 days')) a(id, age),
       unnest('{processed,replayed,ignored,waiting,failed}'::text[]) b(st);
select t.conflict('x', '181 days');
select t.conflict('y', '179 days');
select t.ok('a day in steps of ten minutes', t.clear() between 140 and 145);
select t.eq('what is left', t.left(),
  'a-failed+ a-processed a-replayed a-waiting+ b-failed+ b-processed b-replayed b-waiting+ c-failed+ c-ignored+ c-processed+ c-replayed+ c-waiting+');
select t.eq('second bodies', string_agg(event_id, ' '), 'y') from payments.event_conflicts;
select t.eq('done once', t.clear()::text, '0');
select t.event('late', 'ignored', '190 days');
select t.eq('what was looked at is not looked at again', t.clear() || ' ' || (t.left() like '%late%'), '0 true');
