-- SPDX-License-Identifier: Apache-2.0
-- Companies: whose cart it is, what a list of prices raises, what time does to it.
select t.shop(2, 4, 3, 10);
create function t.offer(v bigint) returns text language sql as $$ select offer_version::text from inventory.stock where variant_id = v $$;
insert into companies.companies (id, legal_name, gstin, pan, billing_email, status) values
  (1, 'One', '29ABCDE1234F1Z5', 'ABCDE1234F', 'a@one.in', 'verified'), (2, 'Two', '27ABCDE1234F1Z9', 'ABCDE1234F', 'a@two.in', 'pending');
insert into companies.members (company_id, user_id, role) values (1, 7, 'buyer'), (1, 8, 'viewer'), (2, 7, 'admin');
select t.cart(70, 7, '{100,200}'), t.cart(80, 8, '{100}');
create function t.whose(cart bigint) returns text language sql as $$ select version || ' ' || coalesce(company_id::text, '-') from carts.carts where id = cart $$;

-- Who may buy.
select t.eq('who may buy', (select string_agg(user_id || ' ' || company_id || ' ' || checkout.may_buy_v1(user_id, company_id), ', ' order by company_id, user_id)
  from companies.members) || ', ' || checkout.may_buy_v1(9, 1) || ' ' || checkout.may_buy_v1(7, 3), '7 1 true, 8 1 false, 7 2 false, false false');

-- Carts.
select t.eq('a buyer', t.saved('[{"cart":70,"company":1,"member":7}]') || ' ' || t.whose(70), '0 2 1');
select t.eq('as before', t.saved('[{"cart":70,"version":2,"change":[[1,2]]}]') || ' ' || t.whose(70), '0 3 1');
select t.eq('a viewer may not', t.saved('[{"cart":80,"company":1,"member":8,"key":"v"}]') || ' ' || t.whose(80), '3 1 -');
select t.eq('and leaves no key', (select count(*)::text from platform.idempotency_keys where digest = t.digest('v')), '0');
select t.eq('not verified', t.saved('[{"cart":70,"version":3,"company":2,"member":7}]') || ' ' || t.whose(70), '3 3 1');
select t.eq('a stranger stops nobody', t.saved('[{"cart":80,"company":1,"member":9},{"cart":70,"version":3,"change":[[1,3]]}]'), '3,0');
select t.eq('for nobody', t.saved('[{"cart":70,"version":4,"company":0}]') || ' ' || t.whose(70), '0 5 -');
select t.saved('[{"cart":70,"version":5,"company":1,"member":7}]');
delete from companies.members where company_id = 1 and user_id = 7;
select t.eq('who leaves', checkout.leave_company_v1(1, '{7}') || ', ' || t.whose(70), '1, 7 -');
select t.eq('what was shown before cannot be ordered', t.codes('[{"key":"o","id":9000,"cart":70,"version":6,"user":7,"lines":[[100,1,1]]}]'), '4');

select t.eq('an order is the company''s', t.codes('[{"key":"oc","id":9001,"cart":70,"version":7,"user":7,"company":1,"po":"PO 7","lines":[[100,1,1]]},
  {"key":"od","id":9002,"cart":80,"version":1,"user":8,"lines":[[100,1,1]]}]'), '0,0');
select t.eq('and says so', (select string_agg(coalesce(company_id::text, '-') || ' ' || coalesce(po_number, '-'), ', ' order by id) from orders.orders), '1 PO 7, - -');

-- Lists.
select t.eq('a foreign variant', (select code || ' ' || variants::text from catalog.save_price_list_v1(1, 1, true, null, 'L', 'INR', null, null, '{200,100}',
  array['[{"min_quantity":1,"price_minor":900}]', '[{"min_quantity":1,"price_minor":900}]'])), '3 {100}');
select t.eq('nobody''s price', (select code || ' ' || version || ' ' || variants::text from catalog.save_price_list_v1(1, 1, true, null, 'L', 'INR', null, null,
  '{200,400}', array['[{"min_quantity":1,"price_minor":900}]', '[{"min_quantity":1,"price_minor":900}]'])) || ' ' || t.offer(200), '0 1 {} 1');
select t.eq('assigned', (select code || ' ' || version || ' ' || variants::text from catalog.assign_price_list_v1(1, 1, null, '{1,2}')) || ' ' || t.offer(200),
  '0 2 {200,400} 2');
select t.eq('assigned again', (select code || ' ' || version || ' ' || variants::text from catalog.assign_price_list_v1(1, 1, 2, '{2,1}')) || ' ' || t.offer(200),
  '0 2 {} 2');
select t.eq('no such company', (select code || ' ' || variants::text from catalog.assign_price_list_v1(1, 1, null, '{1,3}')), '3 {3}');
select t.eq('somebody else''s', (select code::text from catalog.assign_price_list_v1(1, 2, null, '{1}')), '1');
select t.eq('another version', (select code || ' ' || version from catalog.save_price_list_v1(1, 1, false, 1, 'M', 'INR', null, null, null, null)), '2 2');
select t.eq('one goes', (select code || ' ' || version || ' ' || variants::text from catalog.save_price_list_v1(1, 1, false, 2, 'M', 'INR', null, null, '{200}',
  array['[{"min_quantity":1,"price_minor":800}]'])) || ' ' || t.offer(200) || ' ' || t.offer(400), '0 3 {200,400} 3 3');
-- Time.
select t.eq('it ends', (select code || ' ' || variants::text from catalog.save_price_list_v1(1, 1, false, null, 'M', 'INR', now() - interval '2 h', now() - interval '1 s', null, null))
  || ' ' || t.offer(200), '0 {200} 4');
select t.eq('and says so', (select in_force::text from catalog.price_lists), 'false');
select t.eq('nothing is due', (select count(*)::text from catalog.apply_price_lists_v1(10)), '0');
update catalog.price_lists set ends_at = now() + interval '1 h', next_change_at = starts_at;
select t.eq('it begins', (select string_agg(x::text, ',') from catalog.apply_price_lists_v1(10) x) || ' ' || t.offer(200), '200 5');
select t.eq('once', (select count(*)::text from catalog.apply_price_lists_v1(10)), '0');
update catalog.price_lists set ends_at = now() - interval '1 s', next_change_at = now() - interval '1 s';
select t.eq('it ends by itself', (select string_agg(x::text, ',') from catalog.apply_price_lists_v1(10) x) || ' ' || t.offer(200), '200 6');
select t.eq('what has ended is not looked at again', (select coalesce(next_change_at::text, '-') from catalog.price_lists), '-');
-- Bounds are entries, not lists; one list is always done.
select t.eq('two lists of two', (select string_agg(code::text, '') from (select (catalog.save_price_list_v1(x, 1, true, null, 'B', 'INR', now() + interval '1 h', null,
  '{200,400}', array['[{"min_quantity":1,"price_minor":900}]', '[{"min_quantity":1,"price_minor":900}]'])).code from generate_series(11, 13) x) s), '000');
select t.eq('that wait', (select count(*)::text from catalog.price_lists where next_change_at = starts_at), '3');
update catalog.price_lists set starts_at = now() - interval '1 s', next_change_at = now() - interval '1 s' where id > 10;
select from catalog.apply_price_lists_v1(1);
select t.eq('one', (select string_agg(id::text, ',' order by id) from catalog.price_lists where in_force), '11');
select from catalog.apply_price_lists_v1(4);
select t.eq('two', (select string_agg(id::text, ',' order by id) from catalog.price_lists where in_force), '11,12,13');
select t.eq('which never end', (select count(*)::text from catalog.price_lists where next_change_at is not null), '0');
select t.sound('companies');
