-- SPDX-License-Identifier: Apache-2.0
-- Why:  checkout.place_v2: as place_v1, cheaper. Where the caller has judged the stock already, the batch is not judged a second time
--       before it is written: the guarded UPDATE at its end is the arbiter anyway, and a batch that it refuses comes again to be judged.
--       The shape of the arrays is checked in one loop instead of five statements, and rows are made by subscripts of one series: an unnest
--       of twenty arrays fills a tuplestore for each of them, which costs a batch of one more than all its rows. Reservations are found by their order alone, so the
--       order leads their primary key, and one index less is kept for each row.
-- Lock: inventory.reservations (ACCESS EXCLUSIVE) while its primary key is built.
-- Time: about a second for a million reservations.
--
-- checkout.place_v2 — arrays, result rows and locks as documented at place_v1 (0010), but:
--   Lines are grouped by seller order, in the sequence of the seller orders; each seller order has one line or more.
--   judge boolean (default true): false writes at once. What would be refused with 5, 6 or 7 then makes the batch short (MP002): nothing
--     happened, and it is to be sent again with judge. lock_scarce implies judge.
--   Without judge the carts are compared and raised by one UPDATE, in order of their ids, where judge locks them first.

alter table inventory.reservations drop constraint reservations_pkey, add primary key (order_id, seller_order_id);
drop index inventory.reservations_of_order;

create function checkout.place_v2(
  k_digest bytea[], k_request_hash bytea[], k_retention_s int[], k_status smallint[], k_headers bytea[], k_body bytea[],
  o_id bigint[], o_user bigint[], o_cart bigint[], o_cart_version bigint[], o_currency text[],
  o_subtotal bigint[], o_discount bigint[], o_shipping bigint[], o_tax bigint[], o_total bigint[],
  o_payment_method text[], o_reserved_until bigint[], o_shipping_address text[], o_billing_address text[], o_note text[],
  s_ord int[], s_id bigint[], s_seller bigint[],
  s_subtotal bigint[], s_discount bigint[], s_shipping bigint[], s_tax bigint[], s_total bigint[],
  l_ord int[], l_so int[], l_no smallint[], l_id bigint[], l_product bigint[], l_variant bigint[], l_offer bigint[],
  l_quantity int[], l_unit bigint[], l_discount bigint[], l_taxable bigint[], l_rate int[],
  l_cgst bigint[], l_sgst bigint[], l_igst bigint[], l_total bigint[],
  l_sku text[], l_title text[], l_options text[], l_hsn text[],
  judge boolean default true, lock_scarce boolean default false)
returns table (kind smallint, idx int, code smallint, a bigint, b bigint, c bigint, d bigint, e bigint,
               bytes1 bytea, bytes2 bytea, bytes3 bytea)
language plpgsql
set search_path = pg_catalog, pg_temp
-- The sorted nested loops are what keeps locks in order; the seq scans are off so that empty statistics cannot turn them round.
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off
set enable_material = off set jit = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  n    int := cardinality(o_id);
  m    int := cardinality(l_ord);
  sn   int := cardinality(s_id);
  oc   smallint[] := array_fill(0::smallint, array[cardinality(o_id)]);   -- outcome per order
  live int; got int; want int; i int; j int; k int; first_i int; bad smallint; verdict smallint;
  part_sum bigint; order_sum bigint; now_ms bigint := (extract(epoch from now()) * 1000)::bigint;
  claimed bytea[]; gone bytea[]; moved bigint[]; hit int[];
  slot int[]; av bigint[]; se smallint[]; ov bigint[]; any_bad boolean;
begin
  if n is null or n not between 1 and 512 or sn < n or m < sn or m > 65536
     or (n = all (array[cardinality(k_digest), cardinality(k_request_hash), cardinality(k_retention_s), cardinality(k_status),
        cardinality(k_headers), cardinality(k_body), cardinality(o_user), cardinality(o_cart), cardinality(o_cart_version),
        cardinality(o_currency), cardinality(o_subtotal), cardinality(o_discount), cardinality(o_shipping), cardinality(o_tax),
        cardinality(o_total), cardinality(o_payment_method), cardinality(o_reserved_until), cardinality(o_shipping_address),
        cardinality(o_billing_address), cardinality(o_note)])) is not true
     or (sn = all (array[cardinality(s_ord), cardinality(s_seller), cardinality(s_subtotal), cardinality(s_discount),
        cardinality(s_shipping), cardinality(s_tax), cardinality(s_total)])) is not true
     or (m = all (array[cardinality(l_so), cardinality(l_no), cardinality(l_id), cardinality(l_product), cardinality(l_variant),
        cardinality(l_offer), cardinality(l_quantity), cardinality(l_unit), cardinality(l_discount), cardinality(l_taxable),
        cardinality(l_rate), cardinality(l_cgst), cardinality(l_sgst), cardinality(l_igst), cardinality(l_total),
        cardinality(l_sku), cardinality(l_title), cardinality(l_options), cardinality(l_hsn)])) is not true
     or 'razorpay' <> any (o_payment_method) or 60 > any (k_retention_s) or 604800 < any (k_retention_s) then
    raise exception 'place_v2: arrays do not fit together, or a value outside its range' using errcode = '22023';
  end if;

  -- Shape, deadlines and sums: judged per order, before anything is touched. i runs over lines, j over orders, k over seller orders.
  i := 1; j := 0;
  for k in 1..sn loop
    if s_ord[k] = j + 1 then
      if j > 0 and order_sum is distinct from o_total[j] then oc[j] := 9; end if;
      j := j + 1; order_sum := 0;
    elsif j = 0 or s_ord[k] is distinct from j then
      raise exception 'place_v2: seller orders do not follow their orders' using errcode = '22023';
    end if;
    first_i := i; part_sum := s_shipping[k];
    while l_so[i] = k loop
      if l_ord[i] is distinct from j then
        raise exception 'place_v2: lines, seller orders and orders do not refer to each other' using errcode = '22023';
      end if;
      part_sum := part_sum + l_total[i];
      if (l_quantity[i] >= 1) is not true then oc[j] := 9; end if;
      i := i + 1;
    end loop;
    if i = first_i then raise exception 'place_v2: a seller order without lines' using errcode = '22023'; end if;
    if part_sum is distinct from s_total[k] then oc[j] := 9; end if;
    order_sum := order_sum + s_total[k];
  end loop;
  if j <> n or i <> m + 1 then
    raise exception 'place_v2: lines, seller orders and orders do not refer to each other' using errcode = '22023';
  end if;
  if order_sum is distinct from o_total[j] then oc[j] := 9; end if;
  for j in 1..n loop
    if (o_reserved_until[j] > now_ms and o_reserved_until[j] <= now_ms + 86400000) is not true then oc[j] := 8; end if;
  end loop;

  -- 1. Keys: nobody waits for a key. The same digest or cart later in the batch is busy, too.
  if n > 1 and ((select count(distinct x) from unnest(k_digest) x) < n or (select count(distinct x) from unnest(o_cart) x) < n) then
    for j in select ord::int from (select ord, row_number() over (partition by dg order by ord) r1,
                                          row_number() over (partition by ct order by ord) r2
                                     from unnest(k_digest, o_cart) with ordinality u(dg, ct, ord)) x where r1 > 1 or r2 > 1
    loop oc[j] := 1; end loop;
  end if;
  live := 0;
  for j in 1..n loop
    if oc[j] = 0 then
      if pg_try_advisory_xact_lock(('x' || encode(substr(k_digest[j], 1, 8), 'hex'))::bit(64)::bigint) then
        live := live + 1;
      else
        oc[j] := 1;
      end if;
    end if;
  end loop;

  -- 2. Claims: only an expired row is taken over.
  with ins as (
    insert into platform.idempotency_keys as ik
           (digest, request_hash, state, status, headers, body, user_id, created_at, expires_at)
    select dg, rh, 1, st, hd, bd, us, now(), now() + make_interval(secs => rt)
      from (select k_digest[x] dg, k_request_hash[x] rh, k_status[x] st, k_headers[x] hd, k_body[x] bd, o_user[x] us, k_retention_s[x] rt
              from generate_series(1, n) u(x) where oc[x] = 0 order by 1) t
    on conflict (digest) do update
       set request_hash = excluded.request_hash, state = 1, status = excluded.status, headers = excluded.headers,
           body = excluded.body, user_id = excluded.user_id, created_at = excluded.created_at,
           expires_at = excluded.expires_at, lease_until = null
     where ik.expires_at < now()
    returning ik.digest)
  select array_agg(digest) into claimed from ins;
  if coalesce(cardinality(claimed), 0) < live then
    select array_agg(ord::int) into hit from unnest(k_digest, oc) with ordinality u(dg, o, ord)
     where o = 0 and (claimed is null or dg <> all (claimed));
    foreach j in array hit loop oc[j] := 1; end loop;              -- started, or gone meanwhile
    return query
      select 0::smallint, h, 2::smallint, 0::bigint, ik.status::bigint, 0::bigint, 0::bigint, 0::bigint,
             ik.request_hash, ik.headers, ik.body
        from unnest(hit) h join lateral (select * from platform.idempotency_keys q where q.digest = k_digest[h]) ik on ik.state = 1;
    for j in select h from unnest(hit) h
               join lateral (select * from platform.idempotency_keys q where q.digest = k_digest[h]) ik on ik.state = 1
    loop oc[j] := 2; end loop;
    select count(*) into live from unnest(oc) o where o = 0;
  end if;

  -- 3. Carts, by id: compare the version, and raise it where nothing is judged after this. A cart of somebody else is as good as none.
  if judge or lock_scarce then
    select array_agg(x.id) into moved from (
      select t.id from unnest(o_cart, o_cart_version, o_user, oc) u(ct, v, us, o) join carts.carts t on t.id = u.ct
       where u.o = 0 and t.version = u.v and (t.user_id is null or t.user_id = u.us)
       order by t.id for no key update of t) x;
  else
    with up as (
      update carts.carts t set version = t.version + 1, coupon_codes = '{}', shipping_selections = '{}', updated_at = now()
        from (select o_cart[x] ct, o_cart_version[x] v, o_user[x] us from generate_series(1, n) u(x) where oc[x] = 0 order by 1) w
       where t.id = w.ct and t.version = w.v and (t.user_id is null or t.user_id = w.us)
      returning t.id)
    select array_agg(id) into moved from up;
  end if;
  if coalesce(cardinality(moved), 0) < live then
    for j in select ord::int from unnest(o_cart, oc) with ordinality u(ct, o, ord)
              where o = 0 and (moved is null or ct <> all (moved))
    loop oc[j] := 4; end loop;
    -- the same request ordered this cart at this version before: its answer goes under the new key, too
    for j, i in
      select x.ord::int, coalesce(ik.status, 0)::int
        from unnest(o_cart, o_cart_version, o_user, k_request_hash, oc) with ordinality x(ct, v, us, rh, o, ord)
        join orders.orders r on r.cart_id = x.ct and r.cart_version = x.v and r.user_id = x.us and r.request_hash = x.rh
        left join platform.idempotency_keys ik on ik.digest = r.key_digest and ik.state = 1 and ik.expires_at > now()
       where x.o = 4
    loop
      oc[j] := case when i = 0 then 103 else 3 end;                -- 103: without a stored answer, its key row goes below
    end loop;
    update platform.idempotency_keys ik set status = 200, headers = w.headers, body = w.body
      from (select k_digest[x.ord] dg, was.headers, was.body
              from unnest(o_cart, o_cart_version, oc) with ordinality x(ct, v, o, ord)
              join orders.orders r on r.cart_id = x.ct and r.cart_version = x.v
              join platform.idempotency_keys was on was.digest = r.key_digest
             where x.o = 3 order by 1) w
     where ik.digest = w.dg;
    return query
      select 0::smallint, x.ord::int, 3::smallint, r.id, case when x.o = 3 then 200 else 0 end::bigint, 0::bigint, 0::bigint, 0::bigint,
             null::bytea, ik.headers, ik.body
        from unnest(o_cart, o_cart_version, oc) with ordinality x(ct, v, o, ord)
        join orders.orders r on r.cart_id = x.ct and r.cart_version = x.v
        left join platform.idempotency_keys ik on x.o = 3 and ik.digest = r.key_digest
       where x.o in (3, 103);
  end if;

  -- 4. Judgement, where it is asked for, on a plain read (or on locked rows). Unknown variants count as 0 available.
  if lock_scarce then
    perform 1 from inventory.stock s
      where s.variant_id in (select v from unnest(l_ord, l_variant) u(o, v) where oc[o] = 0)
      order by s.variant_id for no key update;
  end if;
  any_bad := false;
  if judge or lock_scarce then
    select exists (
      select 1 from (select v, sum(q) q, min(f) f1, max(f) f2 from unnest(l_ord, l_variant, l_quantity, l_offer) u(o, v, q, f)
                      where oc[o] = 0 group by v order by v) x
        left join inventory.stock s on s.variant_id = x.v
       where s.variant_id is null or not s.sellable or s.offer_version <> x.f1 or x.f1 <> x.f2 or s.on_hand - s.reserved < x.q)
      into any_bad;
  end if;
  if any_bad then
    select array_agg(r order by ord) into slot
      from (select ord, dense_rank() over (order by v)::int r from unnest(l_variant) with ordinality u(v, ord)) x;
    select array_agg(coalesce(s.on_hand - s.reserved, 0)::bigint order by x.v),
           array_agg(case when s.variant_id is null then 2 when s.sellable then 1 else 0 end::smallint order by x.v),
           array_agg(coalesce(s.offer_version, 0) order by x.v)
      into av, se, ov
      from (select distinct v from unnest(l_variant) u(v) order by v) x left join inventory.stock s on s.variant_id = x.v;
    i := 1;
    for j in 1..n loop                                              -- greedy, in arrival order
      first_i := i; verdict := 0;
      while i <= m and l_ord[i] = j loop
        if oc[j] = 0 then
          k := slot[i];
          bad := case when se[k] = 2 then 5 when se[k] = 0 then 7 when ov[k] <> l_offer[i] then 6
                      when av[k] < l_quantity[i] then 5 else 0 end;
          if bad = 0 then
            av[k] := av[k] - l_quantity[i];
          else
            if verdict = 0 then verdict := bad; end if;
            kind := 1; idx := j; code := bad; a := l_variant[i]; b := av[k]; c := i; d := l_quantity[i]; e := ov[k];
            bytes1 := null; bytes2 := null; bytes3 := null;
            return next;
            slot[i] := -k;                                          -- took nothing
          end if;
        end if;
        i := i + 1;
      end loop;
      if verdict <> 0 then
        for k in first_i..i - 1 loop                                -- what the refused order took goes back
          if slot[k] > 0 then av[slot[k]] := av[slot[k]] + l_quantity[k]; end if;
        end loop;
        oc[j] := verdict;
      end if;
    end loop;
  end if;

  -- Refused orders leave no key row.
  if any_bad or coalesce(cardinality(moved), 0) < live then
    select array_agg(dg order by dg) into gone from unnest(k_digest, oc) u(dg, o)
     where (o between 4 and 7 or o = 103) and dg = any (claimed);
    if gone is not null then delete from platform.idempotency_keys where digest = any (gone); end if;
  end if;

  -- 5. Rows.
  insert into orders.orders (id, user_id, cart_id, cart_version, status, currency, subtotal_minor, discount_minor, shipping_minor,
         tax_minor, total_minor, payment_method, reserved_until, shipping_address, billing_address, customer_note,
         request_hash, key_digest, key_retention_s)
  select o_id[x], o_user[x], o_cart[x], o_cart_version[x], 'pending_payment', o_currency[x], o_subtotal[x], o_discount[x], o_shipping[x],
         o_tax[x], o_total[x], o_payment_method[x], to_timestamp(o_reserved_until[x] / 1000.0), o_shipping_address[x]::jsonb,
         o_billing_address[x]::jsonb, o_note[x], k_request_hash[x], k_digest[x], k_retention_s[x]
    from generate_series(1, n) u(x) where oc[x] = 0;
  get diagnostics live = row_count;
  if live > 0 then
    insert into orders.seller_orders (id, order_id, seller_id, status, subtotal_minor, discount_minor, shipping_minor, tax_minor, total_minor)
    select s_id[x], o_id[s_ord[x]], s_seller[x], 'pending_payment', s_subtotal[x], s_discount[x], s_shipping[x], s_tax[x], s_total[x]
      from generate_series(1, sn) u(x) where oc[s_ord[x]] = 0;
    insert into orders.order_lines (order_id, line_no, id, seller_order_id, product_id, variant_id, seller_id, sku, title, options,
           quantity, unit_price_minor, discount_minor, taxable_value_minor, tax_rate_bps, cgst_minor, sgst_minor, igst_minor,
           total_minor, hsn_code)
    select o_id[l_ord[x]], l_no[x], l_id[x], s_id[l_so[x]], l_product[x], l_variant[x], s_seller[l_so[x]], l_sku[x], l_title[x],
           l_options[x]::jsonb, l_quantity[x], l_unit[x], l_discount[x], l_taxable[x], l_rate[x], l_cgst[x], l_sgst[x], l_igst[x],
           l_total[x], l_hsn[x]
      from generate_series(1, m) u(x) where oc[l_ord[x]] = 0;
    insert into inventory.reservations (seller_order_id, order_id, state, expires_at, variant_ids, quantities)
    select s_id[so], o_id[s_ord[so]], 'held', to_timestamp(o_reserved_until[s_ord[so]] / 1000.0), vs, qs
      from (select so, array_agg(va) vs, array_agg(q) qs
              from (select l_so[x] so, l_variant[x] va, l_quantity[x] q from generate_series(1, m) u(x)
                     where oc[l_ord[x]] = 0 order by 1, 2) y group by so) x;
    insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
    select 'order.created', 'order', o_id[x], 1,
           jsonb_build_object('order_id', o_id[x], 'user_id', o_user[x], 'total_minor', o_total[x], 'currency', o_currency[x])
      from generate_series(1, n) u(x) where oc[x] = 0;

    -- The carts, locked since step 3: one version up if they are not yet, and emptied.
    if judge or lock_scarce then
      update carts.carts t set version = t.version + 1, coupon_codes = '{}', shipping_selections = '{}', updated_at = now()
        from (select ct from unnest(o_cart, oc) u(ct, o) where o = 0 order by ct) x where t.id = x.ct;
    end if;
    delete from carts.cart_lines where cart_id = any (array(select o_cart[x] from generate_series(1, n) u(x) where oc[x] = 0));

    -- 6. Stock last: sorted, guarded; what it left goes back to the caller.
    return query
      update inventory.stock s set reserved = s.reserved + x.q, version = s.version + 1
        from (select l_variant[x] v, sum(l_quantity[x])::int q, min(l_offer[x]) f1, max(l_offer[x]) f2 from generate_series(1, m) u(x)
               where oc[l_ord[x]] = 0 group by 1 order by 1) x
       where s.variant_id = x.v and s.on_hand - s.reserved >= x.q and s.sellable and s.offer_version = x.f1 and x.f1 = x.f2
      returning 2::smallint, 0, 1::smallint, s.variant_id, s.on_hand::bigint, s.reserved::bigint, s.version, s.offer_version,
                null::bytea, null::bytea, null::bytea;
    get diagnostics got = row_count;
    select count(distinct l_variant[x]) into want from generate_series(1, m) u(x) where oc[l_ord[x]] = 0;
    if got <> want then
      raise exception 'place_v2: short, % of % stock rows', got, want using errcode = 'MP002';
    end if;
  end if;

  -- What was judged for refused orders, and every order's outcome (replays and same-cart orders were returned above).
  if any_bad then
    return query
      select 2::smallint, 0, case when s.variant_id is null then 2 when s.sellable then 1 else 0 end::smallint, x.v,
             coalesce(s.on_hand, 0)::bigint, coalesce(s.reserved, 0)::bigint, coalesce(s.version, 0), coalesce(s.offer_version, 0),
             null::bytea, null::bytea, null::bytea
        from (select v from unnest(l_ord, l_variant) u(o, v) group by v
              having bool_or(oc[o] between 5 and 7) and not bool_or(oc[o] = 0)) x
        left join inventory.stock s on s.variant_id = x.v;
  end if;
  return query
    select 0::smallint, x, oc[x], case when oc[x] = 0 then o_id[x] else 0 end, 0::bigint,
           case when oc[x] = 0 then o_cart_version[x] + 1 else 0 end, 0::bigint, 0::bigint, null::bytea, null::bytea, null::bytea
      from generate_series(1, n) u(x) where oc[x] not in (2, 3, 103);
end $$;
