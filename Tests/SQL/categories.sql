-- SPDX-License-Identifier: Apache-2.0
-- The tree of categories: paths, bounds, what may not be.
create function t.tree() returns text language sql as $$
  select coalesce(string_agg(id || ' ' || array_to_string(path, '/') || ' ' || array_to_string(ancestor_ids, '/') || ' v' || version, ', ' order by id), '-')
    from catalog.categories
$$;
create function t.new(i bigint, parent bigint, slug text) returns text language sql as $$
  select code::text from catalog.create_category_v1(i, parent, slug, slug, null, 0, 'standard')
$$;
create function t.set(i bigint, expected bigint, parent bigint, slug text) returns text language sql as $$
  select code::text from catalog.save_category_v1(i, expected, parent, slug, slug, null, 0, 'standard')
$$;
select t.eq('made', t.new(1, null, 'a') || t.new(2, 1, 'b') || t.new(3, 2, 'c') || t.new(4, null, 'd'), '0000');
select t.eq('paths', t.tree(), '1 a 1 v1, 2 a/b 1/2 v1, 3 a/b/c 1/2/3 v1, 4 d 4 v1');
select t.eq('refused', t.new(5, 9, 'e') || t.new(5, 1, 'b'), '62');
select t.eq('moved', t.set(2, 1, 4, 'b'), '0');
select t.eq('with all below it', t.tree(), '1 a 1 v1, 2 d/b 4/2 v2, 3 d/b/c 4/2/3 v2, 4 d 4 v1');
select t.eq('no cycle', t.set(4, null, 3, 'd') || t.set(4, null, 4, 'd'), '77');
select t.eq('renamed', t.set(2, 2, 4, 'x') || t.set(2, 2, 4, 'y') || t.set(2, null, 4, 'c') || t.set(2, null, 9, 'x') || t.set(9, null, null, 'x'), '05261');
select t.eq('paths follow', t.tree(), '1 a 1 v1, 2 d/x 4/2 v3, 3 d/x/c 4/2/3 v3, 4 d 4 v1');
select t.eq('to the top', t.set(2, null, null, 'x') || ' ' || t.tree(), '0 1 a 1 v1, 2 x 2 v4, 3 x/c 2/3 v4, 4 d 4 v1');
select t.eq('deep', t.new(10, 3, 'l3') || t.new(11, 10, 'l4') || t.new(12, 11, 'l5') || t.new(13, 12, 'l6') || t.new(14, 13, 'l7') || t.new(15, 14, 'l8') || t.new(16, 15, 'l9'), '0000003');
select t.eq('too deep together', t.set(2, null, 1, 'x') || t.set(14, null, 3, 'l7'), '30');
insert into sellers.sellers (id, slug, business_name) values (1, 's', 'S');
insert into catalog.products (id, seller_id, category_id, slug, title, hsn_code, gst_rate_bps) values (1, 1, 4, 'p', 'P', '8504', 1800);
create function t.del(i bigint, expected bigint) returns text language sql as $$ select code::text from catalog.delete_category_v1(i, expected) $$;
select t.eq('what is not empty stays', t.del(2, null) || t.del(4, null) || t.del(1, 9) || t.del(99, null) || t.del(1, 1), '88510');
insert into catalog.categories (id, slug, name, path, ancestor_ids)
select g, 'n' || g, 'n', array['n' || g], array[g::bigint] from generate_series(1000, 2999 - (select count(*) from catalog.categories)) g;
select t.eq('two thousand', t.new(3000, null, 'one-more') || (select count(*) from catalog.categories), '42000');
