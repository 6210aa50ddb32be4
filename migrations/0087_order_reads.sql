-- SPDX-License-Identifier: Apache-2.0
-- Why:  what an order's answers say of its lines beside what the line has: commission, refunds, until when it may come back; and where an
--       order is sent to, for the ways to pay it.
-- Lock: only new objects; one function that nobody called goes.
-- Time: milliseconds.
--
-- checkout.order_fees_v2(order) → as v1 (0064), but the GST of a fee whose rule has no rate of its own is that of the day of earning once the
--   part is earned, as it was booked, and of today only until then.
-- checkout.line_refunds_v1(order, window_days) → a row for each line: what approved refunds, done or under way, give back of it; and until when
--   it may come back, null where that is over, does not begin before its delivery, or never was.
--   window_days: the return window of goods that state none. Cost: the lines, parts and refunds of one order, each by its index.
-- checkout.payable_v2(order, user) → as v1 (0070), with the state and the PIN code that it goes to.

create function checkout.order_fees_v2(p_order bigint)
returns table (line_id bigint, rule_id bigint, version int, rate_bps int, fee_minor bigint, gst_minor bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select f.line_id, f.rule_id, f.version, f.rate_bps, f.fee_minor,
         round(f.fee_minor::numeric * coalesce(f.gst_rate_bps, (ledger.tax_rate_v1('gst_on_commission', coalesce(h.earned_at, now()))).rate_bps, 0)
               / 10000)::bigint
    from orders.seller_orders s
    left join ledger.shares h on h.seller_order_id = s.id
    cross join lateral ledger.line_fees_v1(s.id) f
   where s.order_id = p_order and f.rule_id is not null
$$;
drop function checkout.order_fees_v1(bigint);

create function checkout.line_refunds_v1(p_order bigint, p_window_days int)
returns table (line_id bigint, refunded_quantity int, refunded_minor bigint, returnable_until timestamptz)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select l.id, coalesce(r.quantity, 0), coalesce(r.minor, 0),
         case when s.status = 'delivered' and s.complete_at > now() and coalesce(r.quantity, 0) < l.quantity then w.until end
    from orders.order_lines l
    join orders.seller_orders s on s.id = l.seller_order_id
    left join (select p.line_id line, sum(p.quantity)::int quantity, sum(p.amount_minor)::bigint minor
                 from refunds.parts p join refunds.refunds q on q.id = p.refund_id
                where p.order_id = p_order and p.kind = 'line' and q.status in ('approved', 'submitted', 'processed')
                group by p.line_id) r on r.line = l.id
    left join catalog.products g on g.id = l.product_id
    -- The part's window is the longest of its lines': each line has its own within it.
    cross join lateral (select case when g.return_policy->'returnable' = 'false' then null
                                    else least(s.complete_at, s.delivered_at + make_interval(days =>
                                           case when jsonb_typeof(g.return_policy->'days') = 'number' then (g.return_policy->>'days')::int
                                                else p_window_days end)) end until) w
   where l.order_id = p_order
$$;

create function checkout.payable_v2(p_order bigint, p_user bigint)
returns table (status text, payment_method text, total bigint, currency text, is_open boolean, state_code text, postal_code text)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select o.status, o.payment_method, o.total_minor, o.currency, o.status = 'pending_payment' and o.payment_rank < 3 and o.reserved_until > now(),
         o.shipping_address->>'state_code', o.shipping_address->>'postal_code'
    from orders.orders o where o.id = p_order and o.user_id = p_user
$$;
