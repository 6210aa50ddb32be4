-- SPDX-License-Identifier: Apache-2.0
-- The comparison's shop and its batch builder. Variants: 1…10000, plentiful. Carts: 1…:carts, three lines each.
create schema b;
create sequence b.ids cache 128;
insert into sellers.sellers (id, slug, business_name, status) select g, 's' || g, 'Seller ' || g, 'active' from generate_series(1, 50) g;
insert into catalog.categories (id, slug, name, path, ancestor_ids) values (1, 'all', 'All', '{all}', '{1}');
insert into catalog.products (id, seller_id, category_id, slug, title, moderation, hsn_code, gst_rate_bps)
select g, 1 + g % 50, 1, 'p' || g, 'Product ' || g, 'approved', '8504', 1800 from generate_series(1, 10000) g;
insert into catalog.variants (id, product_id, seller_id, sku, price_minor) select g, g, 1 + g % 50, 'SKU-' || g, 99900 from generate_series(1, 10000) g;
update inventory.stock set on_hand = 1000000000;
insert into carts.carts (id, user_id) select g, g from generate_series(1, :carts) g;
insert into carts.cart_lines (cart_id, line_id, variant_id, quantity, unit_price_seen_minor)
select g, i, 1 + (g * 7 + i * 31) % 10000, 1, 99900 from generate_series(1, :carts) g, generate_series(1, 3) i;

-- One batch of k orders with 3 lines of 3 sellers; hot: every order contains variant 1. run = false builds the arrays only.
create function b.place(k int, carts int, hot boolean, run boolean) returns bigint
language plpgsql set plan_cache_mode = force_generic_plan as $$
declare placed bigint;
begin
  with i as materialized (select g ord, nextval('b.ids') id from generate_series(1, k) g),
  o as materialized (select ord, id, 1 + id % carts cart, (select version from carts.carts c where c.id = 1 + i.id % carts) ver, sha256(int8send(id)) dg from i),
  l as (select ord, id, i no, case when hot and i = 1 then 1 else 1 + (i - 1) * 3333 + (random() * 3332)::int end::bigint v, (ord - 1) * 3 + i so
          from o, generate_series(1, 3) i),
  oa as (select array_agg(dg) dg, array_agg(86400) ret, array_agg(201::smallint) st, array_agg(convert_to(repeat('h', 80), 'UTF8')) hd,
                array_agg(convert_to(repeat('b', 300), 'UTF8')) bd, array_agg(id) id, array_agg(cart) cart, array_agg(ver) ver, array_agg('INR'::text) cur,
                array_agg(299700::bigint) tot, array_agg(0::bigint) z, array_agg('razorpay'::text) pm,
                array_agg(((extract(epoch from now()) + 900) * 1000)::bigint) ru,
                array_agg('{"name":"Asha Rao","line1":"14 MG Road","city":"Bengaluru","state_code":"29","postal_code":"560001","country":"IN"}'::text) adr,
                array_agg(null::text) nt from (select * from o order by ord) o),
  la as (select array_agg(ord) ord, array_agg(so) so, array_agg(no::smallint) no, array_agg(id * 8 + no) id, array_agg(v) v, array_agg(1::bigint) f,
                array_agg(1) q, array_agg(99900::bigint) un, array_agg(0::bigint) z, array_agg(84661::bigint) ta, array_agg(1800) ra,
                array_agg(7619::bigint) cg, array_agg(7620::bigint) sg, array_agg('SKU-1234'::text) sk, array_agg('A product with a usual title'::text) ti,
                array_agg('{"size":"M"}'::text) op, array_agg('8504'::text) hs, array_agg(1 + v % 50) se from (select * from l order by so) l)
  select case when run then (select count(*) from checkout.place_v1(oa.dg, oa.dg, ret, st, hd, bd, oa.id, cart, cart, ver, cur, tot, oa.z, oa.z, oa.z, tot, pm, ru, adr, adr, nt,
      la.ord, la.id, se, un, la.z, la.z, la.z, un, la.ord, la.so, no, la.id, v, v, f, q, un, la.z, ta, ra, cg, sg, la.z, un, sk, ti, op, hs) p
      where p.kind = 0 and p.code = 0) else cardinality(oa.id) + cardinality(la.v) - cardinality(la.v) end
    into placed from oa, la;
  if placed <> k then raise exception '% of % placed', placed, k; end if;
  return placed;
end $$;
