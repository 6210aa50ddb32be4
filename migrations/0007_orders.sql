-- SPDX-License-Identifier: Apache-2.0
-- Why:  orders, their seller orders and lines with frozen prices, and the history of transitions.
-- Lock: only new objects.
-- Time: milliseconds.
--
-- No foreign keys on the hot tables (a quarter of an order's cost): platform.invariants_v1() verifies instead.
-- The order row is the lock of its seller orders, payments and reservations: lock it first, whatever you change.
-- History begins with the first transition after creation; creation itself is created_at.

create schema orders;

create table orders.orders (
  id               bigint      primary key,
  user_id          bigint      not null,
  cart_id          bigint      not null,
  cart_version     bigint      not null,                -- the version it was ordered at
  status           text        not null check (status in
                   ('pending_approval', 'pending_payment', 'confirmed', 'processing', 'completed', 'expired', 'cancelled')),
  currency         text        not null check (length(currency) = 3),
  subtotal_minor   bigint      not null check (subtotal_minor >= 0),
  discount_minor   bigint      not null check (discount_minor >= 0),
  shipping_minor   bigint      not null check (shipping_minor >= 0),
  tax_minor        bigint      not null check (tax_minor >= 0),
  total_minor      bigint      not null check (total_minor >= 0),
  -- what counts towards the order: captured payments that were accepted (not mismatched, duplicate or late ones)
  paid_minor       bigint      not null default 0 check (paid_minor >= 0),
  payment_rank     smallint    not null default 0 check (payment_rank between 0 and 5),
                   -- 0 unpaid, 2 authorized, 3 paid, 4 partially_refunded, 5 refunded: payment_status is derived from it and the method
  payment_method   text        not null check (payment_method in ('razorpay', 'cod', 'credit_terms')),
  reserved_until   timestamptz not null,
  extended         boolean     not null default false,  -- the one extension of reserved_until has been used
  shipping_address jsonb       not null,
  billing_address  jsonb       not null,
  customer_note    text        check (length(customer_note) <= 2000),
  company_id       bigint,
  po_number        text        check (length(po_number) <= 100),
  request_hash     bytea       not null check (octet_length(request_hash) = 32),
  key_digest       bytea       not null check (octet_length(key_digest) = 32),
  key_retention_s  int         not null,
  event_seq        int         not null default 1,      -- seq of this order's newest outbox event
  version          bigint      not null default 1,
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now(),
  confirmed_at     timestamptz,
  unique (cart_id, cart_version)
) with (fillfactor = 80);
create index orders_of_user on orders.orders (user_id, created_at desc, id desc);
create index orders_created on orders.orders using brin (created_at);

create table orders.seller_orders (
  id             bigint      primary key,
  order_id       bigint      not null,
  seller_id      bigint      not null,
  status         text        not null check (status in
                 ('pending_payment', 'placed', 'accepted', 'packed', 'shipped', 'out_for_delivery', 'delivered', 'completed',
                  'rejected', 'cancelled', 'delivery_failed', 'rto', 'rto_received', 'return_in_progress',
                  'partially_returned', 'returned')),
  subtotal_minor bigint      not null check (subtotal_minor >= 0),
  discount_minor bigint      not null check (discount_minor >= 0),
  shipping_minor bigint      not null check (shipping_minor >= 0),
  tax_minor      bigint      not null check (tax_minor >= 0),
  total_minor    bigint      not null check (total_minor >= 0),
  accept_by      timestamptz,
  event_seq      int         not null default 0,        -- its first event is seller_order.placed
  version        bigint      not null default 1,
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now()
) with (fillfactor = 80);
create index seller_orders_of_order on orders.seller_orders (order_id);
create index seller_orders_of_seller on orders.seller_orders (seller_id, created_at desc, id desc);

create table orders.order_lines (
  order_id            bigint   not null,
  line_no             smallint not null check (line_no >= 1),
  id                  bigint   not null,
  seller_order_id     bigint   not null,
  product_id          bigint   not null,
  variant_id          bigint   not null,
  seller_id           bigint   not null,
  sku                 text     not null,
  title               text     not null,
  options             jsonb    not null,
  quantity            int      not null check (quantity between 1 and 1000000),
  unit_price_minor    bigint   not null check (unit_price_minor >= 0),
  discount_minor      bigint   not null check (discount_minor >= 0),
  taxable_value_minor bigint   not null check (taxable_value_minor >= 0),
  tax_rate_bps        int      not null check (tax_rate_bps between 0 and 10000),
  cgst_minor          bigint   not null check (cgst_minor >= 0),
  sgst_minor          bigint   not null check (sgst_minor >= 0),
  igst_minor          bigint   not null check (igst_minor >= 0),
  total_minor         bigint   not null check (total_minor = taxable_value_minor + cgst_minor + sgst_minor + igst_minor),
  hsn_code            text     not null,
  commission_rule_id  bigint,
  commission_rate_bps int      check (commission_rate_bps between 0 and 10000),
  primary key (order_id, line_no)
);

create table orders.history (
  order_id        bigint      not null,
  id              bigint      generated always as identity,
  seller_order_id bigint,
  at              timestamptz not null default now(),
  from_status     text        not null,
  to_status       text        not null,
  event           text        not null,
  actor           text        not null,     -- 'user:<id>', 'system', 'razorpay', 'verify', 'poller' …
  reason          text,
  request_id      text,
  primary key (order_id, id)
);
