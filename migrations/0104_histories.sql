-- SPDX-License-Identifier: Apache-2.0
-- Why:  whatever has a state has a way there: the histories of orders, their parts, attempts to pay, refunds, disputes and reservations are
--       legal paths from the first state to the one that the row is in, and that is looked at in the whole check and in steps. And some
--       checks of steps compared each row with each other one, or read whole tables, which took ten times as long as all else of them where
--       all is paid: what the database spent on a webhook rose with the number of paid orders.
-- Lock: ACCESS EXCLUSIVE on platform.moves for an instant (a check of few rows); functions are replaced or new.
-- Time: milliseconds.
--
-- platform.moves has the disputes' machine as well, which is that of one phase: a later phase begins wherever the one before was, and is heard
--   of wherever it is. The moves of parts of orders stay in orders.seller_order_moves, which their function asks.
-- platform.invariants_of_moves_v2(orders) → (name, offenders):
--     <machine>s.history_is_a_legal_path   the first row begins in the first state, each next one where the one before ended, each is a
--       move, and the last one ends in the state of its object; what has no history is in its first state
--     reservations.history_is_a_legal_path  reservations have no history of their own: the way of their seller order says theirs (what it
--       holds, commits, takes from the shelf and gives back), so no second row is written for each while orders are placed and paid
--   Orders' own words of history differ from the machine's (paid, timeout …), so the states are compared. Objects whose orders are older than
--   their histories (platform.histories_since) are compared as far as something is written of them.
-- platform.invariants_v4() → (name, ok, value): invariants_v3 with the above in place of seller_orders.history_is_a_legal_path. One snapshot.
-- platform.invariants_step_v4(area, limit) → (checked, finished): the areas of step_v3, and order_moves, orders by id with all of their histories;
--   windows look at the histories of the orders that they look at.
-- platform.invariants_state_v4() → (name, ok, value, since).
--
-- Measured with 20,000 paid orders, 2,000 a step: orders 326 ms before, 47 ms now; new_orders 460 ms before, 149 ms now; order_moves 55 ms.

alter table platform.moves drop constraint moves_machine_check;
alter table platform.moves add constraint moves_machine_check check (machine in ('order', 'payment', 'refund', 'reservation', 'dispute'));
insert into platform.moves (machine, from_status, to_status, event, parties) values
  ('dispute', 'open', 'evidence_required', 'ask', 8),
  ('dispute', 'under_review', 'evidence_required', 'ask', 8),
  ('dispute', 'open', 'under_review', 'review', 8),
  ('dispute', 'evidence_required', 'under_review', 'review', 8),
  -- The provider was asked, and knows of no evidence.
  ('dispute', 'evidence_required', 'open', 'reopen', 8),
  ('dispute', 'under_review', 'open', 'reopen', 8),
  ('dispute', 'open', 'won', 'win', 8),
  ('dispute', 'evidence_required', 'won', 'win', 8),
  ('dispute', 'under_review', 'won', 'win', 8),
  ('dispute', 'open', 'lost', 'lose', 8),
  ('dispute', 'evidence_required', 'lost', 'lose', 8),
  ('dispute', 'under_review', 'lost', 'lose', 8),
  ('dispute', 'open', 'closed', 'close', 8),
  ('dispute', 'evidence_required', 'closed', 'close', 8),
  ('dispute', 'under_review', 'closed', 'close', 8);
-- Orders that were placed before have no whole history. Where there are none, everything is looked at.
create table platform.histories_since (
  at timestamptz not null
);
insert into platform.histories_since (at) select case when exists (select 1 from orders.orders) then now() else '-infinity' end;

create function platform.invariants_of_moves_v2(p_orders bigint[]) returns table (name text, value bigint)
language sql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_nestloop = off set enable_mergejoin = off
set jit = off as $$
  -- Rows come by arrays of keys, and are joined by hashing: nobody can guess how many they are, and loops within loops would be taken for cheap.
  with o as materialized (
    select o.id, o.status, o.created_at >= (select at from platform.histories_since) whole from orders.orders o where o.id = any (p_orders)),
  s as materialized (select s.id, s.order_id, s.status from orders.seller_orders s where s.order_id = any (p_orders)),
  p as materialized (select p.id, p.order_id, p.status from payments.payments p where p.order_id = any (p_orders)),
  r as materialized (select r.id, r.order_id, r.status from refunds.refunds r where r.order_id = any (p_orders)),
  d as materialized (select d.id, d.order_id, d.status from payments.disputes d where d.order_id = any (p_orders)),
  h as materialized (select h.order_id, h.seller_order_id, h.id, h.at, h.from_status, h.to_status from orders.history h
                      where h.order_id = any (p_orders) and h.from_status <> h.to_status),
  objects as (
    select 'order' machine, o.id, o.id ord, o.status::text state from o
    union all select 'seller_order', s.id, s.order_id, s.status from s
    union all select 'payment', p.id, p.order_id, p.status from p
    union all select 'refund', r.id, r.order_id, r.status from r
    union all select 'dispute', d.id, d.order_id, d.status from d),
  -- turn: of disputes, 1 where a later phase begins, and -1 where an earlier one does, which none may.
  steps as (
    select 'order' machine, h.order_id object, h.id, h.from_status f, h.to_status t, 0 turn from h where h.seller_order_id is null
    union all select 'seller_order', h.seller_order_id, h.id, h.from_status, h.to_status, 0 from h where h.seller_order_id is not null
    union all select 'payment', x.payment_id, x.id, x.from_status, x.to_status, 0 from payments.history x where x.payment_id = any (array(select p.id from p))
    union all select 'refund', x.refund_id, x.id, x.from_status, x.to_status, 0 from refunds.history x
               where x.refund_id = any (array(select r.id from r)) and x.from_status is distinct from x.to_status
    union all select 'dispute', x.dispute_id, x.id, x.from_status, x.to_status,
                     coalesce(sign(x.step - lag(x.step) over (partition by x.dispute_id order by x.id))::int, 0)
                from (select y.*, array_position('{fraud,retrieval,chargeback,pre_arbitration,arbitration}'::text[], y.phase) step
                        from payments.dispute_history y where y.dispute_id = any (array(select d.id from d))) x),
  moves as materialized (
    select m.machine, m.from_status f, m.to_status t from platform.moves m
    union select 'seller_order', m.from_status, m.to_status from orders.seller_order_moves m),
  -- Who begins with a row that comes from nowhere, and who in a state without one.
  firsts(machine, born, state) as (values
    ('order', false, 'pending_payment'), ('order', false, 'pending_approval'), ('seller_order', false, 'pending_payment'), ('payment', false, 'created'),
    -- submitted: the provider itself gave back what was never captured
    ('refund', true, 'requested'), ('refund', true, 'approved'), ('refund', true, 'submitted'), ('dispute', true, 'open'), ('dispute', true, 'evidence_required'),
    ('dispute', true, 'under_review'), ('dispute', true, 'won'), ('dispute', true, 'lost'), ('dispute', true, 'closed')),
  paths as (
    select x.machine, x.object, (array_agg(x.t order by x.id desc))[1] newest,
           -- not from where the one before ended, or no move
           count(*) filter (where case when x.before is null and x.f is null then false
                                       when x.before is distinct from x.f and x.before is not null then true
                                       when x.turn = 0 then m.machine is null else x.turn < 0 end) wrong,
           count(*) filter (where x.before is null and b.machine is null) lost
      from (select y.*, lag(y.t) over (partition by y.machine, y.object order by y.id) before from steps y) x
      left join moves m on m.machine = x.machine and m.f = x.f and m.t = x.t
      left join firsts b on b.machine = x.machine and b.born = (x.f is null) and b.state = coalesce(x.f, x.t)
     group by 1, 2),
  -- What the way of its part says of a reservation.
  units as (
    select h.seller_order_id part, h.id,
           case when h.to_status in ('placed', 'accepted') then 'committed' when h.to_status = 'rejected' then 'released'
                when h.to_status <> 'cancelled' then 'consumed' when h.from_status = 'packed' then 'consumed'
                -- It was not paid in time, in the same transaction.
                when h.from_status = 'pending_payment' and e.id is not null then 'expired'
                else 'released' end t
      from h left join h e on e.order_id = h.order_id and e.at = h.at and e.seller_order_id is null and e.to_status = 'expired'
     where h.seller_order_id is not null),
  held as (
    select x.part, (array_agg(x.t order by x.id desc))[1] newest, count(*) filter (where x.f <> x.t and m.machine is null) wrong
      from (select u.*, coalesce(lag(u.t) over (partition by u.part order by u.id), 'held') f from units u) x
      left join platform.moves m on m.machine = 'reservation' and m.from_status = x.f and m.to_status = x.t
     group by 1)
  select k.machine || 's.history_is_a_legal_path', count(y.id)
    from unnest('{order,seller_order,payment,refund,dispute}'::text[]) k(machine)
    left join (select x.machine, x.id from objects x join o on o.id = x.ord left join paths on paths.machine = x.machine and paths.object = x.id
                left join firsts b on b.machine = x.machine and not b.born and b.state = x.state
                where case when paths.object is not null then paths.newest <> x.state or paths.wrong > 0 or (o.whole and paths.lost > 0)
                           else o.whole and b.machine is null end) y
      on y.machine = k.machine
   group by k.machine
  union all
  select 'reservations.history_is_a_legal_path', count(*)
    from inventory.reservations v join o on o.id = v.order_id left join held on held.part = v.seller_order_id
   where v.order_id = any (p_orders) and o.whole and (coalesce(held.newest, 'held') <> v.state::text or held.wrong > 0)
$$;

create function platform.invariants_v4() returns table (name text, ok boolean, value bigint)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare ids bigint[]; last bigint := -9223372036854775808; names text[]; amounts bigint[];
begin
  return query select v.name, v.ok, v.value from platform.invariants_v3() v where v.name <> 'seller_orders.history_is_a_legal_path';
  -- Slice by slice, since the checks go by index: one snapshot all the same, the caller's. An empty slice names them.
  loop
    select array_agg(x.id), max(x.id) into ids, last from (select o.id from orders.orders o where o.id > last order by o.id limit 20000) x;
    exit when ids is null and names is not null;
    select array_agg(f.name order by f.name), array_agg(f.value + coalesce(w.value, 0) order by f.name) into names, amounts
      from platform.invariants_of_moves_v2(coalesce(ids, '{}')) f left join unnest(names, amounts) w(name, value) on w.name = f.name;
    exit when ids is null;
  end loop;
  return query select u.name, u.value = 0, u.value from unnest(names, amounts) u(name, value);
end $$;

-- platform.edit_v1(edits): functions go on with a few words changed. Of each four: the function, the text, what stands for it, and how often it
--   must be there, so that none is edited that is not the one meant. With another name in its text it is a new function beside the old.
create function platform.edit_v1(p_edits text[]) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare body text;
begin
  for i in 1..cardinality(p_edits) by 4 loop
    body := pg_get_functiondef(p_edits[i]::regproc);
    if (length(body) - length(replace(body, p_edits[i + 1], ''))) / length(p_edits[i + 1]) <> p_edits[i + 3]::int then
      raise exception '% is not the function that this migration goes on from: %', p_edits[i], p_edits[i + 1];
    end if;
    execute replace(body, p_edits[i + 1], p_edits[i + 2]);
  end loop;
end $$;

-- As invariants_of_seller_orders_v2, without their histories, which are looked at with the others.
do $$
begin
  perform platform.edit_v1(array[
    -- the function, the text, what stands for it, how often it must be there
    'platform.invariants_of_seller_orders_v2', 'invariants_of_seller_orders_v2(', 'invariants_of_seller_orders_v3(', '1',
    'platform.invariants_of_seller_orders_v3', '
  union all select ''seller_orders.history_is_a_legal_path'', count(*) from s
     left join (
       select x.order_id, x.seller_order_id, count(*) n,
              count(*) filter (where m.event is null or x.from_status <> coalesce(x.before,
                            case when x.from_status = ''cancelled'' then ''cancelled'' else ''pending_payment'' end)) wrong,
              (array_agg(x.to_status order by x.id desc))[1] newest
         from (select h.*, lag(h.to_status) over (partition by h.order_id, h.seller_order_id order by h.id) before from h) x
         left join orders.seller_order_moves m on m.from_status = x.from_status and m.to_status = x.to_status group by 1, 2) y
       on y.order_id = s.order_id and y.seller_order_id = s.id
    where case when y.n is null then s.status not in (''pending_payment'', ''cancelled'') else y.wrong > 0 or y.newest <> s.status end', '', '1',
    -- By a list that is hashed once, not by a look at every row for every row.
    'platform.invariants_of_seller_orders_v3', 'exists (
                      select 1 from h where h.seller_order_id = s.id and h.from_status = ''packed'' and h.to_status = ''cancelled'')',
    's.id in (
                      select h.seller_order_id from h where h.from_status = ''packed'' and h.to_status = ''cancelled'')', '1',
    'platform.invariants_of_orders_v1', 'from o
    where o.payment_method = ''razorpay''', 'from o left join (select order_id, currency, sum(captured_minor) t from p group by 1, 2) x on x.order_id = o.id and x.currency = o.currency
    where o.payment_method = ''razorpay''', '1',
    'platform.invariants_of_orders_v1', '(select coalesce(sum(p.captured_minor), 0) from p where p.order_id = o.id and p.currency = o.currency)',
    'coalesce(x.t, 0)', '1',
    'platform.invariants_of_refunds_v2', 'not exists (select 1 from r where r.payment_id = p.id and (r.status = ''processed'' or r.reversals > 0))',
    'p.id not in (select r.payment_id from r where r.status = ''processed'' or r.reversals > 0)', '1',
    'platform.invariants_of_refunds_v2', 'not exists (select 1 from r where r.order_id = o.id and r.reversals > 0)',
    'o.id not in (select r.order_id from r where r.reversals > 0)', '1',
    'platform.invariants_of_and_around_v2', 'invariants_of_and_around_v2(', 'invariants_of_and_around_v3(', '1',
    'platform.invariants_of_and_around_v3', 'invariants_of_seller_orders_v2(p_orders) f;', 'invariants_of_seller_orders_v3(p_orders) f;
  perform platform.invariants_found(''order_moves'', array_agg(f.name), array_agg(f.value)) from platform.invariants_of_moves_v2(p_orders) f;', '1',
    'platform.invariants_step_v3', 'invariants_step_v3(', 'invariants_step_v4(', '1',
    'platform.invariants_step_v4', 'invariants_step_v3: ', 'invariants_step_v4: ', '1',
    'platform.invariants_step_v4', '(''order_parts'', ''order_refunds'',', '(''order_parts'', ''order_moves'', ''order_refunds'',', '1',
    'platform.invariants_step_v4', 'invariants_of_and_around_v2(', 'invariants_of_and_around_v3(', '1',
    'platform.invariants_step_v4', 'platform.invariants_of_seller_orders_v2(coalesce(ids, ''{}'')) f;', 'platform.invariants_of_seller_orders_v3(coalesce(ids, ''{}'')) f;
    elsif p_area = ''order_moves'' then
      perform platform.invariants_found(p_area, array_agg(f.name), array_agg(f.value)) from platform.invariants_of_moves_v2(coalesce(ids, ''{}'')) f;', '1']);
end $$;

-- What the outbox speaks of is looked up order by order: a join by hashing read all orders there are, for a few hundred.
alter function platform.invariants_of_outbox_v1(bigint, bigint) set enable_hashjoin = off;
alter function platform.invariants_of_outbox_v1(bigint, bigint) set enable_mergejoin = off;
alter function platform.invariants_of_outbox_v2(bigint, bigint) set enable_hashjoin = off;
alter function platform.invariants_of_outbox_v2(bigint, bigint) set enable_mergejoin = off;

insert into platform.invariant_progress (area) values ('order_moves');

create function platform.invariants_state_v4() returns table (name text, ok boolean, value bigint, since timestamptz)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select * from platform.invariants_state_v3()
  union all
  -- That of seller orders is among those of v3, whichever area finds it.
  select n, count(f.name) = 0, coalesce(max(f.value), 0), max(f.found_at)
    from unnest('{orders.history_is_a_legal_path,payments.history_is_a_legal_path,refunds.history_is_a_legal_path,disputes.history_is_a_legal_path,
reservations.history_is_a_legal_path}'::text[]) n
    left join (platform.invariant_findings f join platform.invariant_progress g on g.area = f.area and f.round >= g.round - 1) on f.name = n
   group by n
$$;
