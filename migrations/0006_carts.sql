-- SPDX-License-Identifier: Apache-2.0
-- Why:  carts and their lines.
-- Lock: only new objects.
-- Time: milliseconds.
--
-- The cart row is the lock of its lines: every writer first does UPDATE … SET version = version + 1 WHERE id = … AND version = …
-- (or locks the row), then touches lines. A cart row lives on after an order: it is emptied and its version rises.

create schema carts;

create table carts.carts (
  id                  bigint      primary key,
  user_id             bigint,
  token_hash          bytea       unique check (octet_length(token_hash) = 32),
  company_id          bigint,
  currency            text        not null default 'INR' check (length(currency) = 3),
  coupon_codes        text[]      not null default '{}' check (cardinality(coupon_codes) <= 20),
  shipping_selections jsonb       not null default '{}',
  shipping_address_id bigint,
  version             bigint      not null default 1 check (version >= 1),
  created_at          timestamptz not null default now(),
  updated_at          timestamptz not null default now(),
  check (user_id is not null or token_hash is not null)
) with (fillfactor = 85);
create unique index carts_one_per_user on carts.carts (user_id) where user_id is not null;

create table carts.cart_lines (
  cart_id               bigint      not null references carts.carts (id) on delete cascade,
  line_id               bigint      not null,
  variant_id            bigint      not null,
  quantity              int         not null check (quantity between 1 and 1000000),
  note                  text        check (length(note) <= 500),
  unit_price_seen_minor bigint      not null check (unit_price_seen_minor >= 0),
  added_at              timestamptz not null default now(),
  primary key (cart_id, line_id),
  unique (cart_id, variant_id)
) with (fillfactor = 85);
