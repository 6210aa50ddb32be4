-- SPDX-License-Identifier: Apache-2.0
-- Refunds of parts that move meanwhile: nothing is owed twice or forgotten, and each unit goes back once.
select t.shop(2, 4, 2, 1000);
create function t.ids(n int) returns bigint[] language sql as $$ select array_agg(nextval('t.ids')) from generate_series(1, n) $$;
-- A paid order: three units of 1000 of each of two sellers (parts order*1000+1 and +2, lines likewise).
create function t.sold(ord bigint) returns void language plpgsql as $$
begin
  perform t.cart(ord, ord, '{100,200}');
  perform t.eq('placed', t.codes(jsonb_build_array(jsonb_build_object('id', ord, 'key', 'k' || ord, 'user', ord, 'cart', ord, 'lines',
    (select jsonb_agg(jsonb_build_array(v, 3, s.offer_version) order by v desc) from unnest('{100,200}'::bigint[]) v join inventory.stock s on s.variant_id = v)))), '0');
  perform checkout.initiate_v1(array[ord], array[ord], array[ord], 'razorpay');
  perform checkout.initiated_v1(array[ord], array['order_' || ord]);
  perform t.pay(jsonb_build_array(jsonb_build_object('event', 'e' || ord, 'po', 'order_' || ord, 'pp', 'pay_' || ord, 'amount', 6000)));
end $$;
-- A part moves: the codes, and what is owed for it.
create function t.move(part bigint, target text, party int, parcel jsonb default null) returns text language sql as $$
  select string_agg(x.code || ' ' || x.c, ',') from checkout.move_seller_orders_v1(null, array[part], target, party::smallint,
    case party when 2 then (select seller_id from orders.seller_orders where id = part) when 1 then part / 1000 end,
    case when party <> 16 then 1 end, null, 'why', null, null, t.ids(20), parcel, 7) x where x.kind = 0
$$;
create function t.ask(ord bigint, units int, payer text default 'seller', back boolean default false, bound bigint default 2500000) returns text language plpgsql as $$
declare x record;
begin
  select * into x from checkout.request_refund_v1(t.ids(4), t.ids(4), ord, null, case when units > 0 then array[ord * 1000 + 1] else '{}'::bigint[] end,
    case when units > 0 then array[units] else '{}'::int[] end, case when units > 0 then array[null::bigint] else '{}'::bigint[] end, null, null,
    'damaged', null, back, payer, 'normal', null, 900, bound, 'admin:900', null);
  if x.approved then perform checkout.restock_refund_v1(x.ids, t.ids(9), 'admin:900'); end if;
  return x.code::text;
end $$;
create function t.fails_there(ord bigint) returns void language sql as $$
  select checkout.refund_answered_v1(r.id, r.round, nextval('t.ids'), 'rfnd_' || r.id, 'failed', 'normal', null, null, 'razorpay')
    from refunds.refunds r where r.order_id = ord and r.status = 'approved'
$$;
create function t.refunds(ord bigint) returns text language sql as $$
  select string_agg(status || ' ' || amount_minor, ', ' order by id) from refunds.refunds where order_id = ord
$$;
create function t.funds(ord bigint) returns text language sql as $$
  select coalesce(sum(credit_minor - debit_minor), 0)::text from ledger.lines where account = 'order_funds:' || ord
$$;

-- A refund that failed is owed still when the rest follows, whoever paid it and however much it was.
select t.sold(1), t.ask(1, 1), t.fails_there(1);
select t.eq('the rest', t.move(1001, 'cancelled', 1), '0 2000');
select t.eq('beside what failed', t.refunds(1), 'failed 1000, approved 2000');
select t.eq('nothing but the other part is left', t.funds(1), '3000');
select t.eq('which can be repeated', (select code::text from checkout.retry_refund_v2((select min(id) from refunds.refunds where order_id = 1), null, 'admin:1', null)), '0');
select t.sold(2), t.ask(2, 2), t.fails_there(2);
select t.eq('more than the rest', t.move(2001, 'cancelled', 1), '0 1000');
select t.eq('funds', t.funds(2), '3000');
select t.sold(3), t.ask(3, 1, 'platform'), t.fails_there(3);
update orders.seller_orders set accept_by = now() where id = 3001;
select t.eq('of the platform', t.move(3001, 'rejected', 16), '0 2000');
select t.eq('is reclaimed', t.funds(3), '3000');

-- What waits for a second admin holds its money until they say no.
select t.sold(4), t.ask(4, 1, bound => 1);
select t.eq('less what is asked for', t.move(4001, 'cancelled', 1), '0 2000');
select checkout.decide_refund_v2((select min(id) from refunds.refunds where order_id = 4), t.ids(8), false, 901, null, 'admin:901', null);
select t.eq('then it is owed', (select j.payload->>'seller_order_id' from platform.jobs j where j.kind = 'refund.owe'
  and j.key = (select min(id) from refunds.refunds where order_id = 4) || ':4001'), '4001');
select t.eq('and given', checkout.owe_refund_v1(nextval('t.ids'), nextval('t.ids'), 4001, 'cancelled', 'system', null)::text, '1000');

-- Units go back once: by the refund or by the cancellation.
select t.sold(5), t.move(5001, 'accepted', 2), t.move(5001, 'packed', 2);
select set_config('t.shelf', (select on_hand::text from inventory.stock where variant_id = 200), false);
select t.eq('two', t.ask(5, 2, back => true), '0');
select t.eq('one by the cancellation', t.move(5001, 'cancelled', 1), '0 1000');
select t.eq('three are back', (select (on_hand - current_setting('t.shelf')::int)::text from inventory.stock where variant_id = 200), '3');
select t.fails_there(5);
select t.eq('again, with the money', (select x.code::text from checkout.request_refund_v1(t.ids(4), t.ids(4), null, 5001, '{}', '{}', '{}', null, null, 'damaged', null,
  true, 'seller', 'normal', null, 900, 2500000, 'admin:900', null) x), '0');
select checkout.restock_refund_v1(array(select id from refunds.refunds where order_id = 5), t.ids(9), 'admin:900');
select t.eq('three, not more', (select (on_hand - current_setting('t.shelf')::int)::text from inventory.stock where variant_id = 200), '3');

-- A dispute that was lost gave some of it back; the rest is owed, and no more can be asked for.
select t.sold(6), checkout.dispute_hold_v1(nextval('t.ids'), 'disp_6:chargeback', 6, 2000), checkout.dispute_end_v1(nextval('t.ids'), 'disp_6:chargeback', 'lost');
select t.eq('the rest of both', t.move(6001, 'cancelled', 1), '0 2000');
select t.eq('no more than is left', t.ask(6, 0) || ' ' || t.refunds(6), '0 approved 2000, approved 2000');
select t.eq('nothing stays behind', t.funds(6), '0');

-- While a dispute is open nothing goes back; with its end what is due is owed.
create function t.dispute(ord bigint, told text, claim bigint) returns text language sql as $$
  select code::text from checkout.dispute_news_v2(nextval('t.ids'), t.ids(3), 'razorpay', 'disp_' || ord, 'pay_' || ord, null, claim, 'INR', claim, null,
    'chargeback', told, null, false, 'razorpay', null)
$$;
select t.sold(10);
select t.eq('it begins', t.dispute(10, 'open', 1000), '0');
select t.eq('no refund', t.ask(10, 1), '6');
select t.eq('none by itself', t.move(10001, 'cancelled', 1), '0 0');
select t.eq('lost', t.dispute(10, 'lost', 1000), '0');
select t.eq('then it is owed', (select string_agg(j.payload->>'seller_order_id', ',') from platform.jobs j where j.kind = 'refund.owe' and j.key like '%:chargeback:%'), '10001');
select t.eq('less what the dispute gave back', checkout.owe_refund_v1(nextval('t.ids'), nextval('t.ids'), 10001, 'cancelled', 'system', null)::text, '2500');
select t.eq('and other refunds', t.ask(10, 0), '0');

-- A second parcel without a number is another one; the same one is not made twice.
select t.sold(7), t.move(7001, 'accepted', 2), t.move(7001, 'packed', 2);
select t.eq('one unit', t.move(7001, 'shipped', 2, '{"id":71,"carrier":"self","lines":[{"line_id":7001,"quantity":1}]}'), '0 0');
select t.eq('told again', t.move(7001, 'shipped', 2, '{"id":72,"carrier":"self","lines":[{"line_id":7001,"quantity":1}]}'), '1 0');
select t.eq('the others', t.move(7001, 'shipped', 2, '{"id":73,"carrier":"self","lines":[{"line_id":7001,"quantity":2}]}'), '8 0');
select t.eq('all told again', t.move(7001, 'shipped', 2, '{"id":74,"carrier":"self"}'), '1 0');
select t.eq('delivered', t.move(7001, 'delivered', 2), '0 0');

-- Of a parcel that came back, what had never left is on the shelf again.
select t.sold(8), t.move(8001, 'accepted', 2), t.move(8001, 'packed', 2);
select set_config('t.shelf', (select on_hand::text from inventory.stock where variant_id = 200), false);
select t.move(8001, 'shipped', 2, '{"id":81,"carrier":"x","tracking_number":"1","lines":[{"line_id":8001,"quantity":1}]}'),
       t.move(8001, 'delivery_failed', 2), t.move(8001, 'rto', 2);
select t.eq('all is owed', t.move(8001, 'rto_received', 2), '0 3000');
select t.eq('two units', (select (on_hand - current_setting('t.shelf')::int)::text from inventory.stock where variant_id = 200), '2');

-- Parts of an order that is not paid do not move by themselves.
select t.payable(9, '{100,200}');
select t.eq('not yet', t.move((select min(id) from orders.seller_orders where order_id = 9), 'cancelled', 4), '3 0');
select t.sound('the end');
select t.eq('refunds are sound', (select string_agg(name || '=' || value, ', ') from platform.invariants_of_refunds_v1() where value <> 0), null);
select t.eq('parts are sound', (select string_agg(name || '=' || value, ', ') from platform.invariants_of_seller_orders_v1() where value <> 0), null);

-- Units whose money goes back are not sent: they stay on the shelf, fit in no parcel, and are missing in none.
create function t.shelf() returns text language sql as $$ select (on_hand - current_setting('t.shelf')::int)::text || '/' || reserved from inventory.stock where variant_id = 200 $$;
create function t.mark() returns void language sql as $$ select set_config('t.shelf', (select on_hand::text from inventory.stock where variant_id = 200), false) $$;
create function t.wants_end(ord bigint) returns text language sql as $$
  select string_agg(j.payload->>'seller_order_id', ',' order by j.key) from platform.jobs j where j.kind = 'seller_order.refunded' and j.key like ord || '00%' $$;
select t.sold(107), t.ask(107, 1);
select t.mark();
select t.eq('packed', t.move(107001, 'accepted', 2) || ', ' || t.move(107001, 'packed', 2), '0 0, 0 0');
select t.eq('two have left the shelf', split_part(t.shelf(), '/', 1), '-2');
select t.eq('all three', t.move(107001, 'shipped', 2, '{"id":971,"carrier":"dtdc","tracking_number":"A","lines":[{"line_id":107001,"quantity":3}]}'), '9 0');
select t.eq('two', t.move(107001, 'shipped', 2, '{"id":971,"carrier":"dtdc","tracking_number":"A"}'), '0 0');
select t.eq('two are in it', (select quantities::text from orders.shipments where id = 971), '{2}');
select t.eq('no more', t.move(107001, 'shipped', 2, '{"id":972,"carrier":"dtdc","tracking_number":"B"}'), '9 0');
select t.eq('they are all', t.move(107001, 'delivered', 4), '0 0');
select checkout.restock_refund_v1(array(select id from refunds.refunds where order_id = 107), t.ids(9), 'admin:900');
select t.eq('the third stays where it is', split_part(t.shelf(), '/', 1) || ' ' || (select restocked from refunds.parts where line_id = 107001), '-2 1');
-- Refunded later, with parcels on their way: only what is left is wanted.
select t.sold(108), t.move(108001, 'accepted', 2), t.move(108001, 'packed', 2), t.move(108001, 'shipped', 2, '{"id":981,"carrier":"self","lines":[{"line_id":108001,"quantity":2}]}');
select t.eq('one is missing', t.move(108001, 'delivered', 2), '6 0');
select t.eq('it is refunded', t.ask(108, 1) || ' ' || t.move(108001, 'delivered', 2), '0 0 0');
-- Of what comes back to its origin, what never left goes on the shelf once.
create function t.comes_back(part bigint) returns text language sql as $$
  select string_agg(t.move(part, x.target, 2, case when x.target = 'shipped' then jsonb_build_object('id', part, 'carrier', 'dtdc', 'tracking_number', part::text) end), ',' order by x.n)
    from unnest('{shipped,delivery_failed,rto,rto_received}'::text[]) with ordinality x(target, n) $$;
select t.mark();
select t.sold(109), t.move(109001, 'accepted', 2), t.move(109001, 'packed', 2), t.ask(109, 1);
select t.eq('sent without it', t.comes_back(109001), '0 0,0 0,0 0,0 2000');
select t.eq('it is back', split_part(t.shelf(), '/', 1), '-2');
select t.mark();
select t.sold(110), t.move(110001, 'accepted', 2), t.move(110001, 'packed', 2), t.ask(110, 1, back => true);
select t.eq('sent without it', t.comes_back(110001), '0 0,0 0,0 0,0 2000');
select t.eq('it was back before', split_part(t.shelf(), '/', 1), '-2');

-- A part whose units are all refunded before it leaves is ended by the server, and nothing is given back twice.
select t.mark();
select t.sold(111), t.ask(111, 2);
select t.eq('not yet', t.move(111001, 'cancelled', 16) || coalesce(t.wants_end(111), ''), '6 0');
select t.eq('the last one', t.ask(111, 1) || ' ' || t.wants_end(111), '0 111001');
select t.eq('nothing is to be sent', t.move(111001, 'accepted', 2) || ', ' || t.move(111001, 'packed', 2) || ', ' || t.move(111001, 'shipped', 2, '{"id":9111,"carrier":"self"}'), '0 0, 0 0, 9 0');
select t.eq('ended', t.move(111001, 'cancelled', 16) || ', ' || t.move(111001, 'cancelled', 16) || ' ' || t.refunds(111), '0 0, 1 0 approved 2000, approved 1000');
select t.eq('all are on the shelf', split_part(t.shelf(), '/', 1), '0');
select t.eq('the order goes on', (select o.status || ' ' || s.status from orders.orders o join orders.seller_orders s on s.order_id = o.id where s.id = 111002), 'processing placed');
select t.eq('of which nothing is refunded', t.move(111002, 'cancelled', 16), '6 0');
select t.sold(112), t.ask(112, 3, bound => 1);
select t.eq('asked for is not refunded', t.move(112001, 'cancelled', 16) || coalesce(t.wants_end(112), ''), '6 0');
select checkout.decide_refund_v2((select min(id) from refunds.refunds where order_id = 112), t.ids(8), true, 901, null, 'admin:901', null);
select t.eq('approved', t.wants_end(112) || ' ' || t.move(112001, 'cancelled', 16), '112001 0 0');
-- All of it, as the dashboard does it; one that has left goes on.
select t.sold(113), t.move(113002, 'accepted', 2), t.move(113002, 'packed', 2), t.move(113002, 'shipped', 2, '{"id":9131,"carrier":"self"}');
select t.eq('whole', (select code::text from checkout.refund_news_v2('razorpay', 'rfnd_113', 'pay_113', null, null, null, 6000, 'INR', 'processed', null, null, false, t.ids(4), 'razorpay', null)), '0');
select t.eq('one of two', t.wants_end(113) || ' ' || t.move(113001, 'cancelled', 16) || ' ' || t.move(113002, 'delivered', 2), '113001 0 0 0 0');
select t.eq('sound: refunds', (select string_agg(name || '=' || value, ', ') from platform.invariants_of_refunds_v1() where value <> 0), null);
select t.lawful('refunded units');
