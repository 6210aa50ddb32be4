-- SPDX-License-Identifier: Apache-2.0
-- Why:  the tree of categories as admins change it; what customers put by, and what they are told of it.
-- Lock: new objects; ACCESS EXCLUSIVE on catalog.variants for an instant (a trigger).
-- Time: milliseconds.
--
-- All changes of the tree take one advisory lock: they are rare, and none of them can then make a cycle with another one, or give one
-- slug twice. A category's path and ancestors, and those of all below it, are written with the change that moves them.
-- Result of each: one row (code, version): 0 done; 1 no such category; 2 the slug is another's; 3 more than 8 levels; 4 more than 2,000
--   categories; 5 another version, which follows; 6 no such parent; 7 below itself; 8 it has products or categories.

create function catalog.lock_tree() returns void language sql set search_path = pg_catalog, pg_temp as $$
  select pg_advisory_xact_lock(('x' || encode(substr(sha256('catalog.tree'::bytea), 1, 8), 'hex'))::bit(64)::bigint)
$$;

create function catalog.create_category_v1(
  p_id bigint, p_parent bigint, p_slug text, p_name text, p_image text, p_position int, p_tax_class text)
returns table (code smallint, version bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare above catalog.categories;
begin
  perform catalog.lock_tree();
  if p_parent is not null then
    select * into above from catalog.categories c where c.id = p_parent;
    if not found then return query select 6::smallint, null::bigint; return; end if;
    if cardinality(above.path) >= 8 then return query select 3::smallint, null::bigint; return; end if;
  end if;
  if (select count(*) from catalog.categories) >= 2000 then return query select 4::smallint, null::bigint; return; end if;
  insert into catalog.categories (id, parent_id, slug, name, image_url, position, tax_class, path, ancestor_ids)
  values (p_id, p_parent, p_slug, p_name, p_image, p_position, p_tax_class, above.path || p_slug, above.ancestor_ids || p_id)
  on conflict (slug) do nothing;
  if not found then return query select 2::smallint, null::bigint; return; end if;
  return query select 0::smallint, 1::bigint;
end $$;

-- Gives a category another parent, slug or both; every value is what it shall be. p_expected null: whatever version.
create function catalog.save_category_v1(
  p_id bigint, p_expected bigint, p_parent bigint, p_slug text, p_name text, p_image text, p_position int, p_tax_class text)
returns table (code smallint, version bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare was catalog.categories; above catalog.categories; depth int; deepest int;
begin
  perform catalog.lock_tree();
  select * into was from catalog.categories c where c.id = p_id;
  if not found then return query select 1::smallint, null::bigint; return; end if;
  if p_expected <> was.version then return query select 5::smallint, was.version; return; end if;
  depth := cardinality(was.path);
  if p_parent is not null then
    select * into above from catalog.categories c where c.id = p_parent;
    if not found then return query select 6::smallint, was.version; return; end if;
    if p_id = any (above.ancestor_ids) then return query select 7::smallint, was.version; return; end if;
  end if;
  if exists (select 1 from catalog.categories c where c.slug = p_slug and c.id <> p_id) then
    return query select 2::smallint, was.version;
    return;
  end if;
  select max(cardinality(c.path)) into deepest from catalog.categories c where p_id = any (c.ancestor_ids);
  if deepest - depth + coalesce(cardinality(above.path), 0) + 1 > 8 then return query select 3::smallint, was.version; return; end if;

  if p_parent is distinct from was.parent_id or p_slug <> was.slug then
    update catalog.categories c
       set path = above.path || p_slug || c.path[depth + 1:], ancestor_ids = above.ancestor_ids || c.ancestor_ids[depth:],
           slug = case when c.id = p_id then p_slug else c.slug end,
           version = c.version + (c.id <> p_id)::int, updated_at = now()
     where p_id = any (c.ancestor_ids);
  end if;
  update catalog.categories c
     set parent_id = p_parent, name = p_name, image_url = p_image, position = p_position, tax_class = p_tax_class,
         version = c.version + 1, updated_at = now()
   where c.id = p_id;
  return query select 0::smallint, was.version + 1;
end $$;

create function catalog.delete_category_v1(p_id bigint, p_expected bigint) returns table (code smallint, version bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare was catalog.categories;
begin
  perform catalog.lock_tree();
  -- A product that is being put into it waits for this row, or this waits for the product.
  select * into was from catalog.categories c where c.id = p_id order by c.id for update;
  if not found then return query select 1::smallint, null::bigint; return; end if;
  if p_expected <> was.version then return query select 5::smallint, was.version; return; end if;
  if exists (select 1 from catalog.categories c where c.parent_id = p_id)
     or exists (select 1 from catalog.products p where p.category_id = p_id) then
    return query select 8::smallint, was.version;
    return;
  end if;
  delete from catalog.categories c where c.id = p_id;
  return query select 0::smallint, was.version;
end $$;

-- What customers put by.
create schema wishlist;

-- One row per customer with a list: how long it is, and the lock of its items. event_seq: seq of its newest event.
create table wishlist.owners (
  user_id   bigint primary key,
  items     int    not null check (items between 0 and 500),
  event_seq int    not null default 0
);

create table wishlist.items (
  user_id          bigint      not null references wishlist.owners (user_id),
  variant_id       bigint      not null,
  notify           text        check (notify in ('price', 'stock')),
  price_seen_minor bigint      not null check (price_seen_minor >= 0),   -- when it was added, or of the newest news
  stock_seq        int         not null,                                -- the newest stock event that was news
  added_at         timestamptz not null default now(),
  primary key (user_id, variant_id)
);
create index items_of_owner on wishlist.items (user_id, added_at desc, variant_id desc);
create index items_wanting on wishlist.items (variant_id) where notify is not null;

-- add_v1: 0 added, 1 was there (what it is to be told is as asked), 2 the list is full, 3 no such variant. The price that was seen is the
-- one that stands: who lowers it meanwhile waits for this, and then finds the item. Locks: the owner, then the variant (shared).
create function wishlist.add_v1(p_user bigint, p_variant bigint, p_notify text) returns smallint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare price bigint;
begin
  insert into wishlist.owners as o (user_id, items) values (p_user, 0) on conflict (user_id) do nothing;
  perform 1 from wishlist.owners o where o.user_id = p_user order by o.user_id for update;
  update wishlist.items i set notify = p_notify where i.user_id = p_user and i.variant_id = p_variant;
  if found then return 1; end if;
  select v.price_minor into price from catalog.variants v where v.id = p_variant order by v.id for share;
  if not found then return 3; end if;
  update wishlist.owners o set items = o.items + 1 where o.user_id = p_user and o.items < 500;
  if not found then return 2; end if;
  insert into wishlist.items (user_id, variant_id, notify, price_seen_minor, stock_seq)
  values (p_user, p_variant, p_notify, price,
          coalesce((select s.event_seq from inventory.stock s where s.variant_id = p_variant), 0));
  return 0;
end $$;

-- forget_v1: nothing of a user who is removed stays. Locks: the owner.
create function wishlist.forget_v1(p_user bigint) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform 1 from wishlist.owners o where o.user_id = p_user order by o.user_id for update;
  delete from wishlist.items i where i.user_id = p_user;
  delete from wishlist.owners o where o.user_id = p_user;
end $$;

create function wishlist.remove_v1(p_user bigint, p_variant bigint) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform 1 from wishlist.owners o where o.user_id = p_user order by o.user_id for update;
  delete from wishlist.items i where i.user_id = p_user and i.variant_id = p_variant;
  if not found then return false; end if;
  update wishlist.owners o set items = o.items - 1 where o.user_id = p_user;
  return true;
end $$;

-- tell_price_v1 and tell_stock_v1: one event for each customer who wants to know and has not been told of as much, at most p_limit of
-- them; return how many. Locks: owners by id (whom others have locked is waited for: they change one list), then their items.
create function wishlist.tell_price_v1(p_variant bigint, p_price bigint, p_currency text, p_limit int) returns int
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare told int;
begin
  with who as (
    select o.user_id from wishlist.owners o
     where o.user_id in (select i.user_id from wishlist.items i
                          where i.variant_id = p_variant and i.notify = 'price' and i.price_seen_minor > p_price
                          order by i.user_id limit p_limit)
     order by o.user_id for update of o),
  seen as (
    update wishlist.items i set price_seen_minor = p_price from who
     where i.user_id = who.user_id and i.variant_id = p_variant and i.notify = 'price' and i.price_seen_minor > p_price
    returning i.user_id),
  next as (update wishlist.owners o set event_seq = o.event_seq + 1 from seen where o.user_id = seen.user_id returning o.user_id, o.event_seq)
  insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
  select 'wishlist.price_dropped', 'wishlist', user_id, event_seq,
         jsonb_build_object('user_id', user_id, 'variant_id', p_variant, 'price_minor', p_price, 'currency', p_currency)
    from next order by user_id;
  get diagnostics told = row_count;
  return told;
end $$;

create function wishlist.tell_stock_v1(p_variant bigint, p_seq int, p_limit int) returns int
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare told int;
begin
  with who as (
    select o.user_id from wishlist.owners o
     where o.user_id in (select i.user_id from wishlist.items i
                          where i.variant_id = p_variant and i.notify = 'stock' and i.stock_seq < p_seq
                          order by i.user_id limit p_limit)
     order by o.user_id for update of o),
  seen as (
    update wishlist.items i set stock_seq = p_seq from who
     where i.user_id = who.user_id and i.variant_id = p_variant and i.notify = 'stock' and i.stock_seq < p_seq
    returning i.user_id),
  next as (update wishlist.owners o set event_seq = o.event_seq + 1 from seen where o.user_id = seen.user_id returning o.user_id, o.event_seq)
  insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
  select 'wishlist.back_in_stock', 'wishlist', user_id, event_seq,
         jsonb_build_object('user_id', user_id, 'variant_id', p_variant)
    from next order by user_id;
  get diagnostics told = row_count;
  return told;
end $$;

-- What is owed to them is owed by the transaction that lowers the price or brings the units: as a job, since a popular variant is on
-- many lists.
create function wishlist.price_fell() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select 1 from wishlist.items i where i.variant_id = new.id and i.notify = 'price') then
    insert into platform.jobs (kind, key, payload)
    values ('wishlist.price', new.id || ':' || pg_current_xact_id(),
            jsonb_build_object('variant_id', new.id, 'price_minor', new.price_minor, 'currency', new.currency))
    on conflict (kind, key) do update set payload = excluded.payload;
  end if;
  return null;
end $$;
create trigger price_fell after update of price_minor on catalog.variants for each row
  when (new.price_minor < old.price_minor) execute function wishlist.price_fell();

create or replace function inventory.stock_crossed() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare left_over int := new.on_hand - new.reserved; kind text;
begin
  kind := case when left_over = 0 then 'stock.out' when old.on_hand = old.reserved then 'stock.back' else 'stock.low' end;
  new.event_seq := old.event_seq + 1;
  insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
  values (kind, 'variant', new.variant_id, new.event_seq,
          jsonb_build_object('variant_id', new.variant_id, 'product_id', new.product_id, 'seller_id', new.seller_id,
                             'available', left_over, 'low_at', new.low_at));
  if kind = 'stock.back' and exists (
       select 1 from wishlist.items i where i.variant_id = new.variant_id and i.notify = 'stock') then
    insert into platform.jobs (kind, key, payload)
    values ('wishlist.stock', new.variant_id || ':' || new.event_seq,
            jsonb_build_object('variant_id', new.variant_id, 'seq', new.event_seq));
  end if;
  return new;
end $$;
