-- SPDX-License-Identifier: Apache-2.0
-- Why:  what a line's price came from is frozen with it, and orders that are paid in cash at the door are confirmed by the statement that
--       makes them: units, events and history as if they had been paid, in no more statements for those that are paid online.
-- Lock: orders.order_lines (ACCESS EXCLUSIVE) for a column without a default: no rewrite.
-- Time: milliseconds.
--
-- orders.order_lines.priced: where the price of one came from, as Orders/FrozenPrice writes and reads it; {} is the variant's own price, which
--   had no tiers (5 octets). null: of before this migration, and it stays so: nothing is made up for old lines.
-- checkout.place_v5: as v4 (0063), with one more array after l_bps, and one more way to pay:
--   l_priced text[]            JSON object for orders.order_lines.priced
--   o_payment_method           'razorpay' or 'cod'. An order of 'cod' is confirmed and its parts are placed at once (accept_by in 48 hours), its
--                              reservations are committed; order.created (seq 1), order.confirmed (2), seller_order.placed (1 of each part)
--                              and the history of both moves are written. o_reserved_until means nothing more for it but has its bounds.
--   Cost for a batch without cash: a comparison for each row. With it: four inserts a batch.
-- checkout.initiate_v2: as v1 (0013), but an order that is confirmed without having been paid online is not-payable (5), not already-paid (3).

alter table orders.order_lines add column priced jsonb;

do $$
declare
  body text := pg_get_functiondef(
    (select p.oid from pg_proc p where p.proname = 'place_v4' and p.pronamespace = 'checkout'::regnamespace));
  part record;
begin
  for part in select * from (values
    ('checkout.place_v4(', 'checkout.place_v5(', 1),
    ('place_v4: ', 'place_v5: ', 6),
    ('l_bps integer[], ', 'l_bps integer[], l_priced text[], ', 1),
    ('cardinality(l_bps)', 'cardinality(l_bps), cardinality(l_priced)', 1),
    ('commission_rule_id, commission_rate_bps)', 'commission_rule_id, commission_rate_bps, priced)', 1),
    ('l_rule[x], l_bps[x]', 'l_rule[x], l_bps[x], l_priced[x]::jsonb', 1),
    ('''razorpay'' <> any (o_payment_method)', 'not (o_payment_method <@ array[''razorpay'', ''cod''])', 1),
    ('''pending_payment'', o_currency[x]', 'case o_payment_method[x] when ''cod'' then ''confirmed'' else ''pending_payment'' end, o_currency[x]', 1),
    ('key_digest, key_retention_s)', 'key_digest, key_retention_s, event_seq, confirmed_at)', 1),
    ('k_digest[x], k_retention_s[x]', 'k_digest[x], k_retention_s[x], case o_payment_method[x] when ''cod'' then 2 else 1 end,
         case o_payment_method[x] when ''cod'' then now() end', 1),
    (E'tax_minor, total_minor)\n    select s_id[x]', E'tax_minor, total_minor,\n           event_seq, accept_by)\n    select s_id[x]', 1),
    ('s_seller[x], ''pending_payment''', 's_seller[x], case o_payment_method[s_ord[x]] when ''cod'' then ''placed'' else ''pending_payment'' end', 1),
    ('s_tax[x], s_total[x]', 's_tax[x], s_total[x],
           case o_payment_method[s_ord[x]] when ''cod'' then 1 else 0 end,
           case o_payment_method[s_ord[x]] when ''cod'' then now() + interval ''48 hours'' end', 1),
    ('o_id[s_ord[so]], ''held'',', 'o_id[s_ord[so]], case o_payment_method[s_ord[so]] when ''cod'' then ''committed'' else ''held'' end,', 1),
    ('    -- The carts, locked since step 3', '    -- What is paid at the door waits for nobody.
    if ''cod'' = any (o_payment_method) then
      insert into orders.history (order_id, from_status, to_status, event, actor)
      select o_id[x], ''pending_payment'', ''confirmed'', ''pay'', ''user:'' || o_user[x]
        from generate_series(1, n) u(x) where oc[x] = 0 and o_payment_method[x] = ''cod'';
      insert into orders.history (order_id, seller_order_id, from_status, to_status, event, actor)
      select o_id[s_ord[x]], s_id[x], ''pending_payment'', ''placed'', ''place'', ''system''
        from generate_series(1, sn) u(x) where oc[s_ord[x]] = 0 and o_payment_method[s_ord[x]] = ''cod'';
      insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
      select ''order.confirmed'', ''order'', o_id[x], 2,
             jsonb_build_object(''order_id'', o_id[x], ''user_id'', o_user[x], ''total_minor'', o_total[x], ''currency'', o_currency[x])
        from generate_series(1, n) u(x) where oc[x] = 0 and o_payment_method[x] = ''cod'';
      insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
      select ''seller_order.placed'', ''seller_order'', s_id[x], 1,
             jsonb_build_object(''seller_order_id'', s_id[x], ''order_id'', o_id[s_ord[x]], ''seller_id'', s_seller[x], ''total_minor'', s_total[x])
        from generate_series(1, sn) u(x) where oc[s_ord[x]] = 0 and o_payment_method[s_ord[x]] = ''cod'';
    end if;

    -- The carts, locked since step 3', 1)) x(was, becomes, times)
  loop
    if (length(body) - length(replace(body, part.was, ''))) / length(part.was) <> part.times then
      raise exception 'place_v4 does not say % times: %', part.times, part.was;
    end if;
    body := replace(body, part.was, part.becomes);
  end loop;
  execute body;
end $$;

do $$
declare
  body text := pg_get_functiondef('checkout.initiate_v1'::regproc);
  part record;
begin
  for part in select * from (values
    ('checkout.initiate_v1(', 'checkout.initiate_v2(', 1),
    ('initiate_v1: ', 'initiate_v2: ', 1),
    ('when t.status in (''confirmed'', ''processing'', ''completed'') or t.payment_rank >= 3 then 3',
     'when (t.status in (''confirmed'', ''processing'', ''completed'') and t.payment_method = ''razorpay'') or t.payment_rank >= 3 then 3', 1))
    x(was, becomes, times)
  loop
    if (length(body) - length(replace(body, part.was, ''))) / length(part.was) <> part.times then
      raise exception 'initiate_v1 does not say % times: %', part.times, part.was;
    end if;
    body := replace(body, part.was, part.becomes);
  end loop;
  execute body;
end $$;
