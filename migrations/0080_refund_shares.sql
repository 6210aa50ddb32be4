-- SPDX-License-Identifier: Apache-2.0
-- Why:  what may still be given back of a seller order knows of disputes: money that one has given back is not asked for again.
-- Lock: only a function is replaced, whose calls stay.
-- Time: milliseconds.
--
-- refunds.open_items(order, owed) → as in 0056. share_minor is the rest of the seller order as a whole, less what left its share of the
--   ledger otherwise than by refunds.
create or replace function refunds.open_items(p_order bigint, p_owed boolean)
returns table (seller_order_id bigint, kind text, line_id bigint, quantity int, paid_quantity int, amount_minor bigint, paid_minor bigint,
               share_minor bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with parts as (
    select p.seller_order_id so, p.kind, p.line_id, p.quantity q, p.amount_minor a, p.reclaimed, r.funded_by, r.status, r.superseded_at is null stands
      from refunds.refunds r join refunds.parts p on p.refund_id = r.id where r.order_id = p_order),
  used as (
    select so, kind, line_id, sum(q)::int q, sum(a)::bigint a from parts
     where status not in ('failed', 'rejected') or (p_owed and status = 'failed' and stands) group by 1, 2, 3),
  shares as (
    select s.id, s.shipping_minor,
           s.total_minor - coalesce((select sum(a) from used where so = s.id), 0)::bigint
           -- what disputes took: all that left the share, less what refunds took from it
           - coalesce((select h.refunded_minor + h.returned_minor from ledger.shares h where h.seller_order_id = s.id), 0)
           + coalesce((select sum(a) from parts where so = s.id and stands and status not in ('requested', 'rejected')
                          and (funded_by = 'seller' or reclaimed)), 0)::bigint share
      from orders.seller_orders s where s.order_id = p_order)
  select l.seller_order_id, 'line', l.id, l.quantity - coalesce(u.q, 0), l.quantity, l.total_minor - coalesce(u.a, 0), l.total_minor, s.share
    from orders.order_lines l join shares s on s.id = l.seller_order_id left join used u on u.kind = 'line' and u.line_id = l.id
   where l.order_id = p_order
  union all
  select s.id, 'shipping', null, 0, 0, s.shipping_minor - coalesce(u.a, 0), s.shipping_minor, s.share
    from shares s left join used u on u.kind = 'shipping' and u.so = s.id
   where s.shipping_minor > 0
$$;
