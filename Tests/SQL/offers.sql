-- SPDX-License-Identifier: Apache-2.0
-- Rule 5's arbiter: what raises offer_version, what makes a variant sellable, and the list columns.
select t.shop(2, 4, 3, 10);
create function t.offer(v bigint) returns text language sql as $$ select offer_version || ' ' || sellable || ' ' || version from inventory.stock where variant_id = v $$;
select t.eq('loaded', t.offer(100), '1 true 2');
update catalog.variants set weight_g = 5, barcode = 'x', position = 3;
select t.eq('what does not matter', t.offer(100), '1 true 2');
update catalog.variants set price_minor = 900 where id = 100;
select t.eq('price', t.offer(100) || ', ' || t.offer(101), '2 true 3, 1 true 2');
select t.eq('list columns', (select price_min_minor || ' ' || price_is_from from catalog.products where id = 1), '900 true');
update catalog.variants set tiers = '[{"min_quantity":5,"price_minor":800}]' where id = 100;
update catalog.products set gst_rate_bps = 500 where id = 1;
select t.eq('tiers, tax', t.offer(100) || ', ' || t.offer(101), '4 true 5, 2 true 3');
update catalog.categories set tax_class = 'reduced' where id = 1;
select t.eq('tax class', t.offer(100), '5 true 6');
update catalog.variants set status = 'archived' where id = 100;
select t.eq('archived', t.offer(100) || ' ' || (select price_min_minor from catalog.products where id = 1), '6 false 7 1000');
update catalog.products set moderation = 'rejected' where id = 2;
select t.eq('rejected', t.offer(200), '3 false 4');
update catalog.products set moderation = 'approved', title = 'renamed' where id = 2;
select t.eq('approved again', t.offer(200), '4 true 5');
update sellers.sellers set business_name = 'renamed' where id = 2;
select t.eq('a seller''s name is no offer', t.offer(101), '3 true 4');
update sellers.sellers set status = 'suspended' where id = 2;
select t.eq('suspended', t.offer(101) || ' ' || (select visible from catalog.products where id = 1), '4 false 5 false');
update sellers.sellers set status = 'active', holiday_from = now() - interval '1 hour', holiday_to = now() + interval '1 hour' where id = 2;
select t.eq('on holiday', t.offer(101), '4 false 5');
update sellers.sellers set on_holiday = false where id = 2;                         -- as if the clock had moved: applied again by the job
select t.eq('holiday applied', (select string_agg(id::text, ',') from sellers.apply_holidays_v1() id) || ' ' || t.offer(101), '2 6 false 7');
update sellers.sellers set holiday_from = null, holiday_to = null where id = 2;
select t.eq('back', t.offer(101), '7 true 8');
insert into catalog.products (id, seller_id, category_id, slug, title, hsn_code, gst_rate_bps) values (50, 1, 1, 'draft', 'Draft', '8504', 1800);
insert into catalog.variants (id, product_id, seller_id, sku, price_minor) values (5000, 50, 1, 'D', 10);
select t.eq('a draft is not sellable', t.offer(5000), '1 false 1');
select t.sound('offers');
