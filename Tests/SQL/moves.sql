-- SPDX-License-Identifier: Apache-2.0
-- Moves: what pay_v3 makes of an attempt in every state is what platform.moves has; each is written down once; what ends unpaid orders writes
-- down all of it; and nothing in any history is no move.
select t.shop(3, 10, 2, 1000);
create table t.cases as
  select row_number() over (order by s.status, a.action) id, s.status, s.rank, a.action, a.becomes
    from (values ('created', 0), ('initiated', 0), ('expired', 0), ('failed', 1), ('authorized', 2), ('voided', 2), ('captured', 3),
                 ('partially_refunded', 4), ('refunded', 5)) s(status, rank),
         (values (1, 'failed'), (2, 'authorized'), (3, 'captured')) a(action, becomes);
select t.payable(id, '{100,200}') from t.cases;
update payments.payments p set status = c.status, rank = c.rank from t.cases c where c.id = p.id;
delete from payments.history;
select t.pay((select jsonb_agg(jsonb_build_object('event', 'e' || id, 'action', action, 'po', 'order_' || id, 'pp', 'pay_' || id, 'amount', 2000)) from t.cases));
select t.eq('what moves is what may', (
  select string_agg(c.status || '>' || c.becomes, ' ' order by c.id) from t.cases c join payments.payments p on p.id = c.id
   where (p.status = c.becomes and c.status <> c.becomes) is distinct from exists (
     select 1 from platform.moves m where m.machine = 'payment' and m.from_status = c.status and m.to_status = c.becomes)
      or (p.status <> c.becomes and p.status <> c.status)), null);
select t.eq('each is written down', (select string_agg(h.from_status || '>' || h.to_status || ' ' || h.cause || ' ' || h.actor, ', ' order by h.payment_id) from payments.history h),
  (select string_agg(c.status || '>' || c.becomes || ' e' || c.id || ' razorpay', ', ' order by c.id) from t.cases c
    join platform.moves m on m.machine = 'payment' and m.from_status = c.status and m.to_status = c.becomes));
-- A failure of what has expired is recorded, and nobody is told of it.
select t.eq('expired stays', (select p.status || ' ' || v.state || ' ' || (select count(*) from platform.outbox o where o.type = 'payment.failed' and o.aggregate_id = p.id)
  from t.cases c join payments.payments p on p.id = c.id join payments.events v on v.event_id = 'e' || c.id where c.status = 'expired' and c.action = 1), 'expired processed 0');

-- From the first to the last, as they come.
select t.payable(100, '{300,400}');
select t.paid('[{"event":"f1","action":1,"po":"order_100","pp":"pay_100a","amount":2000}]');
select t.paid('[{"event":"f2","action":2,"po":"order_100","pp":"pay_100b","amount":2000}]');
select t.paid('[{"event":"f2","action":2,"po":"order_100","pp":"pay_100b","amount":2000}]');
select t.paid('[{"event":"f3","action":3,"po":"order_100","pp":"pay_100b","amount":2000}]');
select t.eq('its life', (select string_agg(from_status || '>' || to_status || ' ' || coalesce(cause, '-'), ', ' order by id) from payments.history where payment_id = 100),
  'created>initiated -, initiated>failed f1, failed>authorized f2, authorized>captured f3');
-- An authorization that is given up.
select t.payable(101, '{300,400}');
select t.paid('[{"event":"g1","action":2,"po":"order_101","pp":"pay_101","amount":2000}]');
select checkout.settle_authorized_v1('razorpay', 'pay_101', true);
select t.eq('given up', (select string_agg(from_status || '>' || to_status, ', ' order by id) from payments.history where payment_id = 101), 'created>initiated, initiated>authorized, authorized>voided');
-- A refund that tells of the capture.
select t.payable(102, '{300,400}');
select refunds.seen_captured(102, 'razorpay', 'pay_102', 2000, 'INR', 1020);
select t.eq('seen', (select string_agg(from_status || '>' || to_status || ' ' || actor, ', ' order by id) from payments.history where payment_id = 102), 'created>initiated system, initiated>captured razorpay');

-- Unpaid orders that end: attempts and parts with them, in history and as events, which number on.
select t.payable(110, '{300,400}');
select t.payable(111, '{300,400}');
select t.make_due('{110}');
select checkout.expire_v1(10);
select checkout.cancel_v1('{111}', '{111}', 'user:111', 'changed my mind', 'req-1');
select t.eq('the attempts', (select string_agg(payment_id || ' ' || from_status || '>' || to_status || ' ' || actor || ' ' || coalesce(request_id, '-'), ', ' order by id) from payments.history
  where payment_id in (110, 111) and to_status = 'expired'), '110 initiated>expired system -, 111 initiated>expired user:111 req-1');
select t.eq('the parts', (select string_agg(order_id || ' ' || from_status || '>' || to_status || ' ' || coalesce(reason, '-'), ', ' order by order_id, seller_order_id) from orders.history
  where order_id in (110, 111) and seller_order_id is not null),
  '110 pending_payment>cancelled reservation expired, 110 pending_payment>cancelled reservation expired, 111 pending_payment>cancelled changed my mind, 111 pending_payment>cancelled changed my mind');
select t.eq('the events', (select string_agg(type || ' ' || seq, ', ' order by id) from platform.outbox
  where payload->>'order_id' = '110' and type in ('payment.initiated', 'payment.expired', 'seller_order.lapsed')), 'payment.initiated 1, payment.expired 2, seller_order.lapsed 1, seller_order.lapsed 1');
create function t.paths(ords bigint[]) returns text language sql as $$
  select coalesce(string_agg(split_part(name, '.', 1) || '=' || value, ' ' order by name), '') from platform.invariants_of_moves_v2(ords) where value <> 0 $$;
select t.eq('their histories are paths', t.paths('{100,101,102,110,111}'), '');
select t.sound('moves', '^(orders|payments|ledger|reservations|outbox|seller_orders|refunds)');
-- What is no move is found.
insert into payments.history (payment_id, from_status, to_status, actor) values (101, 'voided', 'initiated', 'nobody');
select t.eq('a move that is none', t.paths('{100,101,102,110,111}'), 'payments=1');
-- A reservation was given back because nobody paid in time, or because it was called off.
update inventory.reservations set state = case order_id when 110 then 'released' else 'expired' end where order_id in (110, 111);
select t.eq('the other way', t.paths('{110,111}'), 'reservations=4');
