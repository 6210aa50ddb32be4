-- SPDX-License-Identifier: Apache-2.0
-- What customers put by: bounds, and news that come once.
select t.shop(1, 6, 100, 5);
create function t.told() returns text language sql as $$
  select coalesce(string_agg(substr(type, 10) || ' ' || aggregate_id || ' #' || seq || coalesce(' ' || (payload->>'price_minor'), ''), ', ' order by id), '-')
    from platform.outbox where aggregate_type = 'wishlist'
$$;
create function t.jobs() returns text language sql as $$
  select coalesce(string_agg(kind || ' ' || (payload->>'variant_id') || coalesce(' ' || (payload->>'price_minor'), '') || coalesce(' ' || (payload->>'seq'), ''),
         ', ' order by created_at, key), '-') from platform.jobs where kind like 'wishlist.%'
$$;
select t.eq('added, again, another', wishlist.add_v1(1, 100, 'price') || ' ' || wishlist.add_v1(1, 100, 'price') || ' ' || wishlist.add_v1(2, 100, 'stock')
  || ' ' || wishlist.add_v1(3, 100, null), '0 1 0 0');
update catalog.variants set price_minor = 1100 where id in (100, 101);
select t.eq('dearer is no news', t.jobs(), '-');
update catalog.variants set price_minor = 1050 where id in (100, 101);
select t.eq('cheaper is owed', t.jobs(), 'wishlist.price 100 1050');
select t.eq('not than what was seen', wishlist.tell_price_v1(100, 1050, 'INR', 10) || ' ' || t.told(), '0 -');
select t.eq('but this is', wishlist.tell_price_v1(100, 950, 'INR', 10) || ' ' || t.told(), '1 price_dropped 1 #1 950');
select t.eq('once', wishlist.tell_price_v1(100, 950, 'INR', 10) || ' ' || t.told(), '0 price_dropped 1 #1 950');
delete from platform.jobs;
create function t.set_stock(v bigint, n int) returns void language sql as $$
  select from checkout.adjust_v1(array[v], array[null::int], array[n], array[nextval('t.ids')], 'set', array['x'], 'test', true)
$$;
select t.set_stock(100, 0), t.set_stock(101, 0);
select t.eq('an end is not owed', t.jobs(), '-');
select t.set_stock(100, 9), t.set_stock(101, 9);
select t.eq('back', t.jobs(), 'wishlist.stock 100 2');
select t.eq('told', wishlist.tell_stock_v1(100, 2, 10) || ' ' || t.told(), '1 price_dropped 1 #1 950, back_in_stock 2 #1');
select t.eq('once', wishlist.tell_stock_v1(100, 2, 10)::text, '0');
select t.eq('who added it since then knows', wishlist.add_v1(4, 100, 'stock') || ' ' || wishlist.tell_stock_v1(100, 2, 10), '0 0');
select t.eq('full', (select string_agg(wishlist.add_v1(9, v, null)::text, '' order by v) from (select id v from catalog.variants order by id limit 501) x) , repeat('0', 500) || '2');
select t.eq('removed', wishlist.remove_v1(9, 100) || ' ' || wishlist.remove_v1(9, 100) || ' ' || wishlist.remove_v1(77, 1) || ' ' || wishlist.add_v1(9, 699, null), 'true false false 0');
select t.eq('counted', (select items || ' ' || (select count(*) from wishlist.items where user_id = 9) from wishlist.owners where user_id = 9), '500 500');
select t.eq('no such variant', wishlist.add_v1(5, 1, null)::text, '3');
select wishlist.forget_v1(9);
select t.eq('forgotten', (select count(*) from wishlist.items where user_id = 9) || ' ' || (select count(*) from wishlist.owners where user_id = 9), '0 0');
