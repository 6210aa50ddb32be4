-- SPDX-License-Identifier: Apache-2.0
-- The single-column checks that stand as domains: which column has which, and what each refuses.
\set ON_ERROR_STOP on

select t.eq('columns with a domain',
  (select string_agg(x, ' ' order by x) from (
     select format('%s.%s:%s', table_name, string_agg(column_name, ',' order by column_name), domain_name) x
       from information_schema.columns join information_schema.tables t using (table_schema, table_name)
      where t.table_type = 'BASE TABLE' and domain_schema in ('platform', 'orders', 'inventory', 'payments', 'carts')
      group by table_name, domain_name) y),
  'cart_lines.note:line_note cart_lines.quantity:line_quantity cart_lines.unit_price_seen_minor:minor_units '
  'carts.coupon_codes:coupon_codes carts.currency:currency_code carts.token_hash:digest carts.version:version '
  'events.body:event_body events.body_hash:digest events.event_id:event_id events.state:event_state '
  'order_lines.cgst_minor,discount_minor,igst_minor,sgst_minor,taxable_value_minor,unit_price_minor:minor_units '
  'order_lines.commission_rate_bps,tax_rate_bps:rate_bps order_lines.line_no:line_no order_lines.quantity:quantity '
  'orders.currency:currency_code orders.customer_note:customer_note '
  'orders.discount_minor,paid_minor,shipping_minor,subtotal_minor,tax_minor,total_minor:minor_units '
  'orders.key_digest,request_hash:digest orders.payment_method:payment_method orders.payment_rank:payment_rank '
  'orders.po_number:po_number orders.status:order_status outbox.seq:event_seq payments.attempts:tally '
  'payments.captured_minor,refunded_minor:minor_units payments.currency:currency_code payments.dispute:dispute '
  'payments.provider_order_id:provider_id payments.rank:payment_rank payments.status:payment_status '
  'provider_payments.amount_minor:minor_units provider_payments.currency:currency_code '
  'provider_payments.provider_payment_id:provider_id provider_payments.status:provider_status '
  'provider_payments.verdict:verdict reservations.state:reservation_state '
  'seller_orders.discount_minor,shipping_minor,subtotal_minor,tax_minor,total_minor:minor_units '
  'seller_orders.status:seller_order_status');

select t.eq(d || ' refuses ' || left(v, 12), t.fails(format('select %L::%s', v, d)), '23514')
  from (values ('platform.digest', '\x00'), ('platform.currency_code', 'RUPEE'), ('platform.minor_units', '-1'),
               ('platform.tally', '-1'), ('platform.event_seq', '0'), ('platform.payment_rank', '6'), ('platform.payment_rank', '-1'),
               ('platform.provider_id', ''), ('platform.provider_id', repeat('a', 65)), ('orders.order_status', 'paid'),
               ('orders.seller_order_status', 'paid'), ('orders.payment_method', 'cash'), ('orders.customer_note', repeat('a', 2001)),
               ('orders.po_number', repeat('a', 101)), ('orders.line_no', '0'), ('orders.quantity', '0'), ('orders.quantity', '1000001'),
               ('orders.rate_bps', '10001'), ('carts.version', '0'), ('carts.line_quantity', '0'),
               ('carts.line_quantity', '1000001'), ('carts.line_note', repeat('a', 501)), ('carts.coupon_codes', '{'||repeat('a,', 20)||'a}'), ('inventory.reservation_state', 'gone'), ('payments.payment_status', 'paid'),
               ('payments.provider_status', 'created'), ('payments.verdict', 'fine'), ('payments.dispute', 'lose'),
               ('payments.event_id', ''), ('payments.event_id', repeat('a', 129)), ('payments.event_state', 'seen')) x(d, v);
select t.eq('an event of 256 KiB and one byte', t.fails($$select convert_to(repeat('a', 262145), 'UTF8')::payments.event_body$$), '23514');
