-- SPDX-License-Identifier: Apache-2.0
-- Why:  units whose money goes back had to be sent all the same: a parcel took them along, a part could not be delivered without them,
--       and one that was refunded whole stayed open for ever.
-- Lock: ROW EXCLUSIVE on orders.seller_order_moves for three rows; functions are replaced or new.
-- Time: milliseconds.
--
-- checkout.move_seller_orders_v1 and _v2: units that are refunded are in no parcel and are missing in none; they stay on the shelf when
--   their part is packed, and count as put back (restocked) from then on. Of a part that comes back to its origin what had never left goes
--   on the shelf, unless it was put there before. The server cancels a part that is not sent and whose units are refunded, all of
--   them; what is left of its money (shipping) is owed as by any cancellation.
-- refunds.approved: with the last of a part's units job seller_order.refunded is owed, which does that.

update orders.seller_order_moves set parties = 23 where to_status = 'cancelled' and from_status in ('placed', 'accepted', 'packed');

-- refunds.units_v1(order, line) → units of a line whose money goes back or has gone, asked for by nobody who may still be refused.
create function refunds.units_v1(p_order bigint, p_line bigint) returns int language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(sum(p.quantity), 0)::int from refunds.parts p join refunds.refunds r on r.id = p.refund_id
   where p.line_id = p_line and p.order_id = p_order and p.kind = 'line' and r.status not in ('requested', 'rejected')
     and refunds.stands_v1(r.superseded_at, r.superseded_by, r.failure_code)
$$;

do $$
declare name text;
begin
  foreach name in array '{checkout.move_seller_orders_v1,checkout.move_seller_orders_v2}'::text[] loop
    perform platform.edit_v1(array[
      name, 'and l.quantity > (', 'and l.quantity - refunds.units_v1(o.id, l.id) > (', '2',
      name, 'select t.id, t.quantity - coalesce((', 'select t.id, t.quantity - refunds.units_v1(o.id, t.id) - coalesce((', '1',
      name, 'when r.guard = ''overdue'' and p_party = 16',
    'when p_to = ''cancelled'' and p_party = 16 and exists (select 1 from orders.order_lines l where l.order_id = o.id and l.seller_order_id = r.id
                                                             and l.quantity > refunds.units_v1(o.id, l.id)) then 6
      when r.guard = ''overdue'' and p_party = 16', '1',
      name, '        returning t.variant_ids, t.quantities),
      q as (',
    '        returning t.variant_ids, t.quantities),
      spared as (
        update refunds.parts p set restocked = p.quantity
          from refunds.refunds x, orders.order_lines l
         where p_to = ''packed'' and p.order_id = o.id and p.seller_order_id = any (moved) and p.kind = ''line'' and p.quantity > 0 and p.restocked = 0
           and x.id = p.refund_id and x.status not in (''requested'', ''rejected'') and refunds.stands_v1(x.superseded_at, x.superseded_by, x.failure_code)
           and l.order_id = o.id and l.id = p.line_id
        returning l.variant_id, p.quantity),
      q as (
        select s.variant_id v, s.quantity q, 0 r, s.quantity h from spared s
        union all', '1',
      name, 'select sum(case when p_to = ''rto_received'' then y.shipped else y.restocked end)::int',
    'select sum(least(l.quantity, case when p_to = ''rto_received'' then y.shipped else 0 end + y.restocked))::int', '1']);
  end loop;
  perform platform.edit_v1(array['refunds.approved', '  if r.origin <> ''provider'' then', '  -- Nothing is left to be sent of a part that has not left.
  insert into platform.jobs (kind, key, payload)
  select ''seller_order.refunded'', e.id || '':'' || r.id, jsonb_build_object(''seller_order_id'', e.id)
    from orders.seller_orders e
   where e.order_id = r.order_id and e.status in (''placed'', ''accepted'', ''packed'')
     and e.id in (select p.seller_order_id from refunds.parts p where p.refund_id = r.id and p.quantity > 0)
     and not exists (select 1 from orders.order_lines l where l.order_id = e.order_id and l.seller_order_id = e.id
                        and l.quantity > refunds.units_v1(e.order_id, l.id))
   order by e.id
  on conflict do nothing;
  if r.origin <> ''provider'' then', '1']);
end $$;
