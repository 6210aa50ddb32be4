-- SPDX-License-Identifier: Apache-2.0
-- :count orders of the last three years but forty days, one line each, that ended unpaid: orders :first … of users that do not exist any more.
-- Their ids are below every id that a server makes. No keys and no outbox rows: those of old orders have been cleared away.
with variants as materialized (select array_agg(variant_id order by variant_id) v, array_agg(seller_id order by variant_id) s from inventory.stock),
o as materialized (select g id, v[1 + g % cardinality(v)] variant, s[1 + g % cardinality(v)] seller, now() - interval '40 days' - (g % 1000) * interval '1 day' made
                     from generate_series(:first::bigint, :first + :count - 1) g, variants),
orders as (
  insert into orders.orders (id, user_id, cart_id, cart_version, status, currency, subtotal_minor, discount_minor, shipping_minor, tax_minor, total_minor,
         payment_method, reserved_until, shipping_address, billing_address, customer_note, request_hash, key_digest, key_retention_s, event_seq, version,
         created_at, updated_at)
  select id, 1 + id % 1000000, id, 1, 'expired', 'INR', 99900, 0, 0, 0, 99900, 'razorpay', made + interval '15 minutes', a, a, 'an old order ' || id,
         sha256(int8send(id)), sha256(int8send(id)), 86400, 2, 2, made, made
    from o, (select '{"city":"Bengaluru","name":"Asha Rao","line1":"1 MG Road","phone":"+919812345678","country":"IN","state_code":"KA","postal_code":"560001"}'::jsonb a) a),
seller_orders as (
  insert into orders.seller_orders (id, order_id, seller_id, status, subtotal_minor, discount_minor, shipping_minor, tax_minor, total_minor, created_at, updated_at)
  select id, id, seller, 'cancelled', 99900, 0, 0, 0, 99900, made, made from o),
lines as (
  insert into orders.order_lines (order_id, line_no, id, seller_order_id, product_id, variant_id, seller_id, sku, title, options, quantity, unit_price_minor,
         discount_minor, taxable_value_minor, tax_rate_bps, cgst_minor, sgst_minor, igst_minor, total_minor, hsn_code, priced)
  select id, 1, id, id, variant, variant, seller, 'LOAD-1234', 'Load Item 1234', '{}', 1, 99900, 0, 84661, 1800, 7619, 7620, 0, 99900, '8504', '{}' from o),
history as (
  insert into orders.history (order_id, seller_order_id, at, from_status, to_status, event, actor)
  select id, part, made, 'pending_payment', became, event, 'system'
    from o cross join lateral (values (null::bigint, 'expired', 'expire'), (id, 'cancelled', 'cancel')) x(part, became, event))
insert into inventory.reservations (seller_order_id, order_id, state, expires_at, variant_ids, quantities, created_at, updated_at)
select id, id, 'expired', made + interval '15 minutes', array[variant], '{1}', made, made from o;
