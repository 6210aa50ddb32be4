-- SPDX-License-Identifier: Apache-2.0
-- One order of one line, always of variant 1, as a transaction of single-row statements over the wire, for pgbench -M prepared.
\set v1 1
select nextval('b.ids') as n \gset
\set cart :first + 1 + :n % :carts
begin;
insert into platform.idempotency_keys (digest, request_hash, state, status, headers, body, user_id, created_at, expires_at) values (sha256(int8send(:n)), sha256(int8send(:n)), 1, 201, b.headers(), b.body(1, :n), :cart, now(), now() + interval '1 day');
update carts.carts set version = version + 1, coupon_codes = '{}', shipping_selections = '{}', updated_at = now() where id = :cart returning version - 1 as ver \gset
delete from carts.cart_lines where cart_id = :cart;
select on_hand - reserved, sellable, offer_version from inventory.stock where variant_id in (:v1) order by variant_id for no key update;
insert into orders.orders (id, user_id, cart_id, cart_version, status, currency, subtotal_minor, discount_minor, shipping_minor, tax_minor, total_minor, payment_method, reserved_until, shipping_address, billing_address, customer_note, request_hash, key_digest, key_retention_s) values (:n, :cart, :cart, :ver, 'pending_payment', 'INR', 99900, 0, 0, 0, 99900, 'razorpay', now() + interval '15 minutes', b.address()::jsonb, b.address()::jsonb, 'bench-1-order-' || :n, sha256(int8send(:n)), sha256(int8send(:n)), 86400);
insert into orders.seller_orders (id, order_id, seller_id, status, subtotal_minor, discount_minor, shipping_minor, tax_minor, total_minor) values (:n * 8 + 1, :n, 1 + :v1 % 50, 'pending_payment', 99900, 0, 0, 0, 99900);
insert into orders.order_lines (order_id, line_no, id, seller_order_id, product_id, variant_id, seller_id, sku, title, options, quantity, unit_price_minor, discount_minor, taxable_value_minor, tax_rate_bps, cgst_minor, sgst_minor, igst_minor, total_minor, hsn_code, priced) values (:n, 1, :n * 8 + 1, :n * 8 + 1, :v1, :v1, 1 + :v1 % 50, 'SKU-1234', 'A product with a usual title', '{"size":"M"}', 1, 99900, 0, 84661, 1800, 7619, 7620, 0, 99900, '8504', '{}');
insert into inventory.reservations (seller_order_id, order_id, state, expires_at, variant_ids, quantities) values (:n * 8 + 1, :n, 'held', now() + interval '15 minutes', array[:v1::bigint], '{1}');
insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload) values ('order.created', 'order', :n, 1, jsonb_build_object('order_id', :n::bigint, 'user_id', :cart::bigint, 'total_minor', 99900, 'currency', 'INR'));
update inventory.stock set reserved = reserved + 1, version = version + 1 where variant_id = :v1;
commit;
