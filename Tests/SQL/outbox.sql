-- SPDX-License-Identifier: Apache-2.0
-- Events are taken in order, marked once, and cleared away when they are old.
insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
select 'x.' || g, 'x', 1 + g % 2, 1 + (g - 1) / 2, '{}' from generate_series(1, 10) g;

do $$
declare ids bigint[]; r record;
begin
  select array_agg(id order by id) into ids from platform.take_outbox_v1(4);
  assert ids = '{1,2,3,4}';
  assert (select array_agg(id) from platform.take_outbox_v1(4)) = ids, 'as long as they are not marked';
  perform platform.published_v2('{1,2,4}');
  assert (select array_agg(id order by id) from platform.take_outbox_v1(3)) = '{3,5,6}';
  begin
    perform * from platform.take_outbox_v1(0);
    assert false;
  exception when invalid_parameter_value then null;
  end;

  -- The oldest that is young, or waits, ends nothing but itself: those before and behind it go.
  update platform.outbox set published_at = now() - interval '8 days' where id in (1, 4, 5);
  update platform.outbox set published_at = now() where id = 2;
  select * into r from platform.reap_outbox_v1(4, 7 * 86400);
  assert r.looked = 4 and r.removed = 2, format('%s %s', r.looked, r.removed);
  assert (select array_agg(id order by id) from platform.outbox) = '{2,3,5,6,7,8,9,10}';
end $$;
