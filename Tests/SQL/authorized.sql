-- SPDX-License-Identifier: Apache-2.0
-- checkout.pay_v3 beyond pay_v1, and checkout.settle_authorized_v1: authorized money is captured or given up.
select t.shop(3, 10, 2, 100);
select t.payable(g, '{100,200}') from generate_series(1, 9) g;        -- each total 2000
create function t.inbox(ev text) returns text language sql as $$ select state || coalesce(' ' || note, '') from payments.events where event_id = ev $$;
create function t.settle(pp text, gone boolean default false) returns text language sql as $$
  select code || ' ' || order_id || ' ' || payment_id || ' ' || amount || ' ' || coalesce(currency, '-')
    from checkout.settle_authorized_v1('razorpay', pp, gone)
$$;

-- Authorized: asked about soon, and not later than it would have been.
update payments.payments set next_check_at = now() + interval '1 hour' where id in (1, 2);
update payments.payments set next_check_at = now() + interval '5 seconds' where id = 3;
select t.eq('authorized', t.paid('[{"event":"a1","action":2,"po":"order_1","pp":"pay_1","amount":2000},{"event":"a2","action":1,"po":"order_2","pp":"pay_2","amount":2000},
  {"event":"a3","action":2,"po":"order_3","pp":"pay_3","amount":2000}]'), '0:16,0:16,0:16');
select t.eq('soon', (select string_agg(round(extract(epoch from next_check_at - now()))::text, ',' order by id) from payments.payments where id <= 3), '20,3600,5');

-- The order waits for it: capture, as often as it is asked.
select t.eq('capture', t.settle('pay_1') || '; ' || t.settle('pay_1'), '0 1 1 2000 INR; 0 1 1 2000 INR');
select t.ok('the intent is recorded', (select capture_asked_at is not null from payments.provider_payments where provider_payment_id = 'pay_1'));
select t.eq('captured', t.paid('[{"po":"order_1","pp":"pay_1","amount":2000}]'), '0:17');
select t.eq('nothing more', t.settle('pay_1') || '; ' || t.settle('pay_2') || '; ' || t.settle('pay_none') , '2 1 1 0 -; 2 2 2 0 -; 2 0 0 0 -');

-- Its units have gone, it was cancelled, or another amount: never captured; voided once, with an event.
select t.make_due('{3}');
select t.eq('past its time', t.settle('pay_3') || '; ' || t.settle('pay_3'), '1 3 3 2000 INR; 2 3 3 0 -');
select t.eq('voided', (select status || ' ' || rank || ' ' || (next_check_at is null) || ' ' || event_seq from payments.payments where id = 3), 'voided 2 true 3');
select t.eq('the order says so', (select payment_rank || ' ' || version from orders.orders where id = 3), '0 3');
select t.eq('told', (select string_agg(type, ',' order by seq) from platform.outbox where aggregate_type = 'payment' and aggregate_id = 3),
  'payment.initiated,payment.authorized,payment.voided');
select t.eq('authorized', t.paid('[{"event":"a4","action":2,"po":"order_4","pp":"pay_4","amount":2000},{"event":"a5","action":2,"po":"order_5","pp":"pay_5","amount":1999},
  {"event":"a6","action":2,"po":"order_6","pp":"pay_6","amount":2000,"currency":"USD"},{"event":"a7","action":2,"po":"order_7","pp":"pay_7","amount":2000}]'), '0:16,0:16,0:16,0:16');
select checkout.cancel_v1('{4}', '{4}', 'user:4', null, null);
select t.eq('cancelled, less, other currency', t.settle('pay_4') || '; ' || t.settle('pay_5') || '; ' || t.settle('pay_6'),
  '1 4 4 2000 INR; 1 5 5 1999 INR; 1 6 6 2000 USD');
select t.eq('while it is set aside', (select is_open::text from checkout.payable_v3(7, 7)), 'false');
select t.eq('gone', t.settle('pay_7', true), '1 7 7 2000 INR');
select t.eq('unpaid, and to be paid again', (select o.payment_rank || ' ' || p.is_open from orders.orders o cross join checkout.payable_v3(7, 7) p where o.id = 7), '0 true');
-- Money that comes all the same is late, and the attempt captured.
select t.eq('late', t.paid('[{"event":"a8","po":"order_4","pp":"pay_4","amount":2000}]'), '0:24');
select t.eq('captured although voided', (select status from payments.payments where id = 4), 'captured');
-- Two payments of one attempt: giving up the one that does not count leaves the attempt.
select t.eq('two', t.paid('[{"event":"b1","action":2,"po":"order_8","pp":"pay_8a","amount":2000}]') || ' ' ||
  t.paid('[{"event":"b2","action":2,"po":"order_8","pp":"pay_8b","amount":2000}]'), '0:16 0:0');
select t.eq('the other one', t.settle('pay_8b', true), '2 8 8 0 -');
select t.eq('the attempt stays', (select p.status || ' ' || o.payment_rank from payments.payments p join orders.orders o on o.id = p.order_id where p.id = 8), 'authorized 2');

-- An operator's replay of what failed.
select t.eq('another attempt''s', t.paid('[{"event":"c1","po":"order_9","pp":"pay_8a","amount":2000}]') || ' ' || t.inbox('c1'), '7:0 failed the provider payment belongs to another attempt');
update payments.provider_payments set payment_id = 9, order_id = 9 where provider_payment_id = 'pay_8a';
select t.eq('replayed', t.paid('[{"event":"c1","po":"order_9","pp":"pay_8a","amount":2000}]') || ' ' || t.inbox('c1'), '0:17 replayed');
select t.eq('done', t.paid('[{"event":"c1","po":"order_9","pp":"pay_8a","amount":2000}]'), '2:0');
select t.eq('what waits has no verdict', t.paid('[{"event":"c2","po":"order_nobody","pp":"pay_n","amount":2000}]') || ' ' || t.inbox('c2'), '4:0 waiting');

-- While money is set aside there is nothing to pay, not even the attempt that is open; then there is again.
select t.payable(g, '{100,200}') from generate_series(21, 22) g;
create function t.opened(ord bigint) returns text language sql as $$
  select (select string_agg(code::text, '') from checkout.initiate_v1(array[ord], array[ord], array[ord * 100 + 1], 'razorpay'))
      || (select string_agg(code::text, '') from checkout.initiate_v2(array[ord], array[ord], array[ord * 100 + 2], 'razorpay'))
$$;
select t.paid('[{"event":"n1","action":1,"po":"order_21","pp":"pay_21","amount":2000}]');
select t.eq('a second try', t.opened(21), '01');
select t.paid('[{"event":"n2","action":2,"po":"order_21","pp":"pay_21","amount":2000},{"event":"n3","action":2,"po":"order_22","pp":"pay_22","amount":2000}]');
update orders.orders set reserved_until = now() + interval '1 minute', extended = false where id in (21, 22);
select t.eq('set aside', t.opened(21) || ' ' || t.opened(22), '55 55');
select t.eq('its units are kept no longer', (select string_agg(extended::text, ',') from orders.orders where id in (21, 22)), 'false,false');
select t.eq('given up', t.settle('pay_21', true) || ' ' || t.settle('pay_22', true), '1 21 21 2000 INR 1 22 22 2000 INR');
select t.eq('to be paid again', t.opened(21) || ' ' || t.opened(22), '11 01');
select t.sound('set aside');

-- An attempt that was captured is set aside no longer, whatever the money is for: late, another amount, or first heard of by its refund.
select t.payable(g, '{100,200}') from generate_series(31, 33) g;
create function t.rank(ord bigint) returns text language sql as $$
  select o.status || ' ' || o.payment_rank || ' ' || p.status from orders.orders o join payments.payments p on p.order_id = o.id where o.id = ord $$;
select t.eq('set aside', t.paid('[{"event":"l1","action":2,"po":"order_31","pp":"pay_31","amount":2000},{"event":"l2","action":2,"po":"order_32","pp":"pay_32","amount":1999},
  {"event":"l3","action":2,"po":"order_33","pp":"pay_33","amount":2000}]'), '0:16,0:16,0:16');
select t.make_due('{31}');
select count(*) from checkout.expire_v1(10);
select t.eq('its time was over', t.rank(31), 'expired 2 authorized');
select t.eq('late, and another amount', t.paid('[{"event":"l4","po":"order_31","pp":"pay_31","amount":2000},{"event":"l5","po":"order_32","pp":"pay_32","amount":1999}]'), '0:24,0:18');
select t.eq('not set aside', t.rank(31) || ', ' || t.rank(32), 'expired 0 captured, pending_payment 0 captured');
select refunds.seen_captured(33, 'razorpay', 'pay_33', 2000, 'INR', nextval('t.ids'));
select t.eq('nor here', t.rank(33), 'pending_payment 0 captured');
select t.sound('captured');

-- Another payment of an attempt that was voided is set aside as a first one is: captured where the order waits for it, given up elsewhere.
select t.payable(g, '{100,200}') from generate_series(41, 48) g;
create function t.news(pp text, refund text, ord bigint) returns text language sql as $$
  select string_agg(code::text, '') from checkout.refund_news_v2('razorpay', refund, pp, 'order_' || ord, 2000, false, 2000, 'INR', 'processed', 'normal', null, false,
    array(select nextval('t.ids') from generate_series(1, 4)), 'razorpay', null) $$;
create function t.whose(ord bigint) returns text language sql as $$
  select o.status || ' ' || o.payment_rank || ' ' || p.status || ' ' || coalesce(p.provider_payment_id, '-') || ' ' || coalesce(round(extract(epoch from p.next_check_at - now()))::text, '-')
    from orders.orders o join payments.payments p on p.order_id = o.id where o.id = ord $$;
select t.paid(jsonb_agg(jsonb_build_object('event', 'v' || g, 'action', 2, 'po', 'order_' || g, 'pp', 'pay_' || g || 'a', 'amount', 2000))) from generate_series(41, 43) g;
select t.eq('given up', t.settle('pay_41a', true) || '; ' || t.settle('pay_42a', true) || '; ' || t.settle('pay_43a', true), '1 41 41 2000 INR; 1 42 42 2000 INR; 1 43 43 2000 INR');
select t.eq('its own late news', t.paid('[{"event":"v41b","action":2,"po":"order_41","pp":"pay_41a","amount":2000}]') || ' ' || t.whose(41), '6:0 pending_payment 0 voided pay_41a -');
select t.eq('another one', t.paid('[{"event":"v41c","action":2,"po":"order_41","pp":"pay_41b","amount":2000},{"event":"v42c","action":2,"po":"order_42","pp":"pay_42b","amount":1999},
  {"event":"v43c","action":2,"po":"order_43","pp":"pay_43b","amount":2000}]'), '0:16,0:16,0:16');
select t.eq('set aside, and asked about soon', t.whose(41) || ', ' || t.whose(42), 'pending_payment 2 authorized pay_41b 20, pending_payment 0 authorized pay_42b 20');
select t.eq('captured', t.settle('pay_41b') || '; ' || t.paid('[{"event":"v41d","po":"order_41","pp":"pay_41b","amount":2000}]') || ' ' || t.rank(41),
  '0 41 41 2000 INR; 0:17 confirmed 3 captured');
select t.make_due('{43}');
select t.eq('given up again', t.settle('pay_42b') || '; ' || t.settle('pay_43b') || ' ' || t.whose(43), '1 42 42 1999 INR; 1 43 43 2000 INR pending_payment 0 voided pay_43b -');
select t.eq('its way', (select string_agg(from_status || '>' || to_status, ' ' order by id) from payments.history where payment_id = 43),
  'created>initiated initiated>authorized authorized>voided voided>authorized authorized>voided');
-- News of another payment that ran out leaves the attempt; those of its own void it, whatever it was before.
select t.paid('[{"event":"w1","action":2,"po":"order_44","pp":"pay_44a","amount":2000}]');
select t.eq('another ran out', t.news('pay_44b', 'rfnd_44b', 44) || ' ' || t.rank(44), '0 pending_payment 2 authorized');
select t.eq('nobody is told', (select string_agg(to_status, ',' order by id) from payments.history where payment_id = 44), 'initiated,authorized');
select t.eq('captured all the same', t.settle('pay_44a'), '0 44 44 2000 INR');
select t.eq('its own', t.news('pay_44a', 'rfnd_44a', 44) || ' ' || t.rank(44), '0 pending_payment 0 voided');
select t.eq('never heard of', t.news('pay_45a', 'rfnd_45a', 45) || ' ' || t.rank(45), '0 pending_payment 0 voided');
select t.eq('its late news', t.paid('[{"event":"w2","action":2,"po":"order_45","pp":"pay_45a","amount":2000}]') || ' ' || t.rank(45), '6:0 pending_payment 0 voided');
-- Heard of in the other order: the attempt goes on to what else is set aside.
select t.paid(jsonb_agg(jsonb_build_object('event', 'x' || x || g, 'action', 2, 'po', 'order_' || g, 'pp', 'pay_' || g || x, 'amount', 2000)))
  from unnest('{a,b}'::text[]) x, generate_series(46, 48) g group by x order by x;
select t.eq('ran out', t.news('pay_46a', 'rfnd_46a', 46) || ' ' || t.whose(46), '0 pending_payment 2 authorized pay_46b 20');
select t.eq('given up', t.settle('pay_47a', true) || ' ' || t.whose(47), '1 47 47 2000 INR pending_payment 2 authorized pay_47b 20');
select t.eq('told', (select string_agg(type || ' ' || seq, ',' order by seq) from platform.outbox where aggregate_type = 'payment' and aggregate_id = 46),
  'payment.initiated 1,payment.authorized 2,payment.voided 3,payment.authorized 4');
select t.eq('both are given up', t.settle('pay_48b', true) || '; ' || t.settle('pay_48a', true) || ' ' || t.rank(48), '2 48 48 0 -; 1 48 48 2000 INR pending_payment 0 voided');
select t.sound('after voided');
