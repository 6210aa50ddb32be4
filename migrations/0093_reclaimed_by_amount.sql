-- SPDX-License-Identifier: Apache-2.0
-- Why:  what the platform has paid of a part that ends unsold is reclaimed as far as the part has money left, and the rest when it has again:
--       a dispute may have taken it, and a later phase may bring it back. And one way each to spread an amount and to ask whose money a refund is.
-- Lock: ACCESS EXCLUSIVE on refunds.parts for a column with a constant default (no rewrite), then the rows that were reclaimed.
-- Time: milliseconds, and a second per hundred thousand reclaimed parts.
--
-- Functions are replaced under their names where their calls and answers stay, so that nobody goes on with the fault.

alter table refunds.parts add column reclaimed_minor bigint not null default 0 check (reclaimed_minor between 0 and amount_minor);
update refunds.parts set reclaimed_minor = amount_minor where reclaimed;

-- checkout.spread_v1(amount, weights) → the amount in shares by largest remainder, ties by position; no share exceeds its weight while the
--   amount is no more than their sum; zeros where there is no weight, and nothing for nothing.
create function checkout.spread_v1(p_amount bigint, p_weights bigint[]) returns bigint[]
language sql immutable set search_path = pg_catalog, pg_temp as $$
  with w as (select i, div(p_amount::numeric * w, nullif(sum(w) over (), 0)) base, mod(p_amount::numeric * w, nullif(sum(w) over (), 0)) left_over
               from unnest(p_weights) with ordinality u(w, i)),
  f as (select i, base, row_number() over (order by left_over desc, i) k, p_amount - sum(base) over () rest from w)
  select coalesce(array_agg(coalesce(base + (k <= rest)::int, 0)::bigint order by i), '{}') from f
$$;
create or replace function refunds.split(p_amount bigint, p_weights bigint[]) returns bigint[]
language sql immutable set search_path = pg_catalog, pg_temp as $$ select checkout.spread_v1(p_amount, p_weights) $$;
create or replace function ledger.spread_v1(p_amount bigint, p_weights bigint[]) returns bigint[]
language sql immutable set search_path = pg_catalog, pg_temp as $$ select checkout.spread_v1(p_amount, p_weights) $$;

-- refunds.unclaimed: what the platform has paid back of a seller order and would reclaim if it ended unsold.
create or replace function refunds.unclaimed(p_seller_order bigint) returns bigint language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(sum(p.amount_minor - p.reclaimed_minor), 0)::bigint
    from orders.seller_orders s join refunds.parts p on p.order_id = s.order_id and p.seller_order_id = s.id join refunds.refunds r on r.id = p.refund_id
   where s.id = p_seller_order and r.funded_by = 'platform' and r.status not in ('requested', 'rejected') and r.superseded_at is null
$$;

-- refunds.reclaimed: what is reclaimed of it now, no more than the share has left; marks it, the oldest first.
create or replace function refunds.reclaimed(p_seller_order bigint) returns bigint language sql set search_path = pg_catalog, pg_temp as $$
  with d as (
    select p.refund_id, p.part_no, p.amount_minor - p.reclaimed_minor due,
           sum(p.amount_minor - p.reclaimed_minor) over (order by p.refund_id, p.part_no) - (p.amount_minor - p.reclaimed_minor) before
      from orders.seller_orders s join refunds.parts p on p.order_id = s.order_id and p.seller_order_id = s.id join refunds.refunds r on r.id = p.refund_id
     where s.id = p_seller_order and r.funded_by = 'platform' and r.status not in ('requested', 'rejected') and r.superseded_at is null),
  c as (select coalesce((select h.total_minor - h.refunded_minor - h.returned_minor from ledger.shares h where h.seller_order_id = p_seller_order),
                        (select s.total_minor from orders.seller_orders s where s.id = p_seller_order), 0) room),
  u as (
    update refunds.parts p
       set reclaimed_minor = p.reclaimed_minor + x.take, reclaimed = p.reclaimed_minor + x.take = p.amount_minor
      from (select d.refund_id, d.part_no, greatest(least(d.due, c.room - d.before), 0)::bigint take from d, c) x
     where p.refund_id = x.refund_id and p.part_no = x.part_no and x.take > 0
    returning x.take)
  select coalesce(sum(take), 0)::bigint from u
$$;

-- refunds.open_items: as in 0080, with what was reclaimed by its amount.
create or replace function refunds.open_items(p_order bigint, p_owed boolean)
returns table (seller_order_id bigint, kind text, line_id bigint, quantity int, paid_quantity int, amount_minor bigint, paid_minor bigint,
               share_minor bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with parts as (
    select p.seller_order_id so, p.kind, p.line_id, p.quantity q, p.amount_minor a, p.reclaimed_minor back, r.funded_by, r.status, r.superseded_at is null stands
      from refunds.refunds r join refunds.parts p on p.refund_id = r.id where r.order_id = p_order),
  used as (
    select so, kind, line_id, sum(q)::int q, sum(a)::bigint a from parts
     where status not in ('failed', 'rejected') or (p_owed and status = 'failed' and stands) group by 1, 2, 3),
  shares as (
    select s.id, s.shipping_minor,
           s.total_minor - coalesce((select sum(a) from used where so = s.id), 0)::bigint
           -- what disputes took: all that left the share, less what refunds took from it
           - coalesce((select h.refunded_minor + h.returned_minor from ledger.shares h where h.seller_order_id = s.id), 0)
           + coalesce((select sum(case funded_by when 'seller' then a else back end) from parts
                        where so = s.id and stands and status not in ('requested', 'rejected')), 0)::bigint share
      from orders.seller_orders s where s.order_id = p_order)
  select l.seller_order_id, 'line', l.id, l.quantity - coalesce(u.q, 0), l.quantity, l.total_minor - coalesce(u.a, 0), l.total_minor, s.share
    from orders.order_lines l join shares s on s.id = l.seller_order_id left join used u on u.kind = 'line' and u.line_id = l.id
   where l.order_id = p_order
  union all
  select s.id, 'shipping', null, 0, 0, s.shipping_minor - coalesce(u.a, 0), s.shipping_minor, s.share
    from shares s left join used u on u.kind = 'shipping' and u.so = s.id
   where s.shipping_minor > 0
$$;

do $$
declare
  body text; edits text[]; f text;
begin
  foreach f in array array['refunds.approved', 'checkout.owe_refund_v1'] loop
    body := pg_get_functiondef(f::regproc);
    edits := case f when 'refunds.approved' then array[
      -- the text, what stands for it
      'set reclaimed = true where', 'set reclaimed = true, reclaimed_minor = p.amount_minor where',
      'refunds.debits_v2(r.order_id, part.so, need + back)', 'checkout.refund_split_v1(part.so, need + back)']
    else array[
      'refunds.debits_v2(ord, p_seller_order, back)', 'checkout.refund_split_v1(p_seller_order, back)',
      '''refund_reclaimed'', p_seller_order::text,',
      '''refund_reclaimed'', p_seller_order || case when exists (select 1 from ledger.entries e where e.kind = ''refund_reclaimed''' || E'\n' ||
      '                                 and e.reference = p_seller_order::text) then '':'' || p_entry else '''' end,'] end;
    for i in 1..cardinality(edits) by 2 loop
      if (length(body) - length(replace(body, edits[i], ''))) / length(edits[i]) <> 1 then
        raise exception '% is not the function that this migration goes on from: %', f, edits[i];
      end if;
      body := replace(body, edits[i], edits[i + 1]);
    end loop;
    execute body;
  end loop;
end $$;
drop function refunds.debits_v2(bigint, bigint, bigint);
