-- SPDX-License-Identifier: Apache-2.0
-- Why:  stock and its arbiter state: counters, offer version, sellability; reservations; movements; the triggers that keep
--       stock.offer_version and stock.sellable in step with prices, products and sellers.
-- Lock: only new objects (triggers on sellers, products, variants, categories are added while those are empty or small:
--       SHARE ROW EXCLUSIVE for an instant).
-- Time: milliseconds.
--
-- Who writes stock: the checkout functions (units), and the triggers below (offer_version, sellable). Nobody else.
--   version        raised by EVERY update of the row: memory adopts only a higher one.
--   offer_version  raised by each change of price, tiers, quantity rules, currency, tax rate or class, sellable state, seller status.
-- Triggers are per statement with transition tables: a bulk load of 100,000 variants runs each body once, as one set operation;
-- an edit that touches nothing that matters costs one comparison of the changed rows. They lock stock rows last, in variant order.

create schema inventory;

create table inventory.stock (
  variant_id    bigint  primary key references catalog.variants (id),
  product_id    bigint  not null,
  seller_id     bigint  not null,
  on_hand       int     not null default 0 check (on_hand >= 0),
  reserved      int     not null default 0 check (reserved >= 0),
  version       bigint  not null default 1,
  offer_version bigint  not null default 1,
  sellable      boolean not null default false,
  check (reserved <= on_hand)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
create index stock_of_product on inventory.stock (product_id);
create index stock_of_seller on inventory.stock (seller_id, variant_id);

-- One row per seller order. held → committed → consumed, or held|committed → released, or held → expired; each once.
-- Units stay in stock.reserved while held or committed. variant_ids and quantities are aligned, variants ascending.
create table inventory.reservations (
  seller_order_id bigint      primary key,
  order_id        bigint      not null,
  state           text        not null check (state in ('held', 'committed', 'consumed', 'released', 'expired')),
  expires_at      timestamptz not null,
  variant_ids     bigint[]    not null,
  quantities      int[]       not null,
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now(),
  check (cardinality(variant_ids) = cardinality(quantities) and cardinality(variant_ids) >= 1)
) with (fillfactor = 85);
create index reservations_due on inventory.reservations (expires_at) where state = 'held';
create index reservations_of_order on inventory.reservations (order_id);

-- Every change of on_hand, with its cause. on_hand is the value it left.
create table inventory.movements (
  id         bigint      primary key,
  variant_id bigint      not null,
  delta      int         not null check (delta <> 0),
  on_hand    int         not null check (on_hand >= 0),
  cause      text        not null check (cause in ('adjust', 'set', 'pack', 'restock', 'import', 'seed')),
  reason     text,
  actor      text        not null,
  order_id   bigint,
  created_at timestamptz not null default now()
);
create index movements_of_variant on inventory.movements (variant_id, created_at desc, id desc);

-- raise_offers: the rows of stock whose offer changed, in variant order; sellable is computed anew.
create function inventory.raise_offers(p_variants bigint[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  perform 1 from inventory.stock s where s.variant_id = any (p_variants) order by s.variant_id for no key update;
  update inventory.stock s
     set offer_version = s.offer_version + 1, version = s.version + 1, sellable = v.status = 'active' and p.visible,
         product_id = v.product_id
    from (select unnest(p_variants) id) x join catalog.variants v on v.id = x.id join catalog.products p on p.id = v.product_id
   where s.variant_id = x.id;
end $$;

-- The list's price columns, anew for these products.
create function catalog.price_products(p_products bigint[]) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  update catalog.products p
     set price_min_minor = x.lowest, compare_at_minor = x.compare_at, price_is_from = x.lowest <> x.highest,
         currency = coalesce(x.currency, p.currency)
    from (select i.id, min(v.price_minor) lowest, max(v.price_minor) highest,
                 (array_agg(v.compare_at_minor order by v.price_minor, v.id))[1] compare_at,
                 (array_agg(v.currency order by v.price_minor, v.id))[1] currency
            from unnest(p_products) i(id) left join catalog.variants v on v.product_id = i.id and v.status = 'active'
           group by i.id order by i.id) x
   where p.id = x.id
     and (p.price_min_minor, p.compare_at_minor, p.price_is_from, p.currency)
         is distinct from (x.lowest, x.compare_at, coalesce(x.lowest <> x.highest, false), coalesce(x.currency, p.currency))
$$;

create function catalog.variants_inserted() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- a concurrent change of a product's visibility either waits for these rows or is seen by them
  perform 1 from catalog.products p where p.id in (select n.product_id from new_rows n) order by p.id for no key update;
  insert into inventory.stock (variant_id, product_id, seller_id, sellable)
  select n.id, n.product_id, n.seller_id, n.status = 'active' and p.visible
    from new_rows n join catalog.products p on p.id = n.product_id order by n.id;
  perform catalog.price_products(array(select distinct n.product_id from new_rows n));
  return null;
end $$;
create trigger variants_inserted after insert on catalog.variants
  referencing new table as new_rows for each statement execute function catalog.variants_inserted();

create function catalog.variants_updated() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare changed bigint[];
begin
  select array_agg(n.id) into changed from new_rows n join old_rows o on o.id = n.id
   where (n.price_minor, n.currency, n.tiers, n.status, n.min_quantity, n.max_quantity, n.step, n.product_id)
         is distinct from (o.price_minor, o.currency, o.tiers, o.status, o.min_quantity, o.max_quantity, o.step, o.product_id);
  perform catalog.price_products(array(select product_id from new_rows union select product_id from old_rows));
  if changed is not null then perform inventory.raise_offers(changed); end if;
  return null;
end $$;
create trigger variants_updated after update on catalog.variants
  referencing old table as old_rows new table as new_rows for each statement execute function catalog.variants_updated();

create function catalog.product_seller() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- the share lock orders this against a concurrent change of the seller
  select s.status = 'active' and not s.on_holiday into new.seller_selling
    from sellers.sellers s where s.id = new.seller_id for share;
  new.seller_selling := coalesce(new.seller_selling, false);
  return new;
end $$;
create trigger product_seller before insert or update of seller_id on catalog.products
  for each row execute function catalog.product_seller();

create function catalog.products_updated() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare changed bigint[];
begin
  select array_agg(v.id) into changed
    from new_rows n join old_rows o on o.id = n.id join catalog.variants v on v.product_id = n.id
   where (n.visible, n.gst_rate_bps, n.hsn_code) is distinct from (o.visible, o.gst_rate_bps, o.hsn_code);
  if changed is not null then perform inventory.raise_offers(changed); end if;
  return null;
end $$;
create trigger products_updated after update on catalog.products
  referencing old table as old_rows new table as new_rows for each statement execute function catalog.products_updated();

create function catalog.sellers_updated() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update catalog.products p set seller_selling = (n.status = 'active' and not n.on_holiday)
    from new_rows n join old_rows o on o.id = n.id
   where p.seller_id = n.id and (n.status, n.on_holiday) is distinct from (o.status, o.on_holiday);
  return null;
end $$;
create trigger sellers_updated after update on sellers.sellers
  referencing old table as old_rows new table as new_rows for each statement execute function catalog.sellers_updated();

create function catalog.categories_updated() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare changed bigint[];
begin
  select array_agg(v.id) into changed
    from new_rows n join old_rows o on o.id = n.id
    join catalog.products p on p.category_id = n.id join catalog.variants v on v.product_id = p.id
   where n.tax_class is distinct from o.tax_class;
  if changed is not null then perform inventory.raise_offers(changed); end if;
  return null;
end $$;
create trigger categories_updated after update on catalog.categories
  referencing old table as old_rows new table as new_rows for each statement execute function catalog.categories_updated();
