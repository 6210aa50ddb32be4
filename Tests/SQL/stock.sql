-- SPDX-License-Identifier: Apache-2.0
-- One event for each crossing, by whichever statement crosses.
select t.shop(1, 1, 3, 0);
create function t.told(v bigint) returns text language sql as $$
  select coalesce(string_agg(substr(type, 7) || ' ' || (payload->>'available') || ' #' || seq, ', ' order by seq), '-')
    from platform.outbox where aggregate_type = 'variant' and aggregate_id = v
$$;
create function t.adjust(v bigint, d int) returns text language sql as $$
  select string_agg(code::text, ',') from checkout.adjust_v1(array[v], array[d], array[null::int], array[nextval('t.ids')], 'adjust', array['x'], 'test', true)
   where kind = 0
$$;
select t.eq('the first units are not back', t.adjust(100, 8) || ' ' || t.told(100), '0 -');
select t.eq('above the threshold', t.adjust(100, -2) || ' ' || t.told(100), '0 -');
select t.cart(1, 1, '{100}'), t.cart(2, 2, '{100}'), t.cart(3, 3, '{100}');
select t.codes('[{"id":1,"key":"a","user":1,"cart":1,"version":1,"lines":[[100,1]]}]');
select t.eq('an order crosses', t.told(100), 'low 5 #1');
select t.codes('[{"id":2,"key":"b","user":2,"cart":2,"version":1,"lines":[[100,1]]}]');
select t.eq('once', t.told(100), 'low 5 #1');
select t.eq('promised units cannot go', t.adjust(100, -5) || ' ' || t.told(100), '2 low 5 #1');
select t.eq('the last ones', t.adjust(100, -4) || ' ' || t.told(100), '0 low 5 #1, out 0 #2');
select t.codes('[{"id":3,"key":"c","user":3,"cart":3,"version":1,"lines":[[100,1]]}]');
select t.eq('a refusal says nothing', t.told(100), 'low 5 #1, out 0 #2');
select a from checkout.cancel_v1('{1}', '{1}', 'test', 'x', null);
select t.eq('a cancelled order brings it back', t.told(100), 'low 5 #1, out 0 #2, back 1 #3');
select t.adjust(100, 20);
select t.eq('up again is no news', t.told(100), 'low 5 #1, out 0 #2, back 1 #3');
select t.adjust(100, -21);
select t.eq('from plenty to nothing', t.told(100), 'low 5 #1, out 0 #2, back 1 #3, out 0 #4');
update inventory.stock set low_at = 0, version = version + 1 where variant_id = 101;
select t.adjust(101, 5), t.adjust(101, -4);
select t.eq('no threshold', t.told(101), '-');
select t.adjust(101, -1);
select t.eq('but an end', t.told(101), 'out 0 #1');
update inventory.stock set low_at = 50, version = version + 1 where variant_id = 102;
select t.adjust(102, 60);
begin;
select t.adjust(102, -20);
rollback;
select t.eq('what is undone was not said', t.told(102), '-');
update inventory.stock set low_at = 5, version = version + 1 where variant_id = 102;
select t.adjust(102, -53);
select t.eq('seven are many', t.told(102), '-');
update inventory.stock set low_at = 10, version = version + 1 where variant_id = 102;
select t.eq('until ten are few', t.told(102), 'low 7 #1');
update inventory.stock set low_at = 20, version = version + 1 where variant_id = 102;
select t.eq('fewer than few are few', t.told(102), 'low 7 #1');
select t.sound('stock');
