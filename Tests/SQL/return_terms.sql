-- SPDX-License-Identifier: Apache-2.0
-- What was promised about returns when an order was made holds for it, whatever its seller makes of it afterwards.
select t.shop(1, 1, 2, 100);
create function pg_temp.way(part bigint, moves text[] default '{accepted,packed,shipped,delivered}') returns void language sql as $$
  select t.move(array[part], s, 'seller:1', null, case s when 'shipped' then jsonb_build_object('id', part, 'carrier', 'self') end) from unnest(moves) s $$;
create function pg_temp.days(part bigint) returns text language sql as $$
  select coalesce(round(extract(epoch from complete_at - delivered_at) / 86400)::text, '-') from orders.seller_orders where id = part $$;
create function pg_temp.until(ord bigint) returns text language sql as $$
  select coalesce(round(extract(epoch from f.returnable_until - s.delivered_at) / 86400)::text, '-')
    from checkout.line_refunds_v1(ord, 7) f join orders.order_lines l on l.id = f.line_id join orders.seller_orders s on s.id = l.seller_order_id limit 1 $$;

update catalog.products set return_policy = '{"days":10,"returnable":true}';
select t.bought(1, '{100}');
update catalog.products set return_policy = '{"days":2,"returnable":true}';
select t.bought(2, '{100}');
update catalog.products set return_policy = '{"days":0,"returnable":false}';
select t.bought(3, '{100}');
select t.eq('what was in force', string_agg(policy->>'days', ' ' order by valid_until), '7 10 2') from catalog.return_policies_past;
select pg_temp.way(1001), pg_temp.way(2001), pg_temp.way(3001);
select t.eq('windows', pg_temp.days(1001) || ' ' || pg_temp.days(2001) || ' ' || pg_temp.days(3001), '10 2 0');
select t.eq('until', pg_temp.until(1) || ' ' || pg_temp.until(2) || ' ' || pg_temp.until(3), '10 2 -');
-- A seller who is generous later is so to later buyers.
update catalog.products set return_policy = '{"days":30,"returnable":true}';
select t.eq('still', pg_temp.until(1) || ' ' || pg_temp.until(2) || ' ' || pg_temp.until(3), '10 2 -');

-- The same through the moves that leave units to the end.
select t.bought(4, '{101}');
update catalog.products set return_policy = '{"days":1,"returnable":true}';
select pg_temp.way(4001, '{accepted,packed,shipped}');
select count(*) from checkout.move_seller_orders_v2(4, '{4001}', 'delivered', 2::smallint, 1, 9, null, null, null, null, array(select nextval('t.ids') from generate_series(1, 20)), null, 7);
select t.eq('thirty', pg_temp.days(4001), '30');
-- Two changes in one transaction: what nobody saw is not kept; one that changes nothing is none.
begin;
update catalog.products set return_policy = '{"days":5}';
update catalog.products set return_policy = '{"days":6}';
update catalog.products set return_policy = '{"days":6}', title = title || '.';
commit;
select t.eq('kept', string_agg(policy->>'days', ' ' order by valid_until), '7 10 2 0 30 1') from catalog.return_policies_past;
