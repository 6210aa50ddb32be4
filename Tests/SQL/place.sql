-- SPDX-License-Identifier: Apache-2.0
-- checkout.place_v1, one case after the other: outcomes, what they leave behind, what they do not.
select t.shop(3, 10, 2, 10);
select t.cart(g, g, '{100,200}') from generate_series(1, 40) g;

-- A placed order: everything is there, the cart is emptied, the stock row's version rises.
select t.eq('placed', t.codes('[{"id":1,"key":"k1","user":1,"cart":1,"lines":[[100,3],[200,1]]}]'), '0');
select t.eq('stock moved', t.stock(100) || ' ' || t.stock(200), '10/3 10/1');
select t.eq('version', (select version || ' ' || offer_version from inventory.stock where variant_id = 100), '3 1');
select t.eq('cart', (select version::text from carts.carts where id = 1), '2');
select t.eq('cart lines', (select count(*)::text from carts.cart_lines where cart_id = 1), '0');
select t.eq('rows', (select count(*) || ' ' || (select count(*) from orders.seller_orders) || ' ' || (select count(*) from orders.order_lines) || ' ' ||
  (select count(*) from inventory.reservations) || ' ' || (select count(*) from platform.outbox) from orders.orders), '1 2 2 2 1');

-- Rule 12: the same key answers with the stored bytes and hash; a live row is never taken over.
select t.eq('replay', (select code || ' ' || b || ' ' || convert_from(bytes3, 'UTF8') from
  t.place('[{"id":2,"key":"k1","user":1,"cart":2,"lines":[[100,1]]}]') where kind = 0), '2 201 order 1');
select t.ok('replay carries the stored hash', (select bytes1 = t.digest('h') from
  t.place('[{"id":2,"key":"k1","hash":"other","user":1,"cart":2,"lines":[[100,1]]}]') where kind = 0));
select t.ok('a replay touches no cart', (select version = 1 from carts.carts where id = 2));
-- … an expired one is: treated as new.
update platform.idempotency_keys set created_at = now() - interval '2 days', expires_at = now() - interval '1 day' where digest = t.digest('k1');
select t.eq('expired key runs again', t.codes('[{"id":2,"key":"k1","user":2,"cart":2,"lines":[[100,1]]}]'), '0');
-- … and a started one (another route's claim) is busy.
insert into platform.idempotency_keys (digest, request_hash, state, created_at, expires_at) values (t.digest('st'), t.digest('h'), 0, now(), now() + interval '1 day');
select t.eq('started key', t.codes('[{"id":3,"key":"st","user":3,"cart":3,"lines":[[100,1]]}]'), '1');

-- Rule 4: an older cart version is cart-moved and leaves nothing; the same request is the same order, whose answer the new key gets.
select t.eq('cart moved', t.codes('[{"id":3,"key":"k3","user":1,"cart":1,"version":1,"hash":"x","lines":[[100,1]]},
                                    {"id":4,"key":"k4","user":3,"cart":3,"version":2,"lines":[[100,1]]},
                                    {"id":5,"key":"k5","user":9,"cart":999,"lines":[[100,1]]}]'), '4,4,4');
select t.eq('another user''s cart', t.codes('[{"id":5,"key":"k5","user":4,"cart":3,"lines":[[100,1]]}]'), '4');
select t.eq('no key row remains', (select count(*)::text from platform.idempotency_keys where digest in (t.digest('k3'), t.digest('k4'), t.digest('k5'))), '0');
update platform.idempotency_keys set expires_at = now() + interval '1 day' where digest = t.digest('k1');
select t.eq('same cart, same request', (select code || ' ' || a || ' ' || b || ' ' || convert_from(bytes3, 'UTF8') from
  t.place('[{"id":6,"key":"k6","user":2,"cart":2,"lines":[[100,1]]}]') where kind = 0), '3 2 200 order 2');
select t.eq('now stored under the new key', (select status || ' ' || convert_from(body, 'UTF8') from platform.idempotency_keys where digest = t.digest('k6')), '200 order 2');
delete from platform.idempotency_keys where digest in (t.digest('k1'), t.digest('k6'));
select t.eq('same cart, answer gone', (select code || ' ' || a || ' ' || b || coalesce(bytes3::text, ' -') from
  t.place('[{"id":6,"key":"k7","user":2,"cart":2,"lines":[[100,1]]}]') where kind = 0), '3 2 0 -');
select t.eq('and nothing stored for it', (select count(*)::text from platform.idempotency_keys where digest = t.digest('k7')), '0');
update orders.orders set created_at = created_at - interval '8 days';   -- their key rows are gone on purpose

-- Rule 2: an unknown variant is 0 available and stops only its own order; a variant twice is summed; neighbours are placed.
select t.eq('neighbours of bad lines', t.codes('[{"id":10,"key":"a","user":10,"cart":10,"lines":[[999,1]]},
  {"id":11,"key":"b","user":11,"cart":11,"lines":[[300,6],[300,5]]},
  {"id":12,"key":"c","user":12,"cart":12,"lines":[[300,4],[300,4]]},
  {"id":13,"key":"d","user":13,"cart":13,"lines":[[300,2],[400,1]]}]'), '5,5,0,0');
select t.eq('units of the variant given twice', t.stock(300) || ' ' || t.stock(400), '10/10 10/1');
select t.eq('refused orders keep their carts', (select string_agg(version::text, ',' order by id) from carts.carts where id in (10, 11)), '1,1');
select t.eq('and their lines', (select count(*)::text from carts.cart_lines where cart_id in (10, 11)), '4');
select t.eq('problem row', (select a || ' ' || b || ' ' || c || ' ' || d from
  t.place('[{"id":14,"key":"e","user":14,"cart":14,"lines":[[400,1],[500,11]]}]') where kind = 1), '500 10 2 11');
select t.eq('an unknown variant alone is refused, not short for ever', t.codes('[{"id":19,"key":"lone","user":19,"cart":19,"lines":[[999,1]]}]'), '5');
-- Greedy in arrival order, and what a refused order had taken goes back to the later ones.
select t.eq('greedy', t.codes('[{"id":15,"key":"f","user":15,"cart":15,"lines":[[600,6],[500,99]]},
  {"id":16,"key":"g","user":16,"cart":16,"lines":[[600,6]]},{"id":17,"key":"h","user":17,"cart":17,"lines":[[600,6]]},
  {"id":18,"key":"i","user":18,"cart":18,"lines":[[600,4]]}]'), '5,0,5,0');
select t.eq('greedy stock', t.stock(600), '10/10');

-- Rule 5: price and sellability.
update catalog.variants set price_minor = 1100 where id = 700;
select t.eq('price changed', t.codes('[{"id":20,"key":"p","user":20,"cart":20,"lines":[[700,1]]},{"id":21,"key":"q","user":21,"cart":21,"lines":[[700,1,2]]}]'), '6,0');
update sellers.sellers set status = 'suspended' where id = 1 + 8 % 3;
select t.eq('seller suspended', t.codes('[{"id":22,"key":"r","user":22,"cart":22,"lines":[[800,1]]},{"id":23,"key":"s","user":23,"cart":23,"lines":[[900,1]]}]'), '7,0');
update sellers.sellers set status = 'active';

-- The batch itself: same cart or digest twice is busy, deadlines and totals are judged per order, wrong arrays refused.
select t.eq('twice in one batch', t.codes('[{"id":25,"key":"u","user":25,"cart":25,"lines":[[1000,1]]},{"id":26,"key":"u","user":26,"cart":26,"lines":[[1000,1]]},
  {"id":27,"key":"v","user":25,"cart":25,"lines":[[1000,1]]}]'), '0,1,1');
select t.eq('deadlines and totals', t.codes('[{"id":28,"key":"w","user":28,"cart":28,"until_s":-1,"lines":[[1000,1]]},{"id":29,"key":"x","user":29,"cart":29,"until_s":90000,"lines":[[1000,1]]},
  {"id":30,"key":"y","user":30,"cart":30,"total":5,"lines":[[1000,1]]},{"id":31,"key":"z","user":31,"cart":31,"lines":[[1000,1]]}]'), '8,8,9,0');
select t.eq('quantity below one', t.codes('[{"id":32,"key":"n","user":32,"cart":32,"lines":[[1000,0]]},{"id":33,"key":"o","user":33,"cart":33,"lines":[[1000,-1],[1001,2]]}]'), '9,9');
select t.eq('wrong retention', t.fails($$select t.codes('[{"id":34,"key":"l","user":34,"cart":34,"retention":5,"lines":[[1000,1]]}]')$$), '22023');
select t.eq('id clash aborts the batch', t.fails($$select t.codes('[{"id":1,"key":"m","user":34,"cart":34,"lines":[[1000,1]]}]')$$), '23505');
select t.eq('locked judgement', t.codes('[{"id":35,"key":"m","user":35,"cart":35,"lines":[[1001,9]]},{"id":36,"key":"m2","user":36,"cart":36,"lines":[[1001,2]]}]', true), '0,5');

-- Stock has its own floor, whoever writes.
select t.eq('reserved above on_hand', t.fails('update inventory.stock set reserved = on_hand + 1 where variant_id = 100'), '23514');
select t.eq('negative on_hand', t.fails('update inventory.stock set on_hand = -1 where variant_id = 101'), '23514');
select t.sound('place');
