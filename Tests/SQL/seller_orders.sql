-- SPDX-License-Identifier: Apache-2.0
-- checkout.move_seller_orders_v1: the moves, what follows from each, and what is refused.
select t.shop(2, 4, 1, 100);

-- The whole way, two sellers.
select t.bought(1, '{100,200}');
select t.eq('placed', t.state(1), 'confirmed: placed committed, placed committed');
select t.ok('accept_by', (select bool_and(accept_by = updated_at + interval '48 hours') from orders.seller_orders));
select t.eq('another seller', t.move('{1001}', 'accepted', 'seller:2'), '2 confirmed');
select t.eq('a buyer accepts nothing', t.move('{1001}', 'accepted', 'buyer:1'), '3 confirmed');
select t.eq('another version', t.move('{1001}', 'accepted', 'seller:1', 1), '4 confirmed');
select t.eq('too early', t.move('{1001}', 'packed', 'seller:1'), '3 confirmed');
select t.eq('the server waits', t.move('{1001}', 'rejected', 'system'), '6 confirmed');
select t.lawful('refused');
select t.eq('accepted', t.move('{1001}', 'accepted', 'seller:1', 2), '0 processing');
select t.eq('again, whatever the version', t.move('{1001}', 'accepted', 'seller:1', 2), '1 processing');
select t.eq('one step each', (select count(*)::text from orders.history where order_id = 1 and seller_order_id = 1001), '2');
select t.eq('audited', (select string_agg(action || ' ' || actor_type, ', ' order by id) from platform.audit), 'seller_order.accepted user, order.processing system');
select t.eq('told', (select string_agg(type, ', ' order by id) from platform.outbox where aggregate_id in (1, 1001) and type not like 'payment%'),
            'order.created, order.confirmed, seller_order.placed, seller_order.accepted, order.processing');
select t.eq('stock before', t.stock(200), '100/1');
select t.eq('packed', t.move('{1001}', 'packed', 'seller:1'), '0 processing');
select t.eq('stock after', t.stock(200), '99/0');
select t.eq('a movement', (select string_agg(delta || ' ' || on_hand || ' ' || order_id, ',') from inventory.movements where cause = 'pack'), '-1 99 1');
select t.eq('no parcel', t.move('{1001}', 'shipped', 'seller:1'), '5 processing');
select t.eq('too much', t.move('{1001}', 'shipped', 'seller:1', null, '{"id":1,"carrier":"dtdc","tracking_number":"A","lines":[{"line_id":1002,"quantity":2}]}'), '9 processing');
select t.eq('a foreign line', t.move('{1001}', 'shipped', 'seller:1', null, '{"id":1,"carrier":"dtdc","tracking_number":"A","lines":[{"line_id":1001,"quantity":1}]}'), '9 processing');
select t.eq('shipped', t.move('{1001}', 'shipped', 'seller:1', null, '{"id":1,"carrier":"dtdc","tracking_number":"A"}'), '0 processing');
select t.eq('the same parcel', t.move('{1001}', 'shipped', 'seller:1', null, '{"id":2,"carrier":"dtdc","tracking_number":"A"}'), '1 processing');
select t.eq('nothing is left', t.move('{1001}', 'shipped', 'seller:1', null, '{"id":2,"carrier":"dtdc","tracking_number":"B"}'), '9 processing');
select t.eq('not the seller who brings it', t.move('{1001}', 'delivered', 'seller:1'), '6 processing');
select t.eq('too late to cancel', t.move('{1001}', 'cancelled', 'buyer:1'), '3 processing');
select t.eq('on its way', t.move('{1001}', 'out_for_delivery', 'admin'), '0 processing');
select t.eq('failed', t.move('{1001}', 'delivery_failed', 'admin'), '0 processing');
select t.eq('once more', t.move('{1001}', 'shipped', 'admin'), '0 processing');
select t.eq('arrived', t.move('{1001}', 'delivered', 'admin'), '0 processing');
select t.eq('earned', (select string_agg(what || ' ' || part, ',' order by n) from t.calls), 'earn 1001');
select t.eq('a window', (select (complete_at - delivered_at)::text from orders.seller_orders where id = 1001), '7 days');
select t.eq('parcel', (select h.status || ' ' || string_agg(e.code, ',' order by e.id) from orders.shipments h join orders.shipment_events e on e.shipment_id = h.id
                        group by h.status), 'delivered shipped,out_for_delivery,delivery_failed,shipped,delivered');
select t.eq('why an admin moved it is not told', (select count(e.text) || ' ' || (select string_agg(distinct coalesce(payload->>'reason', '-'), ',') from platform.outbox
  where aggregate_id = 1001 and type in ('seller_order.out_for_delivery', 'seller_order.delivery_failed', 'seller_order.delivered')) from orders.shipment_events e), '0 -');
select t.eq('it is written down', (select count(*)::text from orders.history where seller_order_id = 1001 and actor like 'admin:%' and reason = 'because'), '4');
select t.eq('the window is open', t.move('{1001}', 'completed', 'system'), '6 processing');
update orders.seller_orders set complete_at = now() where id = 1001;
select t.eq('completed', t.move('{1001}', 'completed', 'system'), '0 processing');
select t.lawful('one of two');
-- The other seller does not answer.
update orders.seller_orders set accept_by = now() where id = 1002;
select t.eq('rejected', t.move('{1002}', 'rejected', 'system'), '0 completed');
select t.eq('ended', t.state(1), 'completed: completed consumed, rejected released');
select t.eq('units', t.stock(100), '100/0');
select t.eq('owed once', (select string_agg(what || ' ' || part, ',' order by n) from t.calls), 'earn 1001,release 1001,owe 1002');
select t.eq('again', t.move('{1002}', 'rejected', 'system'), '1 completed');
select t.lawful('completed');

-- The buyer cancels what can be cancelled; then all of another order.
select t.bought(2, '{100,200}');
select t.move('{2001}', 'accepted', 'seller:1'), t.move('{2001}', 'packed', 'seller:1');
select t.move('{2001}', 'shipped', 'seller:1', null, '{"id":3,"carrier":"self"}');
select t.eq('somebody else''s order', t.move(null, 'cancelled', 'buyer:3', null, null, 2), null);
select t.eq('by name all or none', t.move('{2001,2002}', 'cancelled', 'buyer:2'), '3,7 processing');
select t.eq('what can be', t.move(null, 'cancelled', 'buyer:2', null, null, 2), '3,0 processing');
select t.eq('self-shipped', t.move('{2001}', 'delivered', 'seller:1'), '0 processing');
select t.lawful('partly cancelled');
select t.bought(3, '{100,200}');
select t.eq('whole', t.move(null, 'cancelled', 'buyer:3', null, null, 3), '0,0 cancelled');
select t.eq('gone', t.state(3), 'cancelled: cancelled released, cancelled released');
select t.eq('whole again', t.move(null, 'cancelled', 'buyer:3', null, null, 3), '1,1 cancelled');
select t.eq('owed each once', (select count(*)::text from t.calls where what = 'owe' and part in (3001, 3002)), '2');
select t.eq('one order event', (select count(*)::text from platform.outbox where type = 'order.cancelled' and aggregate_id = 3), '1');
-- A packed one goes back on the shelf.
select t.bought(4, '{300}');
select t.move('{4002}', 'accepted', 'seller:2'), t.move('{4002}', 'packed', 'seller:2');
select t.eq('packed away', t.stock(300), '99/0');
select t.eq('cancelled', t.move('{4002}', 'cancelled', 'seller:2'), '0 cancelled');
select t.eq('back', t.stock(300), '100/0');
select t.lawful('packed and cancelled');
-- Never arrived.
select t.bought(5, '{400}');
select t.move('{5001}', 'accepted', 'seller:1'), t.move('{5001}', 'packed', 'seller:1'),
       t.move('{5001}', 'shipped', 'seller:1', null, '{"id":5,"carrier":"dtdc","tracking_number":"R"}'),
       t.move('{5001}', 'delivery_failed', 'seller:1'), t.move('{5001}', 'rto', 'seller:1');
select t.eq('returned to origin', t.move('{5001}', 'rto_received', 'seller:1'), '0 cancelled');
select t.eq('owed', (select count(*)::text from t.calls where what = 'owe' and part = 5001), '1');
-- Nothing may come back: the window ends with the delivery.
update catalog.products set return_policy = '{"days":0,"returnable":false}' where id = 4;
select t.bought(6, '{400}');
select t.move('{6001}', 'accepted', 'seller:1'), t.move('{6001}', 'packed', 'seller:1'),
       t.move('{6001}', 'shipped', 'seller:1', null, '{"id":6,"carrier":"self"}');
select t.eq('delivered', t.move('{6001}', 'delivered', 'seller:1'), '0 processing');
select t.eq('at once', t.move('{6001}', 'completed', 'system'), '0 completed');
-- Parcel by parcel.
select t.cart(7, 7, '{400}'), t.codes('[{"id":7,"key":"k7","user":7,"cart":7,"lines":[[400,3]]}]');
select checkout.initiate_v1('{7}', '{7}', '{7}', 'razorpay'), checkout.initiated_v1('{7}', '{order_7}'),
       t.pay('[{"event":"e7","po":"order_7","pp":"pay_7","amount":3000}]');
select t.move('{7001}', 'accepted', 'seller:1'), t.move('{7001}', 'packed', 'seller:1');
select t.eq('a part', t.move('{7001}', 'shipped', 'seller:1', null, '{"id":7,"carrier":"self","tracking_number":"1","lines":[{"line_id":7001,"quantity":2}]}'), '0 processing');
select t.eq('not all of it', t.move('{7001}', 'delivered', 'seller:1'), '6 processing');
select t.eq('an old version', t.move('{7001}', 'shipped', 'seller:1', 1, '{"id":8,"carrier":"self","tracking_number":"2"}'), '4 processing');
select t.eq('the rest', t.move('{7001}', 'shipped', 'seller:1', null, '{"id":8,"carrier":"self","tracking_number":"2"}'), '8 processing');
select t.eq('units of each', (select string_agg(quantities::text, ' ' order by id) from orders.shipments where order_id = 7), '{2} {1}');
select t.eq('all of it', t.move('{7001}', 'delivered', 'seller:1'), '0 processing');
select t.lawful('parcels');
-- Unpaid parts are nobody's to move here but as a whole, by cancel_v1.
select t.payable(8, '{100}');
select t.eq('unpaid', t.move('{8002}', 'accepted', 'seller:2'), '3 pending_payment');
select t.eq('unknown', t.move('{99}', 'accepted', 'seller:2'), '2');
select t.eq('no parts', t.fails('select checkout.move_seller_orders_v1(null, null, ''accepted'', 2::smallint, 1, 1, null, null, null, null, ''{}'', null, 7)'), '22023');
update orders.seller_orders set complete_at = now() where id = 7001;
select t.eq('too few ids', t.fails('select checkout.move_seller_orders_v1(7, null, ''completed'', 16::smallint, null, null, null, null, null, null, ''{}'', null, 7)'), '22023');

-- Cash on delivery, which is confirmed at once: the same machine, and no money to owe.
select t.payable(9, '{100}');
update orders.orders set payment_method = 'cod', status = 'confirmed' where id = 9;
update orders.seller_orders set status = 'placed', accept_by = now() + interval '48 hours', event_seq = 1 where order_id = 9;
insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload) values ('seller_order.placed', 'seller_order', 9002, 1, '{}');
insert into orders.history (order_id, seller_order_id, from_status, to_status, event, actor) values (9, null, 'pending_payment', 'confirmed', 'pay', 'system'),
  (9, 9002, 'pending_payment', 'placed', 'place', 'system');
update inventory.reservations set state = 'committed' where order_id = 9;
select t.eq('cod accepted', t.move('{9002}', 'accepted', 'seller:2'), '0 processing');
select t.eq('cod cancelled', t.move(null, 'cancelled', 'buyer:9', null, null, 9), '0 cancelled');
select t.eq('nothing owed', (select count(*)::text from t.calls where what = 'owe' and part = 9002), '0');
-- On a company's credit: what it owed is taken back.
select t.payable(10, '{200}');
update orders.orders set payment_method = 'credit_terms', company_id = 77, status = 'confirmed' where id = 10;
update orders.seller_orders set status = 'placed', accept_by = now() + interval '48 hours', event_seq = 1 where order_id = 10;
insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload) values ('seller_order.placed', 'seller_order', 10001, 1, '{}');
insert into orders.history (order_id, seller_order_id, from_status, to_status, event, actor) values (10, null, 'pending_payment', 'confirmed', 'pay', 'system'),
  (10, 10001, 'pending_payment', 'placed', 'place', 'system');
update inventory.reservations set state = 'committed' where order_id = 10;
select t.ok('credit booked', checkout.credit_confirmed_v1(nextval('t.ids'), 10));
select t.eq('credit cancelled', t.move('{10001}', 'cancelled', 'admin'), '0 cancelled');
select t.eq('the company owes nothing', (select sum(debit_minor - credit_minor)::text from ledger.lines where account = 'buyer_receivable:77:1'), '0');
select t.eq('no funds are left', (select sum(debit_minor - credit_minor)::text from ledger.lines where account = 'order_funds:10'), '0');
select t.lawful('at the end');
-- The invariants find what is broken.
begin;
update orders.seller_orders set status = 'accepted' where id = 3001;
select t.eq('broken', (select string_agg(name, ' ' order by name) from platform.invariants_of_seller_orders_v1() where value <> 0),
            'orders.status_fits_its_seller_orders reservations.state_fits_the_seller_order seller_orders.history_is_a_legal_path');
rollback;
