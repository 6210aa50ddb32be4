-- SPDX-License-Identifier: Apache-2.0
-- Why:  what an admin writes down of a move (proof that came by mail, a suspicion) was shown to buyer and seller: as the text of tracking
--       events, and in the events that others are told.
-- Lock: functions are replaced; ROW EXCLUSIVE on orders.shipment_events for those few texts.
-- Time: one pass over orders.shipment_events, about a second per million.
--
-- An admin's reason stands in history and audit, for admins. Tracking events, the outbox and movements of stock do without it. Who reads a
-- history sees the reason of an admin's transaction only as an admin (OrderStore): the order's own move in it has actor system.

do $$
begin
  perform platform.edit_v1(array[
    -- the function, the text, what stands for it, how often it must be there
    'checkout.move_seller_orders_v1', '''reason'', p_reason)', '''reason'', case when p_party <> 4 then p_reason end)', '2',
    'checkout.move_seller_orders_v1', 'select id, p_to, left(p_reason, 500) from u',
    'select id, p_to, case when p_party <> 4 then left(p_reason, 500) end from u', '1',
    'checkout.move_seller_orders_v1', '''restock'' end, p_reason, who,', '''restock'' end, case when p_party <> 4 then p_reason end, who,', '1',
    'checkout.move_seller_orders_v2', '''reason'', p_reason)', '''reason'', case when p_party <> 4 then p_reason end)', '2',
    'checkout.move_seller_orders_v2', 'select id, p_to, left(p_reason, 500) from u',
    'select id, p_to, case when p_party <> 4 then left(p_reason, 500) end from u', '1',
    'checkout.end_unpaid', '''reason'', p_reason)', '''reason'', case when p_actor like ''admin:%'' then null else p_reason end)', '1',
    'checkout.end_unpaid_v2', '''reason'', p_reason)', '''reason'', case when p_actor like ''admin:%'' then null else p_reason end)', '1']);
end $$;

-- What was written so far: the same words of the same transaction stand in the history.
update orders.shipment_events e set text = null
  from orders.shipments s, orders.history h
 where e.text is not null and s.id = e.shipment_id and h.order_id = s.order_id and h.seller_order_id = s.seller_order_id and h.at = e.at
   and h.actor like 'admin:%';
