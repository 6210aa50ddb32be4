-- SPDX-License-Identifier: Apache-2.0
-- Moves and cancellations that leave stock to the end of their transaction (migration 0101): the same effects as v1, units by their own call.
select t.shop(2, 4, 1, 10);
-- The move, what it says of units as "variant reserved/on_hand", and the units where asked for.
create function pg_temp.move(ord bigint, target text, who text, shift boolean default true, shipment jsonb default null) returns text language plpgsql as $$
declare said text; vs bigint[]; rs int[]; hs int[]; ids bigint[];
begin
  select string_agg(code::text, ',' order by idx) filter (where kind = 0) || coalesce(' ' || string_agg(a || ' ' || b || '/' || c || case when d <> 0 then '*' else '' end, ', ' order by a) filter (where kind = 4), ''),
         array_agg(a order by a desc) filter (where kind = 4), array_agg(b::int order by a desc) filter (where kind = 4),
         array_agg(c::int order by a desc) filter (where kind = 4), array_agg(d order by a desc) filter (where kind = 4)
    into said, vs, rs, hs, ids
    from checkout.move_seller_orders_v2(ord, null, target, (case split_part(who, ':', 1) when 'buyer' then 1 when 'seller' then 2 else 4 end)::smallint,
      nullif(split_part(who, ':', 2), '')::bigint, 9, '127.0.0.1', 'because', 'REQ', null, array(select nextval('t.ids') from generate_series(1, 40)), shipment, 7);
  if shift and vs is not null then
    perform checkout.shift_units_v1(ord, vs, rs, hs, ids, case target when 'packed' then 'pack' else 'restock' end, 'because', who);
  end if;
  return said;
end $$;
create function pg_temp.stock() returns text language sql as $$ select string_agg(t.stock(variant_id), ' ' order by variant_id) from inventory.stock where variant_id in (100, 200) $$;

select t.bought(1, '{100,200}');
select t.move('{1001}', 'accepted', 'seller:1'), t.move('{1002}', 'accepted', 'seller:2');
begin;
select t.eq('a cancellation', pg_temp.move(1, 'cancelled', 'buyer:1', false), '0,0 100 -1/0, 200 -1/0');
select t.eq('before its units', pg_temp.stock() || ' ' || t.state(1), '10/1 10/1 cancelled: cancelled released, cancelled released');
rollback;
select t.eq('with its units', pg_temp.move(1, 'cancelled', 'buyer:1'), '0,0 100 -1/0, 200 -1/0');
select t.eq('stock', pg_temp.stock(), '10/0 10/0');
select t.eq('nothing twice', pg_temp.move(1, 'cancelled', 'buyer:1'), '1,1');
select t.lawful('cancelled');

-- Packed and unpacked, with a movement for each.
select t.bought(2, '{200}');
select t.move('{2001}', 'accepted', 'seller:1');
select t.eq('packed', (select string_agg(a || ' ' || b || '/' || c || ' ' || d, '') from checkout.move_seller_orders_v2(
  null, '{2001}', 'packed', 2::smallint, 1, 9, null, null, 'REQ', null, '{91,92,93}', null, 7) where kind = 4), '200 -1/-1 93');
select t.eq('its units', (select string_agg(kind || ' ' || code || ' ' || a || ' ' || b || ' ' || c, ';') from checkout.shift_units_v1(2, '{200}', '{-1}', '{-1}', '{93}', 'pack', null, 'seller:9')), '2 1 200 9 0');
select t.eq('unpacked', pg_temp.move(2, 'cancelled', 'buyer:2'), '0 200 0/1*');
select t.eq('movements', (select string_agg(cause || ' ' || delta || ' ' || on_hand || ' ' || order_id, ', ' order by created_at, id) from inventory.movements where order_id = 2), 'pack -1 9 2, restock 1 10 2');
select t.lawful('unpacked');
select t.eq('too few ids', t.fails('select checkout.move_seller_orders_v2(2, null, ''completed'', 16::smallint, null, null, null, null, null, null, null, null, 7)'), '22023');

-- Unpaid orders.
select t.payable(3, '{100,200}');
begin;
select t.eq('unpaid', (select string_agg(kind || ':' || a || ':' || b, ' ' order by kind, a) from checkout.cancel_v2('{3}', '{3}', 'user:3', 'x', null)), '0:3:2 4:100:-1 4:200:-1');
select t.eq('its stock is untouched', pg_temp.stock(), '10/1 10/1');
select t.eq('until then', (select count(*)::text from checkout.shift_units_v1(3, '{200,100}', '{-1,-1}', '{0,0}', '{0,0}', null, null, 'user:3')), '2');
commit;
select t.eq('given back', pg_temp.stock() || ' ' || t.state(3), '10/0 10/0 cancelled: cancelled released, cancelled released');
select t.eq('paid', (select string_agg(kind || ':' || code, ' ') from checkout.cancel_v2('{1}', '{1}', 'user:1', 'x', null)), '0:2');
select t.lawful('unpaid');

-- Arguments.
select t.eq(what, t.fails(format('select checkout.shift_units_v1(1, %s)', args)), code) from (values
  ('no such variant', '''{100,7}'', ''{0,0}'', ''{0,0}'', ''{0,0}'', null, null, ''x''', 'MP016'),
  ('a variant twice', '''{100,100}'', ''{0,0}'', ''{0,0}'', ''{0,0}'', null, null, ''x''', '22023'),
  ('lengths', '''{100}'', ''{0,0}'', ''{0}'', ''{0}'', null, null, ''x''', '22023'),
  ('no cause', '''{100}'', ''{0}'', ''{1}'', ''{5}'', null, null, ''x''', '22023'),
  ('another cause', '''{100}'', ''{0}'', ''{1}'', ''{5}'', ''adjust'', null, ''x''', '22023')) w(what, args, code);
select t.eq('unchanged', pg_temp.stock(), '10/0 10/0');
