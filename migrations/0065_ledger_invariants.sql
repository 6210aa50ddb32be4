-- SPDX-License-Identifier: Apache-2.0
-- Why:  what must hold of money (docs/LEDGER.md), beside what 0014 and 0026 look at.
-- Lock: only new objects; a row more in platform.invariant_progress.
-- Time: milliseconds.
--
-- platform.invariants_v2() → (name, ok, value): all of invariants_v1, the ledger's on whole tables, and what the functions of others that are
--   there give: platform.invariants_of_refunds_v1(), platform.invariants_of_seller_orders_v1(), each (name, value) with value counting
--   offenders. One snapshot: run it as one statement.
-- platform.invariants_step_v2(area, limit) → (checked, finished): the areas of 0026 and ledger_orders, orders by id with all that
--   the ledger says of them.
-- platform.invariants_state_v2() → (name, ok, value, since): the names of 0026 and those of invariants_of_ledger_v1.

-- Of certain orders, by index only; their locks are not needed: one statement, one snapshot.
create function platform.invariants_of_ledger_v1(p_orders bigint[]) returns table (name text, value bigint)
language sql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
  with o as materialized (select id, status from orders.orders where id = any (p_orders)),
  p as materialized (select id, order_id, status from orders.seller_orders where order_id = any (p_orders)),
  s as materialized (select * from ledger.shares where order_id = any (p_orders)),
  d as materialized (select * from ledger.disputes where order_id = any (p_orders)),
  l as materialized (select e.order_id, l.account, l.debit_minor, l.credit_minor from ledger.entries e join ledger.lines l on l.entry_id = e.id
                      where e.order_id = any (p_orders)),
  arrived(status) as (values ('delivered'), ('completed'), ('return_in_progress'), ('partially_returned'), ('returned'))
  -- What came in beside the price (late, twice, another amount) may wait for its refund.
  select 'ledger.order_funds_of_ended_orders_are_zero', count(*) from o
    left join (select order_id, sum(credit_minor - debit_minor) held from l where account = 'order_funds:' || order_id group by 1) f on f.order_id = o.id
   where o.status in ('completed', 'cancelled', 'expired')
     and (coalesce(f.held, 0) < 0
          or coalesce(f.held, 0) > (select coalesce(sum(q.amount_minor), 0) from payments.payments y join payments.provider_payments q on q.payment_id = y.id
                                     where y.order_id = o.id and q.verdict <> 'accepted'))
  union all select 'ledger.each_arrived_seller_order_is_earned_once', count(*) from p left join s on s.seller_order_id = p.id
   where p.status in (select a.status from arrived a)
     and (s.earned_at is null
          or (s.entry_id is not null and not exists (select 1 from ledger.entries e where e.id = s.entry_id and e.kind = 'earned' and e.reference = p.id::text)))
  union all select 'ledger.nothing_is_earned_that_did_not_arrive', count(*) from s left join p on p.id = s.seller_order_id
   where s.earned_at is not null and (p.id is null or p.status not in (select a.status from arrived a))
  union all select 'ledger.shares_equal_the_journal', count(*) from (
     select s.order_id, v.class, sum(v.amount) amount from s cross join lateral (values
       ('seller', s.net_left), ('commission_revenue', s.commission_left), ('gst_output', s.gst_left), ('tcs_payable', s.tcs_left),
       ('tds_payable', s.tds_left)) v(class, amount) group by 1, 2) x
    full join (
     select order_id, class, sum(credit_minor - debit_minor) amount from (
       select l.*, case when account ~ '^(seller_pending|seller_available|dispute_held):' then 'seller' else account end class from l) y
      where class in ('seller', 'commission_revenue', 'gst_output', 'tcs_payable', 'tds_payable') group by 1, 2) y
      on y.order_id = x.order_id and y.class = x.class
   where coalesce(x.amount, 0) <> coalesce(y.amount, 0)
  union all select 'ledger.dispute_holds_end', count(*) from d
    left join (select account, sum(credit_minor - debit_minor) held from l where account like 'dispute\_held:%' group by 1) x on x.account = 'dispute_held:' || d.dispute
   where coalesce(x.held, 0) <> case when d.state = 'open' then (select coalesce(sum(h.held_minor), 0) from ledger.dispute_shares h where h.dispute = d.dispute) else 0 end
$$;

create function platform.invariants_v2() returns table (name text, ok boolean, value bigint)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare more text; ids bigint[]; last bigint := -9223372036854775808;
begin
  return query select * from platform.invariants_v1();
  return query
    select x.name, x.value = 0, x.value from (
      select 'ledger.debits_equal_credits' name, (select coalesce(abs(sum(debit_minor) - sum(credit_minor)), 0)::bigint from ledger.lines) value
      union all select 'ledger.snapshots_equal_lines', ledger.snapshots_drift_v1()) x;
  -- Slice by slice, since the checks go by index: one snapshot all the same, the caller's.
  <<totals>>
  declare names text[] := '{}'; amounts bigint[] := '{}';
  begin
    loop
      select array_agg(x.id), max(x.id) into ids, last from (select o.id from orders.orders o where o.id > last order by o.id limit 20000) x;
      exit when ids is null and cardinality(names) > 0;
      select array_agg(f.name order by f.name), array_agg(f.value + coalesce(w.value, 0) order by f.name) into names, amounts
        from platform.invariants_of_ledger_v1(coalesce(ids, '{}')) f left join unnest(names, amounts) w(name, value) on w.name = f.name;
      exit when ids is null;
    end loop;
    return query select u.name, u.value = 0, u.value from unnest(names, amounts) u(name, value);
  end totals;
  foreach more in array '{platform.invariants_of_refunds_v1(),platform.invariants_of_seller_orders_v1()}'::text[] loop
    if to_regprocedure(more) is not null then
      return query execute format('select f.name::text, f.value = 0, f.value::bigint from %s f', more);
    end if;
  end loop;
end $$;

insert into platform.invariant_progress (area) values ('ledger_orders');

create function platform.invariants_step_v2(p_area text, p_limit int, out checked int, out finished boolean)
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
declare g platform.invariant_progress; ids bigint[]; last bigint;
begin
  if p_area is distinct from 'ledger_orders' then   -- an unknown one is refused there
    select s.checked, s.finished into checked, finished from platform.invariants_step_v1(p_area, p_limit) s;
    return;
  end if;
  if p_limit is null or p_limit not between 1 and 20000 then
    raise exception 'invariants_step_v2: limit outside 1…20000' using errcode = '22023';
  end if;
  checked := 0; finished := true;
  select * into g from platform.invariant_progress p where p.area = p_area for update skip locked;
  if not found then return; end if;
  select array_agg(x.id), max(x.id) into ids, last from (select o.id from orders.orders o where o.id > g.position order by o.id limit p_limit) x;
  perform platform.invariants_found(p_area, array_agg(f.name), array_agg(f.value)) from platform.invariants_of_ledger_v1(coalesce(ids, '{}')) f;
  checked := coalesce(cardinality(ids), 0);
  finished := checked < p_limit;
  update platform.invariant_progress p
     set position = case when finished then -9223372036854775808 else last end, round = p.round + finished::int, updated_at = now() where p.area = p_area;
end $$;

create function platform.invariants_state_v2() returns table (name text, ok boolean, value bigint, since timestamptz)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select * from platform.invariants_state_v1()
  union all
  select n, count(f.name) = 0, coalesce(max(f.value), 0), max(f.found_at)
    from unnest('{ledger.order_funds_of_ended_orders_are_zero,ledger.each_arrived_seller_order_is_earned_once,
ledger.nothing_is_earned_that_did_not_arrive,ledger.shares_equal_the_journal,ledger.dispute_holds_end}'::text[]) n
    left join (platform.invariant_findings f join platform.invariant_progress g on g.area = f.area and f.round >= g.round - 1) on f.name = n
   group by n
$$;
