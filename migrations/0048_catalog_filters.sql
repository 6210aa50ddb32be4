-- SPDX-License-Identifier: Apache-2.0
-- Why:  filters by attributes, options, brands and prices walked the whole catalogue where hardly anything is as asked for; the words
--       that misspelt ones are corrected by were those of drafts too, and stayed for ever.
-- Lock: SHARE on catalog.products and catalog.variants while their indexes are built; ACCESS EXCLUSIVE for an instant on the words.
-- Time: about five seconds for each 100,000 products.

-- Without pending lists: filters never wait for one to be worked off.
create index products_attributes on catalog.products using gin (attributes jsonb_path_ops) with (fastupdate = off) where visible;
create index products_brand on catalog.products (brand) where visible;
create index variants_options on catalog.variants using gin (options jsonb_path_ops) with (fastupdate = off) where status = 'active';
create index variants_price on catalog.variants (price_minor) where status = 'active';

-- A word is seen when a visible product gets it; upkeep removes those that were not seen for two hours and that no visible product
-- has. Whoever writes products marks old words once an hour at most, and waits for nobody who does the same.
alter table catalog.search_words add column seen_at timestamptz not null default now();

create function catalog.note_search_words_v1(p_products bigint[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare found_words text[];
begin
  -- Words that every text has (the, and) are looked for in none.
  select array_agg(distinct w order by w) into found_words
    from catalog.products p, regexp_split_to_table(lower(p.title || ' ' || coalesce(p.brand, '')), '[^[:alnum:]]+') w
   where p.id = any (p_products) and p.visible and length(w) between 3 and 40
     and length(to_tsvector('pg_catalog.english', w)) > 0;
  if found_words is null then return; end if;
  -- In one order, so that two writers never wait for each other's words.
  insert into catalog.search_words (word) select w from unnest(found_words) w order by w on conflict do nothing;
  update catalog.search_words set seen_at = now()
   where word in (select s.word from catalog.search_words s
                   where s.word = any (found_words) and s.seen_at < now() - interval '1 hour'
                   order by s.word for no key update skip locked);
end $$;

-- As in 0032, without the words.
create or replace function catalog.index_products_v1(p_products bigint[]) returns void
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
end $$;

create or replace function catalog.products_inserted_search() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform catalog.index_products_v1(array(select id from new_rows));
  perform catalog.note_search_words_v1(array(select id from new_rows where visible));
  return null;
end $$;

create or replace function catalog.products_updated_search() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  changed bigint[];
  shown bigint[];
begin
  select array_agg(n.id) into changed from new_rows n join old_rows o on o.id = n.id
   where (n.title, n.brand, n.attributes, n.description) is distinct from (o.title, o.brand, o.attributes, o.description);
  if changed is not null then perform catalog.index_products_v1(changed); end if;
  select array_agg(n.id) into shown from new_rows n join old_rows o on o.id = n.id
   where n.visible and (not o.visible or (n.title, n.brand) is distinct from (o.title, o.brand));
  if shown is not null then perform catalog.note_search_words_v1(shown); end if;
  return null;
end $$;

delete from catalog.search_words;
select catalog.note_search_words_v1(array(select id from catalog.products where visible));
