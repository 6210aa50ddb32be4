-- SPDX-License-Identifier: Apache-2.0
-- The inbox around effects of the caller's own: event_arrives_v1, event_ends_v1, give_up_waiting_events_v1.
create function t.arrive(ev text, body text default 'b') returns text language sql as $$
  select checkout.event_arrives_v1('razorpay', ev, 'refund.created', t.digest(body), convert_to(body, 'UTF8'), 'order_1', 'pay_1')::text
$$;

select t.eq('no name', t.fails($$select checkout.event_arrives_v1('razorpay', null, 'x', t.digest('b'), 'b', null, null)$$), '22023');
select t.eq('no hash', t.fails($$select checkout.event_arrives_v1('razorpay', 'e', 'x', 'b', 'b', null, null)$$), '22023');
select t.eq('ends before it came', t.fails($$select checkout.event_ends_v1('razorpay', 'e1', 'processed', null)$$), '22023');
select t.eq('new', t.arrive('e1'), '0');
select t.eq('stands as received', (select state || ' ' || provider_order_id || ' ' || provider_payment_id from payments.events), 'received order_1 pay_1');
select t.eq('no such end', t.fails($$select checkout.event_ends_v1('razorpay', 'e1', 'done', null)$$), '22023');
select checkout.event_ends_v1('razorpay', 'e1', 'processed', null);
select t.eq('processed', (select state || ' ' || (processed_at is not null) from payments.events), 'processed true');
select t.eq('duplicate', t.arrive('e1'), '2');
select t.eq('an end is one', t.fails($$select checkout.event_ends_v1('razorpay', 'e1', 'failed', null)$$), '22023');
select t.eq('conflict, twice', t.arrive('e1', 'other') || t.arrive('e1', 'other'), '33');
select t.eq('kept aside once, one alert', (select count(*) || ' ' || (select count(*) from platform.jobs where kind = 'payment.event_conflict') from payments.event_conflicts), '1 1');
select t.eq('the first stays as it was', (select state from payments.events), 'processed');

-- Waiting is gone on with; failed, too, and then it was replayed.
select t.eq('new', t.arrive('e2'), '0');
select checkout.event_ends_v1('razorpay', 'e2', 'waiting', 'no such payment');
select t.eq('waiting', (select state || ' ' || (processed_at is null) from payments.events where event_id = 'e2'), 'waiting true');
select t.eq('again', t.arrive('e2'), '0');
select t.eq('nobody gives up early', (select count(*)::text from checkout.give_up_waiting_events_v1(10)), '0');
update payments.events set received_at = now() - interval '73 hours' where event_id = 'e2';
select t.eq('given up', (select event_id || ' ' || event_type from checkout.give_up_waiting_events_v1(10)), 'e2 refund.created');
select t.eq('once', (select count(*)::text from checkout.give_up_waiting_events_v1(10)), '0');
select t.eq('failed, with an alert', (select state || ' ' || note || ' ' || (select count(*) from platform.jobs where kind = 'payment.event_unmatched')
                                        from payments.events where event_id = 'e2'), 'failed no payment of ours in 72 hours 1');
select t.eq('replay', t.arrive('e2'), '0');
select checkout.event_ends_v1('razorpay', 'e2', 'processed', null);
select t.eq('replayed', (select state from payments.events where event_id = 'e2'), 'replayed');
select t.eq('a replayed one is done', t.arrive('e2'), '2');
