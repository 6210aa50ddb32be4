-- SPDX-License-Identifier: Apache-2.0
-- Why:  how refunds come to be: owed (owe_refund_v1, refund_payment_v1), asked for (request_refund_v1), decided, repeated, restocked.
-- Lock: only new objects.
-- Time: milliseconds.
--
-- Locks of all: the order's row, its payments by id, provider payments, refunds; restock_refund_v1 stock rows by variant last.
-- All at READ COMMITTED, in the caller's transaction. Ids (refunds, entries, movements) are made by the application.

-- The debit side of a refund of a share of a seller order: by the ledger's rules where they are in force, else its order's funds.
create function refunds.debits(p_order bigint, p_seller_order bigint, p_amount bigint, out accounts text[], out debits bigint[])
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if to_regprocedure('checkout.refund_split_v1(bigint, bigint)') is null then
    accounts := array['order_funds:' || p_order];
    debits := array[p_amount];
  else
    select x.accounts, x.debits into accounts, debits from checkout.refund_split_v1(p_seller_order, p_amount) x;
  end if;
end $$;

-- refunds.approved: books a refund that has just become approved and owes its call. Promised money leaves the order's funds or the
--   seller, or the platform's own account where it pays.
create function refunds.approved(p_refund bigint, p_entry bigint) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare r refunds.refunds; a text[] := '{}'; d bigint[] := '{}'; part record; s record;
begin
  select * into strict r from refunds.refunds t where t.id = p_refund;
  if r.funded_by = 'platform' and exists (select 1 from refunds.parts p where p.refund_id = r.id) then
    a := '{promo_expense}'; d := array[r.amount_minor];
  elsif exists (select 1 from refunds.parts p where p.refund_id = r.id) then
    for part in select p.seller_order_id so, sum(p.amount_minor)::bigint m from refunds.parts p where p.refund_id = r.id
                 group by 1 having sum(p.amount_minor) > 0 order by 1 loop
      select * into s from refunds.debits(r.order_id, part.so, part.m);
      a := a || s.accounts; d := d || s.debits;
    end loop;
  else
    a := array['order_funds:' || r.order_id]; d := array[r.amount_minor];
  end if;
  if not checkout.post_v1(p_entry, 'refund_approved', r.id::text, r.order_id, r.payment_id, r.currency, a || 'refund_clearing'::text,
                          d || 0::bigint, array_fill(0::bigint, array[cardinality(a)]) || r.amount_minor) then
    raise exception 'refund % is booked already', r.id using errcode = 'MP012';
  end if;
  if r.origin <> 'provider' then
    insert into platform.jobs (kind, key, payload) values ('refund.submit', r.id || ':' || r.round,
           jsonb_build_object('refund_id', r.id, 'round', r.round));
  end if;
end $$;

-- refunds.superseded: a failed refund whose money is asked for anew is owed no more. Its entry is turned back under its own id, which no
--   other entry has: ids are unique over all kinds.
create function refunds.superseded(p_refund bigint, p_by bigint, p_actor text, p_request text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare r refunds.refunds; a text[]; d bigint[]; c bigint[];
begin
  update refunds.refunds t set superseded_at = now() where t.id = p_refund and t.status = 'failed' and t.superseded_at is null
    returning * into strict r;
  select array_agg(l.account order by l.line_no), array_agg(l.credit_minor order by l.line_no), array_agg(l.debit_minor order by l.line_no)
    into a, d, c
    from ledger.entries e join ledger.lines l on l.entry_id = e.id where e.kind = 'refund_approved' and e.reference = r.id::text;
  if a is not null then
    perform checkout.post_v1(r.id, 'refund_superseded', r.id::text, r.order_id, r.payment_id, r.currency, a, d, c);
  end if;
  perform refunds.moved(r.id, 'failed', 'superseded', null, p_actor, 'by refund ' || p_by, p_request);
end $$;

-- refunds.make: inserts the refunds of one request over the payments that p_wanted tells (true: those the order accepted, false: the others;
--   p_payment: that one alone), newest captured first, and lays the items over them in order. The caller holds the order's lock and has seen that
--   items and shares fit. → ids of the refunds made; null when the payments do not have so much (nothing is written then), or when more
--   payments are needed than ids were given.
create function refunds.make(p_ids bigint[], p_entries bigint[], p_order bigint, p_seller_order bigint, p_wanted boolean, p_payment text,
  p_amount bigint, p_items refunds.item[], p_origin text, p_status text, p_cause text, p_note text, p_funded_by text, p_speed text,
  p_restock boolean, p_return bigint, p_by bigint, p_actor text, p_request text)
returns bigint[] language plpgsql set search_path = pg_catalog, pg_temp as $$
declare o orders.orders; pool text[]; takes bigint[]; q payments.provider_payments; f record; part record; made bigint[] := '{}';
  rest bigint := p_amount; at bigint := 0; i int; k int; w bigint[]; x bigint[];
begin
  select * into strict o from orders.orders t where t.id = p_order;
  perform 1 from payments.payments t where t.order_id = p_order order by t.id for no key update;
  for q in select * from payments.provider_payments t
            where t.order_id = p_order and t.rank >= 3 and (t.verdict is not distinct from 'accepted') = p_wanted
              and (p_payment is null or t.provider_payment_id = p_payment)
            order by t.captured_at desc nulls last, t.provider_payment_id desc for no key update loop
    exit when rest = 0;
    continue when q.amount_minor <= q.refund_minor;
    i := coalesce(cardinality(pool), 0) + 1;
    if i > cardinality(p_ids) then return null; end if;
    pool := pool || q.provider_payment_id;
    takes := takes || least(rest, q.amount_minor - q.refund_minor);
    rest := rest - takes[i];
  end loop;
  if rest > 0 or pool is null then return null; end if;

  -- Failed refunds that are owed and stand in the way.
  for f in select r.id, r.provider_payment_id pp from refunds.refunds r
            where r.order_id = p_order and r.status = 'failed' and r.superseded_at is null order by r.id for no key update loop
    if exists (select 1 from refunds.parts p join unnest(p_items) n on n.seller_order_id = p.seller_order_id and n.kind = p.kind
                                             and n.line_id is not distinct from p.line_id
                where p.refund_id = f.id and p.kind <> 'goodwill')
       or exists (select 1 from refunds.parts p
                   join (select n.seller_order_id, sum(n.amount_minor) a from unnest(p_items) n group by 1) n on n.seller_order_id = p.seller_order_id
                   join (select e.id, e.total_minor - coalesce((select sum(y.amount_minor) from refunds.refunds r join refunds.parts y on y.refund_id = r.id
                            where y.seller_order_id = e.id and r.status <> 'rejected' and r.superseded_at is null), 0) open
                           from orders.seller_orders e where e.order_id = p_order) e on e.id = p.seller_order_id
                  where p.refund_id = f.id and n.a > e.open)
       or exists (select 1 from unnest(pool, takes) u(pp, take)
                   join payments.provider_payments t on t.provider_payment_id = u.pp and t.order_id = p_order
                  where u.pp = f.pp and t.amount_minor < t.refund_minor + u.take
                        + (select coalesce(sum(r.amount_minor), 0) from refunds.refunds r
                            where r.provider_payment_id = f.pp and r.order_id = p_order and r.status = 'failed' and r.superseded_at is null)) then
      perform refunds.superseded(f.id, p_ids[1], p_actor, p_request);
    end if;
  end loop;

  for i in 1..cardinality(pool) loop
    update payments.provider_payments t set refund_minor = t.refund_minor + takes[i]
     where t.order_id = p_order and t.provider_payment_id = pool[i] and t.refund_minor + takes[i] <= t.amount_minor
    returning * into q;
    if not found then raise exception 'payment % has less than %', pool[i], takes[i] using errcode = 'MP013'; end if;
    insert into refunds.refunds (id, request_id, origin, order_id, seller_order_id, payment_id, provider, provider_payment_id, user_id, amount_minor,
           currency, status, cause, note, funded_by, speed, restock, return_id, requested_by, approved_at)
    values (p_ids[i], p_ids[1], p_origin, p_order, p_seller_order, q.payment_id, q.provider, q.provider_payment_id, o.user_id, takes[i],
            q.currency, p_status, p_cause, p_note, p_funded_by, p_speed, p_restock, p_return, p_by,
            case when p_status = 'approved' then now() end);
    -- The items' intervals cut by this refund's. The units go with an item's end.
    k := 0;
    for part in select n.*, least(n.up, at + takes[i]) - greatest(n.up - n.amount_minor, at) cut, n.up <= at + takes[i] and n.up > at ends
                  from (select m.*, sum(m.amount_minor) over (order by m.no)::bigint up
                          from unnest(p_items) with ordinality m(seller_order_id, kind, line_id, quantity, amount_minor, no)) n
                 where (n.amount_minor > 0 and least(n.up, at + takes[i]) > greatest(n.up - n.amount_minor, at))
                    or (n.amount_minor = 0 and n.quantity > 0 and i = 1)
                 order by n.no loop
      k := k + 1;
      x := '{0,0,0,0}';
      if part.kind = 'line' then
        select array[l.taxable_value_minor - coalesce(u.t, 0), l.cgst_minor - coalesce(u.c, 0), l.sgst_minor - coalesce(u.s, 0),
                     l.igst_minor - coalesce(u.g, 0)] into strict w
          from orders.order_lines l
          left join (select sum(p.taxable_minor)::bigint t, sum(p.cgst_minor)::bigint c, sum(p.sgst_minor)::bigint s, sum(p.igst_minor)::bigint g
                       from refunds.parts p join refunds.refunds r on r.id = p.refund_id
                      where p.line_id = part.line_id and r.order_id = p_order and r.status not in ('failed', 'rejected')) u on true
         where l.order_id = p_order and l.id = part.line_id;
        x := refunds.split(part.cut, w);
      end if;
      insert into refunds.parts (refund_id, part_no, order_id, seller_order_id, kind, line_id, quantity, amount_minor, taxable_minor, cgst_minor,
             sgst_minor, igst_minor)
      values (p_ids[i], k, p_order, part.seller_order_id, part.kind, part.line_id,
              case when part.ends or part.amount_minor = 0 then part.quantity else 0 end, part.cut, x[1], x[2], x[3], x[4]);
    end loop;
    at := at + takes[i];
    if p_status = 'approved' then
      perform refunds.moved(p_ids[i], null, 'approve', 'refund.approved', p_actor, p_note, p_request);
      perform refunds.approved(p_ids[i], p_entries[i]);
    else
      perform refunds.moved(p_ids[i], null, 'request', 'refund.requested', p_actor, p_note, p_request);
    end if;
    made := made || p_ids[i];
  end loop;
  return made;
end $$;

-- refunds.rest_of: everything that a seller order still owes, as items that sum to p_amount at most (goodwill lowered what its lines say).
create function refunds.rest_of(p_order bigint, p_seller_order bigint, p_owed boolean) returns refunds.item[]
language sql stable set search_path = pg_catalog, pg_temp as $$
  with n as (select x.*, row_number() over (order by x.kind, x.line_id) i from refunds.open_items(p_order, p_owed) x
              where x.seller_order_id = p_seller_order and (x.amount_minor > 0 or x.quantity > 0)),
  s as (select refunds.split(greatest(least(sum(amount_minor)::bigint, max(share_minor)), 0), array_agg(amount_minor order by i)) a from n)
  select coalesce(array_agg(row(n.seller_order_id, n.kind, n.line_id, n.quantity, s.a[n.i])::refunds.item order by n.i), '{}') from n, s
$$;

-- checkout.owe_refund_v1 — the rest of a seller order is owed to the customer: its total less what is refunded, under way, or owed since a
--   refund failed. Refund approved, entry refund_approved, event refund.approved, job refund.submit.
--   p_refund, p_entry   fresh ids       p_cause 'cancelled', 'rejected' …      p_actor, p_request   for the history
--   → minor units; 0 when nothing was captured for the order (unpaid, COD, credit) or nothing remains. Where the newest payment does not
--   cover it, a job refund.owe owes the rest, which comes here again.
-- Errors: P0002 no such seller order.
create function checkout.owe_refund_v1(p_refund bigint, p_entry bigint, p_seller_order bigint, p_cause text, p_actor text, p_request text)
returns bigint language plpgsql set search_path = pg_catalog, pg_temp as $$
declare ord bigint; items refunds.item[]; total bigint; free bigint; newest bigint; want bigint;
begin
  select t.order_id into strict ord from orders.seller_orders t where t.id = p_seller_order;
  perform 1 from orders.orders t where t.id = ord order by t.id for no key update;
  perform 1 from payments.payments t where t.order_id = ord order by t.id for no key update;
  items := refunds.rest_of(ord, p_seller_order, true);
  select coalesce(sum(n.amount_minor), 0) into total from unnest(items) n;
  select coalesce(sum(x.a), 0), coalesce((array_agg(x.a order by x.captured_at desc nulls last, x.pp desc) filter (where x.a > 0))[1], 0)
    into free, newest
    from (select t.captured_at, t.provider_payment_id pp,
                 t.amount_minor - t.refund_minor - (select coalesce(sum(r.amount_minor), 0) from refunds.refunds r
                   where r.order_id = ord and r.provider_payment_id = t.provider_payment_id and r.status = 'failed' and r.superseded_at is null) a
            from payments.provider_payments t where t.order_id = ord and t.rank >= 3 and t.verdict = 'accepted') x
   where x.a > 0;
  want := least(total, free, newest);
  if want = 0 then return 0; end if;
  if want < total then
    -- as much of each item as this payment has; units go with the last of them
    select array_agg(row(n.so, n.kind, n.line, case when want < least(total, free) then 0 else n.q end,
                         (refunds.split(want, (select array_agg(y.amount_minor order by y.no) from unnest(items) with ordinality
                                                 y(so, kind, line, q, amount_minor, no))))[n.no])::refunds.item order by n.no)
      into items from unnest(items) with ordinality n(so, kind, line, q, amount_minor, no);
  end if;
  if refunds.make(array[p_refund], array[p_entry], ord, p_seller_order, true, null, want, items, 'automatic', 'approved', p_cause, null,
                  'seller', 'normal', false, null, null, p_actor, p_request) is null then
    raise exception 'owe_refund_v1: payments of order % do not have %', ord, want using errcode = 'MP013';
  end if;
  if want < least(total, free) then
    insert into platform.jobs (kind, key, payload) values ('refund.owe', p_refund::text,
           jsonb_build_object('seller_order_id', p_seller_order, 'cause', p_cause, 'actor', p_actor)) on conflict do nothing;
  end if;
  return want;
end $$;

-- checkout.refund_payment_v1 — what remains of a payment that no order wanted (a second one, late, or of another amount) goes back.
--   p_cause duplicate_payment, stock_unavailable, order_not_payable, amount_mismatch.
--   → minor units; 0 when nothing remains or the payment was accepted or is unknown.
create function checkout.refund_payment_v1(p_refund bigint, p_entry bigint, p_provider text, p_provider_payment text, p_cause text,
                                           p_actor text, p_request text)
returns bigint language plpgsql set search_path = pg_catalog, pg_temp as $$
declare ord bigint; rest bigint;
begin
  select t.order_id into ord from payments.provider_payments t where t.provider = p_provider and t.provider_payment_id = p_provider_payment;
  perform 1 from orders.orders t where t.id = ord order by t.id for no key update;
  perform 1 from payments.payments t where t.order_id = ord order by t.id for no key update;
  select t.amount_minor - t.refund_minor - (select coalesce(sum(r.amount_minor), 0) from refunds.refunds r
           where r.order_id = ord and r.provider_payment_id = p_provider_payment and r.status = 'failed' and r.superseded_at is null) into rest
    from payments.provider_payments t
   where t.provider = p_provider and t.provider_payment_id = p_provider_payment and t.rank >= 3 and t.verdict is distinct from 'accepted';
  if coalesce(rest, 0) <= 0 then return 0; end if;
  if refunds.make(array[p_refund], array[p_entry], ord, null, false, p_provider_payment, rest, '{}', 'automatic', 'approved', p_cause, null,
                  'platform', 'normal', false, null, null, p_actor, p_request) is null then
    raise exception 'refund_payment_v1: payment % does not have %', p_provider_payment, rest using errcode = 'MP013';
  end if;
  return rest;
end $$;

-- checkout.request_refund_v1 — an admin asks. Exactly one of p_order and p_seller_order is given.
--   p_refunds, p_entries   1…8 fresh ids, aligned: one refund for each payment that is needed
--   p_lines, p_quantities, p_amounts   lines of the order (ids), units, and minor units or null: in the proportion of the units
--   p_shipping             minor units of the shipping, over the seller orders by largest remainder; null none
--   p_goodwill             minor units on top of no line; null none
--   With none of these: everything that remains. p_cause amount_mismatch instead means money that the order did not accept: all that remains of
--   it, or p_goodwill of it.
--   p_funded_by seller|platform, p_speed normal|optimum, p_limit: above it (minor units) the request waits for a second admin.
-- → code 0 made (ids: refunds, first is the request's; approved tells whether at once), 1 not found, 2 nothing was captured,
--   3 more than is refundable (refundable tells), 4 the line has fewer units left (idx: 1-based), 5 no line of this order (idx),
--   6 a dispute about its money is open
create function checkout.request_refund_v1(p_refunds bigint[], p_entries bigint[], p_order bigint, p_seller_order bigint, p_lines bigint[],
  p_quantities int[], p_amounts bigint[], p_shipping bigint, p_goodwill bigint, p_cause text, p_note text, p_restock boolean,
  p_funded_by text, p_speed text, p_return bigint, p_by bigint, p_limit bigint, p_actor text, p_request text)
returns table (code smallint, ids bigint[], approved boolean, refundable bigint, idx int)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  ord bigint; items refunds.item[] := '{}'; more refunds.item[]; total bigint; free bigint; wanted boolean := p_cause <> 'amount_mismatch';
  whole boolean; implicit boolean; bad int; over bigint; made bigint[];
begin
  if (p_order is null) = (p_seller_order is null) or cardinality(p_lines) is distinct from cardinality(p_quantities)
     or cardinality(p_lines) is distinct from cardinality(p_amounts) or coalesce(cardinality(p_refunds), 0) not between 1 and 8
     or cardinality(p_refunds) is distinct from cardinality(p_entries) or p_shipping <= 0 or p_goodwill <= 0 or p_limit is null
     or exists (select 1 from unnest(p_quantities, p_amounts) u(q, a) where q is null or q < 1 or a < 0)
     or (select count(distinct l) from unnest(p_lines) l) <> cardinality(p_lines)
     or (not wanted and (cardinality(p_lines) > 0 or p_shipping is not null or p_seller_order is not null)) then
    raise exception 'request_refund_v1: values that do not fit together' using errcode = '22023';
  end if;
  ord := coalesce(p_order, (select t.order_id from orders.seller_orders t where t.id = p_seller_order));
  perform 1 from orders.orders t where t.id = ord order by t.id for no key update;
  if not found then return query select 1::smallint, null::bigint[], false, 0::bigint, 0; return; end if;
  perform 1 from payments.payments t where t.order_id = ord order by t.id for no key update;
  select sum(t.amount_minor - t.refund_minor) into free from payments.provider_payments t
   where t.order_id = ord and t.rank >= 3 and (t.verdict is not distinct from 'accepted') = wanted;
  if free is null then return query select 2::smallint, null::bigint[], false, 0::bigint, 0; return; end if;

  if not wanted then
    total := coalesce(p_goodwill, free);
  else
    whole := cardinality(p_lines) = 0 and p_shipping is null and p_goodwill is null;
    if whole then
      select coalesce(array_agg(n order by s.id), '{}') into items
        from orders.seller_orders s cross join lateral unnest(refunds.rest_of(ord, s.id, false)) n
       where s.order_id = ord and (p_seller_order is null or s.id = p_seller_order);
    else
      -- the first line that is not here, or has fewer units
      select u.i into bad from unnest(p_lines) with ordinality u(l, i)
       where not exists (select 1 from orders.order_lines l where l.order_id = ord and l.id = u.l
                            and (p_seller_order is null or l.seller_order_id = p_seller_order)) order by 1 limit 1;
      if bad is not null then return query select 5::smallint, null::bigint[], false, 0::bigint, bad; return; end if;
      select u.i into bad from unnest(p_lines, p_quantities) with ordinality u(l, q, i) join refunds.open_items(ord, false) x on x.line_id = u.l
       where x.quantity < u.q order by 1 limit 1;
      if bad is not null then return query select 4::smallint, null::bigint[], false, 0::bigint, bad; return; end if;
      -- a line's last unit takes what remains of it
      select coalesce(array_agg(row(x.seller_order_id, 'line', u.l, u.q,
               coalesce(u.a, case when u.q = x.quantity then x.amount_minor
                                  else least(round(x.paid_minor::numeric * u.q / x.paid_quantity)::bigint, x.amount_minor) end))::refunds.item
               order by x.seller_order_id, u.l), '{}'), min(x.amount_minor) filter (where u.a > x.amount_minor)
        into items, over
        from unnest(p_lines, p_quantities, p_amounts) u(l, q, a) join refunds.open_items(ord, false) x on x.line_id = u.l;
      if over is not null then return query select 3::smallint, null::bigint[], false, over, 0; return; end if;
      implicit := p_shipping is null and p_goodwill is null and not exists (select 1 from unnest(p_amounts) a where a is not null);
      if p_shipping is not null then
        select array_agg(row(x.so, 'shipping', null, 0, (refunds.split(p_shipping, x.every))[x.i])::refunds.item order by x.i),
               coalesce(max(x.sum), 0) into more, over
          from (select y.seller_order_id so, row_number() over (order by y.seller_order_id) i, sum(y.amount_minor) over ()::bigint sum,
                       array_agg(y.amount_minor) over (order by y.seller_order_id rows between unbounded preceding and unbounded following) every
                  from refunds.open_items(ord, false) y
                 where y.kind = 'shipping' and (p_seller_order is null or y.seller_order_id = p_seller_order)) x;
        if over < p_shipping then return query select 3::smallint, null::bigint[], false, over, 0; return; end if;
        items := items || more;
      end if;
      if p_goodwill is not null then
        select array_agg(row(x.so, 'goodwill', null, 0, (refunds.split(p_goodwill, x.every))[x.i])::refunds.item order by x.i),
               coalesce(max(x.sum), 0) into more, over
          from (select y.so, row_number() over (order by y.so) i, sum(y.share) over ()::bigint sum,
                       array_agg(y.share) over (order by y.so rows between unbounded preceding and unbounded following) every
                  from (select z.seller_order_id so, greatest(max(z.share_minor) - coalesce((select sum(n.amount_minor)
                                 from unnest(items) n where n.seller_order_id = z.seller_order_id), 0), 0)::bigint share
                          from refunds.open_items(ord, false) z
                         where p_seller_order is null or z.seller_order_id = p_seller_order group by 1) y) x;
        if over < p_goodwill then return query select 3::smallint, null::bigint[], false, over, 0; return; end if;
        items := items || more;
      end if;
      -- a seller order gives back no more than its total; what goodwill took is taken off the lines where no amount was named
      for bad, over in
        select 1, max(x.share_minor) from refunds.open_items(ord, false) x
          join (select n.seller_order_id so, sum(n.amount_minor) a from unnest(items) n group by 1) n on n.so = x.seller_order_id
         group by n.so, n.a having n.a > max(x.share_minor) loop
        if not implicit then return query select 3::smallint, null::bigint[], false, greatest(over, 0), 0; return; end if;
      end loop;
      if implicit then
        select array_agg(row(n.so, n.kind, n.line, n.q, (refunds.split(least(n.sum, greatest(n.share, 0)), n.every))[n.i])::refunds.item
                 order by n.so, n.line) into items
          from (select u.seller_order_id so, u.kind, u.line_id line, u.quantity q, row_number() over w1 i, sum(u.amount_minor) over w2::bigint sum,
                       array_agg(u.amount_minor) over w2 every,
                       (select max(x.share_minor) from refunds.open_items(ord, false) x where x.seller_order_id = u.seller_order_id) share
                  from unnest(items) u
                window w1 as (partition by u.seller_order_id order by u.line_id),
                       w2 as (partition by u.seller_order_id order by u.line_id rows between unbounded preceding and unbounded following)) n;
      end if;
    end if;
    items := coalesce(items, '{}');
    select coalesce(sum(n.amount_minor), 0) into total from unnest(items) n;
  end if;
  if total <= 0 or total > free then
    return query select 3::smallint, null::bigint[], false, greatest(free, 0), 0; return;
  end if;
  made := refunds.make(p_refunds, p_entries, ord, p_seller_order, wanted, null, total, items, 'manual',
                       case when total > p_limit then 'requested' else 'approved' end, p_cause, p_note, p_funded_by, p_speed, p_restock,
                       p_return, p_by, p_actor, p_request);
  if made is null then return query select 3::smallint, null::bigint[], false, greatest(free, 0), 0; return; end if;
  if not wanted then
    update platform.jobs j set state = 'done', updated_at = now()
      from refunds.refunds r where r.id = any (made) and j.kind = 'payment.review' and j.key = r.provider || ':' || r.provider_payment_id
       and j.state <> 'done';
  end if;
  return query select 0::smallint, made, total <= p_limit, free - total, 0;
end $$;

-- checkout.decide_refund_v1 — a second admin decides about a whole request, named by any of its refunds.
--   p_entries: fresh ids, as many as refunds may be in a request (8).
-- → code 0 decided (ids), 1 not found, 2 not waiting (was: its status), 3 who asked may not decide
create function checkout.decide_refund_v1(p_refund bigint, p_entries bigint[], p_approve boolean, p_by bigint, p_note text, p_actor text,
                                          p_request text)
returns table (code smallint, ids bigint[], was text)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare r refunds.refunds; one bigint; done bigint[] := '{}';
begin
  select * into r from refunds.refunds t where t.id = p_refund;
  if not found then return query select 1::smallint, null::bigint[], null::text; return; end if;
  perform 1 from orders.orders t where t.id = r.order_id order by t.id for no key update;
  perform 1 from payments.payments t where t.order_id = r.order_id order by t.id for no key update;
  select * into r from refunds.refunds t where t.id = p_refund order by t.id for no key update;
  if r.status <> 'requested' then return query select 2::smallint, null::bigint[], r.status; return; end if;
  if r.requested_by = p_by then return query select 3::smallint, null::bigint[], r.status; return; end if;
  for one in select t.id from refunds.refunds t where t.request_id = r.request_id and t.status = 'requested' order by t.id loop
    done := done || one;
    update refunds.refunds t set status = case when p_approve then 'approved' else 'rejected' end, decided_by = p_by,
           approved_at = case when p_approve then now() end where t.id = one;
    if p_approve then
      perform refunds.moved(one, 'requested', 'approve', 'refund.approved', p_actor, p_note, p_request);
      perform refunds.approved(one, p_entries[cardinality(done)]);
    else
      update payments.provider_payments t set refund_minor = t.refund_minor - x.amount_minor
        from refunds.refunds x where x.id = one and t.provider = x.provider and t.provider_payment_id = x.provider_payment_id;
      perform refunds.moved(one, 'requested', 'reject', null, p_actor, p_note, p_request);
    end if;
  end loop;
  return query select 0::smallint, done, 'requested'::text;
end $$;

-- checkout.retry_refund_v1 — a failed refund is sent to the provider anew, under a new key. It books nothing: it is owed since it was approved.
--   One that was made in the provider's dashboard is ours from then on.
-- → code 0 submitted, 1 not found, 2 not failed, or superseded (was: its status), 3 its payment has less left (refundable)
create function checkout.retry_refund_v1(p_refund bigint, p_note text, p_actor text, p_request text)
returns table (code smallint, was text, refundable bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare r refunds.refunds;
begin
  select * into r from refunds.refunds t where t.id = p_refund;
  if not found then return query select 1::smallint, null::text, 0::bigint; return; end if;
  perform 1 from orders.orders t where t.id = r.order_id order by t.id for no key update;
  perform 1 from payments.payments t where t.order_id = r.order_id order by t.id for no key update;
  select * into r from refunds.refunds t where t.id = p_refund order by t.id for no key update;
  if r.status <> 'failed' or r.superseded_at is not null then
    return query select 2::smallint, r.status, 0::bigint; return;
  end if;
  update payments.provider_payments t set refund_minor = t.refund_minor + r.amount_minor
   where t.provider = r.provider and t.provider_payment_id = r.provider_payment_id and t.refund_minor + r.amount_minor <= t.amount_minor;
  if not found then
    return query select 3::smallint, r.status, t.amount_minor - t.refund_minor from payments.provider_payments t
                  where t.provider = r.provider and t.provider_payment_id = r.provider_payment_id;
    return;
  end if;
  update refunds.refunds t set status = 'submitted', round = t.round + 1, provider_refund_id = null, failure_code = null, failure_message = null,
         submitted_at = now(), processed_at = null where t.id = r.id;
  perform refunds.moved(r.id, 'failed', 'retry', null, p_actor, p_note, p_request);
  insert into platform.jobs (kind, key, payload) values ('refund.submit', r.id || ':' || (r.round + 1),
         jsonb_build_object('refund_id', r.id, 'round', r.round + 1));
  return query select 0::smallint, 'failed'::text, 0::bigint;
end $$;

-- checkout.restock_refund_v1 — units of the lines of approved refunds that asked for it go back on the shelf: those that left it (their
--   reservation is consumed) and were not put back before. Call it in the transaction that approved them.
--   p_refunds: as made; p_movements: fresh ids, at least one for each line.
-- → the rows of stock that changed, as checkout.adjust_v1 tells them (kind 2).
create function checkout.restock_refund_v1(p_refunds bigint[], p_movements bigint[], p_actor text)
returns table (kind smallint, idx int, code smallint, a bigint, b bigint, c bigint, d bigint, e bigint, bytes1 bytea, bytes2 bytea, bytes3 bytea)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare vs bigint[]; qs int[]; n int;
begin
  perform 1 from orders.orders t where t.id in (select r.order_id from refunds.refunds r where r.id = any (p_refunds)) order by t.id for no key update;
  with due as (
    select p.refund_id, p.part_no, l.variant_id,
           least(p.quantity, l.quantity - (select coalesce(sum(o.restocked), 0) from refunds.parts o where o.line_id = p.line_id))::int q
      from refunds.parts p join refunds.refunds r on r.id = p.refund_id
      join orders.order_lines l on l.order_id = p.order_id and l.id = p.line_id
      join inventory.reservations v on v.seller_order_id = p.seller_order_id and v.state = 'consumed'
      join orders.seller_orders e on e.id = p.seller_order_id and e.status <> 'cancelled'   -- whose units are back already
     where r.id = any (p_refunds) and r.restock and r.status <> 'requested' and p.kind = 'line' and p.quantity > 0 and p.restocked = 0),
  u as (update refunds.parts p set restocked = x.q from due x
         where p.refund_id = x.refund_id and p.part_no = x.part_no and x.q > 0 returning x.variant_id, x.q)
  select array_agg(y.v order by y.v), array_agg(y.q order by y.v) into vs, qs
    from (select u.variant_id v, sum(u.q)::int q from u group by 1) y;
  n := coalesce(cardinality(vs), 0);
  if n = 0 then return; end if;
  if n > cardinality(p_movements) then raise exception 'restock_refund_v1: too few ids' using errcode = '22023'; end if;
  return query
    select x.kind, x.idx, x.code, x.a, x.b, x.c, x.d, x.e, x.bytes1, x.bytes2, x.bytes3
      from checkout.adjust_v1(vs, qs, array_fill(null::int, array[n]), p_movements[1:n], 'restock',
                              array_fill('refund'::text, array[n]), p_actor, true) x where x.kind = 2;
end $$;

-- checkout.refunded_share_v1(seller order) → minor units that approved refunds have taken from the seller's side of it: what it does not earn,
--   or has given back since. Money that the platform pays is not among them.
create function checkout.refunded_share_v1(p_seller_order bigint) returns bigint
language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(sum(p.amount_minor), 0)::bigint
    from orders.seller_orders s join refunds.parts p on p.order_id = s.order_id and p.seller_order_id = s.id
    join refunds.refunds r on r.id = p.refund_id
   where s.id = p_seller_order and r.funded_by = 'seller' and r.status not in ('requested', 'rejected') and r.superseded_at is null
$$;
