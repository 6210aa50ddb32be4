-- SPDX-License-Identifier: Apache-2.0
-- Why:  a part of an order on a company's credit that is cancelled, rejected or returned to its origin is owed by nobody any more.
-- Lock: only new objects.
-- Time: milliseconds.
--
-- checkout.move_seller_orders_v2: as v1 (0051); what was booked as owed by the company (credit_confirmed_v1) is taken back for such a part
--   by credit_returned_v1, in the same transaction.
do $$
declare
  body text := pg_get_functiondef(
    (select p.oid from pg_proc p where p.proname = 'move_seller_orders_v1' and p.pronamespace = 'checkout'::regnamespace));
  part record;
begin
  for part in select * from (values
    ('checkout.move_seller_orders_v1(', 'checkout.move_seller_orders_v2(', 1),
    ('move_seller_orders_v1: ', 'move_seller_orders_v2: ', 3),
    ('      if p_to in (''cancelled'', ''rejected'', ''rto_received'') and o.paid_minor > 0 then',
     '      if p_to in (''cancelled'', ''rejected'', ''rto_received'') and o.payment_method = ''credit_terms''
         and exists (select 1 from ledger.entries y where y.kind = ''credit_confirmed'' and y.reference = o.id::text) then
        perform checkout.credit_returned_v1(p_ids[next_id + 1], ids[i],
                  (select t.total_minor from orders.seller_orders t where t.id = ids[i]), ids[i]::text);
      elsif p_to in (''cancelled'', ''rejected'', ''rto_received'') and o.paid_minor > 0 then', 1)) x(was, becomes, times)
  loop
    if (length(body) - length(replace(body, part.was, ''))) / length(part.was) <> part.times then
      raise exception 'move_seller_orders_v1 does not say % times: %', part.times, part.was;
    end if;
    body := replace(body, part.was, part.becomes);
  end loop;
  execute body;
end $$;
