-- SPDX-License-Identifier: Apache-2.0
-- Refunds: what may go back, how it is split, booked, sent, told, repeated.
select t.shop(2, 4, 2, 1000);

-- The refund functions with fresh ids. ask: order or seller order, lines [[line, units, amount], …].
create function t.id() returns bigint language sql as $$ select nextval('t.ids') $$;
create function t.ids(n int) returns bigint[] language sql as $$ select array_agg(nextval('t.ids')) from generate_series(1, n) $$;
create function t.owe(so bigint, cause text default 'cancelled') returns text language sql as $$
  select checkout.owe_refund_v1(t.id(), t.id(), so, cause, 'system', null)::text $$;
create function t.ask(spec jsonb) returns table (code smallint, ids bigint[], approved boolean, refundable bigint, idx int) language sql as $$
  select x.* from (select coalesce(array_agg((y->>0)::bigint order by ord), '{}') l, coalesce(array_agg((y->>1)::int order by ord), '{}') q,
                          coalesce(array_agg((y->>2)::bigint order by ord), '{}') a
                     from jsonb_array_elements(spec->'lines') with ordinality u(y, ord)) n
  cross join lateral checkout.request_refund_v1(t.ids(4), t.ids(4), (spec->>'order')::bigint, (spec->>'seller_order')::bigint, n.l, n.q, n.a,
    (spec->>'shipping')::bigint, (spec->>'goodwill')::bigint, coalesce(spec->>'cause', 'damaged'), spec->>'note',
    coalesce((spec->>'restock')::boolean, false), coalesce(spec->>'funded', 'seller'), 'normal', null, coalesce((spec->>'by')::bigint, 900),
    coalesce((spec->>'limit')::bigint, 2500000), 'user:900', 'req') x $$;
create function t.asked(spec jsonb) returns text language sql as $$
  select code || ' ' || coalesce(approved::text, '') || ' ' || coalesce(refundable::text, '') from t.ask(spec) $$;
create function t.settle(rf bigint, told text, at text) returns text language sql as $$
  select checkout.refund_answered_v1(rf, r.round, t.id(), at, told, 'normal', null, null, 'razorpay')::text from refunds.refunds r where r.id = rf $$;
create function t.news(at text, pp text, amount bigint, status text, spec jsonb default '{}') returns text language sql as $$
  select code || coalesce(' ' || why, '') from checkout.refund_news_v2('razorpay', at, pp, spec->>'po', (spec->>'paid')::bigint, (spec->>'captured')::boolean,
    amount, coalesce(spec->>'currency', 'INR'), status, spec->>'speed', spec->>'receipt', coalesce((spec->>'certain')::boolean, false), t.ids(4), 'razorpay', null) $$;
create function t.refund(ord bigint, n int default 0) returns bigint language sql as $$
  select id from refunds.refunds where order_id = ord order by id offset n limit 1 $$;
create function t.refund_state(rf bigint) returns text language sql as $$ select status from refunds.refunds where id = rf $$;
create function t.balance(acc text) returns text language sql as $$
  select coalesce(sum(credit_minor - debit_minor), 0)::text from ledger.lines where account = acc $$;
create function t.whole(what text) returns void language plpgsql as $$
declare bad text;
begin
  -- Parts are cancelled and delivered by hand here.
  perform t.sound(what, '^(orders.status_fits_its_seller_orders|reservations.(state_fits_the_seller_order|history_is_a_legal_path)|seller_orders)');
  select string_agg(name || ' ' || value, ', ') into bad from platform.invariants_of_refunds_v1() where value <> 0;
  if bad is not null then raise exception 'FAILED %: %', what, bad using errcode = 'TEST1'; end if;
end $$;
-- A paid order: two lines of 3 units of 1000 each of two sellers (seller orders id*1000+1 and +2, lines id*1000+1 and +2).
create function t.paid(ord bigint, amount bigint default 6000) returns void language plpgsql as $$
begin
  perform t.cart(ord, ord, '{100,200}');
  perform t.eq('placed', t.codes(jsonb_build_array(jsonb_build_object('id', ord, 'key', 'k' || ord, 'user', ord, 'cart', ord,
    'lines', jsonb_build_array(jsonb_build_array(200, 3, (select offer_version from inventory.stock where variant_id = 200)),
                               jsonb_build_array(100, 3, (select offer_version from inventory.stock where variant_id = 100)))))), '0');
  perform checkout.initiate_v1(array[ord], array[ord], array[ord], 'razorpay');
  perform checkout.initiated_v1(array[ord], array['order_' || ord]);
  if amount > 0 then
    perform t.pay(jsonb_build_array(jsonb_build_object('event', 'e' || ord, 'po', 'order_' || ord, 'pp', 'pay_' || ord, 'amount', amount)));
  end if;
end $$;

select t.eq('largest remainder', refunds.split(100, '{1,1,1}')::text, '{34,33,33}');
select t.eq('by remainder', refunds.split(10, '{5,3,3}')::text, '{4,3,3}');
select t.eq('no more than the weights', refunds.split(11, '{5,3,3}')::text, '{5,3,3}');
select t.eq('nothing to weigh', refunds.split(0, '{0,0}')::text, '{0,0}');
select t.eq('none', refunds.split(0, '{}')::text, '{}');
select t.eq('large', refunds.split(9000000000000000000, '{9000000000000000000}')::text, '{9000000000000000000}');

-- Owed: unpaid nothing, paid the share, once.
select t.paid(10, 0);
select t.eq('unpaid', t.owe(10001), '0');
select t.paid(11);
select t.eq('its share', t.owe(11001), '3000');
select t.eq('once', t.owe(11001), '0');
select t.eq('approved', (select status || cause || origin || funded_by || amount_minor || ' ' || seller_order_id from refunds.refunds where order_id = 11), 'approvedcancelledautomaticseller3000 11001');
select t.eq('booked', (select string_agg(account || ' ' || debit_minor || ' ' || credit_minor, ', ' order by line_no) from ledger.entries e
  join ledger.lines l on l.entry_id = e.id where e.kind = 'refund_approved' and e.order_id = 11), 'order_funds:11 3000 0, refund_clearing 0 3000');
select t.eq('told', (select string_agg(type || seq, ',' order by id) from platform.outbox where aggregate_type = 'refund' and aggregate_id = t.refund(11)), 'refund.approved1');
select t.eq('job', (select count(*)::text from platform.jobs where kind = 'refund.submit' and key = t.refund(11) || ':1'), '1');
select t.eq('no such seller order', t.fails($$select t.owe(5)$$), 'P0002');
select t.whole('owed');

-- The call: an intent, the answer, the end.
select t.eq('call', (select code || key || before from checkout.refund_call_v3(t.refund(11), 1, t.ids(5), false)), '0rf_' || t.refund(11) || '_1false');
select t.eq('called before', (select code || ' ' || before from checkout.refund_call_v3(t.refund(11), 1, t.ids(5), false)), '0 true');
select t.eq('another round', (select code::text from checkout.refund_call_v3(t.refund(11), 2, t.ids(5), false)), '1');
select t.eq('answered', t.settle(t.refund(11), 'pending', 'rfnd_11'), '0');
select t.eq('submitted', t.refund_state(t.refund(11)), 'submitted');
select t.eq('again', t.settle(t.refund(11), 'pending', 'rfnd_11'), '1');
select t.eq('another', t.fails($$select t.settle(t.refund(11), 'pending', 'rfnd_12')$$), 'MP014');
select t.eq('no call any more', (select code::text from checkout.refund_call_v3(t.refund(11), 1, t.ids(5), false)), '1');
select t.eq('clearing', t.balance('refund_clearing'), '3000');
select t.eq('processed', t.news('rfnd_11', 'pay_11', 3000, 'processed', '{"speed":"instant"}'), '0');
select t.eq('processed again', t.news('rfnd_11', 'pay_11', 3000, 'processed'), '1');
select t.eq('created late', t.news('rfnd_11', 'pay_11', 3000, 'pending'), '1');
select t.eq('speed', (select speed_processed from refunds.refunds where id = t.refund(11)), 'instant');
select t.eq('cleared', t.balance('refund_clearing'), '0');
select t.eq('partly', (select p.status || p.rank || ' ' || p.refunded_minor || ' ' || o.payment_rank from payments.payments p join orders.orders o on o.id = p.order_id where p.id = 11), 'partially_refunded4 3000 4');
select t.eq('another amount', t.news('rfnd_11', 'pay_11', 2999, 'processed'), '4 payment or amount differ from what is known');
select t.eq('the other share', t.owe(11002, 'rejected'), '3000');
select t.eq('straight to processed', t.settle(t.refund(11, 1), 'processed', 'rfnd_11b'), '0');
select t.eq('whole', (select p.status || p.rank || ' ' || p.refunded_minor || ' ' || o.payment_rank from payments.payments p join orders.orders o on o.id = p.order_id where p.id = 11), 'refunded5 6000 5');
select t.eq('funds', t.balance('order_funds:11'), '0');
select t.eq('steps', (select string_agg(coalesce(from_status, '') || '>' || to_status, ' ' order by id) from refunds.history where refund_id = t.refund(11, 1)), '>approved approved>submitted submitted>processed');
select t.whole('processed');

-- By an admin: lines, bounds.
select t.paid(12);
select t.eq('no such order', t.asked('{"order":999}'), '1 false 0');
select t.eq('unpaid order', t.asked('{"order":10}'), '2 false 0');
select t.eq('line of another', t.asked('{"order":12,"lines":[[11001,1,null]]}'), '5 false 0');
select t.eq('line of another seller order', t.asked('{"seller_order":12001,"lines":[[12002,1,null]]}'), '5 false 0');
select t.eq('a unit', t.asked('{"order":12,"lines":[[12001,1,null]]}'), '0 true 5000');
select t.eq('too many', t.asked('{"order":12,"lines":[[12001,3,null]]}'), '4 false 0');
select t.eq('too much', t.asked('{"order":12,"lines":[[12001,1,2001]]}'), '3 false 2000');
select t.eq('less for one', t.asked('{"order":12,"lines":[[12001,1,500]]}'), '0 true 4500');
select t.eq('the last takes the rest', t.asked('{"order":12,"lines":[[12001,1,null]]}'), '0 true 3000');
select t.eq('amount', (select amount_minor::text from refunds.refunds where id = t.refund(12, 2)), '1500');
select t.eq('nothing left of it', t.asked('{"order":12,"lines":[[12001,1,null]]}'), '4 false 0');
select t.eq('goodwill', t.asked('{"order":12,"goodwill":400,"cause":"goodwill","funded":"platform"}'), '0 true 2600');
select t.eq('who pays', t.balance('promo_expense'), '-400');
select t.eq('goodwill beyond', t.asked('{"order":12,"goodwill":2601}'), '3 false 2600');
select t.eq('no shipping was paid', t.asked('{"order":12,"shipping":1}'), '3 false 0');
select t.eq('the rest', t.asked('{"order":12}'), '0 true 0');
select t.eq('units of it', (select string_agg(kind || quantity || ' ' || amount_minor, ',') from refunds.parts where refund_id = t.refund(12, 4)), 'line3 2600');
select t.eq('and no more', t.asked('{"order":12}'), '3 false 0');
select t.whole('asked');

-- Four eyes.
select t.paid(13);
select t.eq('above the limit', t.asked('{"order":13,"limit":5999}'), '0 false 0');
select t.eq('asked', t.refund_state(t.refund(13)), 'requested');
select t.eq('its money is taken', t.asked('{"order":13,"goodwill":1}'), '3 false 0');
select t.eq('not booked', (select count(*)::text from ledger.entries where kind = 'refund_approved' and order_id = 13), '0');
select t.eq('not oneself', (select code::text from checkout.decide_refund_v2(t.refund(13), t.ids(8), true, 900, null, 'user:900', null)), '3');
select t.eq('no such', (select code::text from checkout.decide_refund_v2(5, t.ids(8), true, 901, null, 'user:901', null)), '1');
select t.eq('rejected', (select code::text from checkout.decide_refund_v2(t.refund(13), t.ids(8), false, 901, 'no', 'user:901', null)), '0');
select t.eq('once', (select code || was from checkout.decide_refund_v2(t.refund(13), t.ids(8), true, 902, null, 'user:902', null)), '2rejected');
select t.eq('anew', t.asked('{"order":13,"limit":5999}'), '0 false 0');
select t.eq('approved', (select code::text from checkout.decide_refund_v2(t.refund(13, 1), t.ids(8), true, 901, null, 'user:901', null)), '0');
select t.eq('events', (select string_agg(type, ' ' order by seq) from platform.outbox where aggregate_type = 'refund' and aggregate_id = t.refund(13, 1)), 'refund.requested refund.approved');
select t.eq('lines of both', (select count(*)::text from refunds.parts where refund_id = t.refund(13, 1)), '2');
select t.whole('decided');

-- Failure: visible, repeated, booked once.
select t.eq('refused', checkout.refund_answered_v1(t.refund(13, 1), 1, t.id(), null, null, null, 'BAD_REQUEST_ERROR', 'closed', 'razorpay')::text, '0');
select t.eq('failed', (select status || failure_message from refunds.refunds where id = t.refund(13, 1)), 'failedclosed');
select t.ok('still owed', t.balance('refund_clearing')::bigint >= 6000);
select t.eq('nobody owes it twice', t.owe(13001), '0');
select t.whole('failed');
select t.eq('repeated', (select code::text from checkout.retry_refund_v2(t.refund(13, 1), null, 'user:1', null)), '0');
select t.eq('only failed ones', (select code || was from checkout.retry_refund_v2(t.refund(13, 1), null, 'user:1', null)), '2submitted');
select t.eq('a new key', (select code || key from checkout.refund_call_v3(t.refund(13, 1), 2, t.ids(5), false)), '0rf_' || t.refund(13, 1) || '_2');
select t.eq('what the first round says', checkout.refund_answered_v1(t.refund(13, 1), 1, t.id(), null, null, null, 'x', 'y', 'razorpay')::text, '1');
select t.eq('news before the answer', t.news('rfnd_13', 'pay_13', 6000, 'processed', jsonb_build_object('receipt', 'rf_' || t.refund(13, 1) || '_2')), '0');
select t.eq('the answer', t.settle(t.refund(13, 1), 'pending', 'rfnd_13'), '1');
select t.eq('funds of 13', t.balance('order_funds:13'), '0');
select t.whole('repeated');
select t.eq('failed after processed asks', t.news('rfnd_13', 'pay_13', 6000, 'failed'), '3');
select t.eq('and is believed', t.news('rfnd_13', 'pay_13', 6000, 'failed', '{"certain":true}'), '0');
select t.eq('the attempt''s rank stays, the order is paid again', (select p.rank || ' ' || p.refunded_minor || ' ' || o.payment_rank from payments.payments p
  join orders.orders o on o.id = p.order_id where p.id = 13), '5 0 3');
select t.whole('reversed');
select t.eq('processed after failed asks', t.news('rfnd_13', 'pay_13', 6000, 'processed') || t.settle(t.refund(13, 1), 'processed', 'rfnd_13') || t.refund_state(t.refund(13, 1)), '33failed');
select t.eq('and is believed', t.news('rfnd_13', 'pay_13', 6000, 'processed', '{"certain":true}') || t.refund_state(t.refund(13, 1)), '0processed');
select t.eq('refunded again', (select payment_rank::text from orders.orders where id = 13), '5');
select t.eq('so is that', t.news('rfnd_13', 'pay_13', 6000, 'failed', '{"certain":true}') || t.refund_state(t.refund(13, 1)), '0failed');
select t.whole('there and back');
select t.eq('repeated again', (select code::text from checkout.retry_refund_v2(t.refund(13, 1), null, 'user:1', null)), '0');
select t.eq('done', t.settle(t.refund(13, 1), 'processed', 'rfnd_13c'), '0');
select t.eq('an early round speaks', t.news('rfnd_13', 'pay_13', 6000, 'processed'), '4 it is another refund than the one of its receipt');
select t.whole('processed after all');

-- Of two that failed the second cannot be taken over: the first is not either.
select t.paid(41);
select t.eq('one of the seller''s', t.asked('{"order":41,"lines":[[41001,1,null]]}'), '0 true 5000');
select t.eq('and one of ours', t.asked('{"order":41,"lines":[[41001,1,null]],"funded":"platform"}'), '0 true 4000');
select t.eq('refused', checkout.refund_answered_v1(t.refund(41, n), 1, t.id(), null, null, null, 'X', 'no', 'razorpay')::text, '0') from generate_series(0, 1) n;
select t.eq('not from one pocket', t.asked('{"order":41}'), '3 false 4000');
select t.eq('both are owed', (select count(*)::text from refunds.refunds where order_id = 41 and status = 'failed' and superseded_at is null), '2');
select t.whole('none taken over');

-- A failed refund gives way to one that gives back as much of it, and takes its debt along; else it is to be repeated.
select t.paid(14);
select t.eq('first', t.asked('{"seller_order":14001}'), '0 true 3000');
select t.eq('refused', checkout.refund_answered_v1(t.refund(14), 1, t.id(), null, null, null, 'X', 'no', 'razorpay')::text, '0');
select t.eq('one unit of it', t.asked('{"order":14,"lines":[[14001,1,null]]}'), '3 false 3000');
select t.eq('from another pocket', t.asked('{"order":14,"funded":"platform"}'), '3 false 3000');
select t.eq('the other share stands beside it', t.asked('{"seller_order":14002,"lines":[[14002,1,null]]}'), '0 true 5000');
select t.ok('it is owed still', (select superseded_at is null from refunds.refunds where id = t.refund(14)));
select t.whole('owed beside');
select t.eq('all of it, above the limit', t.asked('{"order":14,"limit":0}'), '0 false 0');
select t.ok('superseded', (select superseded_by = t.refund(14, 2) from refunds.refunds where id = t.refund(14)));
select t.eq('not repeated', (select code || was from checkout.retry_refund_v2(t.refund(14), null, 'user:1', null)), '2failed');
select t.whole('superseded');
select t.eq('rejected', (select code::text from checkout.decide_refund_v2(t.refund(14, 2), t.ids(8), false, 901, null, 'user:901', null)), '0');
select t.ok('owed again', (select superseded_by is null from refunds.refunds where id = t.refund(14)));
select t.whole('reinstated');
select t.eq('all of it', t.asked('{"order":14}'), '0 true 0');
select t.eq('old debt and new', (select string_agg(account || ' ' || debit_minor || ' ' || credit_minor, ', ' order by line_no) from ledger.entries e
  join ledger.lines l on l.entry_id = e.id where e.kind = 'refund_approved' and e.reference = t.refund(14, 3)::text),
  'refund_clearing 3000 0, order_funds:14 2000 0, refund_clearing 0 5000');
select t.eq('funds', t.balance('order_funds:14'), '0');
select t.eq('processed', t.settle(t.refund(14, 1), 'processed', 'rfnd_14b') || t.settle(t.refund(14, 3), 'processed', 'rfnd_14d'), '00');
select t.whole('gave way');

-- What the platform gave comes out of an order that is not sold after all.
select t.paid(23);
select t.eq('goodwill', t.asked('{"seller_order":23001,"goodwill":400,"cause":"goodwill","funded":"platform"}'), '0 true 5600');
update orders.seller_orders set status = 'cancelled' where id = 23001;
select t.eq('the rest', t.owe(23001), '2600');
select t.eq('reclaimed', (select string_agg(account || ' ' || debit_minor || ' ' || credit_minor, ', ' order by line_no) from ledger.entries e
  join ledger.lines l on l.entry_id = e.id where e.kind = 'refund_approved' and e.reference = t.refund(23, 1)::text),
  'order_funds:23 3000 0, promo_expense 0 400, refund_clearing 0 2600');
select t.eq('goodwill of all', t.asked('{"seller_order":23002,"goodwill":3000,"cause":"goodwill","funded":"platform"}'), '0 true 0');
update orders.seller_orders set status = 'cancelled' where id = 23002;
select t.eq('nothing remains', t.owe(23002), '0');
select t.eq('nothing twice', t.owe(23002), '0');
select t.eq('and it is square', t.balance('order_funds:23'), '0');
select t.whole('reclaimed');

-- Money that no order wanted.
select t.paid(15);
select t.pay('[{"event":"e15b","po":"order_15","pp":"pay_15b","amount":6000}]');
select t.eq('an accepted one is not', checkout.refund_payment_v1(t.id(), t.id(), 'razorpay', 'pay_15', 'duplicate_payment', 'system', null)::text, '0');
select t.eq('nothing that did not fit', t.asked('{"order":15,"cause":"amount_mismatch"}'), '2 false 0');
select t.eq('duplicate', checkout.refund_payment_v1(t.id(), t.id(), 'razorpay', 'pay_15b', 'duplicate_payment', 'system', null)::text, '6000');
select t.eq('once', checkout.refund_payment_v1(t.id(), t.id(), 'razorpay', 'pay_15b', 'duplicate_payment', 'system', null)::text, '0');
select t.eq('unknown', checkout.refund_payment_v1(t.id(), t.id(), 'razorpay', 'pay_x', 'duplicate_payment', 'system', null)::text, '0');
select t.eq('processed', t.settle(t.refund(15), 'processed', 'rfnd_15'), '0');
select t.eq('the order stays paid', (select o.payment_rank || p.status from orders.orders o join payments.payments p on p.order_id = o.id where o.id = 15), '3partially_refunded');
select t.eq('the order is whole', t.owe(15001) || t.owe(15002), '30003000');
select t.whole('duplicate');
select t.pay('[{"event":"e15c","po":"order_15","pp":"pay_15c","amount":5000}]');
select t.pay('[{"event":"e15d","po":"order_15","pp":"pay_15d","amount":6000}]');
select t.eq('what did not fit alone', t.asked('{"order":15,"cause":"amount_mismatch"}'), '0 true 0');
select t.eq('not the newest', (select provider_payment_id || ' ' || amount_minor from refunds.refunds where order_id = 15 and origin = 'manual'), 'pay_15c 5000');
select t.whole('what did not fit, beside a duplicate');
select t.paid(16, 5999);
select t.eq('not of an order', t.asked('{"order":16}'), '2 false 0');
select t.eq('after review', t.asked('{"order":16,"cause":"amount_mismatch"}'), '0 true 0');
select t.eq('reviewed', (select state from platform.jobs where kind = 'payment.review' and key = 'razorpay:pay_16'), 'done');
select t.eq('it goes back', t.settle(t.refund(16), 'processed', 'rfnd_16'), '0');
select t.eq('unpaid order', (select o.payment_rank || o.status || p.status from orders.orders o join payments.payments p on p.order_id = o.id where o.id = 16), '0pending_paymentrefunded');
select t.whole('mismatch');

-- The provider's dashboard, and news before anything else.
select t.paid(17);
select t.eq('unknown payment', t.news('rfnd_x', 'pay_x', 10, 'processed'), '2 no payment of ours');
select t.eq('part', t.news('rfnd_17', 'pay_17', 1001, 'pending'), '0');
select t.eq('spread', (select string_agg(seller_order_id || kind || amount_minor, ' ' order by part_no) from refunds.parts where refund_id = t.refund(17)), '17001goodwill501 17002goodwill500');
select t.eq('no call of ours', (select count(*)::text from platform.jobs where kind = 'refund.submit' and payload->>'refund_id' = t.refund(17)::text), '0');
select t.eq('for staff', (select count(*)::text from platform.jobs where kind = 'refund.review' and key = 'razorpay:rfnd_17'), '1');
select t.eq('then', t.news('rfnd_17', 'pay_17', 1001, 'processed'), '0');
select t.eq('all that remains', t.news('rfnd_17b', 'pay_17', 4999, 'processed'), '0');
select t.eq('a third', t.news('rfnd_17c', 'pay_17', 1, 'processed'), '2 refunds of ours take that money');
select t.eq('failed elsewhere', t.news('rfnd_17d', 'pay_17', 1, 'failed'), '1');
select t.eq('rank', (select payment_rank::text from orders.orders where id = 17), '5');
select t.whole('dashboard');
select t.paid(18, 0);
select t.eq('not captured yet', t.news('rfnd_18', 'pay_18', 6000, 'processed', '{"po":"order_18"}'), '2 the payment is not captured yet');
select t.eq('before its capture', t.news('rfnd_18', 'pay_18', 6000, 'processed', '{"po":"order_18","paid":6000,"captured":true}'), '0');
select t.eq('captured late', (select code::text from t.pay('[{"event":"e18","po":"order_18","pp":"pay_18","amount":6000}]')), '6');
select t.eq('never ships', (select o.status || o.payment_rank || p.status from orders.orders o join payments.payments p on p.order_id = o.id where o.id = 18), 'pending_payment0refunded');
select t.whole('refunded first');
select t.paid(19, 0);
select t.eq('ran out', t.news('rfnd_19', 'pay_19', 6000, 'processed', '{"po":"order_19","paid":6000,"captured":false}'), '0');
select t.eq('again', t.news('rfnd_19', 'pay_19', 6000, 'processed', '{"po":"order_19","paid":6000,"captured":false}'), '1');
select t.eq('voided', (select o.status || o.payment_rank || p.status || p.refunded_minor from orders.orders o join payments.payments p on p.order_id = o.id where o.id = 19), 'pending_payment0voided0');
select t.whole('voided');
select t.paid(49, 0);
select t.pay('[{"event":"e49","action":2,"po":"order_49","pp":"pay_49","amount":6000}]');
select t.eq('set aside', (select payment_rank::text from orders.orders where id = 49), '2');
select t.eq('ran out', t.news('rfnd_49', 'pay_49', 6000, 'processed', '{"po":"order_49","paid":6000,"captured":false}'), '0');
select t.eq('the order is unpaid', (select o.status || o.payment_rank || p.status from orders.orders o join payments.payments p on p.order_id = o.id where o.id = 49), 'pending_payment0voided');
select t.whole('voided after authorized');
select t.paid(20);
select t.eq('ours', t.owe(20001), '3000');
select t.eq('under way', (select code::text from checkout.refund_call_v3(t.refund(20), 1, t.ids(5), false)), '0');
select t.eq('whose is it', t.news('rfnd_20', 'pay_20', 3000, 'processed'), '2 a call of ours is under way');
select t.eq('ours', t.news('rfnd_20', 'pay_20', 3000, 'pending', jsonb_build_object('receipt', 'rf_' || t.refund(20) || '_1')), '0');
select t.eq('after its receipt', t.refund_state(t.refund(20)), 'submitted');
select t.whole('by receipt');

-- Restocking: what left the shelf, once.
select t.paid(21);
update inventory.reservations set state = 'consumed' where seller_order_id = 21001;
update inventory.stock set on_hand = on_hand - 3, reserved = reserved - 3, version = version + 1 where variant_id = (select variant_id from orders.order_lines where order_id = 21 and seller_order_id = 21001);
create temp table shelf as select variant_id, on_hand from inventory.stock;
select t.eq('asked for', t.asked('{"order":21,"restock":true}'), '0 true 0');
select t.eq('one row', (select count(*)::text from checkout.restock_refund_v1(array[t.refund(21)], t.ids(2), 'user:900')), '1');
select t.eq('once', (select count(*)::text from checkout.restock_refund_v1(array[t.refund(21)], t.ids(2), 'user:900')), '0');
select t.eq('three units', (select string_agg((s.on_hand - b.on_hand)::text, ',') from inventory.stock s join shelf b using (variant_id) where s.on_hand <> b.on_hand), '3');
select t.eq('why', (select cause || reason from inventory.movements order by created_at desc, id desc limit 1), 'restockrefund');
select t.whole('restocked');

-- What failed and is owed is given back by hand at the provider: that is the refund, and nobody sends it once more.
create function t.round(rf bigint) returns text language sql as $$
  select status || ' ' || round || ' ' || coalesce(provider_refund_id, '-') from refunds.refunds where id = rf $$;
create function t.again(rf bigint) returns text language sql as $$ select code || ' ' || was from checkout.retry_refund_v2(rf, null, 'user:900', 'req') $$;
select t.paid(71);
select t.eq('owed', t.owe(71001), '3000');
select t.eq('called', (select code::text from checkout.refund_call_v3(t.refund(71), 1, t.ids(5), false)), '0');
select t.eq('failed', t.settle(t.refund(71), 'failed', 'rfnd_71') || ' ' || t.round(t.refund(71)), '0 failed 1 rfnd_71');
select t.eq('by hand', t.news('rfnd_71b', 'pay_71', 3000, 'pending') || ' ' || t.round(t.refund(71)), '0 submitted 2 rfnd_71b');
select t.eq('nor twice', t.again(t.refund(71)) || ', ' || t.news('rfnd_71b', 'pay_71', 3000, 'pending'), '2 submitted, 1');
select t.eq('done', t.news('rfnd_71b', 'pay_71', 3000, 'processed') || ' ' || t.round(t.refund(71)), '0 processed 2 rfnd_71b');
select t.eq('the other part is untouched', (select count(*)::text || (select status from orders.seller_orders where id = 71002) from refunds.refunds where order_id = 71), '1placed');
select t.eq('of half of it', (select payment_rank || ' ' || (select refund_minor || ' ' || refunded_minor from payments.provider_payments where provider_payment_id = 'pay_71') from orders.orders where id = 71), '4 3000 3000');
select t.whole('by hand');
-- Failed at the provider once more, it is owed; another amount is goodwill, as ever, where it leaves what is owed.
select t.paid(72);
select t.eq('owed', t.owe(72001), '3000');
select t.eq('failed', (select code::text from checkout.refund_call_v3(t.refund(72), 1, t.ids(5), false)) || t.settle(t.refund(72), 'failed', 'rfnd_72'), '00');
select t.eq('by hand, and it failed', t.news('rfnd_72b', 'pay_72', 3000, 'pending') || t.news('rfnd_72b', 'pay_72', 3000, 'failed') || ' ' || t.round(t.refund(72)), '00 failed 2 rfnd_72b');
select t.eq('sent again', t.again(t.refund(72)) || ' ' || t.round(t.refund(72)), '0 failed submitted 3 -');
select t.whole('by hand and failed');

-- Several payments carry an order: newest first, the items cut where a payment ends.
select t.paid(22);
update payments.provider_payments set amount_minor = 2500 where provider_payment_id = 'pay_22';
update payments.payments set captured_minor = 2500 where id = 22;
insert into payments.payments (id, order_id, user_id, provider, provider_order_id, provider_payment_id, status, rank, amount_minor, currency, captured_minor, captured_at)
values (2200, 22, 22, 'razorpay', 'order_22b', 'pay_22b', 'captured', 3, 3500, 'INR', 3500, now() + interval '1 minute');
insert into payments.provider_payments (provider, provider_payment_id, payment_id, order_id, rank, status, amount_minor, currency, verdict, captured_at)
values ('razorpay', 'pay_22b', 2200, 22, 3, 'captured', 3500, 'INR', 'accepted', now() + interval '1 minute');
select t.eq('one request, two refunds', (select code || ' ' || cardinality(ids) from t.ask('{"order":22}')), '0 2');
select t.eq('newest first', (select string_agg(provider_payment_id || ' ' || amount_minor, ', ' order by id) from refunds.refunds where order_id = 22), 'pay_22b 3500, pay_22 2500');
select t.eq('cut', (select string_agg((refund_id = t.refund(22))::text || ' ' || line_id || 'x' || quantity || ' ' || amount_minor, ', ' order by refund_id, part_no) from refunds.parts where order_id = 22),
  'true 22001x3 3000, true 22002x0 500, false 22002x3 2500');
select t.eq('processed one', t.settle(t.refund(22), 'processed', 'rfnd_22'), '0');
select t.eq('processed two', t.settle(t.refund(22, 1), 'processed', 'rfnd_22b'), '0');
select t.eq('order 22', (select payment_rank::text from orders.orders where id = 22), '5');
