-- SPDX-License-Identifier: Apache-2.0
-- checkout.place_v5, one case after the other: outcomes, what they leave behind, what they do not.
select t.shop(3, 10, 2, 10);
select t.cart(g, g, '{100,200}') from generate_series(1, 40) g;

-- A placed order: everything is there, the cart is emptied, the stock row's version rises.
select t.eq('placed', t.codes('[{"id":1,"key":"k1","user":1,"cart":1,"lines":[[100,3],[200,1]]}]'), '0');
select t.eq('stock moved', t.stock(100) || ' ' || t.stock(200), '10/3 10/1');
select t.eq('version', (select version || ' ' || offer_version from inventory.stock where variant_id = 100), '3 1');
select t.eq('no commission without a rule', (select string_agg(coalesce(commission_rule_id::text, '-'), '') from orders.order_lines where order_id = 1), '--');
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

-- The rule that applies is frozen on the line.
select t.eq('with a rule', t.codes('[{"id":40,"key":"ru","user":40,"cart":40,"lines":[[700,1,1,5,1250],[800,1]]}]'), '0');
select t.eq('frozen', (select string_agg(coalesce(commission_rule_id || ' ' || commission_rate_bps, '-'), ', ' order by variant_id) from orders.order_lines where order_id = 40), '5 1250, -');

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

-- Without judgement: what fits is written at once, whatever does not makes the batch short, and nothing of it remains.
select t.cart(g, g, '{301}') from generate_series(50, 69) g;
select t.eq('unjudged', t.codes('[{"id":50,"key":"j0","user":50,"cart":50,"lines":[[301,1],[100,1]]},{"id":51,"key":"j1","user":51,"cart":51,"lines":[[100,1]]}]', judge => false), '0,0');
select t.eq('carts are raised once', (select string_agg(version::text || ' ' || (select count(*) from carts.cart_lines l where l.cart_id = c.id), ',' order by id)
  from carts.carts c where id in (50, 51)), '2 0,2 0');
select t.eq('unjudged replay, moved and busy neighbours', t.codes('[{"id":52,"key":"j0","user":50,"cart":50,"lines":[[301,1]]},{"id":53,"key":"j3","user":53,"cart":53,"version":9,"lines":[[100,1]]},
  {"id":54,"key":"j4","user":54,"cart":54,"lines":[[100,1]]},{"id":55,"key":"j4","user":55,"cart":55,"lines":[[100,1]]}]', judge => false), '2,4,0,1');
select t.eq('unjudged, same cart, same request', t.codes('[{"id":56,"key":"j5","user":51,"cart":51,"lines":[[100,1]]}]', judge => false), '3');
update catalog.variants set price_minor = 1200 where id = 900;
update sellers.sellers set status = 'suspended' where id = 1 + 8 % 3;
select t.eq('short: ' || what, t.fails(format($$select t.codes('[{"id":57,"key":"j6","user":57,"cart":57,"lines":[[100,1]]},{"id":58,"key":"j7","user":58,"cart":58,"lines":[%s]}]', judge => false)$$, line)), 'MP002')
  from (values ('too few', '[1001,9]'), ('unknown variant', '[999,1]'), ('another price', '[900,1]'), ('seller suspended', '[800,1]')) x(what, line);
select t.eq('short: two versions of one offer', t.fails($$select t.codes('[{"id":57,"key":"j6","user":57,"cart":57,"lines":[[900,1,2]]},{"id":58,"key":"j7","user":58,"cart":58,"lines":[[900,1,1]]}]', judge => false)$$), 'MP002');
select t.eq('the same judged', t.codes('[{"id":57,"key":"j6","user":57,"cart":57,"lines":[[900,1,2]]},{"id":58,"key":"j7","user":58,"cart":58,"lines":[[900,1,1]]}]'), '0,6');
update sellers.sellers set status = 'active';
select t.eq('no key row of what was short', (select count(*)::text from platform.idempotency_keys where digest = t.digest('j7')), '0');
select t.eq('no cart was moved by it', (select version::text from carts.carts where id = 58), '1');
select t.eq('unjudged deadline and totals', t.codes('[{"id":59,"key":"j8","user":59,"cart":59,"until_s":-1,"lines":[[100,1]]},{"id":60,"key":"j9","user":60,"cart":60,"total":5,"lines":[[100,1]]},
  {"id":61,"key":"j10","user":61,"cart":61,"lines":[[100,1]]}]', judge => false), '8,9,0');

-- Arrays that do not belong together, two orders each.
create function pg_temp.shape(s_ord int[], l_ord int[], l_so int[]) returns text language sql as $$
  select t.fails(format('select * from checkout.place_v5(array[t.digest(''sh1''), t.digest(''sh2'')], array[t.digest(''h''), t.digest(''h'')], ''{86400,86400}'', ''{201,201}'',
    ''{h,h}'', ''{b,b}'', ''{901,902}'', ''{62,63}'', ''{62,63}'', ''{1,1}'', ''{INR,INR}'', ''{1000,1000}'', ''{0,0}'', ''{0,0}'', ''{0,0}'', ''{1000,1000}'',
    ''{razorpay,razorpay}'', array_fill(((extract(epoch from now()) + 900) * 1000)::bigint, ''{2}''), ''{"{}","{}"}'', ''{"{}","{}"}'', array[null, null]::text[], array[null, null]::bigint[], array[null, null]::text[],
    %1$L, array(select generate_series(9001, 9000 + %4$s)::bigint), array_fill(1::bigint, array[%4$s]), array_fill(1000::bigint, array[%4$s]), array_fill(0::bigint, array[%4$s]),
    array_fill(0::bigint, array[%4$s]), array_fill(0::bigint, array[%4$s]), array_fill(1000::bigint, array[%4$s]),
    %2$L, %3$L, array_fill(1::smallint, array[%5$s]), array_fill(1::bigint, array[%5$s]), array_fill(1::bigint, array[%5$s]), array_fill(100::bigint, array[%5$s]),
    array_fill(1::bigint, array[%5$s]), array_fill(1, array[%5$s]), array_fill(1000::bigint, array[%5$s]), array_fill(0::bigint, array[%5$s]),
    array_fill(1000::bigint, array[%5$s]), array_fill(0, array[%5$s]), array_fill(0::bigint, array[%5$s]), array_fill(0::bigint, array[%5$s]),
    array_fill(0::bigint, array[%5$s]), array_fill(1000::bigint, array[%5$s]), array_fill(''s''::text, array[%5$s]), array_fill(''t''::text, array[%5$s]),
    array_fill(''{}''::text, array[%5$s]), array_fill(''h''::text, array[%5$s]), array_fill(null::bigint, array[%5$s]), array_fill(null::int, array[%5$s]), array_fill(''{}''::text, array[%5$s]), false)', s_ord, l_ord, l_so, cardinality(s_ord), cardinality(l_ord)))
$$;
select t.eq('shape: ' || what, pg_temp.shape(s, l, so), '22023') from (values
  ('an order without seller orders', '{1,1}'::int[], '{1,1}'::int[], '{1,2}'::int[]), ('seller orders out of order', '{2,1}', '{2,1}', '{1,2}'),
  ('a seller order without lines', '{1,2,2}', '{1,2,2}', '{1,2,2}'), ('a line of another order', '{1,2}', '{1,1}', '{1,2}'),
  ('lines out of order', '{1,2}', '{2,1}', '{2,1}'), ('a line of no seller order', '{1,2}', '{1,2}', '{1,3}'), ('more lines than belong', '{1,2}', '{1,2,2}', '{1,2,9}'),
  ('a missing number', '{1,null}', '{1,2}', '{1,2}'), ('a missing line number', '{1,2}', '{1,2}', '{1,null}')) x(what, s, l, so);
select t.eq('shape: what fits', pg_temp.shape('{1,2}', '{1,2}', '{1,2}'), 'none');

-- Stock has its own floor, whoever writes.
select t.eq('reserved above on_hand', t.fails('update inventory.stock set reserved = on_hand + 1 where variant_id = 100'), '23514');
select t.eq('negative on_hand', t.fails('update inventory.stock set on_hand = -1 where variant_id = 101'), '23514');
select t.sound('place');
