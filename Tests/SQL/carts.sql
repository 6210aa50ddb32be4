-- SPDX-License-Identifier: Apache-2.0
-- checkout.save_carts_v3, one case after the other: outcomes, what they leave behind, what they do not. What other sessions hold is in
-- `locks`.
select t.shop(2, 6, 1, 10);
select t.cart(g, g, '{100,200}') from generate_series(1, 40) g;
update carts.cart_lines set line_id = cart_id * 10 + line_id;

-- One change: a line more, another quantity, a line less; the version rises by one and the answer stands under the key.
select t.eq('saved', t.saved('[{"cart":1,"key":"k1","write":77,"add":[[13,300,4]],"change":[[11,7]],"remove":[12],"note":"blue"}]'), '0');
select t.eq('the cart', t.cart_text(1), '2: 100×7 300×4');
select t.eq('notes and prices', (select string_agg(note || unit_price_seen_minor, ' ') from carts.cart_lines where cart_id = 1), 'blue1000 blue1000');
select t.eq('its write', (select last_write::text from carts.carts where id = 1), '77');
select t.eq('its key', (select state || ' ' || status || ' ' || convert_from(body, 'UTF8') || ' ' || user_id || ' ' ||
  (request_hash = t.digest('h')) || ' ' || (expires_at - created_at) from platform.idempotency_keys where digest = t.digest('k1')), '1 200 cart 1 1 true 1 day');
select t.eq('a line for another one of the same variant', t.saved('[{"cart":1,"version":2,"add":[[14,100,1]],"remove":[11]}]'), '0');
select t.eq('the new line', t.cart_text(1), '3: 300×4 100×1');

-- A batch of mixed outcomes: saved, conflict, busy, replay, reused key, no such cart. None of them stops its neighbours.
insert into platform.idempotency_keys (digest, request_hash, state, created_at, expires_at)
values (t.digest('started'), t.digest('h'), 0, now(), now() + interval '1 day');
create table t.mixed as select * from t.save('[
  {"cart":9,"key":"k9","change":[[91,5]]},
  {"cart":2,"version":7,"key":"k2","change":[[21,5]]},
  {"cart":3,"key":"started","change":[[31,5]]},
  {"cart":4,"key":"k1","change":[[41,5]]},
  {"cart":5,"key":"k1b","hash":"h","add":[[53,300,1]]},
  {"cart":999,"key":"k999","add":[[1,300,1]]},
  {"cart":8,"change":[[81,5]],"remove":[82]},
  {"cart":7,"version":2,"remove":[71]}]');
select t.eq('mixed', (select string_agg(code::text, ',' order by idx) from t.mixed), '0,3,1,2,0,3,0,3');
select t.eq('a conflict says where the cart is', (select string_agg(idx || ':' || coalesce(version::text, 'gone'), ' ' order by idx) from t.mixed where code = 3), '2:1 6:gone 8:1');
select t.eq('what was saved', t.cart_text(9) || ' | ' || t.cart_text(5) || ' | ' || t.cart_text(8), '2: 100×5 200×1 | 2: 100×1 200×1 300×1 | 2: 100×5');
select t.eq('what was not', (select string_agg(t.cart_text(g), ' | ' order by g) from unnest('{2,3,4,7}'::int[]) g),
  '1: 100×1 200×1 | 1: 100×1 200×1 | 1: 100×1 200×1 | 1: 100×1 200×1');
select t.eq('a replay has the stored bytes', (select status || ' ' || convert_from(headers, 'UTF8') || ' ' || convert_from(body, 'UTF8') || ' ' ||
  (request_hash = t.digest('h')) from t.mixed where idx = 4), '200 h cart 1 true');
select t.eq('keys of what was saved, and no others', (select count(*)::text from platform.idempotency_keys
  where digest in (t.digest('k9'), t.digest('k1b'), t.digest('k2'), t.digest('k999'))), '2');
select t.ok('a started key stays as it was', (select state = 0 and body is null from platform.idempotency_keys where digest = t.digest('started')));
select t.eq('only values of known keys go out', (select string_agg(idx::text, ',') from t.mixed where request_hash is not null or body is not null), '4');

-- A key that was used with another request: the caller compares, and the row is untouched.
select t.eq('reused', (select code || ' ' || (request_hash = t.digest('h')) || ' ' || convert_from(body, 'UTF8')
  from t.save('[{"cart":10,"key":"k1","hash":"other","body":"mine","change":[[101,5]]}]')), '2 true cart 1');
select t.eq('the cart of a reused key', t.cart_text(10), '1: 100×1 200×1');

-- Rule 12: an expired key is taken over; one whose change is refused then leaves nothing.
update platform.idempotency_keys set created_at = now() - interval '2 days', expires_at = now() - interval '1 day' where digest in (t.digest('k1'), t.digest('k9'));
select t.eq('expired keys', t.saved('[{"cart":11,"key":"k1","change":[[111,3]]},{"cart":12,"version":5,"key":"k9","change":[[121,3]]}]'), '0,3');
select t.eq('taken over', (select string_agg(convert_from(body, 'UTF8') || ' ' || user_id || ' ' || (expires_at > now()), ',') from platform.idempotency_keys
  where digest in (t.digest('k1'), t.digest('k9'))), 'cart 11 11 true');

-- Rule 7: a batch that is sent again knows itself, with a key by its row, without one by its number.
select t.eq('sent', t.saved('[{"cart":13,"write":500,"change":[[131,2]]},{"cart":14,"key":"k14","write":501,"change":[[141,2]]},{"cart":15,"write":502,"add":[[153,300,1]]}]'), '0,0,0');
select t.eq('sent again', t.saved('[{"cart":13,"write":500,"change":[[131,2]]},{"cart":14,"key":"k14","write":501,"change":[[141,2]]},{"cart":15,"write":502,"add":[[153,300,1]]}]'), '5,2,5');
select t.eq('once', t.cart_text(13) || ' | ' || t.cart_text(15), '2: 100×2 200×1 | 2: 100×1 200×1 300×1');
select t.eq('somebody else''s change of the same version', t.saved('[{"cart":13,"write":503,"change":[[131,2]]}]'), '3');
select t.eq('a later change', t.saved('[{"cart":13,"version":2,"write":504,"change":[[131,9]]}]'), '0');
select t.eq('after which the first is not told from others', (select code || ' ' || version from t.save('[{"cart":13,"write":500,"change":[[131,2]]}]')), '3 3');
select t.eq('an old server''s change is nobody''s', (select code::text from checkout.save_cart_v1(15, 2, '{}', '{}', '{}', '{}', '{}', '{153}', null, null, null, null, null, null, null)), '0');
select t.eq('and is not taken for ours', t.saved('[{"cart":15,"version":2,"write":505,"remove":[151]}]'), '3');

-- What can never be written fails the batch with its class, and nothing of it remains: the caller finds it by halves.
select t.eq('two lines of one variant', t.fails($$select t.saved('[{"cart":16,"key":"bad","add":[[163,100,1]]},{"cart":17,"change":[[171,9]]}]')$$), '23505');
select t.eq('a quantity of 0', t.fails($$select t.saved('[{"cart":16,"change":[[161,0]]}]')$$), '23514');
select t.eq('a note too long', t.fails($$select t.saved(jsonb_build_array(jsonb_build_object('cart', 16, 'note', repeat('a', 501), 'change', '[[161,2]]'::jsonb)))$$), '23514');
select t.eq('a changed line that is not there', t.fails($$select t.saved('[{"cart":16,"change":[[999,2]]}]')$$), '23000');
select t.eq('but not where its cart is refused', t.saved('[{"cart":18,"change":[[181,2]]},{"cart":16,"version":9,"change":[[999,2]]}]'), '0,3');
select t.eq('a line of another cart', t.fails($$select t.saved('[{"cart":16,"change":[[171,2]]}]')$$), '23000');
select t.eq('a cart twice', t.fails($$select t.saved('[{"cart":16,"change":[[161,2]]},{"cart":16,"change":[[162,2]]}]')$$), 'MP001');
select t.eq('a key twice', t.fails($$select t.saved('[{"cart":16,"key":"d","change":[[161,2]]},{"cart":17,"key":"d","change":[[171,2]]}]')$$), 'MP001');
select t.eq('many without a key', t.saved('[{"cart":19,"change":[[191,2]]},{"cart":20,"change":[[201,2]]}]'), '0,0');
select t.eq('retention', t.fails($$select t.saved('[{"cart":16,"key":"r","retention":5,"change":[[161,2]]}]')$$), '22023');
select t.eq('arrays', t.fails($$select checkout.save_carts_v3('{16}', '{1,2}', '{1}', '{null}', '{null}', '{null}', '{null}', '{null}', '{null}', '{null}', '{null}', '{null}', '{null}',
  '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')$$), '22023');
select t.eq('a line of no change', t.fails($$select checkout.save_carts_v3('{16}', '{1}', '{1}', '{null}', '{null}', '{null}', '{null}', '{null}', '{null}', '{null}', '{null}', '{null}', '{null}',
  '{2}', '{161}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')$$), '22023');
select t.eq('an empty batch', t.fails($$select checkout.save_carts_v3('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}',
  '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')$$), '22023');
select t.eq('the cart of all these', t.cart_text(16) || ' | ' || t.cart_text(17), '1: 100×1 200×1 | 1: 100×1 200×1');
select t.eq('and their keys', (select count(*)::text from platform.idempotency_keys where digest in (t.digest('bad'), t.digest('d'), t.digest('r'))), '0');

-- Where a cart goes: set, left as it is, taken away; and not where its change is refused.
select t.eq('addresses', t.saved('[{"cart":21,"address":5,"change":[[211,2]]},{"cart":22,"address":6,"version":9},{"cart":23,"change":[[231,2]]}]'), '0,3,0');
select t.eq('set', (select string_agg(id || ' ' || coalesce(shipping_address_id::text, '-'), ', ' order by id) from carts.carts where id in (21, 22, 23)), '21 5, 22 -, 23 -');
select t.eq('kept and taken away', t.saved('[{"cart":21,"version":2,"change":[[211,3]]},{"cart":22,"address":6}]'), '0,0');
select t.eq('kept', (select string_agg(id || ' ' || coalesce(shipping_address_id::text, '-'), ', ' order by id) from carts.carts where id in (21, 22)), '21 5, 22 6');
select t.eq('taken away', t.saved('[{"cart":21,"version":3,"address":0}]'), '0');
select t.ok('is gone', (select shipping_address_id is null from carts.carts where id = 21));

-- The checks that became domains still hold for whoever writes.
select t.eq('too many coupons', t.fails($$update carts.carts set coupon_codes = array_fill('a'::text, array[21]) where id = 1$$), '23514');
select t.eq('nobody''s cart', t.fails('insert into carts.carts (id) values (9999)'), '23514');
select t.sound('carts');
