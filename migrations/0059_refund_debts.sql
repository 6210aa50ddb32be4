-- SPDX-License-Identifier: Apache-2.0
-- Why:  refunds are debited as the ledger says, once for each share: a refund that takes the place of a failed one takes over its debt instead of
--       debiting anew, and where a seller order ends unsold, what the platform had paid of it comes out of the order's funds.
-- Lock: ACCESS EXCLUSIVE on refunds.refunds and refunds.parts for a column each, without a rewrite; functions are replaced, whose calls stay.
-- Time: milliseconds.
--
-- A failed refund that stands in the way of a new one (same lines, same share, same money) is superseded if the new one gives back at least
-- as much of each seller order, from one payment and from the same pocket; else the new one is refused: what is owed is to be repeated first.
-- The new one's entry debits refund_clearing with the old debt. Where the new one is rejected, the old one is owed again.

alter table refunds.refunds add column superseded_by bigint;
alter table refunds.parts add column reclaimed boolean not null default false;  -- the platform paid, and got it back from the order
create index refunds_superseded on refunds.refunds (superseded_by) where superseded_by is not null;
drop function checkout.refunded_share_v1(bigint);
drop function refunds.debits(bigint, bigint, bigint);

-- The debit side of a refund of a share: by the ledger's rules where they are in force, else the order's funds. Called once for each share
-- of each refund, and booked as it is: the ledger remembers. Errors: MP012 more than the share has left there.
create function refunds.debits_v2(p_order bigint, p_seller_order bigint, p_amount bigint, out accounts text[], out debits bigint[], out credits bigint[])
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if to_regprocedure('checkout.refund_split_v1(bigint, bigint)') is null then
    accounts := array['order_funds:' || p_order]; debits := array[p_amount]; credits := array[0::bigint];
  else
    select x.accounts, x.debits, x.credits into accounts, debits, credits from checkout.refund_split_v1(p_seller_order, p_amount) x;
  end if;
end $$;

-- refunds.unclaimed: what the platform has paid back of a seller order and would reclaim if it ended unsold.
create function refunds.unclaimed(p_seller_order bigint) returns bigint language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(sum(p.amount_minor), 0)::bigint
    from orders.seller_orders s join refunds.parts p on p.order_id = s.order_id and p.seller_order_id = s.id join refunds.refunds r on r.id = p.refund_id
   where s.id = p_seller_order and not p.reclaimed and r.funded_by = 'platform' and r.status not in ('requested', 'rejected') and r.superseded_at is null
$$;

-- refunds.reclaimed: what the platform has paid back of a seller order, once; marks it.
create function refunds.reclaimed(p_seller_order bigint) returns bigint language sql set search_path = pg_catalog, pg_temp as $$
  with u as (
    update refunds.parts p set reclaimed = true
      from orders.seller_orders s, refunds.refunds r
     where s.id = p_seller_order and p.order_id = s.order_id and p.seller_order_id = s.id and r.id = p.refund_id and not p.reclaimed
       and r.funded_by = 'platform' and r.status not in ('requested', 'rejected') and r.superseded_at is null
    returning p.amount_minor)
  select coalesce(sum(amount_minor), 0)::bigint from u
$$;

create or replace function refunds.approved(p_refund bigint, p_entry bigint) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare r refunds.refunds; a text[] := '{}'; d bigint[] := '{}'; c bigint[] := '{}'; part record; s record; debt bigint; need bigint; back bigint;
begin
  select * into strict r from refunds.refunds t where t.id = p_refund;
  -- The debt of those it takes the place of.
  select coalesce(sum(t.amount_minor), 0) into debt from refunds.refunds t where t.superseded_by = r.id;
  if debt > 0 then a := '{refund_clearing}'; d := array[debt]; c := '{0}'; end if;
  if not exists (select 1 from refunds.parts p where p.refund_id = r.id) then
    if r.amount_minor > debt then
      a := a || ('order_funds:' || r.order_id); d := d || r.amount_minor - debt; c := c || 0::bigint;
    end if;
  end if;
  for part in select p.seller_order_id so, sum(p.amount_minor)::bigint m, o.status in ('cancelled', 'rejected', 'rto_received') ended
                from refunds.parts p join orders.seller_orders o on o.id = p.seller_order_id
               where p.refund_id = r.id group by 1, 3 order by 1 loop
    select part.m - coalesce(sum(p.amount_minor), 0)::bigint into need
      from refunds.refunds t join refunds.parts p on p.refund_id = t.id where t.superseded_by = r.id and p.seller_order_id = part.so;
    if r.funded_by = 'platform' and not part.ended then
      if need > 0 then a := a || 'promo_expense'::text; d := d || need; c := c || 0::bigint; end if;
    else
      if r.funded_by = 'platform' then
        update refunds.parts p set reclaimed = true where p.refund_id = r.id and p.seller_order_id = part.so;
      end if;
      back := case when r.origin = 'automatic' and r.seller_order_id = part.so then refunds.reclaimed(part.so) else 0 end;
      if need + back > 0 then
        select * into s from refunds.debits_v2(r.order_id, part.so, need + back);
        a := a || s.accounts; d := d || s.debits; c := c || s.credits;
      end if;
      if back > 0 then a := a || 'promo_expense'::text; d := d || 0::bigint; c := c || back; end if;
    end if;
  end loop;
  if not checkout.post_v1(p_entry, 'refund_approved', r.id::text, r.order_id, r.payment_id, r.currency, a || 'refund_clearing'::text,
                          d || 0::bigint, c || r.amount_minor) then
    raise exception 'refund % is booked already', r.id using errcode = 'MP015';
  end if;
  if r.origin <> 'provider' then
    insert into platform.jobs (kind, key, payload) values ('refund.submit', r.id || ':' || r.round,
           jsonb_build_object('refund_id', r.id, 'round', r.round));
  end if;
end $$;

create or replace function refunds.superseded(p_refund bigint, p_by bigint, p_actor text, p_request text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update refunds.refunds t set superseded_at = now(), superseded_by = p_by
   where t.id = p_refund and t.status = 'failed' and t.superseded_at is null;
  perform refunds.moved(p_refund, 'failed', 'supersede', null, p_actor, 'by refund ' || p_by, p_request);
end $$;

create or replace function refunds.make(p_ids bigint[], p_entries bigint[], p_order bigint, p_seller_order bigint, p_wanted boolean, p_payment text,
  p_amount bigint, p_items refunds.item[], p_origin text, p_status text, p_cause text, p_note text, p_funded_by text, p_speed text,
  p_restock boolean, p_return bigint, p_by bigint, p_actor text, p_request text)
returns bigint[] language plpgsql set search_path = pg_catalog, pg_temp as $$
declare o orders.orders; pool text[]; takes bigint[]; q payments.provider_payments; f record; part record; made bigint[] := '{}';
  rest bigint := p_amount; at bigint := 0; i int; k int; w bigint[]; x bigint[]; freed bigint := 0;
  freed_shares jsonb := '{}';
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

  -- Failed refunds that are owed: where one stands in the way it is superseded, if this one gives back all that it would have. What is
  -- owed by itself comes on top of them, and stands in nobody's way.
  for f in select r.id, r.provider_payment_id pp, r.amount_minor, r.funded_by,
                  (select coalesce(jsonb_object_agg(x.so, x.a), '{}') from (select p.seller_order_id so, sum(p.amount_minor) a from refunds.parts p
                    where p.refund_id = r.id group by 1) x) shares
             from refunds.refunds r
            where r.order_id = p_order and r.status = 'failed' and r.superseded_at is null and p_origin <> 'automatic'
            order by r.id for no key update loop
    continue when not (
      exists (select 1 from refunds.parts p join unnest(p_items) n on n.seller_order_id = p.seller_order_id and n.kind = p.kind
                                            and n.line_id is not distinct from p.line_id
               where p.refund_id = f.id and p.kind <> 'goodwill')
      or exists (select 1 from (select n.seller_order_id so, sum(n.amount_minor) a from unnest(p_items) n group by 1) n
                   join orders.seller_orders e on e.id = n.so
                  where f.shares ? n.so::text and n.a > e.total_minor
                        - (select coalesce(sum(y.amount_minor), 0) from refunds.refunds r join refunds.parts y on y.refund_id = r.id
                            where y.seller_order_id = n.so and r.status <> 'rejected' and r.superseded_at is null))
      or exists (select 1 from unnest(pool, takes) u(pp, take)
                   join payments.provider_payments t on t.provider_payment_id = u.pp and t.order_id = p_order
                  where u.pp = f.pp and t.amount_minor < t.refund_minor + u.take
                        + (select coalesce(sum(r.amount_minor), 0) from refunds.refunds r
                            where r.provider_payment_id = f.pp and r.order_id = p_order and r.status = 'failed' and r.superseded_at is null)));
    if cardinality(pool) > 1 or f.funded_by <> p_funded_by or p_amount - freed < f.amount_minor
       or exists (select 1 from jsonb_each_text(f.shares) s
                   where s.value::bigint > (select coalesce(sum(n.amount_minor), 0) from unnest(p_items) n where n.seller_order_id = s.key::bigint)
                                           - coalesce((freed_shares->>s.key)::bigint, 0)) then
      return null;
    end if;
    freed := freed + f.amount_minor;
    select coalesce(jsonb_object_agg(y.so, y.v), '{}') into freed_shares
      from (select key so, sum(value::bigint) v
              from (select * from jsonb_each_text(freed_shares) union all select * from jsonb_each_text(f.shares)) x group by 1) y;
    perform refunds.superseded(f.id, p_ids[1], p_actor, p_request);
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
                      where p.line_id = part.line_id and r.order_id = p_order
                         and (r.status not in ('failed', 'rejected') or (p_origin = 'automatic' and r.status = 'failed' and r.superseded_at is null))) u on true
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

create or replace function checkout.owe_refund_v1(p_refund bigint, p_entry bigint, p_seller_order bigint, p_cause text, p_actor text, p_request text)
returns bigint language plpgsql set search_path = pg_catalog, pg_temp as $$
declare ord bigint; items refunds.item[]; every bigint; total bigint; free bigint; newest bigint; payer text; want bigint; back bigint; split record;
begin
  select t.order_id into strict ord from orders.seller_orders t where t.id = p_seller_order;
  perform 1 from orders.orders t where t.id = ord order by t.id for no key update;
  perform 1 from payments.payments t where t.order_id = ord order by t.id for no key update;
  -- While a dispute is open nothing goes back by itself: its end asks here again (dispute_news_v1).
  if exists (select 1 from payments.payments t where t.order_id = ord and t.dispute = 'open') then return 0; end if;
  items := refunds.rest_of(ord, p_seller_order, true);
  select coalesce(sum(n.amount_minor), 0) into every from unnest(items) n;
  -- No more than the ledger has left of it: a dispute that was lost has given some of it back.
  select least(every, greatest(s.total_minor - s.refunded_minor - s.returned_minor - refunds.unclaimed(p_seller_order), 0)) into total
    from ledger.shares s where s.seller_order_id = p_seller_order;
  total := coalesce(total, every);
  select coalesce(sum(x.a), 0), coalesce((array_agg(x.a order by x.captured_at desc nulls last, x.pp desc))[1], 0),
         (array_agg(x.pp order by x.captured_at desc nulls last, x.pp desc))[1]
    into free, newest, payer
    from (select t.captured_at, t.provider_payment_id pp,
                 t.amount_minor - t.refund_minor - (select coalesce(sum(r.amount_minor), 0) from refunds.refunds r
                   where r.order_id = ord and r.provider_payment_id = t.provider_payment_id and r.status = 'failed' and r.superseded_at is null) a
            from payments.provider_payments t where t.order_id = ord and t.rank >= 3 and t.verdict = 'accepted') x
   where x.a > 0;
  want := least(total, free, newest);
  if want = 0 then
    -- What the platform paid of it comes out of the order after all.
    back := refunds.reclaimed(p_seller_order);
    if back > 0 then
      select * into split from refunds.debits_v2(ord, p_seller_order, back);
      perform checkout.post_v1(p_entry, 'refund_reclaimed', p_seller_order::text, ord, null, (select t.currency from orders.orders t where t.id = ord),
                               split.accounts || 'promo_expense'::text, split.debits || 0::bigint, split.credits || back);
    end if;
    return 0;
  end if;
  if want < every then
    -- as much of each item as this payment has; units go with the last of them
    select array_agg(row(n.so, n.kind, n.line, case when want < least(total, free) then 0 else n.q end,
                         (refunds.split(want, (select array_agg(y.amount_minor order by y.no) from unnest(items) with ordinality
                                                 y(so, kind, line, q, amount_minor, no))))[n.no])::refunds.item order by n.no)
      into items from unnest(items) with ordinality n(so, kind, line, q, amount_minor, no);
  end if;
  if refunds.make(array[p_refund], array[p_entry], ord, p_seller_order, true, payer, want, items, 'automatic', 'approved', p_cause, null,
                  'seller', 'normal', false, null, null, p_actor, p_request) is null then
    raise exception 'owe_refund_v1: payments of order % do not have %', ord, want using errcode = 'MP013';
  end if;
  if want < least(total, free) then
    insert into platform.jobs (kind, key, payload) values ('refund.owe', p_refund::text,
           jsonb_build_object('seller_order_id', p_seller_order, 'cause', p_cause, 'actor', p_actor)) on conflict do nothing;
  end if;
  return want;
end $$;

create or replace function checkout.decide_refund_v1(p_refund bigint, p_entries bigint[], p_approve boolean, p_by bigint, p_note text, p_actor text,
                                          p_request text)
returns table (code smallint, ids bigint[], was text)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare r refunds.refunds; one bigint; old bigint; done bigint[] := '{}';
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
      -- What it would have taken the place of is owed again.
      for old in update refunds.refunds t set superseded_at = null, superseded_by = null where t.superseded_by = one returning t.id loop
        perform refunds.moved(old, 'failed', 'reinstate', null, p_actor, 'refund ' || one || ' is rejected', p_request);
      end loop;
      perform refunds.moved(one, 'requested', 'reject', null, p_actor, p_note, p_request);
    end if;
  end loop;
  -- Parts that ended unsold while the request held their money are owed it now.
  if not p_approve then
    insert into platform.jobs (kind, key, payload)
    select 'refund.owe', r.request_id || ':' || s.id, jsonb_build_object('seller_order_id', s.id, 'cause', s.status, 'actor', p_actor)
      from orders.seller_orders s where s.order_id = r.order_id and s.status in ('cancelled', 'rejected', 'rto_received') on conflict do nothing;
  end if;
  return query select 0::smallint, done, 'requested'::text;
end $$;

create or replace function checkout.request_refund_v1(p_refunds bigint[], p_entries bigint[], p_order bigint, p_seller_order bigint, p_lines bigint[],
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
  if wanted and exists (select 1 from payments.payments t where t.order_id = ord and t.dispute = 'open') then
    return query select 6::smallint, null::bigint[], false, 0::bigint, 0; return;
  end if;

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
  begin
    made := refunds.make(p_refunds, p_entries, ord, p_seller_order, wanted, null, total, items, 'manual',
                         case when total > p_limit then 'requested' else 'approved' end, p_cause, p_note, p_funded_by, p_speed, p_restock,
                         p_return, p_by, p_actor, p_request);
  exception when sqlstate 'MP012' then
    made := null;        -- the ledger has given that share back otherwise: a dispute was lost
  end;
  if made is null then
    -- A failed refund is owed, and this one does not give back all of it.
    return query select 3::smallint, null::bigint[], false, greatest(free - (select coalesce(sum(r.amount_minor), 0) from refunds.refunds r
                          where r.order_id = ord and r.status = 'failed' and r.superseded_at is null), 0)::bigint, 0;
    return;
  end if;
  if not wanted then
    update platform.jobs j set state = 'done', updated_at = now()
      from refunds.refunds r where r.id = any (made) and j.kind = 'payment.review' and j.key = r.provider || ':' || r.provider_payment_id
       and j.state <> 'done';
  end if;
  return query select 0::smallint, made, total <= p_limit, free - total, 0;
end $$;

create or replace function platform.invariants_of_refunds_v1() returns table (name text, value bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with r as materialized (select * from refunds.refunds),
  owed as materialized (select * from r where captured and (status not in ('failed', 'rejected') or (status = 'failed' and superseded_at is null))),
  parts as materialized (select p.*, r.status, r.superseded_at, r.amount_minor whole from refunds.parts p join r on r.id = p.refund_id)
  select 'refunds.within_what_was_captured', count(*)
    from payments.provider_payments q
    left join (select provider, provider_payment_id, sum(amount_minor) filter (where status <> 'failed') a, sum(amount_minor) owed,
                      sum(amount_minor) filter (where status = 'processed') done from owed group by 1, 2) x
           on x.provider = q.provider and x.provider_payment_id = q.provider_payment_id
   where q.refund_minor <> coalesce(x.a, 0) or q.refunded_minor <> coalesce(x.done, 0) or coalesce(x.owed, 0) > q.amount_minor
      or (q.rank < 3 and q.refund_minor > 0)
  union all select 'refunds.have_a_payment', count(*) from r
   where not exists (select 1 from payments.provider_payments q where q.provider = r.provider and q.provider_payment_id = r.provider_payment_id
                        and q.payment_id = r.payment_id and q.order_id = r.order_id)
  union all select 'refunds.parts_sum_to_the_refund', count(*)
    from (select refund_id, whole, sum(amount_minor) a from parts group by 1, 2) x where x.a <> x.whole
  union all select 'refunds.lines_within_what_was_paid', count(*) from orders.order_lines l
    join (select line_id, sum(quantity) q, sum(amount_minor) a, sum(taxable_minor) t, sum(cgst_minor) c, sum(sgst_minor) s, sum(igst_minor) g, sum(restocked) re
            from parts where kind = 'line' and status <> 'rejected' and superseded_at is null group by 1) x on x.line_id = l.id
   where x.q > l.quantity or x.a > l.total_minor or x.t > l.taxable_value_minor or x.c > l.cgst_minor or x.s > l.sgst_minor or x.g > l.igst_minor
      or x.re > l.quantity
  union all select 'refunds.shares_within_the_seller_order', count(*) from orders.seller_orders s
    join (select seller_order_id, sum(amount_minor) a, sum(amount_minor) filter (where kind = 'shipping') sh
            from parts where status <> 'rejected' and superseded_at is null group by 1) x on x.seller_order_id = s.id
   where x.a > s.total_minor or x.sh > s.shipping_minor
  union all select 'refunds.clearing_is_what_is_not_processed', count(*)
    from (select currency, sum(d) d from (
            select e.currency, l.credit_minor - l.debit_minor d from ledger.lines l join ledger.entries e on e.id = l.entry_id where l.account = 'refund_clearing'
            union all select currency, -amount_minor from owed where status in ('approved', 'submitted', 'failed')
            union all select f.currency, -f.amount_minor from r f join r by on by.id = f.superseded_by where by.status = 'requested') y group by 1) x where x.d <> 0
  union all select 'refunds.each_is_booked_once', count(*) from r
    left join lateral (select sum(l.credit_minor) filter (where l.account = 'refund_clearing') c, count(distinct e.id) n
                         from ledger.entries e join ledger.lines l on l.entry_id = e.id where e.kind = 'refund_approved' and e.reference = r.id::text) x on true
   where case when r.captured and r.status not in ('requested', 'rejected') then x.n <> 1 or x.c <> r.amount_minor else x.n <> 0 end
  union all select 'payments.refunded_is_sum_of_refunds', count(*) from payments.payments p
    left join (select payment_id, currency, sum(refunded_minor) a, bool_and(refunded_minor = amount_minor) full_back
                 from payments.provider_payments where rank >= 3 group by 1, 2) x on x.payment_id = p.id and x.currency = p.currency
   where p.refunded_minor <> coalesce(x.a, 0) or (p.rank < 4 and coalesce(x.a, 0) > 0)
      or (p.rank >= 4 and not exists (select 1 from r where r.payment_id = p.id and (r.status = 'processed' or r.reversals > 0)))
  union all select 'orders.refunded_is_sum_of_refunds', count(*) from orders.orders o
    left join (select order_id, sum(refunded_minor) a from payments.provider_payments where verdict = 'accepted' group by 1) x on x.order_id = o.id
   where (coalesce(x.a, 0) > 0 and o.payment_rank < case when x.a >= o.paid_minor then 5 else 4 end)
      or (o.payment_rank >= 4 and coalesce(x.a, 0) = 0 and not exists (select 1 from r where r.order_id = o.id and r.reversals > 0))
  union all select 'outbox.refund_events_are_gap_free', count(*) from r   -- of the last hour, as for orders
    left join (select aggregate_id, count(*) n, max(seq) top from platform.outbox where aggregate_type = 'refund' group by 1) x on x.aggregate_id = r.id
   where r.created_at > now() - interval '1 hour' and (coalesce(x.n, 0) <> r.event_seq or coalesce(x.top, 0) <> r.event_seq)
$$;
