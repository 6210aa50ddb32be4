-- SPDX-License-Identifier: Apache-2.0
-- Why:  checkout.save_carts_v1, which commits the changes of many carts in one statement: what queued while the last batch was in
--       flight shares a transaction and its fsync. checkout.save_cart_v1 stays for servers of before and for merges of two carts.
--       carts.last_write names the write that made a cart's version, so that a batch whose reply was lost knows itself when it is
--       sent again, without a key row for those who sent no key. The single-column checks of carts and lines become domains, whose
--       text is read once per session and not in every statement that writes (see 0021).
-- Lock: ACCESS EXCLUSIVE on carts.carts and carts.cart_lines, which are rewritten.
-- Time: milliseconds on a young database; seconds for each 1,000,000 carts: apply with the servers stopped.

create domain carts.version as bigint check (value >= 1);
create domain carts.coupon_codes as text[] check (cardinality(value) <= 20);
create domain carts.line_quantity as int check (value between 1 and 1000000);
create domain carts.line_note as text check (length(value) <= 500);

-- The checks go first, so that no row is judged twice. Whose cart it is concerns two columns and stays.
do $$
declare c record;
begin
  for c in
    select k.conrelid::regclass as t, k.conname
      from pg_constraint k
     where k.contype = 'c' and cardinality(k.conkey) = 1
       and k.conrelid in ('carts.carts'::regclass, 'carts.cart_lines'::regclass)
  loop
    execute format('alter table %s drop constraint %I', c.t, c.conname);
  end loop;
end $$;

alter table carts.carts
  add column last_write bigint,
  alter token_hash type platform.digest, alter currency type platform.currency_code,
  alter coupon_codes type carts.coupon_codes, alter version type carts.version;
alter table carts.cart_lines
  alter quantity type carts.line_quantity, alter note type carts.line_note,
  alter unit_price_seen_minor type platform.minor_units;

-- With the columns went what the planner knew of them (see 0025).
do $$
begin
  if exists (select 1 from carts.carts) then
    analyze carts.carts;
    analyze carts.cart_lines;
  end if;
end $$;

-- checkout.save_carts_v1 — changes of K carts (1…1024), one autocommit statement at READ COMMITTED. Every change stands alone: it is
-- committed, or nothing of it is, whatever becomes of its neighbours.
--
-- Carts and keys, one element per change:
--   c_id, c_version bigint     the cart and the version it must have; it becomes + 1
--   c_write bigint             a number that no other write has; a batch that is sent again carries the same ones
--   k_digest bytea[32] or null the idempotency key; null: none, and the other k_ elements are not looked at
--   k_hash bytea[32], k_retention_s int (60…604800), k_status smallint, k_headers bytea, k_body bytea, k_user bigint
-- Lines, each with the 1-based position of its change (…_no int):
--   d_line                                        lines that are gone
--   u_line, u_quantity, u_note, u_price           lines that are changed; a line keeps its variant for life
--   i_line, i_variant, i_quantity, i_note, i_price   lines that are new
-- Locks, in this order: keys (advisory try-lock, never waits; then the key rows, by digest), cart rows by id (never waits), their
--   lines, which their cart's lock guards.
-- Result: one row per change (idx 1-based, code, version, request_hash, status, headers, body), in any order: code
--   0 saved
--   1 key-busy       another transaction has the key, or it is started and unfinished
--   2 known          the key is finished: its row's values follow; the caller compares the hash
--   3 moved          the cart is at another version, which follows; null: there is no such cart
--   4 cart-busy      another transaction has locked the cart; its version is still the one that was asked for
--   5 saved before   this very write made the cart's present version: sent once before, its reply was lost
--   For 1…4 nothing of the change remains in the database, no key row either.
-- Errors: MP001 a cart or a key occurs twice in the batch. 22023 arrays that do not fit together, or a value outside its range.
--   23xxx a row that can never be written (23505: two lines of one variant; 23000: a changed line is not there): bisect.

create function checkout.save_carts_v1(
  c_id bigint[], c_version bigint[], c_write bigint[],
  k_digest bytea[], k_hash bytea[], k_retention_s int[], k_status smallint[], k_headers bytea[], k_body bytea[], k_user bigint[],
  d_no int[], d_line bigint[],
  u_no int[], u_line bigint[], u_quantity int[], u_note text[], u_price bigint[],
  i_no int[], i_line bigint[], i_variant bigint[], i_quantity int[], i_note text[], i_price bigint[])
returns table (idx int, code smallint, version bigint, request_hash bytea, status smallint, headers bytea, body bytea)
language plpgsql
set search_path = pg_catalog, pg_temp
-- The sorted nested loop is what keeps locks in order; without statistics the planner would take a scan for as good. An array's
-- length would otherwise have every statement planned anew at each call.
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off
set jit = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  n int := cardinality(c_id);
  oc smallint[] := array_fill(0::smallint, array[cardinality(c_id)]);   -- outcome per change
  at_version bigint[];
  live int; keyed int; got int; want int; claimed bytea[]; saved bigint[]; r record;
begin
  if n is null or n not between 1 and 1024
     or (n = all (array[cardinality(c_version), cardinality(c_write), cardinality(k_digest), cardinality(k_hash),
        cardinality(k_retention_s), cardinality(k_status), cardinality(k_headers), cardinality(k_body), cardinality(k_user)])) is not true
     or (cardinality(d_no) = cardinality(d_line)) is not true
     or (cardinality(u_no) = all (array[cardinality(u_line), cardinality(u_quantity), cardinality(u_note), cardinality(u_price)])) is not true
     or (cardinality(i_no) = all (array[cardinality(i_line), cardinality(i_variant), cardinality(i_quantity), cardinality(i_note),
        cardinality(i_price)])) is not true
     or 1 > any (d_no || u_no || i_no) or n < any (d_no || u_no || i_no)
     or 60 > any (k_retention_s) or 604800 < any (k_retention_s) then
    raise exception 'save_carts_v1: arrays do not fit together, or a value outside its range' using errcode = '22023';
  end if;
  if n > 1 and ((select count(distinct x) from unnest(c_id) x) < n
                or (select count(x) > count(distinct x) from unnest(k_digest) x)) then
    raise exception 'save_carts_v1: a cart or a key occurs twice' using errcode = 'MP001';
  end if;
  live := n;

  -- 1. Keys: nobody waits for a key, and only an expired row is taken over.
  keyed := n - cardinality(array_positions(k_digest, null));
  if keyed > 0 then
    for r in select ord::int as j from unnest(k_digest) with ordinality u(dg, ord)
              where not pg_try_advisory_xact_lock(('x' || encode(substr(dg, 1, 8), 'hex'))::bit(64)::bigint)
    loop oc[r.j] := 1; keyed := keyed - 1; live := live - 1; end loop;
  end if;
  if keyed > 0 then
    with ins as (
      insert into platform.idempotency_keys as ik
             (digest, request_hash, state, status, headers, body, user_id, created_at, expires_at)
      select dg, rh, 1, st, hd, bd, us, now(), now() + make_interval(secs => rt)
        from (select dg, rh, st, hd, bd, us, rt
                from unnest(k_digest, k_hash, k_status, k_headers, k_body, k_user, k_retention_s, oc) u(dg, rh, st, hd, bd, us, rt, o)
               where o = 0 and dg is not null order by dg) t
      on conflict (digest) do update
         set request_hash = excluded.request_hash, state = 1, status = excluded.status, headers = excluded.headers,
             body = excluded.body, user_id = excluded.user_id, created_at = excluded.created_at,
             expires_at = excluded.expires_at, lease_until = null, claim = null
       where ik.expires_at <= now()
      returning ik.digest)
    select array_agg(digest) into claimed from ins;
    if coalesce(cardinality(claimed), 0) < keyed then
      for r in select ord::int as j, ik.* from unnest(k_digest, oc) with ordinality u(dg, o, ord)
                 left join lateral (select q.state, q.request_hash, q.status, q.headers, q.body from platform.idempotency_keys q
                                     where q.digest = u.dg limit 1) ik on true
                where u.o = 0 and u.dg is not null and (claimed is null or u.dg <> all (claimed))
      loop
        live := live - 1;
        if r.state = 1 then
          oc[r.j] := 2;
          idx := r.j; code := 2; version := null; request_hash := r.request_hash; status := r.status;
          headers := r.headers; body := r.body;
          return next;
        else
          oc[r.j] := 1;                                              -- started, or gone meanwhile
        end if;
      end loop;
    end if;
  end if;

  -- 2. Carts: lock by id without waiting, compare the version.
  if live > 0 then
    with mine as (
      select c.id, x.w from unnest(c_id, c_version, c_write, oc) x(ct, v, w, o) join carts.carts c on c.id = x.ct
       where x.o = 0 and c.version = x.v order by c.id for no key update of c skip locked),
    done as (
      update carts.carts c set version = c.version + 1, updated_at = now(), last_write = mine.w
        from mine where c.id = mine.id returning c.id)
    select array_agg(id) into saved from done;
    if coalesce(cardinality(saved), 0) < live then
      at_version := array_fill(null::bigint, array[n]);
      for r in select ord::int as j, x.v, x.w, c.version as at, c.last_write
                 from unnest(c_id, c_version, c_write, oc) with ordinality x(ct, v, w, o, ord)
                 left join lateral (select q.version, q.last_write from carts.carts q where q.id = x.ct limit 1) c on true
                where x.o = 0 and (saved is null or x.ct <> all (saved))
      loop
        oc[r.j] := case when r.at = r.v then 4 when r.at = r.v + 1 and r.last_write = r.w then 5 else 3 end;
        at_version[r.j] := r.at;
      end loop;
      if claimed is not null then
        delete from platform.idempotency_keys k
         where k.digest = any (array(select dg from unnest(k_digest, oc) u(dg, o) where o in (3, 4) and dg is not null));
      end if;
    end if;
  end if;

  -- 3. Lines of the carts that are ours now: the old ones go before a new one of the same variant comes.
  if saved is not null then
    if cardinality(d_no) > 0 then
      delete from carts.cart_lines l using unnest(d_no, d_line) x(no, line)
       where oc[x.no] = 0 and l.cart_id = c_id[x.no] and l.line_id = x.line;
    end if;
    if cardinality(u_no) > 0 then
      update carts.cart_lines l set quantity = x.q, note = x.t, unit_price_seen_minor = x.p
        from unnest(u_no, u_line, u_quantity, u_note, u_price) x(no, line, q, t, p)
       where oc[x.no] = 0 and l.cart_id = c_id[x.no] and l.line_id = x.line;
      get diagnostics got = row_count;
      if got < cardinality(u_no) then
        select count(*) into want from unnest(u_no) x(no) where oc[x.no] = 0;
        if got <> want then
          raise exception 'save_carts_v1: % of % changed lines are there', got, want using errcode = '23000';
        end if;
      end if;
    end if;
    if cardinality(i_no) > 0 then
      insert into carts.cart_lines (cart_id, line_id, variant_id, quantity, note, unit_price_seen_minor)
      select c_id[x.no], x.line, x.va, x.q, x.t, x.p
        from unnest(i_no, i_line, i_variant, i_quantity, i_note, i_price) x(no, line, va, q, t, p) where oc[x.no] = 0;
    end if;
  end if;

  version := null; request_hash := null; status := null; headers := null; body := null;
  for j in 1..n loop
    if oc[j] <> 2 then
      idx := j; code := oc[j];
      if code = 3 then version := at_version[j]; else version := null; end if;
      return next;
    end if;
  end loop;
end $$;
