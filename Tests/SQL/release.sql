-- SPDX-License-Identifier: Apache-2.0
-- Ending unpaid orders, payment intents, stock adjustment.
select t.shop(3, 10, 2, 100);
select t.payable(g, '{100,200}') from generate_series(1, 10) g;
select t.eq('before', t.stock(100), '100/10');

-- Expiry: only what is due and unpaid, units back exactly once, intents closed.
select t.eq('nothing due', (select count(*)::text from checkout.expire_v1(10)), '0');
select t.make_due('{1,2,3}');
select t.paid('[{"event":"a","po":"order_3","pp":"pay_3","amount":2000}]');
select t.eq('expired', (select string_agg(a::text, ',' order by a) from checkout.expire_v1(10) where kind = 0), '1,2');
select t.eq('again nothing', (select count(*)::text from checkout.expire_v1(10)), '0');
select t.eq('units back once', t.stock(100) || ' ' || t.stock(200), '100/8 100/8');
select t.eq('states', (select string_agg(distinct o.status || ' ' || r.state || ' ' || p.status || ' ' || s.status, ',') from orders.orders o
  join inventory.reservations r on r.order_id = o.id join payments.payments p on p.order_id = o.id join orders.seller_orders s on s.order_id = o.id
  where o.id in (1, 2)), 'expired expired expired cancelled');
-- The predicates stand in the transitions themselves, whatever the caller believes to have locked.
select t.eq('a paid order is not ended', (select count(*)::text from checkout.end_unpaid('{3}', 'cancelled', false, 'x', null, null)), '0');
select t.eq('nor one that is not due', (select count(*)::text from checkout.end_unpaid('{4}', 'expired', true, 'x', null, null)), '0');
begin;
update inventory.reservations set state = 'released' where order_id = 4;
select t.make_due('{4}');
select t.eq('units move by what leaves held, only', (select count(*)::text from checkout.end_unpaid('{4}', 'expired', true, 'x', null, null) where kind = 2), '0');
rollback;
select t.make_due('{4,5,6}');
select t.eq('limit', (select count(*)::text from checkout.expire_v1(2) where kind = 0), '2');
select t.eq('the rest', (select string_agg(a || ' ' || c || '/' || b, ',' order by a) from checkout.expire_v1(2) where kind = 2), '100 5/100,200 5/100');

-- Cancel: unpaid ones of that user only.
select t.eq('cancel', (select string_agg(idx || ':' || code, ',' order by idx) from checkout.cancel_v1('{7,8,3,1,99}', '{7,1,3,null,null}', 'user:7', 'changed my mind', 'req-1') where kind = 0),
  '1:0,2:1,3:2,4:2,5:1');
select t.eq('cancelled', (select o.status || ' ' || string_agg(distinct r.state, ',') from orders.orders o join inventory.reservations r on r.order_id = o.id where o.id = 7 group by o.id), 'cancelled released');
select t.eq('history', (select event || ' ' || actor || ' ' || reason || ' ' || request_id from orders.history where order_id = 7 and seller_order_id is null), 'cancel user:7 changed my mind req-1');

-- Initiate: amount from the order, open attempt again, one extension, the refusals.
select t.cart(g, g, '{300}') from generate_series(30, 36) g;
select t.codes('[{"id":30,"key":"k30","user":30,"cart":30,"until_s":60,"lines":[[300,2]]},{"id":31,"key":"k31","user":31,"cart":31,"lines":[[300,3]]}]');
select t.eq('created', (select string_agg(code || ' ' || a || ' ' || b || ' ' || convert_from(bytes2, 'UTF8'), ',' order by idx) from
  checkout.initiate_v1('{30,31,31,99,31}', '{30,31,31,99,30}', '{300,310,311,312,313}', 'razorpay') where code < 2), '0 300 2000 INR,0 310 3000 INR');
select t.eq('extended once', (select extended || ' ' || (reserved_until - now() between interval '9 minutes' and interval '11 minutes') from orders.orders where id = 30), 'true true');
select t.eq('long enough is not extended', (select extended::text from orders.orders where id = 31), 'false');
select t.eq('again', (select string_agg(code || ' ' || a, ',' order by idx) from checkout.initiate_v1('{30,31,99,31,31}', '{30,31,99,30,31}', '{1,2,3,4,5}', 'razorpay')),
  '1 300,1 310,2 0,6 0,6 0');
update orders.orders set reserved_until = now() + interval '1 minute' where id = 30;
update inventory.reservations set expires_at = (select reserved_until from orders.orders where id = 30) where order_id = 30;
select checkout.initiate_v1('{30}', '{30}', '{9}', 'razorpay');
select t.ok('not extended twice', (select reserved_until < now() + interval '2 minutes' from orders.orders where id = 30));
select t.eq('refusals', (select string_agg(code::text, ',' order by idx) from checkout.initiate_v1('{3,1,7,31}', '{3,1,7,30}', '{1,2,3,4}', 'razorpay')), '3,4,5,2');
select t.make_due('{31}');
select t.eq('past its deadline', (select code::text from checkout.initiate_v1('{31}', '{31}', '{4}', 'razorpay')), '4');
select t.eq('provider order', (select string_agg(code::text, ',' order by idx) from checkout.initiated_v1('{300,98}', '{order_x,order_y}')), '0,2');
select t.eq('again and other', (select code::text from checkout.initiated_v1('{300}', '{order_x}')) || (select code::text from checkout.initiated_v1('{300}', '{order_z}')), '13');
select t.eq('open attempt with its provider order', (select code || ' ' || convert_from(bytes1, 'UTF8') from checkout.initiate_v1('{30}', '{30}', '{9}', 'razorpay')), '1 order_x');
select t.eq('one open attempt', t.fails($$insert into payments.payments (id, order_id, user_id, provider, status, amount_minor, currency) values (999, 30, 30, 'razorpay', 'created', 1, 'INR')$$), '23505');

-- Adjust: conditional, all or nothing or one by one, a movement for each change.
select t.eq('below reserved, all', (select string_agg(code::text, ',' order by idx) from checkout.adjust_v1('{100,200,300,999}', '{5,null,null,1}', '{null,1,4,null}', '{1,2,3,4}', 'adjust', '{a,b,c,d}', 'seller:1', true) where kind = 0), '3,2,2,1');
select t.eq('nothing applied', t.stock(100), '100/4');
select t.eq('one by one', (select string_agg(code || ' ' || b || ' ' || c, ',' order by idx) from checkout.adjust_v1('{100,200,300}', '{5,-97,null}', '{null,null,6}', '{1,2,3}', 'adjust', '{a,b,c}', 'seller:1', false) where kind = 0),
  '0 4 100,2 4 100,0 5 100');
select t.eq('applied', t.stock(100) || ' ' || t.stock(200) || ' ' || t.stock(300), '105/4 100/4 6/5');
select t.eq('movements', (select string_agg(delta || '=' || on_hand, ',' order by id) from inventory.movements where actor = 'seller:1'), '5=105,-94=6');
select t.eq('twice', t.fails($$select checkout.adjust_v1('{100,100}', '{1,1}', '{null,null}', '{8,9}', 'adjust', '{a,b}', 'x', true)$$), 'MP001');
select t.sound('release');
