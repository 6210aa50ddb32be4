-- SPDX-License-Identifier: Apache-2.0
-- Why:  what must hold of notifications and disputes is part of the whole check; and that of seller orders, refunds, disputes and notifications
--       is looked at in steps as well, as 0026 and 0065 do with the rest.
-- Lock: only new objects; three rows more in platform.invariant_progress.
-- Time: milliseconds.
--
-- platform.invariants_v3() → (name, ok, value): invariants_v2 with invariants_of_ledger_v2 in place of v1, invariants_of_disputes_v1 and
--   invariants_of_notifications_v1. One snapshot.
-- platform.invariants_step_v3(area, limit) → (checked, finished): the areas before, and
--     order_parts     orders by id: their seller orders, as invariants_of_seller_orders_v1
--     order_refunds   orders by id: their refunds and disputes, as invariants_of_refunds_v1 and invariants_of_disputes_v1
--     notified        people by id who have notifications; a twentieth of the limit, as each has some hundreds
--   and in the windows of 0026 the first two of the orders that are new or that events speak of, whatever these events are of (order, payment,
--   seller order, refund).
-- platform.invariants_state_v3() → (name, ok, value, since).
-- Weaker than the whole check: events of seller orders and refunds are compared where the outbox speaks of them, so what has no event at
--   all is not seen; what belongs to no order at all neither.
--
-- Measured, 2,000 orders a step: order_parts 90 ms, order_refunds 70 ms.

create function platform.invariants_of_seller_orders_v2(p_orders bigint[]) returns table (name text, value bigint)
language sql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
  with o as materialized (select id, status from orders.orders where id = any (p_orders)),
  s as materialized (select * from orders.seller_orders where order_id = any (p_orders)),
  r as materialized (select * from inventory.reservations where order_id = any (p_orders)),
  h as materialized (select * from orders.history where order_id = any (p_orders) and seller_order_id is not null),
  p as materialized (select * from orders.shipments where order_id = any (p_orders)),
  l as materialized (select order_id, id, seller_order_id, quantity from orders.order_lines where order_id = any (p_orders))
  select 'orders.status_fits_its_seller_orders', count(*) from (
    select o.id, o.status,
           bool_and(s.status = 'pending_payment') waits, bool_and(s.status in ('placed', 'cancelled', 'rejected')) untouched,
           bool_and(s.status in ('cancelled', 'rejected', 'rto_received')) called_off,
           bool_and(s.status in ('completed', 'cancelled', 'rejected', 'returned', 'rto_received', 'partially_returned')) ended,
           bool_or(s.status in ('completed', 'returned', 'partially_returned')) arrived
      from o join s on s.order_id = o.id group by 1, 2) x
    where case status when 'pending_payment' then not waits when 'pending_approval' then not waits
                      when 'confirmed' then not untouched or ended when 'processing' then ended
                      when 'completed' then not (ended and arrived) else not called_off end
  union all select 'reservations.state_fits_the_seller_order', count(*)
     from r join s on s.id = r.seller_order_id
    where case when s.status = 'pending_payment' then r.state <> 'held'
               when s.status in ('placed', 'accepted') then r.state <> 'committed'
               when s.status = 'rejected' then r.state <> 'released'
               when s.status <> 'cancelled' then r.state <> 'consumed'
               else r.state not in ('released', 'expired') and not (r.state = 'consumed' and exists (
                      select 1 from h where h.seller_order_id = s.id and h.from_status = 'packed' and h.to_status = 'cancelled')) end
  union all select 'shipments.units_fit_the_lines', count(*) from (
    select p.order_id, p.seller_order_id, u.line, sum(u.q) q, min(u.q) least
      from p cross join lateral unnest(p.line_ids, p.quantities) u(line, q) group by 1, 2, 3) x
     left join l on l.order_id = x.order_id and l.id = x.line and l.seller_order_id = x.seller_order_id
    where l.id is null or x.q > l.quantity or x.least < 1
  union all select 'seller_orders.shipped_has_a_shipment', count(*) from s
    where s.status in ('shipped', 'out_for_delivery', 'delivered', 'completed', 'delivery_failed', 'rto', 'rto_received')
      and not exists (select 1 from p where p.order_id = s.order_id and p.seller_order_id = s.id)
  union all select 'seller_orders.have_their_deadlines', count(*) from s
    where (s.status = 'placed' and s.accept_by is null) or (s.status = 'delivered' and (s.complete_at is null or s.delivered_at is null))
  union all select 'seller_orders.history_is_a_legal_path', count(*) from s
     left join (
       select x.order_id, x.seller_order_id, count(*) n,
              count(*) filter (where m.event is null or x.from_status <> coalesce(x.before,
                            case when x.from_status = 'cancelled' then 'cancelled' else 'pending_payment' end)) wrong,
              (array_agg(x.to_status order by x.id desc))[1] newest
         from (select h.*, lag(h.to_status) over (partition by h.order_id, h.seller_order_id order by h.id) before from h) x
         left join orders.seller_order_moves m on m.from_status = x.from_status and m.to_status = x.to_status group by 1, 2) y
       on y.order_id = s.order_id and y.seller_order_id = s.id
    where case when y.n is null then s.status not in ('pending_payment', 'cancelled') else y.wrong > 0 or y.newest <> s.status end
$$;

-- refund_clearing is compared for each order here: every refund belongs to one.
create function platform.invariants_of_refunds_v2(p_orders bigint[]) returns table (name text, value bigint)
language sql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
  with r as materialized (select * from refunds.refunds where order_id = any (p_orders)),
  q as materialized (select * from payments.provider_payments where order_id = any (p_orders)),
  owed as materialized (select * from r where captured and (status not in ('failed', 'rejected') or (status = 'failed' and superseded_at is null))),
  parts as materialized (select p.*, r.status, r.superseded_at, r.amount_minor whole from refunds.parts p join r on r.id = p.refund_id
                          where p.order_id = any (p_orders)),
  b as materialized (select e.id, e.order_id, e.kind, e.reference, l.credit_minor, l.debit_minor
                       from ledger.entries e join ledger.lines l on l.entry_id = e.id
                      where e.order_id = any (p_orders) and l.account = 'refund_clearing')
  select 'refunds.within_what_was_captured', count(*) from q
    left join (select provider, provider_payment_id, sum(amount_minor) filter (where status <> 'failed') a, sum(amount_minor) owed,
                      sum(amount_minor) filter (where status = 'processed') done from owed group by 1, 2) x
           on x.provider = q.provider and x.provider_payment_id = q.provider_payment_id
   where q.refund_minor <> coalesce(x.a, 0) or q.refunded_minor <> coalesce(x.done, 0) or coalesce(x.owed, 0) > q.amount_minor
      or (q.rank < 3 and q.refund_minor > 0)
  union all select 'refunds.have_a_payment', count(*) from r
   where not exists (select 1 from q where q.provider = r.provider and q.provider_payment_id = r.provider_payment_id and q.payment_id = r.payment_id)
  union all select 'refunds.parts_sum_to_the_refund', count(*)
    from (select refund_id, whole, sum(amount_minor) a from parts group by 1, 2) x where x.a <> x.whole
  union all select 'refunds.lines_within_what_was_paid', count(*)
    from (select order_id, line_id, sum(quantity) q, sum(amount_minor) a, sum(taxable_minor) t, sum(cgst_minor) c, sum(sgst_minor) s,
                 sum(igst_minor) g, sum(restocked) re
            from parts where kind = 'line' and status <> 'rejected' and superseded_at is null group by 1, 2) x
    join orders.order_lines l on l.order_id = x.order_id and l.id = x.line_id
   where x.q > l.quantity or x.a > l.total_minor or x.t > l.taxable_value_minor or x.c > l.cgst_minor or x.s > l.sgst_minor or x.g > l.igst_minor
      or x.re > l.quantity
  union all select 'refunds.shares_within_the_seller_order', count(*)
    from (select seller_order_id, sum(amount_minor) a, sum(amount_minor) filter (where kind = 'shipping') sh
            from parts where status <> 'rejected' and superseded_at is null group by 1) x
    join orders.seller_orders s on s.id = x.seller_order_id
   where x.a > s.total_minor or x.sh > s.shipping_minor
  union all select 'refunds.clearing_is_what_is_not_processed', count(*)
    from (select order_id, sum(d) d from (
            select order_id, credit_minor - debit_minor d from b
            union all select order_id, -amount_minor from owed where status in ('approved', 'submitted', 'failed')
            union all select f.order_id, -f.amount_minor from r f join r y on y.id = f.superseded_by where y.status = 'requested') z group by 1) x
   where x.d <> 0
  union all select 'refunds.each_is_booked_once', count(*) from r
    left join (select reference, sum(credit_minor) c, count(distinct id) n from b where kind = 'refund_approved' group by 1) x on x.reference = r.id::text
   where case when r.captured and r.status not in ('requested', 'rejected') then x.n is distinct from 1 or x.c <> r.amount_minor else x.n is not null end
  union all select 'payments.refunded_is_sum_of_refunds', count(*) from payments.payments p
    left join (select payment_id, currency, sum(refunded_minor) a from q where rank >= 3 group by 1, 2) x
      on x.payment_id = p.id and x.currency = p.currency
   where p.order_id = any (p_orders)
     and (p.refunded_minor <> coalesce(x.a, 0) or (p.rank < 4 and coalesce(x.a, 0) > 0)
          or (p.rank >= 4 and not exists (select 1 from r where r.payment_id = p.id and (r.status = 'processed' or r.reversals > 0))))
  union all select 'orders.refunded_is_sum_of_refunds', count(*) from orders.orders o
    left join (select order_id, sum(refunded_minor) a from q where verdict = 'accepted' group by 1) x on x.order_id = o.id
   where o.id = any (p_orders)
     and ((coalesce(x.a, 0) > 0 and o.payment_rank < case when x.a >= o.paid_minor then 5 else 4 end)
          or (o.payment_rank >= 4 and coalesce(x.a, 0) = 0 and not exists (select 1 from r where r.order_id = o.id and r.reversals > 0)))
$$;

create function platform.invariants_of_disputes_v2(p_orders bigint[]) returns table (name text, value bigint)
language sql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
  with p as materialized (select id, dispute from payments.payments where order_id = any (p_orders)),
  d as materialized (select d.* from p join payments.disputes d on d.payment_id = p.id)
  select 'payments.dispute_flag_is_of_its_disputes', count(*) from p
   where (p.dispute is not null or exists (select 1 from d where d.payment_id = p.id)) and p.dispute is distinct from payments.dispute_flag_v1(p.id)
  union all
  select 'payments.disputes_are_held_while_open', count(*) from d
    left join ledger.disputes l on l.dispute = d.provider_dispute_id || ':' || d.phase
   where l.state is distinct from case when d.status in ('won', 'lost', 'closed') then d.status else 'open' end
$$;

create function platform.invariants_of_notifications_v2(p_users bigint[]) returns table (name text, value bigint)
language sql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
  with c as materialized (select * from notifications.counters where user_id = any (p_users)),
  n as materialized (select user_id, seq, read_at from notifications.notifications where user_id = any (p_users))
  select 'notifications.counters_equal_rows', count(*)
    from c full join (select user_id, count(*) filter (where read_at is null) unread, max(seq) top from n group by 1) x on x.user_id = c.user_id
   where coalesce(c.unread, 0) <> coalesce(x.unread, 0) or coalesce(x.top, 0) > coalesce(c.last_seq, 0)
  union all
  select 'notifications.newest_is_kept', count(*) from c
   where c.last_seq > 0 and not exists (select 1 from n where n.user_id = c.user_id and n.seq = c.last_seq)
$$;

-- As invariants_of_outbox_v1, of seller orders and refunds.
create function platform.invariants_of_outbox_v2(p_after bigint, p_last bigint) returns table (name text, value bigint)
language sql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
  with x as materialized (
    select aggregate_type t, aggregate_id a, count(*) n, min(seq) low, max(seq) top, max(created_at) at from platform.outbox
     where id > p_after and id <= p_last and aggregate_type in ('seller_order', 'refund') group by 1, 2),
  y as (
    select x.*, coalesce(s.event_seq, r.event_seq) known, coalesce(s.updated_at, r.updated_at) changed
      from x left join orders.seller_orders s on x.t = 'seller_order' and s.id = x.a left join refunds.refunds r on x.t = 'refund' and r.id = x.a)
  select 'outbox.' || k || '_events_are_gap_free', (
    select count(*) from y
     where y.t = k and (y.known is null or y.n <> y.top - y.low + 1 or y.top > y.known or (y.top < y.known and y.changed <= y.at and not exists (
              select 1 from platform.outbox z where z.id > p_last and z.id <= p_last + 20000 and z.aggregate_type = k
                 and z.aggregate_id = y.a and z.seq = y.top + 1))))
    from unnest('{seller_order,refund}'::text[]) k
$$;

-- platform.invariants_of_ledger_v2: as v1 (0065), but the funds of an order that has ended may wait while a dispute about it is open, since
--   nothing goes back by itself then, and for the job that its end owes.
create function platform.invariants_of_ledger_v2(p_orders bigint[]) returns table (name text, value bigint)
language sql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
  with o as materialized (select id from orders.orders where id = any (p_orders) and status in ('completed', 'cancelled', 'expired')),
  f as (
    select o.id, coalesce(sum(l.credit_minor - l.debit_minor), 0) held from o
      left join (ledger.entries e join ledger.lines l on l.entry_id = e.id) on e.order_id = o.id and l.account = 'order_funds:' || o.id group by 1)
  select name, value from platform.invariants_of_ledger_v1(p_orders) where name <> 'ledger.order_funds_of_ended_orders_are_zero'
  union all
  select 'ledger.order_funds_of_ended_orders_are_zero', count(*) from f
   where held <> 0
     and (held < 0
          or (held > (select coalesce(sum(q.amount_minor), 0) from payments.payments y join payments.provider_payments q on q.payment_id = y.id
                       where y.order_id = f.id and q.verdict <> 'accepted')
              and not exists (select 1 from ledger.disputes d where d.order_id = f.id and d.state = 'open')
              and not exists (select 1 from platform.jobs j join orders.seller_orders s on s.id = (j.payload ->> 'seller_order_id')::bigint
                               where j.kind = 'refund.owe' and j.state <> 'done' and s.order_id = f.id)))
$$;

create function platform.invariants_v3() returns table (name text, ok boolean, value bigint)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare ids bigint[]; last bigint := -9223372036854775808; found bigint := 0;
begin
  return query select v.name, v.ok, v.value from platform.invariants_v2() v where v.name <> 'ledger.order_funds_of_ended_orders_are_zero';
  -- Slice by slice, as the others of the ledger there.
  loop
    select array_agg(x.id), max(x.id) into ids, last from (select o.id from orders.orders o where o.id > last order by o.id limit 20000) x;
    exit when ids is null;
    select found + f.value into found from platform.invariants_of_ledger_v2(ids) f where f.name = 'ledger.order_funds_of_ended_orders_are_zero';
  end loop;
  return query select 'ledger.order_funds_of_ended_orders_are_zero'::text, found = 0, found;
  return query
    select d.name, d.value = 0, d.value from platform.invariants_of_disputes_v1() d
    union all select n.name, n.value = 0, n.value from platform.invariants_of_notifications_v1() n;
end $$;

insert into platform.invariant_progress (area) select unnest('{order_parts,order_refunds,notified}'::text[]);

-- What may have gone wrong with orders after they were paid, kept for the slices that clear it.
create function platform.invariants_of_and_around_v2(p_orders bigint[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform platform.invariants_found('order_parts', array_agg(f.name), array_agg(f.value)) from platform.invariants_of_seller_orders_v2(p_orders) f;
  perform platform.invariants_found('order_refunds', array_agg(f.name), array_agg(f.value))
     from (select * from platform.invariants_of_refunds_v2(p_orders) union all select * from platform.invariants_of_disputes_v2(p_orders)) f;
end $$;

create function platform.invariants_step_v3(p_area text, p_limit int, out checked int, out finished boolean)
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
declare g platform.invariant_progress; ids bigint[]; last bigint; bound int := p_limit;
begin
  if p_area is null or p_area not in ('order_parts', 'order_refunds', 'ledger_orders', 'notified', 'new_orders', 'events') then   -- an unknown one is refused there
    select s.checked, s.finished into checked, finished from platform.invariants_step_v2(p_area, p_limit) s;
    return;
  end if;
  if p_limit is null or p_limit not between 1 and 20000 then
    raise exception 'invariants_step_v3: limit outside 1…20000' using errcode = '22023';
  end if;
  checked := 0; finished := true;
  select * into g from platform.invariant_progress p where p.area = p_area order by p.area for update skip locked;
  if not found then return; end if;

  if p_area in ('new_orders', 'events') then
    select s.checked, s.finished into checked, finished from platform.invariants_step_v2(p_area, p_limit) s;
    select p.position into last from platform.invariant_progress p where p.area = p_area;
    if p_area = 'new_orders' then
      select array_agg(o.id) into ids from orders.orders o where o.id > g.position and o.id <= last;
    else
      select array_agg(distinct x.id) into ids from (
        select case e.aggregate_type when 'order' then e.aggregate_id
                 when 'payment' then (select p.order_id from payments.payments p where p.id = e.aggregate_id)
                 when 'seller_order' then (select s.order_id from orders.seller_orders s where s.id = e.aggregate_id)
                 when 'refund' then (select r.order_id from refunds.refunds r where r.id = e.aggregate_id) end id
          from platform.outbox e where e.id > g.position and e.id <= last) x where x.id is not null;
      perform platform.invariants_found('events', array_agg(f.name), array_agg(f.value)) from platform.invariants_of_outbox_v2(g.position, last) f;
    end if;
    perform platform.invariants_of_and_around_v2(coalesce(ids, '{}'));
    return;
  end if;

  if p_area = 'notified' then
    -- Each has as many notifications as are kept for a user. People without a counter are found by their notifications, one after the other.
    bound := greatest(p_limit / 20, 1);
    with recursive someone(id) as (
      (select n.user_id from notifications.notifications n where n.user_id > g.position order by n.user_id limit 1)
      union all
      select (select n.user_id from notifications.notifications n where n.user_id > someone.id order by n.user_id limit 1) from someone where someone.id is not null)
    select array_agg(y.id), max(y.id) into ids, last from (
      select x.id from ((select id from someone where id is not null limit bound)
                        union (select c.user_id from notifications.counters c where c.user_id > g.position order by c.user_id limit bound)) x
       order by x.id limit bound) y;
    perform platform.invariants_found(p_area, array_agg(f.name), array_agg(f.value)) from platform.invariants_of_notifications_v2(coalesce(ids, '{}')) f;
  else
    select array_agg(x.id), max(x.id) into ids, last from (select o.id from orders.orders o where o.id > g.position order by o.id limit p_limit) x;
    if p_area = 'order_parts' then
      perform platform.invariants_found(p_area, array_agg(f.name), array_agg(f.value)) from platform.invariants_of_seller_orders_v2(coalesce(ids, '{}')) f;
    elsif p_area = 'ledger_orders' then
      perform platform.invariants_found(p_area, array_agg(f.name), array_agg(f.value)) from platform.invariants_of_ledger_v2(coalesce(ids, '{}')) f;
    else
      perform platform.invariants_found(p_area, array_agg(f.name), array_agg(f.value))
         from (select * from platform.invariants_of_refunds_v2(coalesce(ids, '{}'))
               union all select * from platform.invariants_of_disputes_v2(coalesce(ids, '{}'))) f;
    end if;
  end if;
  checked := coalesce(cardinality(ids), 0);
  finished := checked < bound;
  update platform.invariant_progress p
     set position = case when finished then -9223372036854775808 else last end, round = p.round + finished::int, updated_at = now() where p.area = p_area;
end $$;

create function platform.invariants_state_v3() returns table (name text, ok boolean, value bigint, since timestamptz)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select * from platform.invariants_state_v2()
  union all
  select n, count(f.name) = 0, coalesce(max(f.value), 0), max(f.found_at)
    from unnest('{orders.status_fits_its_seller_orders,reservations.state_fits_the_seller_order,shipments.units_fit_the_lines,
seller_orders.shipped_has_a_shipment,seller_orders.have_their_deadlines,seller_orders.history_is_a_legal_path,
outbox.seller_order_events_are_gap_free,refunds.within_what_was_captured,refunds.have_a_payment,refunds.parts_sum_to_the_refund,
refunds.lines_within_what_was_paid,refunds.shares_within_the_seller_order,refunds.clearing_is_what_is_not_processed,
refunds.each_is_booked_once,payments.refunded_is_sum_of_refunds,orders.refunded_is_sum_of_refunds,outbox.refund_events_are_gap_free,
payments.dispute_flag_is_of_its_disputes,payments.disputes_are_held_while_open,notifications.counters_equal_rows,
notifications.newest_is_kept}'::text[]) n
    left join (platform.invariant_findings f join platform.invariant_progress g on g.area = f.area
               and case when f.area = 'events' then f.found_at > now() - interval '1 hour' else f.round >= g.round - 1 end) on f.name = n
   group by n
$$;
