-- SPDX-License-Identifier: Apache-2.0
-- Why:  an order that is paid in cash at the door said cod_pending for ever, although its parts had arrived and the cash was booked.
-- Lock: only new objects.
-- Time: milliseconds.
--
-- orders.payment_rank_v1(order, method, rank) → what payments have made of an order, as Orders/PaymentStatus reads it: its own rank, and of cash
--   at the door, which nobody reports, what its parts say: 0 while a part may still bring cash, 3 when all that came has brought it (each
--   arrival books its cash, ADR 0012), 1 when nothing came and nothing will. Derived, never written.

create function orders.payment_rank_v1(p_order bigint, p_method text, p_rank smallint) returns smallint
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare brings boolean; brought boolean;
begin
  if p_method <> 'cod' or p_rank > 1 then return p_rank; end if;
  select bool_or(s.status in ('pending_payment', 'placed', 'accepted', 'packed', 'shipped', 'out_for_delivery', 'delivery_failed')),
         bool_or(s.status in ('delivered', 'completed', 'return_in_progress', 'partially_returned', 'returned'))
    into brings, brought from orders.seller_orders s where s.order_id = p_order;
  return case when brings then 0 when brought then 3 else 1 end;
end $$;
