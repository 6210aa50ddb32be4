-- SPDX-License-Identifier: Apache-2.0
-- Why:  what the catalogue's lists, searches and filters read: an index for each order of a list in a category and of a seller,
--       and what is searched of each product, apart from the product, whose prices and counters change often and whose words
--       hardly ever do.
-- Lock: SHARE on catalog.products while its indexes are built; SHARE ROW EXCLUSIVE for an instant for the triggers.
-- Time: about ten seconds for each 100,000 products.
--
-- pg_trgm is trusted: the owner of the database may create it. Where it is there already it stays as it is; it has to be in schema
-- public, where the statements look for it.

create extension if not exists pg_trgm with schema public;
do $$
begin
  if (select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm') <> 'public' then
    raise exception 'the extension pg_trgm is in another schema than public'
      using hint = 'alter extension pg_trgm set schema public';
  end if;
end $$;

create index products_category_rating on catalog.products (category_id, rating_centi desc, id desc) where visible;
create index products_category_popular on catalog.products (category_id, sold_count desc, id desc) where visible;
create index products_seller_price on catalog.products (seller_id, price_min_minor, id) where visible;
create index products_seller_rating on catalog.products (seller_id, rating_centi desc, id desc) where visible;
create index products_seller_popular on catalog.products (seller_id, sold_count desc, id desc) where visible;

-- What is searched of a product. Maintained by the triggers below; never write it by hand.
create table catalog.search_documents (
  product_id bigint   primary key references catalog.products (id) on delete cascade,
  heading    tsvector not null,      -- the title alone
  document   tsvector not null       -- title A, brand B, attributes C, description D
);
-- Without a pending list: searches never wait for one to be worked off.
create index search_documents_heading on catalog.search_documents using gin (heading) with (fastupdate = off);
create index search_documents_document on catalog.search_documents using gin (document) with (fastupdate = off);

-- Words of titles and brands, to correct what is misspelt. A word stays when its last product goes; who suggests it looks
-- whether a visible product has it.
create table catalog.search_words (
  word text primary key check (length(word) between 3 and 40)
);
create index search_words_similar on catalog.search_words using gin (word gin_trgm_ops);

-- The first 4,000 characters of a description say what it is; the rest would fill the index.
create function catalog.index_products_v1(p_products bigint[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  insert into catalog.search_documents (product_id, heading, document)
  select p.id, to_tsvector('pg_catalog.english', p.title),
         setweight(to_tsvector('pg_catalog.english', p.title), 'A')
         || setweight(to_tsvector('pg_catalog.english', coalesce(p.brand, '')), 'B')
         || setweight(jsonb_to_tsvector('pg_catalog.english', p.attributes, '["string", "numeric"]'), 'C')
         || setweight(to_tsvector('pg_catalog.english', left(p.description, 4000)), 'D')
    from catalog.products p where p.id = any (p_products) order by p.id
  on conflict (product_id) do update set heading = excluded.heading, document = excluded.document;
  -- In one order, so that two writers never wait for each other's words.
  insert into catalog.search_words (word)
  select distinct w
    from catalog.products p, regexp_split_to_table(lower(p.title || ' ' || coalesce(p.brand, '')), '[^[:alnum:]]+') w
   where p.id = any (p_products) and length(w) between 3 and 40 order by w
  on conflict do nothing;
end $$;

create function catalog.products_inserted_search() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform catalog.index_products_v1(array(select id from new_rows));
  return null;
end $$;
create trigger products_inserted_search after insert on catalog.products
  referencing new table as new_rows for each statement execute function catalog.products_inserted_search();

create function catalog.products_updated_search() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare changed bigint[];
begin
  select array_agg(n.id) into changed from new_rows n join old_rows o on o.id = n.id
   where (n.title, n.brand, n.attributes, n.description) is distinct from (o.title, o.brand, o.attributes, o.description);
  if changed is not null then perform catalog.index_products_v1(changed); end if;
  return null;
end $$;
create trigger products_updated_search after update on catalog.products
  referencing old table as old_rows new table as new_rows for each statement execute function catalog.products_updated_search();

select catalog.index_products_v1(array(select id from catalog.products));
