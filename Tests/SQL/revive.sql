-- SPDX-License-Identifier: Apache-2.0
-- checkout.revive_v1: late money makes its order live again, all or nothing and once, or is owed back.
select t.shop(3, 10, 2, 100);
select t.payable(g, '{100,200}') from generate_series(1, 12) g;       -- each total 2000
create function t.revived(pp text) returns text language sql as $$
  select string_agg(code::text, ',') from checkout.revive_v1('razorpay', pp) where kind = 0
$$;

-- Nothing late of that name.
select t.eq('unknown', t.revived('pay_none'), '4');
select t.paid('[{"event":"a1","po":"order_1","pp":"pay_1","amount":2000}]');
select t.eq('paid in time', t.revived('pay_1'), '1');
select t.paid('[{"event":"a2","po":"order_2","pp":"pay_2","amount":1999}]');
select t.eq('a mismatch is another matter', t.revived('pay_2'), '4');
select t.eq('no name', t.fails($$select checkout.revive_v1('razorpay', null)$$), '22023');

-- Expired and cancelled orders live again: units, reservations, parts, history, outbox; once.
select checkout.cancel_v1('{3}', '{3}', 'user:3', null, null);
select t.make_due('{4}');
select checkout.expire_v1(10);
select t.eq('units are back', t.stock(100) || ' ' || t.stock(200), '100/10 100/10');
select t.paid('[{"event":"b1","po":"order_3","pp":"pay_3","amount":2000},{"event":"b2","po":"order_4","pp":"pay_4","amount":2000}]');
select t.eq('revived', t.revived('pay_3') || ' ' || t.revived('pay_4'), '0 0');
select t.eq('again', t.revived('pay_3') || ' ' || t.revived('pay_4'), '1 1');
select t.eq('units are reserved once', t.stock(100) || ' ' || t.stock(200), '100/12 100/12');
select t.eq('the orders', (select string_agg(status || ' ' || payment_rank || ' ' || paid_minor || ' ' || version || ' ' || event_seq, ', ' order by id)
  from orders.orders where id in (3, 4)), 'confirmed 3 2000 3 3, confirmed 3 2000 3 3');
select t.eq('their parts', (select string_agg(distinct s.status || ' ' || r.state, ',') from orders.seller_orders s
  join inventory.reservations r on r.seller_order_id = s.id where s.order_id in (3, 4)), 'placed committed');
select t.eq('history', (select string_agg(from_status || '>' || to_status || ' ' || event || ' ' || actor, ', ' order by id) from orders.history
  where order_id = 4 and seller_order_id is null), 'pending_payment>expired timeout system, expired>confirmed revive system');
select t.eq('events', (select string_agg(type || ' ' || seq, ', ' order by id) from platform.outbox where aggregate_type = 'order' and aggregate_id = 3),
  'order.created 1, order.cancelled 2, order.confirmed 3');
select t.eq('sellers are told', (select count(*)::text from platform.outbox where type = 'seller_order.placed'
  and aggregate_id in (select id from orders.seller_orders where order_id in (3, 4))), '4');
select t.eq('the money counts', (select verdict from payments.provider_payments where provider_payment_id = 'pay_3'), 'accepted');
select t.eq('booked once', (select count(*)::text from ledger.entries where order_id = 3), '1');
select t.sound('revived');

-- Sold out meanwhile: all or nothing, and a refund is owed, once.
select t.make_due('{5,6,7}');
select checkout.expire_v1(10);
select t.paid('[{"event":"c1","po":"order_5","pp":"pay_5","amount":2000},{"event":"c2","po":"order_6","pp":"pay_6","amount":2000},
  {"event":"c3","po":"order_7","pp":"pay_7","amount":2000}]');
update inventory.stock set on_hand = reserved + 1, version = version + 1 where variant_id = 200;
select t.eq('one unit, two orders', t.revived('pay_5') || ' ' || t.revived('pay_6'), '0 2');
select t.eq('again', t.revived('pay_6'), '3');
select t.eq('the other line took nothing', t.stock(100), '100/10');
select t.eq('the order stays', (select status || ' ' || version || ' ' || paid_minor from orders.orders where id = 6), 'expired 2 0');
select t.eq('the refund', (select payload->>'reason' || ' ' || (payload->>'amount_minor') || ' ' || (payload->>'order_id') || ' ' || state from platform.jobs
  where kind = 'payment.refund'), 'stock_unavailable 2000 6 ready');
select t.eq('it is told', (select type || ' ' || seq || ' ' || (payload->>'reason') from platform.outbox where type = 'payment.refund_owed'),
  'payment.refund_owed 4 stock_unavailable');
update inventory.stock set on_hand = 100, version = version + 1 where variant_id = 200;
select t.eq('who is owed money back gets no goods', t.revived('pay_6'), '3');
-- Not sellable any more.
update catalog.variants set status = 'archived' where id = 100;
select t.eq('not sellable', t.revived('pay_7'), '2');
update catalog.variants set status = 'active' where id = 100;
select t.sound('refunds owed');

-- Two late payments of one order: one makes it live, the other one is owed back.
select t.make_due('{8}');
select checkout.expire_v1(10);
select t.paid('[{"event":"d1","po":"order_8","pp":"pay_8a","amount":2000}]');
select t.paid('[{"event":"d2","po":"order_8","pp":"pay_8b","amount":2000}]');
select t.eq('the first, then the second', t.revived('pay_8b') || ' ' || t.revived('pay_8a'), '0 2');
select t.eq('why', (select payload->>'reason' from platform.jobs where kind = 'payment.refund' and key = 'razorpay:pay_8a'), 'duplicate_payment');
select t.eq('paid once', (select paid_minor || ' ' || (select captured_minor from payments.payments where id = 8) from orders.orders where id = 8), '2000 4000');
select t.sound('two late payments');

-- Late money that was given back, or is to be, makes nothing live again: the rest of it is owed.
create function t.given_back(at text, pp text, amount bigint, status text) returns text language sql as $$
  select code::text from checkout.refund_news_v2('razorpay', at, pp, null, null, null, amount, 'INR', status, null, null, false,
    array(select nextval('t.ids') from generate_series(1, 4)), 'razorpay', null)
$$;
create function t.owed(pp text) returns text language sql as $$
  select checkout.refund_payment_v1(nextval('t.ids'), nextval('t.ids'), 'razorpay', pp, 'order_not_payable', 'system', null)::text
$$;
select t.make_due('{9,10,11,12}');
select checkout.expire_v1(10);
select t.paid('[{"event":"e1","po":"order_9","pp":"pay_9","amount":2000},{"event":"e2","po":"order_10","pp":"pay_10","amount":2000},
  {"event":"e3","po":"order_11","pp":"pay_11","amount":2000},{"event":"e4","po":"order_12","pp":"pay_12","amount":2000}]');
select t.eq('in the dashboard', t.given_back('rfnd_9', 'pay_9', 2000, 'processed') || t.given_back('rfnd_10', 'pay_10', 700, 'pending')
  || t.given_back('rfnd_11', 'pay_11', 2000, 'pending') || t.given_back('rfnd_11', 'pay_11', 2000, 'failed'), '0000');
select t.eq('all, some, and what failed and is owed', t.revived('pay_9') || ' ' || t.revived('pay_10') || ' ' || t.revived('pay_11'), '2 2 2');
select t.eq('again', t.revived('pay_9') || ' ' || t.revived('pay_10') || ' ' || t.revived('pay_11'), '3 3 3');
select t.eq('nothing ships', (select string_agg(status || ' ' || paid_minor, ', ' order by id) from orders.orders where id in (9, 10, 11)),
  'expired 0, expired 0, expired 0');
select t.eq('the rest', (select string_agg((payload->>'reason') || ' ' || (payload->>'amount_minor'), ', ' order by key) from platform.jobs
  where kind = 'payment.refund' and key in ('razorpay:pay_9', 'razorpay:pay_10', 'razorpay:pay_11')),
  'order_not_payable 1300, order_not_payable 0, order_not_payable 0');
select t.eq('of which only one is told', (select string_agg((payload->>'order_id') || ' ' || (payload->>'amount_minor'), ', ') from platform.outbox
  where type = 'payment.refund_owed' and aggregate_id in (9, 10, 11)), '10 1300');
select t.eq('no more goes back', t.owed('pay_9') || ' ' || t.owed('pay_10') || ' ' || t.owed('pay_11'), '0 1300 0');
-- It goes back by itself: who gives back what did not fit does not take it.
select t.eq('not a mismatch', (select code::text from checkout.request_refund_v1(array[nextval('t.ids')], array[nextval('t.ids')], 12, null, '{}', '{}', '{}',
  null, null, 'amount_mismatch', null, false, 'seller', 'normal', null, 900, 2500000, 'user:900', null)), '2');
select t.eq('and revived', t.revived('pay_12'), '0');
select t.sound('given back');

-- Leading: one at a time, kept while renewed, taken when it ran out; who does not lead changes nothing.
select t.ok('takes it', platform.lead_v1('x', '00000000-0000-0000-0000-000000000001', 60));
select t.ok('keeps it', platform.lead_v1('x', '00000000-0000-0000-0000-000000000001', 60));
select t.ok('not the second', not platform.lead_v1('x', '00000000-0000-0000-0000-000000000002', 60));
select t.ok('another role', platform.lead_v1('y', '00000000-0000-0000-0000-000000000002', 60));
update platform.leases set lease_until = now() - interval '1 second' where role = 'x';
select t.ok('follows', platform.lead_v1('x', '00000000-0000-0000-0000-000000000002', 60));
select t.ok('its turn is over', not platform.lead_v1('x', '00000000-0000-0000-0000-000000000001', 60));
