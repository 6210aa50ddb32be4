-- SPDX-License-Identifier: Apache-2.0
-- Why:  the invariants in small steps: platform.invariants_v1() reads whole tables, which a periodic job of a shop with ten million
--       orders cannot do. Here each step looks at a few thousand rows by key, remembers where it was, and keeps what it found.
-- Lock: only new objects. A step locks its own row of platform.invariant_progress and nothing of the shop.
-- Time: milliseconds.
--
-- platform.invariants_step_v1(area, limit 1…20000) → (checked rows, finished): the next step of an area. finished: the end was reached, the
--   next step begins anew. Another process that is at the same area: (0, true).
--     Windows, what happened since the last step, up to ten seconds ago (a transaction that is older and still open is left to the slices):
--       new_orders      orders by id, with their payments and ledger entries
--       events          orders and payments that the outbox speaks of; the outbox itself
--     Slices, the whole table by key, again and again:
--       orders, seller_orders, lines, payments, provider_payments, entries, ledger_lines, variants, products
--       stock           reserved units against reservations, see below
-- platform.invariants_state_v1() → (name, ok, value, since): the names of invariants_v1; not ok from the step that found an offender until
--   a whole round of the area has found none (events: for an hour). value: offenders of the worst step. since: when one was found last.
--   An area that has never been looked at counts as sound.
--
-- Measured with 2,000,000 orders, 2,000 rows a step: orders 53 ms, stock 73 ms, the others up to 20 ms; invariants_v1 takes 49 s there.
--
-- What one step finds is a snapshot of its own: rows that belong together are compared in one statement, as in invariants_v1. Two checks are
-- weaker than there, and complete in mve check only: outbox.order_events_are_gap_free sees no order without any event; and the
-- reserved units of a variant, whose reservations no index finds, are compared in three phases over many steps: (0) each row of stock is
-- noted with the moment, (1) all reservations are added up, (2) noted units must lie between those of reservations that are active
-- and untouched since shortly before that moment (least), and those of all that were there and active then or changed since (most).

create unlogged table platform.invariant_stock (      -- unlogged: after a crash the round compares nothing
  variant_id bigint      primary key,
  noted_at   timestamptz not null,
  reserved   int         not null,
  least      bigint      not null default 0,
  most       bigint      not null default 0
) with (fillfactor = 50);

create table platform.invariant_progress (
  area       text        primary key,
  position   bigint      not null default -9223372036854775808,    -- the last key that was looked at
  phase      smallint    not null default 0,                       -- of stock
  round      bigint      not null default 0,                       -- whole rounds that ended
  updated_at timestamptz not null default now()
) with (fillfactor = 50);
insert into platform.invariant_progress (area)
select unnest('{new_orders,events,orders,seller_orders,lines,payments,provider_payments,entries,ledger_lines,variants,products,stock}'::text[]);
-- What is there already is the slices' work.
update platform.invariant_progress p set position = x.top
  from (select 'new_orders' area, max(id) top from orders.orders union all select 'events', max(id) from platform.outbox) x
 where p.area = x.area and x.top is not null;

create table platform.invariant_findings (
  name     text        not null,
  area     text        not null,                -- the slice whose next whole round may clear it
  round    bigint      not null,
  value    bigint      not null,
  found_at timestamptz not null default now(),
  primary key (name, area)
) with (fillfactor = 50);

-- Checks of certain rows: (name, offenders) as in invariants_v1, by index only.

create function platform.invariants_of_orders_v1(p_orders bigint[]) returns table (name text, value bigint)
language sql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
  with o as materialized (select id, user_id, cart_id, cart_version, status, currency, total_minor, paid_minor, payment_method, reserved_until,
                                 key_digest, key_retention_s, created_at from orders.orders where id = any (p_orders)),
  s as materialized (select * from orders.seller_orders where order_id = any (p_orders)),
  l as materialized (select order_id, seller_order_id, variant_id, quantity, total_minor from orders.order_lines where order_id = any (p_orders)),
  r as materialized (select * from inventory.reservations where order_id = any (p_orders)),
  p as materialized (select * from payments.payments where order_id = any (p_orders))
  -- A digest covers its user, so the other order of a key is one of the same user.
  select 'keys.one_order_per_key', count(distinct k.digest) from o join platform.idempotency_keys k on k.digest = o.key_digest and o.created_at >= k.created_at
   where exists (select 1 from orders.orders x where x.user_id = o.user_id and x.created_at >= k.created_at and x.id <> o.id
                    and x.key_digest = o.key_digest)
  union all select 'orders.key_row_within_retention', count(*) from o where o.created_at + make_interval(secs => o.key_retention_s) > now()
     and not exists (select 1 from platform.idempotency_keys k where k.digest = o.key_digest and k.state = 1)
  union all select 'orders.total_is_sum_of_seller_orders', count(*) from o
     left join (select order_id, sum(total_minor) t from s group by 1) x on x.order_id = o.id where x.t is distinct from o.total_minor
  union all select 'seller_orders.total_is_sum_of_lines', count(*) from s
     left join (select seller_order_id, sum(total_minor) t from l group by 1) x on x.seller_order_id = s.id
    where x.t is null or x.t + s.shipping_minor <> s.total_minor
  union all select 'lines.have_a_seller_order', count(*) from l
    where not exists (select 1 from orders.seller_orders x where x.id = l.seller_order_id and x.order_id = l.order_id)
  union all select 'reservations.one_per_seller_order_with_its_units', count(*)
     from (select seller_order_id, variant_id, sum(quantity) q from l group by 1, 2) x
     full join (select r.seller_order_id, v, sum(q) q from r cross join lateral unnest(r.variant_ids, r.quantities) u(v, q) group by 1, 2) y
       on y.seller_order_id = x.seller_order_id and y.v = x.variant_id where x.q is distinct from y.q
  union all select 'reservations.state_fits_the_order', count(*) from r join o on o.id = r.order_id
    where (o.status = 'pending_payment') <> (r.state = 'held')
       or (o.status in ('confirmed', 'processing') and r.state not in ('committed', 'consumed', 'released'))
       or (o.status = 'pending_payment' and r.expires_at <> o.reserved_until)
  union all select 'orders.confirmed_is_paid', count(*) from o
    where o.payment_method = 'razorpay' and o.status in ('confirmed', 'processing', 'completed')
      and (o.paid_minor < o.total_minor
           or o.total_minor > (select coalesce(sum(p.captured_minor), 0) from p where p.order_id = o.id and p.currency = o.currency))
  union all select 'orders.paid_is_sum_of_accepted', count(*) from o
     left join (select p.order_id, sum(q.amount_minor) t from p join payments.provider_payments q on q.payment_id = p.id and q.order_id = p.order_id
                 where q.verdict = 'accepted' group by 1) x on x.order_id = o.id where o.paid_minor <> coalesce(x.t, 0)
  union all select 'orders.carts_moved_on', count(*) from o join carts.carts c on c.id = o.cart_id where c.version <= o.cart_version
$$;

create function platform.invariants_of_payments_v1(p_payments bigint[]) returns table (name text, value bigint)
language sql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
  with p as materialized (select id, order_id, currency, rank, captured_minor from payments.payments where id = any (p_payments)),
  q as materialized (select * from payments.provider_payments where payment_id = any (p_payments))
  select 'payments.have_an_order', count(*) from p where not exists (select 1 from orders.orders o where o.id = p.order_id)
  union all select 'payments.captured_is_sum_of_provider_payments', count(*) from p
     left join (select payment_id, currency, sum(amount_minor) t from q where rank >= 3 group by 1, 2) x
       on x.payment_id = p.id and x.currency = p.currency where p.captured_minor <> coalesce(x.t, 0)
  union all select 'payments.attempt_has_the_highest_rank', count(*) from p
     join (select payment_id, max(rank) r from q group by 1) x on x.payment_id = p.id where p.rank < x.r
  union all select 'ledger.each_capture_is_booked_once', count(*) from q
     left join lateral (select sum(l.debit_minor) d from ledger.entries e join ledger.lines l on l.entry_id = e.id
                         where e.kind = 'payment_captured' and e.reference = q.provider || ':' || q.provider_payment_id) x on true
    where case when q.rank >= 3 then q.amount_minor > 0 and x.d is distinct from q.amount_minor else x.d is not null end
$$;

create function platform.invariants_of_entries_v1(p_entries bigint[]) returns table (name text, value bigint)
language sql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
  with e as materialized (select id, kind, reference from ledger.entries where id = any (p_entries))
  select 'ledger.entries_balance', count(*) from e
    left join (select entry_id, sum(debit_minor) d, sum(credit_minor) c from ledger.lines where entry_id = any (p_entries) group by 1) l
      on l.entry_id = e.id where l.d is null or l.d <> l.c
  union all select 'ledger.each_capture_is_booked_once', count(*) from e
    where e.kind = 'payment_captured'
      and not exists (select 1 from payments.provider_payments q where q.rank >= 3 and q.provider = split_part(e.reference, ':', 1)
                         and q.provider_payment_id = substr(e.reference, strpos(e.reference, ':') + 1))
$$;

create function platform.invariants_of_variants_v1(p_variants bigint[]) returns table (name text, value bigint)
language sql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
  with v as materialized (select v.id, v.product_id, v.status, p.visible from catalog.variants v join catalog.products p on p.id = v.product_id
                           where v.id = any (p_variants)),
  s as materialized (select * from inventory.stock where variant_id = any (p_variants))
  select 'stock.available_not_negative', count(*) from s where on_hand < reserved or reserved < 0
  union all select 'stock.every_variant_has_a_row', count(*) from v where not exists (select 1 from s where s.variant_id = v.id)
  union all select 'stock.sellable_matches_catalog', count(*) from s join v on v.id = s.variant_id
    where s.sellable is distinct from (v.status = 'active' and v.visible) or s.product_id <> v.product_id
$$;

-- Consecutive numbers in what was read of the outbox, and the last one of orders that have not changed since. A transaction that
-- began earlier and waited may have written the next one later, with an older time.
create function platform.invariants_of_outbox_v1(p_after bigint, p_last bigint) returns table (name text, value bigint)
language sql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
  select 'outbox.order_events_are_gap_free', count(*)
    from (select aggregate_id, count(*) n, min(seq) low, max(seq) top, max(created_at) at from platform.outbox
           where id > p_after and id <= p_last and aggregate_type = 'order' group by 1) x
    left join orders.orders o on o.id = x.aggregate_id
   where o.id is null or x.n <> x.top - x.low + 1 or x.top > o.event_seq or (x.top < o.event_seq and o.updated_at <= x.at and not exists (
            select 1 from platform.outbox y where y.id > p_last and y.id <= p_last + 20000 and y.aggregate_type = 'order'
               and y.aggregate_id = x.aggregate_id and y.seq = x.top + 1))
$$;

-- Keeps what a step found for the area whose next round is to clear it.
create function platform.invariants_found(p_area text, p_names text[], p_values bigint[]) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  insert into platform.invariant_findings as f (name, area, round, value)
  select u.name, p_area, g.round, u.value from unnest(p_names, p_values) u(name, value)
    join platform.invariant_progress g on g.area = p_area where u.value > 0
  on conflict (name, area) do update
     set round = excluded.round, found_at = excluded.found_at,
         value = case when f.round = excluded.round then greatest(f.value, excluded.value) else excluded.value end
$$;

-- Orders with their payments and ledger entries: what one transaction writes together.
create function platform.invariants_of_and_around_v1(p_orders bigint[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
declare ids bigint[];
begin
  perform platform.invariants_found('orders', array_agg(f.name), array_agg(f.value)) from platform.invariants_of_orders_v1(p_orders) f;
  select array_agg(id) into ids from payments.payments where order_id = any (p_orders);
  perform platform.invariants_found('payments', array_agg(f.name), array_agg(f.value)) from platform.invariants_of_payments_v1(ids) f;
  select array_agg(id) into ids from ledger.entries where order_id = any (p_orders);
  perform platform.invariants_found('entries', array_agg(f.name), array_agg(f.value)) from platform.invariants_of_entries_v1(ids) f;
end $$;

-- The stock area: one step of one of its phases. A row that another round has left is noted anew before anything is added to it.
create function platform.invariants_stock_step(p_position bigint, p_phase smallint, p_limit int,
  out checked int, out last bigint, out next_phase smallint, out names text[], out offenders bigint[])
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
declare
  -- A transaction that began before a row was noted may have committed after it: none is open for so long.
  slack constant interval := '30 seconds';
  low bigint;
begin
  next_phase := p_phase; names := '{}'; offenders := '{}';
  if p_phase = 0 then
    with n as (
      insert into platform.invariant_stock (variant_id, noted_at, reserved)
      select variant_id, now(), reserved from inventory.stock where variant_id > p_position order by variant_id limit p_limit
      on conflict (variant_id) do update set noted_at = excluded.noted_at, reserved = excluded.reserved, least = 0, most = 0
      returning variant_id)
    select count(*), max(variant_id) into checked, last from n;
  elsif p_phase = 1 then
    names := '{reservations.one_per_seller_order_with_its_units,stock.reserved_is_held_plus_committed}';
    -- Whole orders: the last one, which the limit may have cut, waits for the next step.
    select count(*), min(order_id), max(order_id) into checked, low, last from (
      select order_id from inventory.reservations where order_id > p_position order by order_id limit p_limit) x;
    if checked = p_limit and low < last then last := last - 1; end if;
    with r as materialized (
      select seller_order_id, order_id, state in ('held', 'committed') active, created_at, updated_at, variant_ids, quantities
        from inventory.reservations where order_id > p_position and order_id <= last),
    d as (
      select s.variant_id,
             sum(case when r.active and greatest(r.created_at, r.updated_at) <= s.noted_at - slack then u.q else 0 end) least,
             sum(case when r.created_at <= s.noted_at and (r.active or r.updated_at > s.noted_at - slack) then u.q else 0 end) most
        from r cross join lateral unnest(r.variant_ids, r.quantities) u(v, q) join platform.invariant_stock s on s.variant_id = u.v
       group by s.variant_id),
    w as (update platform.invariant_stock s set least = s.least + d.least, most = s.most + d.most from d where s.variant_id = d.variant_id)
    select array[count(*) filter (where not exists (select 1 from orders.seller_orders o where o.id = r.seller_order_id and o.order_id = r.order_id)),
                 count(*) filter (where r.active and exists (
                   select 1 from unnest(r.variant_ids) v where not exists (select 1 from inventory.stock s where s.variant_id = v)))]
      into offenders from r;
  else
    names := '{stock.reserved_is_held_plus_committed}';
    -- The row of stock says that the variant is still there.
    select count(*), max(x.variant_id), array[count(s.variant_id) filter (where x.reserved < x.least or x.reserved > x.most)]
      into checked, last, offenders
      from (select * from platform.invariant_stock where variant_id > p_position order by variant_id limit p_limit) x
      left join inventory.stock s on s.variant_id = x.variant_id;
  end if;
  if checked < p_limit then next_phase := (p_phase + 1) % 3; last := null; end if;
end $$;

create function platform.invariants_step_v1(p_area text, p_limit int, out checked int, out finished boolean)
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
declare
  first constant bigint := -9223372036854775808;
  -- What committed later than it was numbered is behind the window otherwise.
  settled constant timestamptz := now() - interval '10 seconds';
  g platform.invariant_progress; ids bigint[]; last bigint; next_phase smallint; names text[]; offenders bigint[];
begin
  if p_limit is null or p_limit not between 1 and 20000 then
    raise exception 'invariants_step_v1: limit outside 1…20000' using errcode = '22023';
  end if;
  select * into g from platform.invariant_progress p where p.area = p_area order by p.area for update skip locked;
  if not found then
    if not exists (select 1 from platform.invariant_progress p where p.area = p_area) then
      raise exception 'invariants_step_v1: no area %', p_area using errcode = '22023';
    end if;
    checked := 0; finished := true;
    return;
  end if;
  next_phase := g.phase;

  case p_area
  when 'new_orders' then
    select array_agg(id), max(id) into ids, last from (
      select id, created_at from orders.orders where id > g.position order by id limit p_limit) x where created_at < settled;
    perform platform.invariants_of_and_around_v1(ids);
  when 'events' then
    select max(id) into last from (
      select id, created_at from platform.outbox where id > g.position order by id limit p_limit) x where created_at < settled;
    select array_agg(distinct aggregate_id) into ids from platform.outbox
     where id > g.position and id <= last and aggregate_type = 'order';
    perform platform.invariants_of_and_around_v1(ids);
    perform platform.invariants_found('events', array_agg(f.name), array_agg(f.value)) from platform.invariants_of_outbox_v1(g.position, last) f;
    select array_agg(distinct aggregate_id) into ids from platform.outbox
     where id > g.position and id <= last and aggregate_type = 'payment';
    perform platform.invariants_found('payments', array_agg(f.name), array_agg(f.value)) from platform.invariants_of_payments_v1(ids) f;
    select array(select id from platform.outbox where id > g.position and id <= last) into ids;
  when 'orders' then
    select array_agg(id), max(id) into ids, last from (select id from orders.orders where id > g.position order by id limit p_limit) x;
    perform platform.invariants_found('orders', array_agg(f.name), array_agg(f.value)) from platform.invariants_of_orders_v1(ids) f;
  when 'seller_orders' then
    select array_agg(id), max(id), array[count(*) filter (where not exists (select 1 from orders.orders o where o.id = x.order_id))]
      into ids, last, offenders
      from (select id, order_id from orders.seller_orders where id > g.position order by id limit p_limit) x;
    perform platform.invariants_found('seller_orders', '{seller_orders.have_an_order}', offenders);
  when 'lines' then
    -- Whole orders: the last one, which the limit may have cut, waits for the next step.
    select array_agg(order_id), max(order_id) into ids, last
      from (select order_id from orders.order_lines where order_id > g.position order by order_id limit p_limit) x;
    if cardinality(ids) = p_limit and ids[1] < last then last := last - 1; end if;
    perform platform.invariants_found('lines', '{lines.have_a_seller_order}', array[(
      select count(*) from orders.order_lines l where l.order_id > g.position and l.order_id <= last
         and not exists (select 1 from orders.seller_orders s where s.id = l.seller_order_id and s.order_id = l.order_id))]);
  when 'payments' then
    select array_agg(id), max(id) into ids, last from (select id from payments.payments where id > g.position order by id limit p_limit) x;
    perform platform.invariants_found('payments', array_agg(f.name), array_agg(f.value)) from platform.invariants_of_payments_v1(ids) f;
  when 'provider_payments' then
    select array_agg(payment_id), max(payment_id) into ids, last from (
      select payment_id from payments.provider_payments where payment_id > g.position order by payment_id limit p_limit) x;
    perform platform.invariants_found('provider_payments', array_agg(f.name), array_agg(f.value)) from platform.invariants_of_payments_v1(ids) f;
  when 'entries' then
    select array_agg(id), max(id) into ids, last from (select id from ledger.entries where id > g.position order by id limit p_limit) x;
    perform platform.invariants_found('entries', array_agg(f.name), array_agg(f.value)) from platform.invariants_of_entries_v1(ids) f;
  when 'ledger_lines' then
    select array_agg(entry_id), max(entry_id), array[count(*) filter (where not exists (select 1 from ledger.entries e where e.id = x.entry_id))]
      into ids, last, offenders
      from (select entry_id from ledger.lines where entry_id > g.position order by entry_id limit p_limit) x;
    perform platform.invariants_found('ledger_lines', '{ledger.lines_have_an_entry}', offenders);
  when 'variants' then
    select array_agg(id), max(id) into ids, last from (select id from catalog.variants where id > g.position order by id limit p_limit) x;
    perform platform.invariants_found('variants', array_agg(f.name), array_agg(f.value)) from platform.invariants_of_variants_v1(ids) f;
  when 'products' then
    select array_agg(id), max(id), array[count(*) filter (where exists (select 1 from sellers.sellers s where s.id = x.seller_id
                                            and x.seller_selling is distinct from (s.status = 'active' and not s.on_holiday)))]
      into ids, last, offenders
      from (select id, seller_id, seller_selling from catalog.products where id > g.position order by id limit p_limit) x;
    perform platform.invariants_found('products', '{products.seller_selling_matches_seller}', offenders);
  when 'stock' then
    select s.checked, s.last, s.next_phase, s.names, s.offenders into checked, last, next_phase, names, offenders
      from platform.invariants_stock_step(g.position, g.phase, p_limit) s;
    perform platform.invariants_found('stock', names, offenders);
  end case;

  if p_area = 'stock' then
    finished := g.phase = 2 and next_phase = 0;
    last := coalesce(last, first);
  else
    checked := coalesce(cardinality(ids), 0);
    finished := checked < p_limit;
    -- A slice begins anew, a window waits where it is.
    last := case when p_area in ('new_orders', 'events') then coalesce(last, g.position) when finished then first else last end;
  end if;
  update platform.invariant_progress p
     set position = last, phase = next_phase, round = p.round + finished::int, updated_at = now() where p.area = p_area;
end $$;

create function platform.invariants_state_v1() returns table (name text, ok boolean, value bigint, since timestamptz)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select n, count(f.name) = 0, coalesce(max(f.value), 0), max(f.found_at)
    from unnest('{stock.reserved_is_held_plus_committed,stock.available_not_negative,stock.every_variant_has_a_row,
stock.sellable_matches_catalog,products.seller_selling_matches_seller,keys.one_order_per_key,orders.key_row_within_retention,
orders.total_is_sum_of_seller_orders,seller_orders.total_is_sum_of_lines,seller_orders.have_an_order,lines.have_a_seller_order,
reservations.one_per_seller_order_with_its_units,reservations.state_fits_the_order,orders.confirmed_is_paid,orders.paid_is_sum_of_accepted,
orders.carts_moved_on,payments.have_an_order,payments.captured_is_sum_of_provider_payments,payments.attempt_has_the_highest_rank,
ledger.entries_balance,ledger.lines_have_an_entry,ledger.each_capture_is_booked_once,outbox.order_events_are_gap_free}'::text[]) n
    left join (platform.invariant_findings f join platform.invariant_progress g on g.area = f.area
               and case when f.area = 'events' then f.found_at > now() - interval '1 hour' else f.round >= g.round - 1 end) on f.name = n
   group by n
$$;
