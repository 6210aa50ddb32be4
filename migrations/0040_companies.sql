-- SPDX-License-Identifier: Apache-2.0
-- Why:  companies that buy, and at whose prices: companies and their members, sellers' price lists, carts that are for a company, and an
--       index by which anonymous carts that nobody comes back to are found.
-- Lock: new objects; SHARE on carts.carts while two small partial indexes are built.
-- Time: a second for each 1,000,000 carts.
--
-- What a company pays is the base offer's business: every change of what is in force for anybody (entries, assignments, a list that
-- begins or ends) raises the offer_version of the variants, so the judgement of an order, which compares that version, covers agreed
-- prices as it covers all others. Nobody's clock decides: a list is in force while its row says so, and apply_price_lists_v1 makes it
-- say so as time passes.
--
-- Who may buy at whose prices is the cart's business: carts.company_id is set only by save_carts_v2, which judges the membership in the
-- transaction of the change; whoever ends a membership calls leave_company_v1 after it in the same transaction, which raises the
-- version of the member's cart. An order is made of one version of a cart, so none is made for a company that its buyer has left.

create schema companies;

create table companies.companies (
  id             bigint      primary key,
  legal_name     text        not null check (length(legal_name) between 1 and 200),
  gstin          text        not null check (length(gstin) = 15),
  pan            text        not null check (length(pan) = 10),
  billing_email  text        not null check (length(billing_email) between 3 and 254),
  status         text        not null default 'pending' check (status in ('pending', 'verified', 'rejected')),
  status_note    text        check (length(status_note) <= 500),
  version        bigint      not null default 1,
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now()
);
create index companies_waiting on companies.companies (id) where status = 'pending';
-- A tax number is public: who only says that it is theirs keeps it from nobody. It is one company's once somebody has looked.
create unique index companies_verified on companies.companies (gstin) where status = 'verified';

create table companies.members (
  company_id bigint      not null references companies.companies (id),
  user_id    bigint      not null,
  role       text        not null check (role in ('admin', 'buyer', 'approver', 'viewer')),
  added_at   timestamptz not null default now(),
  primary key (company_id, user_id)
);
create index members_of_user on companies.members (user_id, company_id);

-- Who was asked by mail to belong to a company, and has not answered. Known by the hash of what the mail says; email in lower case:
-- only the account with this address may answer.
create table companies.invitations (
  company_id bigint      not null references companies.companies (id),
  email      text        not null check (length(email) between 3 and 254),
  role       text        not null check (role in ('admin', 'buyer', 'approver', 'viewer')),
  token_hash bytea       not null unique check (octet_length(token_hash) = 32),
  invited_by bigint      not null,
  invited_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (company_id, email)
);
create index invitations_to on companies.invitations (email);

-- A seller's prices for companies of their choice. Entries: [{min_quantity, price_minor}], rising quantities, falling prices.
create table catalog.price_lists (
  id         bigint      primary key,
  seller_id  bigint      not null references sellers.sellers (id),
  name       text        not null check (length(name) between 1 and 120),
  currency   text        not null check (length(currency) = 3),
  starts_at  timestamptz,
  ends_at    timestamptz,
  in_force   boolean     not null,
  next_change_at timestamptz,                            -- when in_force changes by itself; null: never
  version    bigint      not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (ends_at > starts_at)
);
create index price_lists_of_seller on catalog.price_lists (seller_id, id desc);
create index price_lists_due on catalog.price_lists (next_change_at) where next_change_at is not null;

create table catalog.price_list_entries (
  list_id    bigint not null references catalog.price_lists (id),
  variant_id bigint not null references catalog.variants (id),
  tiers      jsonb  not null check (jsonb_array_length(tiers) between 1 and 20),
  primary key (list_id, variant_id)
);

create table catalog.price_list_companies (
  company_id bigint not null references companies.companies (id),
  list_id    bigint not null references catalog.price_lists (id),
  primary key (company_id, list_id)
);
create index price_list_companies_of_list on catalog.price_list_companies (list_id);

-- When a list with these times changes by itself, seen from now; null: never.
create function catalog.next_change(p_starts timestamptz, p_ends timestamptz) returns timestamptz
language sql stable set search_path = pg_catalog, pg_temp as $$
  select case when p_starts > now() then p_starts when p_ends > now() then p_ends end
$$;

-- save_price_list_v1: makes a seller's list (p_new), or changes it: all of its values; p_variants null leaves the entries as they are,
-- otherwise p_variants and p_tiers are all of them.
-- Result: one row (code, version, variants): 0 saved, variants are those whose offers were raised; 1 no such list of this seller;
--   2 another version, which follows; 3 variants that are not this seller's, or not in the list's currency.
-- Locks: the list, then stock by variant.
create function catalog.save_price_list_v1(
  p_id bigint, p_seller bigint, p_new boolean, p_expected bigint, p_name text, p_currency text, p_starts timestamptz, p_ends timestamptz,
  p_variants bigint[], p_tiers text[])
returns table (code smallint, version bigint, variants bigint[])
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  was catalog.price_lists; now_in_force boolean; wanted bigint[]; touched bigint[];
begin
  if cardinality(p_variants) is distinct from cardinality(p_tiers) or cardinality(p_variants) not between 1 and 1000
     or (p_new and p_variants is null) then
    raise exception 'save_price_list_v1: arrays do not fit together' using errcode = '22023';
  end if;
  if not p_new then
    select * into was from catalog.price_lists l where l.id = p_id and l.seller_id = p_seller order by l.id for no key update;
    if not found then return query select 1::smallint, null::bigint, null::bigint[]; return; end if;
    if p_expected <> was.version then return query select 2::smallint, was.version, null::bigint[]; return; end if;
  end if;
  wanted := coalesce(p_variants, array(select e.variant_id from catalog.price_list_entries e where e.list_id = p_id));
  select array_agg(w order by w) into touched from unnest(wanted) w
   where not exists (select 1 from catalog.variants v where v.id = w and v.seller_id = p_seller and v.currency = p_currency);
  if touched is not null then return query select 3::smallint, was.version, touched; return; end if;

  now_in_force := coalesce(p_starts <= now(), true) and coalesce(p_ends > now(), true);
  if p_new then
    insert into catalog.price_lists (id, seller_id, name, currency, starts_at, ends_at, in_force, next_change_at)
    values (p_id, p_seller, p_name, p_currency, p_starts, p_ends, now_in_force, catalog.next_change(p_starts, p_ends));
  else
    update catalog.price_lists l
       set name = p_name, currency = p_currency, starts_at = p_starts, ends_at = p_ends, in_force = now_in_force,
           next_change_at = catalog.next_change(p_starts, p_ends), version = l.version + 1, updated_at = now()
     where l.id = p_id;
  end if;
  if now_in_force or was.in_force then
    select array_agg(distinct x.v) into touched from (
      select unnest(wanted) v union all select e.variant_id from catalog.price_list_entries e where e.list_id = p_id) x;
  end if;
  if p_variants is not null then
    delete from catalog.price_list_entries e where e.list_id = p_id and e.variant_id <> all (p_variants);
    insert into catalog.price_list_entries (list_id, variant_id, tiers)
    select p_id, p_variants[x], p_tiers[x]::jsonb from generate_subscripts(p_variants, 1) s(x)
    on conflict (list_id, variant_id) do update set tiers = excluded.tiers;
  end if;
  -- A list that nobody is assigned to is nobody's price.
  if touched is not null and exists (select 1 from catalog.price_list_companies c where c.list_id = p_id) then
    perform inventory.raise_offers(touched);
  else
    touched := '{}';
  end if;
  return query select 0::smallint, coalesce(was.version, 0) + 1, touched;
end $$;

-- assign_price_list_v1: the companies that a seller's list is for, all of them. Codes as above; 3: companies that there are not.
create function catalog.assign_price_list_v1(p_id bigint, p_seller bigint, p_expected bigint, p_companies bigint[])
returns table (code smallint, version bigint, variants bigint[])
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare was catalog.price_lists; touched bigint[]; changed int; gone int;
begin
  if p_companies is null or cardinality(p_companies) > 1000 then
    raise exception 'assign_price_list_v1: 0…1000 companies' using errcode = '22023';
  end if;
  select * into was from catalog.price_lists l where l.id = p_id and l.seller_id = p_seller order by l.id for no key update;
  if not found then return query select 1::smallint, null::bigint, null::bigint[]; return; end if;
  if p_expected <> was.version then return query select 2::smallint, was.version, null::bigint[]; return; end if;
  select array_agg(w order by w) into touched from unnest(p_companies) w
   where not exists (select 1 from companies.companies k where k.id = w);
  if touched is not null then return query select 3::smallint, was.version, touched; return; end if;

  delete from catalog.price_list_companies c where c.list_id = p_id and c.company_id <> all (p_companies);
  get diagnostics gone = row_count;
  insert into catalog.price_list_companies (company_id, list_id)
  select distinct w, p_id from unnest(p_companies) w on conflict do nothing;
  get diagnostics changed = row_count;
  touched := '{}';
  if gone + changed > 0 then
    update catalog.price_lists l set version = l.version + 1, updated_at = now() where l.id = p_id;
    if was.in_force then
      touched := array(select e.variant_id from catalog.price_list_entries e where e.list_id = p_id);
      perform inventory.raise_offers(touched);
    end if;
    return query select 0::smallint, was.version + 1, touched;
    return;
  end if;
  return query select 0::smallint, was.version, touched;
end $$;

-- apply_price_lists_v1 lets lists begin and end, those that are due longest first: so many that at most p_limit entries are looked at, or
-- one list; to be called about once a second. Returns the variants whose offers were raised.
-- Locks: those lists (others' are skipped), then stock by variant.
create function catalog.apply_price_lists_v1(p_limit int) returns setof bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare due catalog.price_lists; entries bigint[]; touched bigint[] := '{}'; is_in_force boolean; looked_at int := 0;
begin
  loop
    select * into due from catalog.price_lists l
     where l.next_change_at <= now() order by l.next_change_at, l.id limit 1 for no key update skip locked;
    exit when not found;
    entries := array(select e.variant_id from catalog.price_list_entries e where e.list_id = due.id);
    exit when looked_at > 0 and looked_at + cardinality(entries) > p_limit;
    looked_at := looked_at + greatest(cardinality(entries), 1);
    is_in_force := coalesce(due.starts_at <= now(), true) and coalesce(due.ends_at > now(), true);
    update catalog.price_lists l
       set in_force = is_in_force, next_change_at = catalog.next_change(due.starts_at, due.ends_at), updated_at = now()
     where l.id = due.id;
    if is_in_force <> due.in_force and exists (select 1 from catalog.price_list_companies c where c.list_id = due.id) then
      touched := touched || entries;
    end if;
    exit when looked_at >= p_limit;
  end loop;
  if touched = '{}' then return; end if;
  touched := array(select distinct t from unnest(touched) t);
  perform inventory.raise_offers(touched);
  return query select unnest(touched);
end $$;

-- Carts.
create index carts_of_company on carts.carts (company_id) where company_id is not null;
-- By columns that no change of a cart touches: others would end heap-only updates.
create index carts_anonymous on carts.carts (id) where user_id is null;

-- leave_company_v1: these users (null: nobody may) buy for the company no longer; their carts that are for it become their own. To be
-- called after the change of the membership, in its transaction. Returns how many carts. Locks: carts by id.
create function checkout.leave_company_v1(p_company bigint, p_users bigint[]) returns int
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare changed int;
begin
  update carts.carts c set company_id = null, version = c.version + 1, updated_at = now(), last_write = null
    from (select t.id from carts.carts t where t.company_id = p_company and (p_users is null or t.user_id = any (p_users))
           order by t.id for no key update) x
   where c.id = x.id;
  get diagnostics changed = row_count;
  return changed;
end $$;

-- checkout.save_carts_v2: as v1 (0027, in the words of 0028), with two more arrays after c_write:
--   c_company bigint[]  whom the cart is for from now on: null as before, 0 nobody but its owner, else the company
--   c_member  bigint[]  for a company: the user who must be its member with the right to buy
-- A membership that is not there, or that somebody is ending, gives code 3, without a version: the caller looks again.
-- Locks: the member and its company (shared, never waits) after the keys and before the carts.
do $$
declare
  body text := pg_get_functiondef('checkout.save_carts_v1'::regproc);
  part record;
begin
  for part in select * from (values
    ('checkout.save_carts_v1(c_id bigint[], c_version bigint[], c_write bigint[], ',
     'checkout.save_carts_v2(c_id bigint[], c_version bigint[], c_write bigint[], c_company bigint[], c_member bigint[], ', 1),
    ('save_carts_v1: ', 'save_carts_v2: ', 3),
    ('cardinality(c_write), ', 'cardinality(c_write), cardinality(c_company), cardinality(c_member), ', 1),
    ('  -- 2. Carts: lock by id without waiting, compare the version.',
     $part$  -- 1a. Who buys for a company is its member as long as this is written: who ends that waits for us, and then looks at carts.
  if cardinality(array_positions(c_member, null)) < n then
    for i in 1..n loop
      if oc[i] = 0 and c_member[i] is not null then
        perform 1 from companies.members m join companies.companies f on f.id = m.company_id
          where m.company_id = c_company[i] and m.user_id = c_member[i] and m.role in ('admin', 'buyer') and f.status = 'verified'
          order by m.company_id for share skip locked;
        if not found then
          oc[i] := 3;
          live := live - 1;
          delete from platform.idempotency_keys k where k.digest = k_digest[i] and k.digest = any (claimed);
        end if;
      end if;
    end loop;
  end if;

  -- 2. Carts: lock by id without waiting, compare the version.$part$, 1),
    ('  if saved is not null then
',
     $part$  if saved is not null then
    if cardinality(array_positions(c_company, null)) < n then
      update carts.carts c set company_id = nullif(x.company, 0)
        from (select c_id[at_] ct, c_company[at_] company from generate_subscripts(c_id, 1) s_(at_)
               where oc[at_] = 0 and c_company[at_] is not null) x
       where c.id = x.ct;
    end if;
$part$, 1)) x(was, becomes, times)
  loop
    if (length(body) - length(replace(body, part.was, ''))) / length(part.was) <> part.times then
      raise exception 'save_carts_v1 does not say % times: %', part.times, part.was;
    end if;
    body := replace(body, part.was, part.becomes);
  end loop;
  execute body;
end $$;

-- For whom a user sells, as far as the catalogue asks: its statements name its own schemas only.
create view catalog.seller_members as
  select owner_user_id as user_id, id as seller_id, status from sellers.sellers where owner_user_id is not null;
