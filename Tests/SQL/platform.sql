-- SPDX-License-Identifier: Apache-2.0
-- Keys outside the batch, worker ids, lockout, reaper.
select t.eq('stored', checkout.store_refusals_v2(array[t.digest('a'), t.digest('a'), t.digest('b')], array[t.digest('h'), t.digest('h'), t.digest('h')], '{86400,86400,86400}',
  '{409,409,422}', array['h'::bytea, 'h', 'h'], array['one'::bytea, 'two', 'three'], '{1,1,null}')::text, '2');
select t.eq('a committed row wins', checkout.store_refusals_v2(array[t.digest('a')], array[t.digest('x')], '{86400}', '{404}', array[null::bytea], array['x'::bytea], '{1}')::text, '0');
select t.eq('looked up', (select string_agg(idx || ' ' || state || ' ' || status || ' ' || length(body), ', ' order by idx) from checkout.keys_v1(array[t.digest('zz'), t.digest('b'), t.digest('a')])), '2 1 422 5, 3 1 409 3');
update platform.idempotency_keys set created_at = now() - interval '3 days', expires_at = now() - interval '30 minutes' where digest = t.digest('a');
update platform.idempotency_keys set created_at = now() - interval '3 days', expires_at = now() - interval '90 minutes' where digest = t.digest('b');
select t.eq('expired ones are unknown', (select count(*)::text from checkout.keys_v1(array[t.digest('a'), t.digest('b')])), '0');
select t.eq('and are taken over', checkout.store_refusals_v2(array[t.digest('a')], array[t.digest('x')], '{86400}', '{200}', array[null::bytea], array['new'::bytea], '{1}')::text, '1');
select t.eq('with their own answer', (select status || ' ' || length(body) from checkout.keys_v1(array[t.digest('a')])), '200 3');
select t.eq('the reaper waits an hour', platform.reap_keys_v1(10)::text, '1');
select t.eq('and leaves the other', (select count(*)::text from platform.idempotency_keys), '1');

select t.eq('first worker', (select worker_id || ' ' || floor_ms from platform.lease_worker_v1('00000000-0000-0000-0000-000000000001', 60)), '0 0');
select t.eq('same instance, same id', (select worker_id::text from platform.lease_worker_v1('00000000-0000-0000-0000-000000000001', 60)), '0');
select t.eq('second worker', (select worker_id::text from platform.lease_worker_v1('00000000-0000-0000-0000-000000000002', 60)), '1');
select t.ok('renew', platform.renew_worker_v1(0::smallint, '00000000-0000-0000-0000-000000000001', 60, 5000));
select t.ok('not another''s', not platform.renew_worker_v1(0::smallint, '00000000-0000-0000-0000-000000000002', 60, 5000));
select t.ok('release', platform.release_worker_v1(0::smallint, '00000000-0000-0000-0000-000000000001', 9000));
update platform.workers set lease_until = now() + interval '1 hour' where worker_id > 1;
select t.eq('ids never run backwards', (select worker_id || ' ' || floor_ms from platform.lease_worker_v1('00000000-0000-0000-0000-000000000003', 60)), '0 9000');
select t.eq('all taken', (select count(*)::text from platform.lease_worker_v1('00000000-0000-0000-0000-000000000004', 60)), '0');
-- a fixed moment, so that the time between two statements does not matter
update platform.workers set lease_until = '2026-01-01T00:00:00Z' where worker_id = 1;
select t.eq('a lapsed one is above its lease', (select worker_id || ' ' || floor_ms from platform.lease_worker_v1('00000000-0000-0000-0000-000000000004', 60)), '1 1767225600000');
select t.ok('its holder notices', not platform.renew_worker_v1(1::smallint, '00000000-0000-0000-0000-000000000002', 60, 1));

select t.eq('lockout', (select string_agg(accounts.login_failed_v1(t.digest('mail'), 3, 3600)::text, ',') from generate_series(1, 4)), 'false,false,true,true');
update accounts.login_failures set window_start = now() - interval '2 hours';
select t.ok('a new window', not accounts.login_failed_v1(t.digest('mail'), 3, 3600));
