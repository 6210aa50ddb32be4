-- SPDX-License-Identifier: Apache-2.0
-- Why:  the life of a seller's part of an order after it is placed: its moves as data, parcels with their events, and
--       checkout.move_seller_orders_v1, the one way in which a part moves.
-- Lock: orders.seller_orders (ACCESS EXCLUSIVE) for two columns without a rewrite and while two partial indexes are built.
-- Time: about a second for a million seller orders.
--
-- accept_by is written by the statements that place a part (pay_v1, revive_v1), in the update that they make anyway: nothing is added
-- to the hot path for it. What finds the overdue ones costs an index entry for each part that is placed, and none for those that ended.

alter table orders.seller_orders
  add column delivered_at timestamptz,
  add column complete_at  timestamptz;        -- the end of the return window, from delivery on
create index seller_orders_overdue on orders.seller_orders (accept_by) where status = 'placed';
create index seller_orders_to_complete on orders.seller_orders (complete_at) where status = 'delivered';

-- The moves, as Core/SellerOrderStateMachine has them (a test compares). parties: 1 buyer, 2 seller, 4 admin, 8 provider, 16 system.
-- guard: shipment     a parcel is named, of units that are in none yet
--        parcels      all units are in parcels; where the seller says so, in parcels that the seller brings (carrier 'self')
--        overdue      where the server says so, accept_by has passed
--        window       complete_at has passed
create table orders.seller_order_moves (
  from_status text     not null,
  to_status   text     not null,
  event       text     not null,
  parties     smallint not null check (parties between 1 and 31),
  guard       text     check (guard in ('shipment', 'parcels', 'overdue', 'window')),
  primary key (from_status, to_status)
);
insert into orders.seller_order_moves (from_status, to_status, event, parties, guard) values
  ('pending_payment', 'placed', 'place', 24, null),
  ('placed', 'accepted', 'accept', 2, null),
  ('placed', 'rejected', 'reject', 18, 'overdue'),
  ('accepted', 'packed', 'pack', 2, null),
  ('packed', 'shipped', 'ship', 2, 'shipment'),
  ('shipped', 'out_for_delivery', 'send_out', 22, null),
  ('shipped', 'delivered', 'deliver', 22, 'parcels'),
  ('out_for_delivery', 'delivered', 'deliver', 22, 'parcels'),
  ('delivered', 'completed', 'complete', 16, 'window'),
  ('pending_payment', 'cancelled', 'cancel', 21, null),
  ('placed', 'cancelled', 'cancel', 7, null),
  ('accepted', 'cancelled', 'cancel', 7, null),
  ('packed', 'cancelled', 'cancel', 7, null),
  ('shipped', 'delivery_failed', 'fail_delivery', 22, null),
  ('out_for_delivery', 'delivery_failed', 'fail_delivery', 22, null),
  ('delivery_failed', 'shipped', 'retry_delivery', 22, null),
  ('delivery_failed', 'rto', 'return_to_origin', 22, null),
  ('rto', 'rto_received', 'receive_return_to_origin', 6, null),
  ('delivered', 'return_in_progress', 'open_return', 17, null),
  ('return_in_progress', 'delivered', 'decline_return', 22, null),
  ('return_in_progress', 'partially_returned', 'accept_part_of_return', 22, null),
  ('return_in_progress', 'returned', 'accept_return', 22, null),
  ('cancelled', 'placed', 'place', 16, null);

-- A parcel. What is written of its tracking stays. line_ids and quantities are aligned.
create table orders.shipments (
  id              bigint      primary key,
  order_id        bigint      not null,
  seller_order_id bigint      not null,
  carrier         text        not null check (length(carrier) between 1 and 60),        -- 'self': the seller brings it
  tracking_number text        check (length(tracking_number) between 1 and 60),
  tracking_url    text        check (length(tracking_url) between 1 and 500),
  eway_bill       text        check (length(eway_bill) between 1 and 20),
  line_ids        bigint[]    not null,
  quantities      int[]       not null,
  status          text        not null check (status in
                  ('shipped', 'out_for_delivery', 'delivered', 'delivery_failed', 'rto', 'rto_received')),
  shipped_at      timestamptz not null default now(),
  delivered_at    timestamptz,
  check (cardinality(line_ids) = cardinality(quantities) and cardinality(line_ids) >= 1),
  check (tracking_number is not null or carrier = 'self')
);
create index shipments_of_order on orders.shipments (order_id, id);
create unique index shipments_tracked on orders.shipments (seller_order_id, carrier, tracking_number);

create table orders.shipment_events (
  shipment_id bigint      not null references orders.shipments (id),
  id          bigint      generated always as identity,
  at          timestamptz not null default now(),
  code        text        not null check (length(code) between 1 and 40),
  text        text        check (length(text) <= 500),
  location    text        check (length(location) <= 200),
  primary key (shipment_id, id)
);

-- checkout.move_seller_orders_v1 — moves parts of one order to a state, all of them or none, with what follows from it.
--   p_order bigint        the order; null: that of the first part
--   p_parts bigint[]      1…200 different parts of it; null: every part that may move there, the others stay as they are
--   p_to text             the state; p_party smallint: 1 buyer, 2 seller, 4 admin, 16 system
--   p_owner bigint        the buyer whose order it has to be, the seller whose parts they have to be; null for admins and the server
--   p_actor bigint, p_ip text    the user who does it; null for the server
--   p_reason, p_request text     why, and in which request
--   p_version bigint      the version that each part has to have; null: any
--   p_ids bigint[]        fresh ids: two for each part and one for each line of theirs are enough
--   p_shipment jsonb      {"id":1,"carrier":"…","tracking_number":"…"?,"tracking_url":"…"?,"eway_bill":"…"?,
--                         "lines":[{"line_id":1,"quantity":1}]?}; without lines: all units that are in no parcel yet. For one part only.
--   p_window_days int     the return window of what says none itself
--
-- Effects of a move, in one transaction: history, outbox event seller_order.<state>, audit row; and
--   packed                                on_hand and reserved fall together, reservation committed → consumed, movement 'pack'
--   cancelled, rejected                   reservation committed → released; of a packed part on_hand rises again, movement 'restock'
--   rto_received                          what was in no parcel is on the shelf again, movement 'restock'; what came back is counted in by its seller
--   cancelled, rejected, rto_received     what was captured for it is owed: checkout.owe_refund_v1
--                                         what was booked as owed by a company (credit_confirmed_v1) is taken back: checkout.credit_returned_v1
--   delivered (from under way)            checkout.earn_v1; complete_at: the longest return window of its lines, now where none may come back
--   completed                             checkout.release_earnings_v1
--   the order                             processing with the first part that was accepted; when all have ended completed, or cancelled
--                                         where none arrived; its version rises with every move
-- Locks, in this order: the order, its parts, what owe_refund_v1 and earn_v1 lock of its money, reservations, stock by variant LAST.
--
-- Result rows (kind, idx, code, a, b, c, d, e, bytes1…3):
--   kind 0, one per part: idx 1-based, a part, b its version now, c units of money owed back (minor), d its order, bytes1 its state before, code
--     0 moved   1 was there already   2 no such part (or somebody else's)   3 no such move, for this party   4 another version
--     5 a shipment is needed   6 not yet: its guard does not hold   7 not moved because of another part   8 a further parcel was added
--     9 the parcel does not fit what is left
--   kind 2: the stock rows changed, as in place_v1
--   kind 3, one: a order, b its version now, code 1 where its state changed, bytes1 its state
-- Errors: 22023 arguments that do not fit together.
create function checkout.move_seller_orders_v1(
  p_order bigint, p_parts bigint[], p_to text, p_party smallint, p_owner bigint, p_actor bigint, p_ip text, p_reason text,
  p_request text, p_version bigint, p_ids bigint[], p_shipment jsonb, p_window_days int)
returns table (kind smallint, idx int, code smallint, a bigint, b bigint, c bigint, d bigint, e bigint,
               bytes1 bytea, bytes2 bytea, bytes3 bytea)
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off
set enable_material = off set jit = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  o orders.orders; r record; ids bigint[]; oc smallint[] := '{}'; was text[] := '{}'; moved bigint[] := '{}'; packed bigint[] := '{}';
  n int; i int; next_id int := 1; verdict smallint; next_status text; owed bigint[]; parcel boolean := false; known boolean;
  s_lines bigint[]; s_units int[]; vs bigint[]; dr int[]; dh int[]; who text; who_type text;
begin
  if (p_order is null and p_parts is null) or p_to is null or p_party is null or p_party not in (1, 2, 4, 16) or p_ids is null
     or (p_parts is not null and (cardinality(p_parts) not between 1 and 200
         or (select count(distinct x) from unnest(p_parts) x) <> cardinality(p_parts)))
     or (p_owner is null) <> (p_party in (4, 16)) or (p_actor is null) <> (p_party = 16) or p_window_days is null or p_window_days < 0
     or (p_shipment is not null and (cardinality(p_parts) is distinct from 1 or p_to <> 'shipped' or p_party <> 2)) then
    raise exception 'move_seller_orders_v1: arguments that do not fit together' using errcode = '22023';
  end if;
  who := case p_party when 1 then 'user:' || p_actor when 2 then 'seller:' || p_actor when 4 then 'admin:' || p_actor else 'system' end;
  who_type := case p_party when 4 then 'admin' when 16 then 'system' else 'user' end;

  select * into o from orders.orders t
   where t.id = coalesce(p_order, (select s.order_id from orders.seller_orders s where s.id = p_parts[1]))
     and (p_party <> 1 or t.user_id = p_owner) order by t.id for no key update;
  perform 1 from orders.seller_orders t where t.order_id = o.id order by t.id for no key update;
  ids := coalesce(p_parts, array(select t.id from orders.seller_orders t where t.order_id = o.id order by t.id));
  n := cardinality(ids);

  -- The decision, on the locked rows.
  for r in
    select x.ord, s.id, s.status, s.version, s.accept_by, s.complete_at, m.event, m.guard
      from unnest(ids) with ordinality x(id, ord)
      left join orders.seller_orders s on s.id = x.id and s.order_id = o.id and (p_party <> 2 or s.seller_id = p_owner)
      left join orders.seller_order_moves m on m.from_status = s.status and m.to_status = p_to and m.parties & p_party <> 0
     order by x.ord
  loop
    -- A parcel without a number is the same one when it holds the same, or when nothing is left that another could hold.
    known := p_shipment is not null and exists (
      select 1 from orders.shipments h where h.seller_order_id = r.id and h.carrier = p_shipment->>'carrier'
         and h.tracking_number is not distinct from p_shipment->>'tracking_number'
         and (h.tracking_number is not null
              or case when jsonb_typeof(p_shipment->'lines') = 'array'
                   then (select jsonb_object_agg(l, q) from unnest(h.line_ids, h.quantities) u(l, q))
                        = (select jsonb_object_agg(v->>'line_id', (v->>'quantity')::int) from jsonb_array_elements(p_shipment->'lines') v)
                   else not exists (select 1 from orders.order_lines l where l.order_id = o.id and l.seller_order_id = r.id and l.quantity > (
                              select coalesce(sum(u.q), 0) from orders.shipments y cross join lateral unnest(y.line_ids, y.quantities) u(line, q)
                               where y.order_id = o.id and y.seller_order_id = r.id and u.line = l.id)) end));
    verdict := case
      when r.id is null then 2
      when p_shipment is null and r.status = p_to then 1
      when known and r.status in ('shipped', 'out_for_delivery') then 1
      when o.status not in ('confirmed', 'processing') then 3
      when p_version is not null and r.version <> p_version then 4
      when p_shipment is not null and r.status in ('shipped', 'out_for_delivery') then 8
      when r.event is null then 3
      when r.guard = 'shipment' and p_shipment is null then 5
      when r.guard = 'overdue' and p_party = 16 and (r.accept_by <= now()) is not true then 6
      when r.guard = 'window' and (r.complete_at <= now()) is not true then 6
      when r.guard = 'parcels' and (
             exists (select 1 from orders.order_lines l where l.order_id = o.id and l.seller_order_id = r.id and l.quantity > (
                       select coalesce(sum(u.q), 0) from orders.shipments h cross join lateral unnest(h.line_ids, h.quantities) u(line, q)
                        where h.order_id = o.id and h.seller_order_id = r.id and u.line = l.id))
             or (p_party = 2 and exists (select 1 from orders.shipments h where h.order_id = o.id and h.seller_order_id = r.id
                                            and h.carrier <> 'self'))) then 6
      else 0 end;
    -- A parcel that is on record is not made again; every other one has to fit what is in none yet.
    if p_shipment is not null and not known and verdict in (0, 8) then
      select array_agg(y.line order by y.line), array_agg(y.want order by y.line),
             coalesce(bool_and(y.want between 1 and y.rest), false)
        into s_lines, s_units, parcel
        from (select coalesce(w.line, l.id) line, coalesce(l.rest, 0) rest,
                     case when jsonb_typeof(p_shipment->'lines') = 'array' then w.q else l.rest end want
                from (select t.id, t.quantity - coalesce((
                               select sum(u.q) from orders.shipments h cross join lateral unnest(h.line_ids, h.quantities) u(line, q)
                                where h.order_id = o.id and h.seller_order_id = r.id and u.line = t.id), 0)::int rest
                        from orders.order_lines t where t.order_id = o.id and t.seller_order_id = r.id) l
                full join (select (v->>'line_id')::bigint line, sum((v->>'quantity')::int)::int q
                             from jsonb_array_elements(case when jsonb_typeof(p_shipment->'lines') = 'array' then p_shipment->'lines' else '[]' end) v
                            group by 1) w on w.line = l.id
               where case when jsonb_typeof(p_shipment->'lines') = 'array' then w.line is not null else l.rest > 0 end) y;
      if not parcel then verdict := 9; end if;
    end if;
    oc := oc || verdict; was := was || coalesce(r.status, '');
  end loop;
  if p_parts is not null and exists (select 1 from unnest(oc) x where x not in (0, 1, 8)) then
    select array_agg(case when x in (0, 8) then 7 else x end::smallint order by ord) into oc from unnest(oc) with ordinality u(x, ord);
    parcel := false;
  end if;
  select coalesce(array_agg(id order by ord) filter (where x = 0), '{}'),
         coalesce(array_agg(id order by ord) filter (where x = 0 and w = 'packed' and p_to = 'cancelled'), '{}')
    into moved, packed from unnest(ids, oc, was) with ordinality u(id, x, w, ord);
  owed := array_fill(0::bigint, array[coalesce(n, 0)]);

  if cardinality(moved) > 0 or 8 = any (oc) then
    if cardinality(p_ids) < 2 * cardinality(moved) then
      raise exception 'move_seller_orders_v1: too few ids' using errcode = '22023';
    end if;
    -- The parts; a parcel that is added moves nothing, but what is shown of its part is another.
    with u as (
      update orders.seller_orders t
         set status = case when x.o = 0 then p_to else t.status end, event_seq = t.event_seq + (x.o = 0)::int, version = t.version + 1,
             updated_at = now(),
             delivered_at = case when x.o = 0 and p_to = 'delivered' then coalesce(t.delivered_at, now()) else t.delivered_at end,
             complete_at = case when x.o <> 0 or p_to <> 'delivered' then t.complete_at
                                when t.complete_at is not null then greatest(t.complete_at, now())
                                else now() + make_interval(days => coalesce(y.days, p_window_days)) end
        from (select id, w, o from unnest(ids, was, oc) v(id, w, o) where o in (0, 8) order by id) x
        left join lateral (
             select max(case when g.return_policy->'returnable' = 'false' then 0
                             when jsonb_typeof(g.return_policy->'days') = 'number' then (g.return_policy->>'days')::int
                             else p_window_days end) days
               from orders.order_lines l join catalog.products g on g.id = l.product_id
              where p_to = 'delivered' and l.order_id = o.id and l.seller_order_id = x.id) y on true
       where t.id = x.id
      returning t.id, t.seller_id, t.event_seq, t.total_minor, x.w, x.o),
    h as (
      insert into orders.history (order_id, seller_order_id, from_status, to_status, event, actor, reason, request_id)
      select o.id, u.id, u.w, p_to, m.event, who, p_reason, p_request
        from u join orders.seller_order_moves m on m.from_status = u.w and m.to_status = p_to where u.o = 0 order by u.id),
    l as (
      insert into platform.audit (actor_type, actor_id, actor_ip, action, entity_type, entity_id, before, after, reason, request_id)
      select who_type, p_actor, left(p_ip, 64), 'seller_order.' || case when u.o = 0 then p_to else 'shipment_added' end, 'seller_order', u.id,
             jsonb_build_object('status', u.w), jsonb_build_object('status', case when u.o = 0 then p_to else u.w end), left(p_reason, 2000),
             left(p_request, 40) from u order by u.id)
    insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
    select 'seller_order.' || p_to, 'seller_order', u.id, u.event_seq,
           jsonb_build_object('seller_order_id', u.id, 'order_id', o.id, 'seller_id', u.seller_id, 'user_id', o.user_id,
                              'from', u.w, 'total_minor', u.total_minor, 'currency', o.currency, 'reason', p_reason)
      from u where u.o = 0 order by u.id;

    -- Parcels.
    if p_to in ('out_for_delivery', 'delivered', 'delivery_failed', 'shipped', 'rto', 'rto_received') then
      with u as (
        update orders.shipments t set status = p_to, delivered_at = case when p_to = 'delivered' then coalesce(t.delivered_at, now()) else t.delivered_at end
         where t.order_id = o.id and t.seller_order_id = any (moved) and t.status <> p_to returning t.id)
      insert into orders.shipment_events (shipment_id, code, text) select id, p_to, left(p_reason, 500) from u order by id;
    end if;
    if parcel then
      insert into orders.shipments (id, order_id, seller_order_id, carrier, tracking_number, tracking_url, eway_bill, line_ids, quantities, status)
      values ((p_shipment->>'id')::bigint, o.id, p_parts[1], p_shipment->>'carrier', p_shipment->>'tracking_number',
              p_shipment->>'tracking_url', p_shipment->>'eway_bill', s_lines, s_units, 'shipped');
      insert into orders.shipment_events (shipment_id, code) values ((p_shipment->>'id')::bigint, 'shipped');
    end if;

    -- The order.
    select case when bool_and(x.ended) and bool_or(x.arrived) then 'completed' when bool_and(x.ended) then 'cancelled'
                when bool_or(x.taken) and o.status = 'confirmed' then 'processing' else o.status end into next_status
      from (select t.status in ('completed', 'cancelled', 'rejected', 'returned', 'rto_received', 'partially_returned') ended,
                   t.status in ('completed', 'returned', 'partially_returned') arrived,
                   t.status not in ('pending_payment', 'placed', 'cancelled', 'rejected') taken
              from orders.seller_orders t where t.order_id = o.id) x;
    if o.status not in ('confirmed', 'processing') then next_status := o.status; end if;
    update orders.orders t
       set status = next_status, event_seq = t.event_seq + (next_status <> o.status)::int, version = t.version + 1, updated_at = now()
     where t.id = o.id;
    if next_status <> o.status then
      insert into orders.history (order_id, from_status, to_status, event, actor, reason, request_id)
      values (o.id, o.status, next_status, case next_status when 'processing' then 'accept' when 'completed' then 'complete' else 'cancel' end,
              'system', p_reason, p_request);
      insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
      values ('order.' || next_status, 'order', o.id, o.event_seq + 1,
              jsonb_build_object('order_id', o.id, 'user_id', o.user_id, 'total_minor', o.total_minor, 'currency', o.currency, 'reason', p_reason));
      insert into platform.audit (actor_type, action, entity_type, entity_id, before, after, reason, request_id)
      values ('system', 'order.' || next_status, 'order', o.id, jsonb_build_object('status', o.status),
              jsonb_build_object('status', next_status), left(p_reason, 2000), left(p_request, 40));
    end if;

    -- Money, part by part.
    for i in 1..n loop
      continue when oc[i] <> 0;
      if p_to in ('cancelled', 'rejected', 'rto_received') and o.payment_method = 'credit_terms'
         and exists (select 1 from ledger.entries y where y.kind = 'credit_confirmed' and y.reference = o.id::text) then
        perform checkout.credit_returned_v1(p_ids[next_id + 1], ids[i],
                  (select t.total_minor from orders.seller_orders t where t.id = ids[i]), ids[i]::text);
      elsif p_to in ('cancelled', 'rejected', 'rto_received') and o.paid_minor > 0 then
        owed[i] := checkout.owe_refund_v1(p_ids[next_id], p_ids[next_id + 1], ids[i], p_to, who, p_request);
      elsif p_to = 'delivered' and was[i] <> 'return_in_progress' then
        perform checkout.earn_v1(p_ids[next_id + 1], ids[i], who);
      elsif p_to = 'completed' then
        perform checkout.release_earnings_v1(p_ids[next_id + 1], ids[i]);
      end if;
      next_id := next_id + 2;
    end loop;

    -- Units, last: they move only by what the reservations say.
    if p_to in ('packed', 'cancelled', 'rejected', 'rto_received') then
      with u as (
        update inventory.reservations t set state = case when p_to = 'packed' then 'consumed' else 'released' end, updated_at = now()
         where t.order_id = o.id and t.seller_order_id = any (moved) and t.state = 'committed'
        returning t.variant_ids, t.quantities),
      q as (
        select k.v, k.q, -k.q r, case when p_to = 'packed' then -k.q else 0 end h
          from u cross join lateral unnest(u.variant_ids, u.quantities) k(v, q)
        union all
        -- A packed part is unpacked, but for what a refund has put back; of one that came back, what had never left.
        select g.v, g.q, 0, g.q - coalesce((
                 select sum(case when p_to = 'rto_received' then y.shipped else y.restocked end)::int
                   from orders.order_lines l
                   cross join lateral (select
                     (select coalesce(sum(u.q), 0) from orders.shipments h cross join lateral unnest(h.line_ids, h.quantities) u(line, q)
                       where h.order_id = o.id and h.seller_order_id = g.part and u.line = l.id) shipped,
                     (select coalesce(sum(p.restocked), 0) from refunds.parts p where p.line_id = l.id and p.order_id = o.id) restocked) y
                  where l.order_id = o.id and l.seller_order_id = g.part and l.variant_id = g.v), 0)
          from (select t.seller_order_id part, k.v, sum(k.q)::int q
                  from inventory.reservations t cross join lateral unnest(t.variant_ids, t.quantities) k(v, q)
                 where t.order_id = o.id and t.state = 'consumed'
                   and t.seller_order_id = any (case when p_to = 'rto_received' then moved else packed end)
                 group by 1, 2) g)
      select array_agg(v order by v), array_agg(r order by v), array_agg(h order by v) into vs, dr, dh
        from (select v, sum(r)::int r, sum(h)::int h from q group by v) x;
      for r in
        update inventory.stock s set on_hand = s.on_hand + x.h, reserved = s.reserved + x.r, version = s.version + 1
          from (select v, r, h from unnest(vs, dr, dh) u(v, r, h) order by v) x where s.variant_id = x.v
        returning s.variant_id, s.on_hand, s.reserved, s.version, s.offer_version, s.sellable, x.h
      loop
        if r.h <> 0 then
          if next_id > cardinality(p_ids) then
            raise exception 'move_seller_orders_v1: too few ids' using errcode = '22023';
          end if;
          insert into inventory.movements (id, variant_id, delta, on_hand, cause, reason, actor, order_id)
          values (p_ids[next_id], r.variant_id, r.h, r.on_hand, case when p_to = 'packed' then 'pack' else 'restock' end, p_reason, who, o.id);
          next_id := next_id + 1;
        end if;
        kind := 2; idx := 0; code := r.sellable::int; a := r.variant_id; b := r.on_hand; c := r.reserved; d := r.version; e := r.offer_version;
        bytes1 := null; bytes2 := null; bytes3 := null;
        return next;
      end loop;
    end if;
  end if;

  return query
    select 0::smallint, x.ord::int, x.o, x.id, coalesce(t.version, 0), x.ow, coalesce(t.order_id, 0), 0::bigint, convert_to(x.w, 'UTF8'),
           null::bytea, null::bytea
      from unnest(ids, oc, was, owed) with ordinality x(id, o, w, ow, ord)
      left join orders.seller_orders t on x.o <> 2 and t.id = x.id;
  return query
    select 3::smallint, 0, (t.status <> o.status)::int::smallint, t.id, t.version, 0::bigint, 0::bigint, 0::bigint, convert_to(t.status, 'UTF8'),
           null::bytea, null::bytea
      from orders.orders t where t.id = o.id;
end $$;

-- What must hold of seller orders: (name, offenders), in one snapshot over whole tables.
create function platform.invariants_of_seller_orders_v1() returns table (name text, value bigint)
language sql stable set search_path = pg_catalog, pg_temp set jit = off as $$
  select 'orders.status_fits_its_seller_orders', count(*) from (
    select o.id, o.status,
           bool_and(s.status = 'pending_payment') waits, bool_and(s.status in ('placed', 'cancelled', 'rejected')) untouched,
           bool_and(s.status in ('cancelled', 'rejected', 'rto_received')) called_off,
           bool_and(s.status in ('completed', 'cancelled', 'rejected', 'returned', 'rto_received', 'partially_returned')) ended,
           bool_or(s.status in ('completed', 'returned', 'partially_returned')) arrived
      from orders.orders o join orders.seller_orders s on s.order_id = o.id group by o.id) x
    where case status when 'pending_payment' then not waits when 'pending_approval' then not waits
                      when 'confirmed' then not untouched or ended when 'processing' then ended
                      when 'completed' then not (ended and arrived) else not called_off end
  union all select 'reservations.state_fits_the_seller_order', count(*)
     from inventory.reservations r join orders.seller_orders s on s.id = r.seller_order_id
    where case when s.status = 'pending_payment' then r.state <> 'held'
               when s.status in ('placed', 'accepted') then r.state <> 'committed'
               when s.status = 'rejected' then r.state <> 'released'
               when s.status <> 'cancelled' then r.state <> 'consumed'
               else r.state not in ('released', 'expired') and not (r.state = 'consumed' and exists (
                      select 1 from orders.history h where h.order_id = s.order_id and h.seller_order_id = s.id
                         and h.from_status = 'packed' and h.to_status = 'cancelled')) end
  union all select 'shipments.units_fit_the_lines', count(*) from (
    select h.seller_order_id, u.line, sum(u.q) q, min(u.q) least
      from orders.shipments h cross join lateral unnest(h.line_ids, h.quantities) u(line, q) group by 1, 2) x
     join orders.shipments y on y.seller_order_id = x.seller_order_id
      and y.id = (select min(z.id) from orders.shipments z where z.seller_order_id = x.seller_order_id)
     left join orders.order_lines l on l.order_id = y.order_id and l.id = x.line and l.seller_order_id = x.seller_order_id
    where l.id is null or x.q > l.quantity or x.least < 1
  union all select 'seller_orders.shipped_has_a_shipment', count(*) from orders.seller_orders s
    where s.status in ('shipped', 'out_for_delivery', 'delivered', 'completed', 'delivery_failed', 'rto', 'rto_received')
      and not exists (select 1 from orders.shipments h where h.order_id = s.order_id and h.seller_order_id = s.id)
  union all select 'seller_orders.have_their_deadlines', count(*) from orders.seller_orders s
    where (s.status = 'placed' and s.accept_by is null) or (s.status = 'delivered' and (s.complete_at is null or s.delivered_at is null))
  union all select 'seller_orders.history_is_a_legal_path', count(*) from orders.seller_orders s
     left join lateral (
       select count(*) n, count(*) filter (where m.event is null or x.from_status <> coalesce(x.before,
                            case when x.from_status = 'cancelled' then 'cancelled' else 'pending_payment' end)) wrong,
              (array_agg(x.to_status order by x.id desc))[1] newest
         from (select h.id, h.from_status, h.to_status, lag(h.to_status) over (order by h.id) before
                 from orders.history h where h.order_id = s.order_id and h.seller_order_id = s.id) x
         left join orders.seller_order_moves m on m.from_status = x.from_status and m.to_status = x.to_status) p on true
    where case when p.n = 0 then s.status not in ('pending_payment', 'cancelled') else p.wrong > 0 or p.newest <> s.status end
  union all select 'outbox.seller_order_events_are_gap_free', count(*) from orders.seller_orders s
     left join (select aggregate_id, count(*) n, max(seq) top from platform.outbox where aggregate_type = 'seller_order' group by 1) x
       on x.aggregate_id = s.id
    where s.created_at > now() - interval '1 hour' and (coalesce(x.n, 0) <> s.event_seq or coalesce(x.top, 0) <> s.event_seq)
$$;
