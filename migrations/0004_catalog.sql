-- SPDX-License-Identifier: Apache-2.0
-- Why:  what is for sale: categories, products, variants, in the shape lists and details are read in.
-- Lock: only new objects.
-- Time: milliseconds.
--
-- A list page takes two statements: products by one of the partial indexes below (only visible ones are indexed), then
-- inventory.stock by product_id for in_stock. price_* columns are maintained by the triggers of 0005; never write them by hand.

create schema catalog;

create table catalog.categories (
  id            bigint      primary key,
  parent_id     bigint      references catalog.categories (id) check (parent_id <> id),
  slug          text        not null unique check (length(slug) between 1 and 120),
  name          text        not null check (length(name) between 1 and 120),
  image_url     text,
  position      int         not null default 0,
  tax_class     text        not null default 'standard',
  path          text[]      not null check (cardinality(path) between 1 and 8),     -- slugs from the root, own last
  ancestor_ids  bigint[]    not null,                                               -- ids from the root, own last
  version       bigint      not null default 1,
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now(),
  check (path[cardinality(path)] = slug and cardinality(path) = cardinality(ancestor_ids)
         and ancestor_ids[cardinality(ancestor_ids)] = id)
);
create index categories_children on catalog.categories (parent_id, position, id);

create table catalog.products (
  id               bigint      primary key,
  seller_id        bigint      not null references sellers.sellers (id),
  category_id      bigint      not null references catalog.categories (id),
  slug             text        not null unique check (length(slug) between 1 and 200),
  title            text        not null check (length(title) between 1 and 300),
  description      text        not null default '' check (length(description) <= 20000),
  brand            text,
  status           text        not null default 'active' check (status in ('draft', 'active', 'unlisted', 'archived')),
  moderation       text        not null default 'draft'
                   check (moderation in ('draft', 'pending_review', 'approved', 'pending_review_changes', 'rejected')),
  moderation_reason text,
  hsn_code         text        not null check (length(hsn_code) between 2 and 8),
  gst_rate_bps     int         not null check (gst_rate_bps between 0 and 10000),
  attributes       jsonb       not null default '{}',
  options          jsonb       not null default '[]',      -- [{name, values[]}]
  images           jsonb       not null default '[]',      -- [{id, url, thumbnails{}, alt}]
  badges           text[]      not null default '{}',
  return_policy    jsonb       not null default '{"days":7,"returnable":true}',
  seller_selling   boolean     not null default false,     -- seller active and not on holiday; maintained by triggers
  -- approved with pending changes stays live until the new revision is approved
  visible          boolean     generated always as
                   (status = 'active' and moderation in ('approved', 'pending_review_changes') and seller_selling) stored,
  currency         text        not null default 'INR' check (length(currency) = 3),
  price_min_minor  bigint      check (price_min_minor >= 0),        -- lowest active variant price; null without variants
  compare_at_minor bigint      check (compare_at_minor >= 0),       -- of that lowest variant
  price_is_from    boolean     not null default false,              -- active variants differ in price
  rating_count     int         not null default 0 check (rating_count >= 0),
  rating_sum       bigint      not null default 0 check (rating_sum >= 0),
  rating_centi     int         generated always as
                   (case when rating_count > 0 then (rating_sum * 100 / rating_count)::int else 0 end) stored,
  sold_count       bigint      not null default 0 check (sold_count >= 0),   -- 'popular'; raised by a job, not by orders
  version          bigint      not null default 1,
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now()
);
create index products_newest on catalog.products (created_at desc, id desc) where visible;
create index products_price on catalog.products (price_min_minor, id) where visible;
create index products_rating on catalog.products (rating_centi desc, id desc) where visible;
create index products_popular on catalog.products (sold_count desc, id desc) where visible;
create index products_category_newest on catalog.products (category_id, created_at desc, id desc) where visible;
create index products_category_price on catalog.products (category_id, price_min_minor, id) where visible;
create index products_seller_newest on catalog.products (seller_id, created_at desc, id desc);

create table catalog.variants (
  id               bigint      primary key,
  product_id       bigint      not null references catalog.products (id),
  seller_id        bigint      not null references sellers.sellers (id),
  sku              text        not null check (length(sku) between 1 and 100),
  status           text        not null default 'active' check (status in ('active', 'archived')),
  options          jsonb       not null default '{}',
  price_minor      bigint      not null check (price_minor between 0 and 1000000000000),
  compare_at_minor bigint      check (compare_at_minor >= price_minor),
  currency         text        not null default 'INR' check (length(currency) = 3),
  tiers            jsonb       not null default '[]',       -- [{min_quantity, price_minor}], strictly falling
  min_quantity     int         not null default 1 check (min_quantity >= 1),
  max_quantity     int         check (max_quantity >= min_quantity),
  step             int         not null default 1 check (step >= 1),
  weight_g         int         not null default 0 check (weight_g >= 0),
  barcode          text,
  is_default       boolean     not null default false,
  position         int         not null default 0,
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now(),
  unique (seller_id, sku)
);
create index variants_of_product on catalog.variants (product_id, position, id);
create unique index variants_one_default on catalog.variants (product_id) where is_default;
