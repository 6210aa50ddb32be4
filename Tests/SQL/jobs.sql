-- SPDX-License-Identifier: Apache-2.0
-- Schedules: planned, moved on and begun in one step; jobs that go back to work.
do $$
declare n int; r record; t timestamptz := '2026-11-23 10:00:07+00';
begin
  -- The plan: always after now, in step with itself, however many runs were missed.
  assert platform.next_run_v1(60, null, 'UTC', '2026-11-23 10:00:00+00', t) = '2026-11-23 10:01:00+00';
  assert platform.next_run_v1(60, null, 'UTC', '2026-11-23 09:00:30+00', t) = '2026-11-23 10:00:30+00';
  assert platform.next_run_v1(60, null, 'UTC', '2026-11-23 10:00:07+00', t) = '2026-11-23 10:01:07+00';
  assert platform.next_run_v1(null, '03:30', 'Asia/Kolkata', t, t) = '2026-11-23 22:00:00+00';
  assert platform.next_run_v1(null, '15:31', 'Asia/Kolkata', t, t) = '2026-11-23 10:01:00+00';
  assert platform.next_run_v1(null, '15:30', 'Asia/Kolkata', t, '2026-11-23 10:00:00+00') = '2026-11-24 10:00:00+00';
  -- A clock that changes twice a year: the same time of the day.
  assert platform.next_run_v1(null, '12:00', 'Europe/Berlin', t, '2026-10-24 11:00:00+00') = '2026-10-25 11:00:00+00';

  perform platform.declare_schedules_v1('{b,a}', '{kind.b,kind.a}', '{600,null}', '{null,03:30}', '{UTC,Asia/Kolkata}');
  assert (select count(*) from platform.schedules where next_run <= now()) = 1, 'every: at once; daily: at its time';
  assert platform.run_schedules_v1() = 1;
  assert platform.run_schedules_v1() = 0;
  select * into r from platform.jobs;
  assert r.kind = 'kind.b' and r.key = 'schedule:b' and r.state = 'ready';
  assert (select next_run = now() + interval '600 seconds' and last_run = now() from platform.schedules where name = 'b');

  -- Declared again: nothing moves; with another plan: planned anew.
  update platform.schedules set next_run = now() + interval '5 seconds' where name = 'b';
  perform platform.declare_schedules_v1('{b,a}', '{kind.b,kind.a}', '{600,null}', '{null,03:30}', '{UTC,Asia/Kolkata}');
  assert (select next_run = now() + interval '5 seconds' from platform.schedules where name = 'b');
  perform platform.declare_schedules_v1('{b}', '{kind.b}', '{60}', array[null::text], '{UTC}');
  assert (select next_run = now() from platform.schedules where name = 'b');

  -- While its last run is at work none is begun, and the plan goes on.
  update platform.jobs set state = 'running', attempts = 3;
  assert platform.run_schedules_v1() = 0;
  assert (select next_run > now() from platform.schedules where name = 'b');
  -- Over, or given up: begun again, with the attempts so far forgiven.
  update platform.jobs set state = 'dead', last_error = 'x';
  update platform.schedules set next_run = now() - interval '3 hours' where name = 'b';
  assert platform.run_schedules_v1() = 1;
  select * into r from platform.jobs;
  assert r.state = 'ready' and r.attempts = 3 and r.forgiven = 3, 'the fence goes on rising';
  assert (select count(*) from platform.jobs) = 1;

  begin
    insert into platform.schedules (name, kind, every_s, daily_at, next_run) values ('c', 'k', 1, '03:00', now());
    assert false, 'one plan';
  exception when check_violation then null;
  end;
end $$;
