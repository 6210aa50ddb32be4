-- SPDX-License-Identifier: Apache-2.0
-- Orders that are paid at the door (checkout.place_v5): confirmed by the statement that makes them, beside others that wait for their money.
select t.shop(2, 4, 1, 10);
select t.cart(g, g, '{100,200}') from generate_series(1, 9) g;
select t.eq('side by side', t.codes('[{"id":1,"key":"k1","user":1,"cart":1,"method":"cod","lines":[[100,2],[200,1]]},
  {"id":2,"key":"k2","user":2,"cart":2,"lines":[[100,1]]}, {"id":3,"key":"k3","user":3,"cart":3,"method":"cod","lines":[[100,99]]}]'), '0,0,5');
select t.eq('confirmed', t.state(1), 'confirmed: placed committed, placed committed');
select t.eq('waits', t.state(2), 'pending_payment: pending_payment held');
select t.eq('units', t.stock(100) || ' ' || t.stock(200), '10/3 10/1');
select t.eq('events', (select string_agg(type || ' ' || aggregate_id || ' ' || seq, ', ' order by id) from platform.outbox),
  'order.created 1 1, order.created 2 1, order.confirmed 1 2, seller_order.placed 1001 1, seller_order.placed 1002 1');
select t.eq('counters', (select string_agg(o.event_seq || ' ' || (o.confirmed_at is not null) || ' ' || o.version, ', ' order by o.id) from orders.orders o),
  '2 true 1, 1 false 1');
select t.eq('deadlines', (select string_agg(event_seq || ' ' || coalesce((accept_by = created_at + interval '48 hours')::text, '-'), ', ' order by id)
  from orders.seller_orders), '1 true, 1 true, 0 -');
select t.eq('history', (select string_agg(coalesce(seller_order_id::text, '') || ' ' || from_status || ' ' || to_status || ' ' || actor, ', ' order by id) from orders.history),
  ' pending_payment confirmed user:1, 1001 pending_payment placed system, 1002 pending_payment placed system');
select t.eq('no payment', (select count(*)::text from payments.payments), '0');
select t.eq('nothing booked', (select count(*)::text from ledger.entries), '0');
select t.lawful('cash');

-- Its time is no deadline: only what waits for money ends.
select t.make_due('{1,2}');
select t.eq('expires', (select string_agg(a::text, ',') from checkout.expire_v1(10) where kind = 0), '2');
select t.eq('expires once', (select count(*)::text from checkout.expire_unlocked_v1(10) where kind = 0), '0');
select t.eq('still confirmed', t.state(1), 'confirmed: placed committed, placed committed');
select t.eq('not to be released', (select code::text from checkout.cancel_v1('{1}', '{1}', 'user:1', null, null) where kind = 0), '2');
select t.eq('not to be paid online', (select code::text from checkout.initiate_v2('{1}', '{1}', '{50}', 'razorpay')), '5');

-- Called off: units go back, nothing is owed.
select t.eq('a seller rejects', t.move('{1001}', 'rejected', 'seller:1'), '0 confirmed');
select t.eq('its units', t.stock(200) || ' ' || t.stock(100), '10/0 10/2');
select t.eq('the buyer cancels the rest', t.move(null, 'cancelled', 'buyer:1', null, null, 1), '3,0 cancelled');
select t.eq('all units', t.stock(100), '10/0');
select t.eq('nothing owed', (select count(*)::text from refunds.refunds), '0');
select t.lawful('called off');

-- Delivered: the cash is booked with the earning, and none of it stays with the order.
select t.eq('another', t.codes('[{"id":4,"key":"k4","user":4,"cart":4,"method":"cod","lines":[[200,1]]}]', judge => false), '0');
select t.move('{4001}', s, 'seller:1', null, case s when 'shipped' then '{"id":77,"carrier":"self"}'::jsonb end)
  from unnest('{accepted,packed,shipped,delivered}'::text[]) s;
select t.eq('delivered', t.state(4), 'processing: delivered consumed');
select t.eq('booked', (select string_agg(l.account || ' ' || (l.debit_minor - l.credit_minor), ', ' order by l.line_no) from ledger.lines l join ledger.entries e on e.id = l.entry_id
  where e.order_id = 4 and (l.account like 'cod%' or l.account like 'order\_funds%')), 'cod_receivable:self 1000, order_funds:4 -1000, order_funds:4 1000');
select t.lawful('delivered');
select t.eq('on credit', t.fails($$select t.codes('[{"id":5,"key":"k5","user":5,"cart":5,"method":"credit_terms","lines":[[100,1]]}]')$$), '22023');

-- What the price came from is kept as it is given.
select t.codes('[{"id":6,"key":"k6","user":6,"cart":6,"lines":[[100,1,1,null,null,"{\"tiers\":[[5,900]]}"],[200,1]]}]');
select t.eq('frozen', (select string_agg(priced::text, ' ' order by variant_id) from orders.order_lines where order_id = 6), '{"tiers": [[5, 900]]} {}');
select t.eq('octets for a plain price', (select pg_column_size(priced)::text from orders.order_lines where order_id = 6 and variant_id = 200), '5');
