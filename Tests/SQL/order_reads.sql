-- SPDX-License-Identifier: Apache-2.0
-- What answers say of an order's lines (migration 0087): what refunds give back of them, and until when they may come back.
select t.shop(1, 1, 3, 10);
update catalog.products set return_policy = '{}';
create function pg_temp.lines(ord bigint) returns text language sql as $$
  select string_agg(f.line_id || ' ' || f.refunded_quantity || ' ' || f.refunded_minor || ' '
                    || coalesce(round(extract(epoch from f.returnable_until - s.delivered_at) / 86400)::text, '-'), ', ' order by f.line_id)
    from checkout.line_refunds_v1(ord, 7) f join orders.order_lines l on l.id = f.line_id join orders.seller_orders s on s.id = l.seller_order_id
$$;
-- As if this had been promised when the order was made.
create function pg_temp.promised(policy jsonb) returns void language sql as $$
  update catalog.products set return_policy = policy;
  delete from catalog.return_policies_past $$;
select t.bought(1, array(select variant_id from inventory.stock order by 1));
select t.eq('nothing yet', pg_temp.lines(1), '1001 0 0 -, 1002 0 0 -, 1003 0 0 -');
select t.move('{1001}', s, 'seller:1', null, case s when 'shipped' then '{"id":77,"carrier":"self"}'::jsonb end)
  from unnest('{accepted,packed,shipped,delivered}'::text[]) s;
select t.eq('seven days', pg_temp.lines(1), '1001 0 0 7, 1002 0 0 7, 1003 0 0 7');
select pg_temp.promised('{"days":3}');
select t.eq('its own days', pg_temp.lines(1), '1001 0 0 3, 1002 0 0 3, 1003 0 0 3');
select pg_temp.promised('{"days":30}');
select t.eq('never longer than the part''s', pg_temp.lines(1), '1001 0 0 7, 1002 0 0 7, 1003 0 0 7');
select pg_temp.promised('{"returnable":false}');
select t.eq('never', pg_temp.lines(1), '1001 0 0 -, 1002 0 0 -, 1003 0 0 -');
select pg_temp.promised('{}');

-- What refunds give back: approved ones, under way or done.
insert into refunds.refunds (id, request_id, origin, order_id, payment_id, provider, provider_payment_id, user_id, amount_minor, currency, status, cause, funded_by)
select 500 + n, 500 + n, 'manual', 1, 1, 'razorpay', 'pay_1', 1, 400, 'INR', s, 'damaged', 'seller'
  from unnest('{approved,submitted,processed,requested,rejected,failed}'::text[]) with ordinality u(s, n);
insert into refunds.parts (refund_id, part_no, order_id, seller_order_id, kind, line_id, quantity, amount_minor, taxable_minor)
select 500 + n, 1, 1, 1001, 'line', case when n = 3 then 1002 else 1001 end, (n = 3)::int, 100 + n, 100 + n from generate_series(1, 6) n
union all select 503, 2, 1, 1001, 'goodwill', null, 0, 50, 0;
select t.eq('given back', pg_temp.lines(1), '1001 0 203 7, 1002 1 103 -, 1003 0 0 7');
update orders.seller_orders set complete_at = now() - interval '1 second' where id = 1001;
select t.eq('over', pg_temp.lines(1), '1001 0 203 -, 1002 1 103 -, 1003 0 0 -');

-- The GST of a fee: of today until it is earned, of that day afterwards.
insert into ledger.commission_rules (id, scope, version, rate_bps, fixed_fee_minor, include_shipping, effective_from, note)
overriding system value values (9, 'global', 1, 1000, 0, false, now() - interval '1 day', 'x');
update orders.order_lines set commission_rule_id = 9, commission_rate_bps = 1000 where order_id = 1;
create function pg_temp.fees() returns text language sql as $$
  select string_agg(version || ' ' || rate_bps || ' ' || fee_minor || ' ' || gst_minor, ', ' order by line_id) from checkout.order_fees_v2(1)
$$;
select t.eq('fees', pg_temp.fees(), '1 1000 100 18, 1 1000 100 18, 1 1000 100 18');
update ledger.shares set earned_at = now() - interval '30 years' where seller_order_id = 1001;
select t.eq('of the day of earning', pg_temp.fees(), '1 1000 100 0, 1 1000 100 0, 1 1000 100 0');

select t.eq('where it goes', (select payment_method || ' ' || coalesce(state_code, '-') || ' ' || is_open from checkout.payable_v2(1, 1)), 'razorpay - false');
select t.eq('somebody else''s', (select count(*)::text from checkout.payable_v2(1, 2)), '0');
select t.eq('the same', (select payment_method || ' ' || coalesce(state_code, '-') || ' ' || is_open || ' ' || is_overdue from checkout.payable_v3(1, 1)), 'razorpay - false false');
select t.eq('somebody else''s', (select count(*)::text from checkout.payable_v3(1, 2)), '0');
