-- SPDX-License-Identifier: Apache-2.0
-- What the comparison with the provider reads here: money that moved, with what the ledger says of it.
select t.shop(3, 10, 2, 100);
select t.payable(g, '{100,200}') from generate_series(1, 4) g;        -- each total 2000
select t.paid((select jsonb_agg(jsonb_build_object('event', 'e' || g, 'po', 'order_' || g, 'pp', 'pay_' || g, 'amount', 2000)) from generate_series(1, 3) g));
create function t.here(after_kind text default '', after text default '', n int default 10) returns text language sql as $$
  select string_agg(kind || ' ' || provider_id || ' ' || amount || ' ' || coalesce(booked::text, '-'), ', ' order by kind, provider_id)
    from checkout.money_here_v1('razorpay', now() - interval '1 hour', now() + interval '1 hour', after_kind, after, n)
$$;
select t.eq('captured and booked', t.here(), 'payment pay_1 2000 2000, payment pay_2 2000 2000, payment pay_3 2000 2000');
select t.eq('page by page', t.here(n => 2) || '; ' || t.here('payment', 'pay_2'), 'payment pay_1 2000 2000, payment pay_2 2000 2000; payment pay_3 2000 2000');
update payments.provider_payments set amount_minor = 2001 where provider_payment_id = 'pay_2';
update payments.provider_payments set captured_at = now() - interval '2 hours' where provider_payment_id = 'pay_3';
insert into payments.provider_payments (provider, provider_payment_id, payment_id, order_id, rank, status, amount_minor, currency, captured_at)
values ('razorpay', 'pay_4', 4, 4, 3, 'captured', 2000, 'INR', now());
select t.eq('without an entry, with another sum, and not of the time', t.here(), 'payment pay_1 2000 2000, payment pay_2 2001 2000, payment pay_4 2000 -');
select t.eq('no refunds of that name', (select count(*)::text from checkout.refunds_here_v1('razorpay', '{rfnd_1}')), '0');
select t.eq('what an order asks for', (select status || ' ' || payment_method || ' ' || total || ' ' || currency || ' ' || is_open from checkout.payable_v1(4, 4)), 'pending_payment razorpay 2000 INR true');
select t.eq('paid', (select status || ' ' || is_open from checkout.payable_v1(1, 1)), 'confirmed false');
select t.eq('somebody else''s', (select count(*)::text from checkout.payable_v1(4, 5)), '0');
