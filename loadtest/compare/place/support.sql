-- SPDX-License-Identifier: Apache-2.0
-- The comparison's shop, and the recorder of batches. Variants: 1…10000, plentiful. Carts 1…:carts hold three lines, the next :carts one.
-- The answers that are stored with the keys are the server's own for an order of three sellers and of one (answer-3.json, answer-1.json).
create schema b;
create sequence b.ids cache 128;
create sequence b.next;
insert into sellers.sellers (id, slug, business_name, status) select g, 's' || g, 'Seller ' || g, 'active' from generate_series(1, 50) g;
insert into catalog.categories (id, slug, name, path, ancestor_ids) values (1, 'all', 'All', '{all}', '{1}');
insert into catalog.products (id, seller_id, category_id, slug, title, moderation, hsn_code, gst_rate_bps)
select g, 1 + g % 50, 1, 'p' || g, 'Product ' || g, 'approved', '8504', 1800 from generate_series(1, 10000) g;
insert into catalog.variants (id, product_id, seller_id, sku, price_minor) select g, g, 1 + g % 50, 'SKU-' || g, 99900 from generate_series(1, 10000) g;
update inventory.stock set on_hand = 1000000000;
insert into carts.carts (id, user_id) select g, g from generate_series(1, 2 * :carts) g;
insert into carts.cart_lines (cart_id, line_id, variant_id, quantity, unit_price_seen_minor)
select g, i, 1 + (g * 7 + i * 31) % 10000, 1, 99900 from generate_series(1, 2 * :carts) g, generate_series(1, 3) i where g <= :carts or i = 1;

create table b.answers (lines int primary key, body text not null);
insert into b.answers values (3, :'answer3'), (1, :'answer1');
-- The stored answer of an order: its own number in it, as long and as hard to compress as the server's.
create function b.body(lines int, n bigint) returns bytea language sql stable as $$
  select convert_to(replace(a.body, '03zw', lpad(to_hex((n * 40503) % 65536), 4, '0')), 'UTF8') from b.answers a where a.lines = $1
$$;
create function b.headers() returns bytea language sql immutable as $$
  select '\x000c0010636f6e74656e742d747970656170706c69636174696f6e2f6a736f6e000400046574616722763122'::bytea
$$;
create function b.address() returns text language sql immutable as $$
  select '{"city":"Bengaluru","name":"Asha Rao","line1":"1 MG Road","phone":"+919812345678","country":"IN","state_code":"KA","postal_code":"560001"}'
$$;

-- The arguments of recorded calls; kept as they are, so that reading them back costs no decompression.
create table b.batches (n bigint primary key, dg bytea[], ret int[], st smallint[], hd bytea[], bd bytea[], id bigint[], cart bigint[], ver bigint[],
  cur text[], tot bigint[], z bigint[], pm text[], ru bigint[], adr text[], nt text[], ord int[], so int[], no smallint[], lid bigint[], v bigint[], f bigint[],
  q int[], un bigint[], lz bigint[], ta bigint[], ra int[], cg bigint[], sg bigint[], sk text[], ti text[], op text[], hs text[], se bigint[]);
alter table b.batches alter bd set storage external, alter hd set storage external, alter adr set storage external;

-- Records a batch of k orders of `lines` lines with as many sellers, of carts that nobody else uses; hot: all want variant 1.
create function b.record(batch bigint, k int, lines int, hot boolean, first_cart bigint) returns void
language sql as $$
  with o as materialized (select g ord, nextval('b.ids') id, first_cart + g - 1 cart from generate_series(1, k) g),
  l as (select ord, id, i no, case when hot then 1 else 1 + (i - 1) * 3333 + (random() * 3332)::int end::bigint v, (ord - 1) * lines + i so
          from o, generate_series(1, lines) i)
  insert into b.batches
  select batch, oa.*, la.* from
    (select array_agg(sha256(int8send(id)) order by ord), array_agg(86400), array_agg(201::smallint), array_agg(b.headers()), array_agg(b.body(lines, id) order by ord),
            array_agg(id order by ord), array_agg(cart order by ord), array_agg((select version from carts.carts c where c.id = o.cart) order by ord),
            array_agg('INR'::text), array_agg(99900::bigint * lines), array_agg(0::bigint), array_agg('razorpay'::text),
            array_agg(((extract(epoch from now()) + 43200) * 1000)::bigint), array_agg(b.address()), array_agg('bench-1-order-' || id order by ord) from o) oa,
    (select array_agg(ord order by so), array_agg(so::int order by so), array_agg(no::smallint order by so), array_agg(id * 8 + no order by so), array_agg(v order by so),
            array_agg(1::bigint), array_agg(1), array_agg(99900::bigint), array_agg(0::bigint), array_agg(84661::bigint), array_agg(1800),
            array_agg(7619::bigint), array_agg(7620::bigint), array_agg('SKU-1234'::text), array_agg('A product with a usual title'::text),
            array_agg('{"size":"M"}'::text), array_agg('8504'::text), array_agg(1 + v % 50 order by so) from l) la
$$;

-- Sends a recorded batch, unjudged as the server does; returns how many orders were placed. PLACE is the function that the server calls.
create function b.place(batch bigint) returns bigint language plpgsql set plan_cache_mode = force_generic_plan as $$
declare placed bigint; wanted bigint;
begin
  select count(*) filter (where p.kind = 0 and p.code = 0), count(*) filter (where p.kind = 0) into placed, wanted from b.batches t,
    lateral checkout.PLACE(dg, dg, ret, st, hd, bd, id, cart, cart, ver, cur, tot, z, z, z, tot, pm, ru, adr, adr, nt,
      array_fill(null::bigint, array[cardinality(id)]), array_fill(null::text, array[cardinality(id)]), ord, lid, se, un, lz, lz, lz, un, ord, so, no, lid, v, v, f, q, un, lz, ta, ra, cg, sg, lz, un, sk, ti, op, hs,
      array_fill(null::bigint, array[cardinality(lid)]), array_fill(null::int, array[cardinality(lid)]),
      array_fill('{}'::text, array[cardinality(lid)]), false) p where t.n = batch;
  if placed <> wanted or placed = 0 then raise exception 'batch %: % of % placed', batch, placed, wanted; end if;
  return placed;
end $$;
-- Reads a recorded batch and sends nothing: what the recording itself costs.
create function b.read(batch bigint) returns bigint language sql as $$
  select sum(octet_length(x)) + cardinality(lid) + cardinality(adr) + cardinality(sk) from b.batches t, unnest(bd) x where t.n = batch group by t.n
$$;
