-- SPDX-License-Identifier: Apache-2.0
-- checkout.dispute_news_v2: phases and statuses go forward, the flag and the ledger follow, and nothing counts twice.
select t.shop(3, 10, 2, 100);
select t.payable(g, '{100,200}') from generate_series(1, 9) g;        -- each total 2000, two sellers
select t.paid((select jsonb_agg(jsonb_build_object('event', 'e' || g, 'po', 'order_' || g, 'pp', 'pay_' || g, 'amount', 2000)) from generate_series(1, 8) g));

create function t.news(named text, pp text, status text, phase text default 'chargeback', amount bigint default 2000, deducted bigint default 0,
                       certain boolean default false, currency text default 'INR') returns text language sql as $$
  select code || coalesce(' ' || why, '') from checkout.dispute_news_v2(nextval('t.ids'), array[nextval('t.ids'), nextval('t.ids'), nextval('t.ids')], 'razorpay',
    named, pp, null, amount, currency, deducted, 'goods_not_received', phase, status, now() + interval '7 days', certain, 'razorpay', 'req')
$$;
create function t.dispute(named text) returns text language sql as $$
  select d.phase || ' ' || d.status || ' ' || coalesce(p.dispute, '-') || ' ' || (d.ended_at is not null)
    from payments.disputes d join payments.payments p on p.id = d.payment_id where d.provider_dispute_id = named
$$;
create function t.balance(name text) returns text language sql as $$
  select coalesce(sum(debit_minor - credit_minor), 0)::text from ledger.lines where account = name
$$;

-- Unknown, or not captured here yet: it waits.
select t.eq('unknown', t.news('disp_1', 'pay_none', 'open'), '2 no payment of ours');
select t.paid('[{"event":"e9","action":2,"po":"order_9","pp":"pay_9","amount":2000}]');
select t.eq('not captured', t.news('disp_1', 'pay_9', 'open'), '2 the payment is not captured here');
select t.eq('nonsense', t.fails($$select t.news('disp_1', 'pay_1', 'lost_in_the_mail')$$) || t.fails($$select t.news('disp_1', 'pay_1', 'open', 'appeal')$$), '2202322023');
select t.eq('other currency', t.news('disp_1', 'pay_1', 'open', currency => 'USD'), '4 the dispute has another currency than its payment');

-- Opened, and so on, once each.
select t.eq('open', t.news('disp_1', 'pay_1', 'open') || ', ' || t.dispute('disp_1'), '0, chargeback open open false');
select t.eq('held', (select t.balance('dispute_held:disp_1:chargeback') || ' ' || sum(held_minor) from ledger.dispute_shares), (select -sum(held_minor) || ' ' || sum(held_minor) from ledger.dispute_shares));
select t.ok('something is held', (select sum(held_minor) > 0 from ledger.dispute_shares));
select t.eq('again', t.news('disp_1', 'pay_1', 'open'), '1');
select t.eq('about another payment', t.news('disp_1', 'pay_2', 'under_review'), '4 the dispute is about another payment');
select t.eq('evidence, review', t.news('disp_1', 'pay_1', 'evidence_required') || t.news('disp_1', 'pay_1', 'under_review'), '00');
select t.eq('back: ask', t.news('disp_1', 'pay_1', 'evidence_required') || ', ' || t.news('disp_1', 'pay_1', 'open') || ', ' || t.dispute('disp_1'), '3, 1, chargeback under_review open false');
select t.eq('asked', t.news('disp_1', 'pay_1', 'evidence_required', certain => true) || ', ' || t.dispute('disp_1'), '0, chargeback evidence_required open false');
select t.eq('won', t.news('disp_1', 'pay_1', 'won') || ', ' || t.dispute('disp_1'), '0, chargeback won won true');
select t.eq('given back', t.balance('dispute_held:disp_1:chargeback'), '0');
select t.eq('final within its phase', t.news('disp_1', 'pay_1', 'lost', deducted => 2000) || t.news('disp_1', 'pay_1', 'closed') || t.news('disp_1', 'pay_1', 'under_review', certain => true), '111');
-- A later phase opens it again, an earlier one says nothing.
select t.eq('earlier phase', t.news('disp_1', 'pay_1', 'open', 'retrieval'), '1');
select t.eq('later phase', t.news('disp_1', 'pay_1', 'open', 'pre_arbitration') || ', ' || t.dispute('disp_1'), '0, pre_arbitration open open false');
select t.eq('lost there', t.news('disp_1', 'pay_1', 'lost', 'pre_arbitration', deducted => 2000) || ', ' || t.dispute('disp_1'), '0, pre_arbitration lost lost true');
select t.eq('what was deducted has left', t.balance('psp_clearing'), (select (8 * 2000 - 2000)::text));
select t.eq('history', (select string_agg(coalesce(from_status, '-') || '>' || to_status, ',' order by id) from payments.dispute_history),
  '->open,open>evidence_required,evidence_required>under_review,under_review>evidence_required,evidence_required>won,won>open,open>lost');
select t.eq('one event each', (select count(*)::text from platform.outbox where type = 'payment.disputed' and aggregate_id = 1), '7');

-- The end before the beginning; closed leaves no flag; the phase before ends with the later one.
select t.eq('lost at once', t.news('disp_2', 'pay_2', 'lost', deducted => 700) || ', ' || t.news('disp_2', 'pay_2', 'open') || ', ' || t.dispute('disp_2'), '0, 1, chargeback lost lost true');
select t.eq('a part', t.balance('psp_clearing'), (8 * 2000 - 2000 - 700)::text);
select t.eq('closed', t.news('disp_3', 'pay_3', 'open') || t.news('disp_3', 'pay_3', 'closed') || ', ' || t.dispute('disp_3'), '00, chargeback closed - true');
select t.eq('phase by phase', t.news('disp_4', 'pay_4', 'open', 'retrieval') || t.news('disp_4', 'pay_4', 'under_review', 'chargeback') || ', ' || t.dispute('disp_4') || ', ' ||
  t.balance('dispute_held:disp_4:retrieval'), '00, chargeback under_review open false, 0');
-- Two disputes of a payment: open as long as one is.
select t.eq('two', t.news('disp_5a', 'pay_5', 'open', amount => 500) || t.news('disp_5b', 'pay_5', 'open', amount => 600) || t.news('disp_5a', 'pay_5', 'won', amount => 500) || ', ' || t.dispute('disp_5b'),
  '000, chargeback open open false');
-- Money that paid no order: nothing of a seller's is held, the loss is the platform's.
select t.paid('[{"event":"x1","po":"order_6","pp":"pay_6b","amount":2000}]');
select t.eq('a duplicate payment', t.news('disp_6', 'pay_6b', 'open') || ' ' || (select count(*) from ledger.dispute_shares where dispute like 'disp_6%') || ' ' ||
  t.news('disp_6', 'pay_6b', 'lost', deducted => 2000) || ' ' || t.balance('dispute_loss:platform'), '0 0 0 2000');
-- Everything was given back before: nothing is left to hold, and a loss is the platform's.
select checkout.owe_refund_v1(nextval('t.ids'), nextval('t.ids'), id, 'rejected', 'system', null) from orders.seller_orders where order_id = 8 order by id;
select t.eq('after a refund', t.news('disp_8', 'pay_8', 'open') || t.news('disp_8', 'pay_8', 'lost', deducted => 300) || ' ' || t.balance('dispute_loss:platform'), '00 2300');
select t.eq('invariants of disputes', (select string_agg(name || value, ',') from platform.invariants_of_disputes_v1() where value <> 0), null);
update payments.payments set dispute = 'won' where id = 7;
select t.eq('a flag without a dispute is found', (select string_agg(name || '=' || value, ',') from platform.invariants_of_disputes_v1() where value <> 0), 'payments.dispute_flag_is_of_its_disputes=1');
update payments.payments set dispute = null where id = 7;
select t.sound('disputes');

-- A loss is turned back by a later phase: one part was earned before it, the other one after.
create function t.arrive(part bigint) returns void language plpgsql as $$
begin
  perform t.move(array[part], target, 'seller:' || (select seller_id from orders.seller_orders where id = part), shipment => case when target = 'shipped' then jsonb_build_object('id', part, 'carrier', 'self') end)
    from unnest('{accepted,packed,shipped,delivered}'::text[]) target;
end $$;
create function t.shares(ord bigint) returns text language sql as $$
  select string_agg(refunded_minor || '/' || returned_minor || ' ' || net_left + commission_left + gst_left + tcs_left + tds_left, ', ' order by seller_order_id)
    from ledger.shares where order_id = ord
$$;
select t.bought(10, '{100,200}');
select t.arrive(min(id)) from orders.seller_orders where order_id = 10;
select t.eq('lost', t.news('disp_10', 'pay_10', 'open') || t.news('disp_10', 'pay_10', 'lost', deducted => 1501), '00');
select t.eq('from both parts', t.shares(10), '0/751 249, 750/0 0');
select t.arrive(max(id)) from orders.seller_orders where order_id = 10;
select t.eq('earned without it', t.shares(10), '0/751 249, 750/0 250');
select t.eq('a later phase', t.news('disp_10', 'pay_10', 'open', 'arbitration') || ', ' || t.shares(10), '0, 0/0 1000, 0/0 1000');
select t.eq('nothing is lost', (select string_agg(a || ' ' || t.balance(a), ', ') from unnest('{dispute_loss:1,dispute_loss:2,dispute_loss:3,order_funds:10}'::text[]) a),
  'dispute_loss:1 0, dispute_loss:2 0, dispute_loss:3 0, order_funds:10 0');
select t.eq('turned back once', (select string_agg(e.kind || ' ' || l.debit_minor - l.credit_minor, ', ' order by e.id) from ledger.entries e join ledger.lines l on l.entry_id = e.id
  where e.kind like 'dispute%' and e.order_id = 10 and l.account = 'psp_clearing'), 'dispute_lost -1501, dispute_reversed 1501');
select t.eq('what it cost is of its phase', (select phase || ' ' || deducted_minor from payments.disputes where provider_dispute_id = 'disp_10'), 'arbitration 0');
select t.eq('of the earlier phase nothing more', t.news('disp_10', 'pay_10', 'lost', deducted => 1501) || checkout.dispute_reverse_v1(nextval('t.ids'), 'disp_10:chargeback'), '1false');
select t.sound('turned back');
select t.eq('won after all', t.news('disp_10', 'pay_10', 'won', 'arbitration') || ', ' || t.shares(10), '0, 0/0 1000, 0/0 1000');
select t.eq('audited', (select string_agg(action || ' ' || coalesce(before->>'status', '-'), ', ' order by a.id) from platform.audit a
  join payments.disputes d on d.id = a.entity_id where a.entity_type = 'dispute' and d.provider_dispute_id = 'disp_10'),
  'dispute.open -, dispute.lost open, dispute.open lost, dispute.won open');
-- Released earnings, and a loss of the platform's.
select t.eq('lost again', t.news('disp_11', 'pay_10', 'lost', amount => 100, deducted => 100) || t.news('disp_6', 'pay_6b', 'open', 'arbitration') || ' ' || t.balance('dispute_loss:platform'), '00 300');
select t.sound('after all');

-- An end that does not say what was taken is asked about, and only the answer is booked.
select t.bought(12, '{100,200}');
select t.arrive(min(id)) from orders.seller_orders where order_id = 12;
select t.eq('lost, of how much', t.news('disp_12', 'pay_12', 'open') || t.news('disp_12', 'pay_12', 'lost', deducted => null) || t.news('disp_12', 'pay_12', 'lost', deducted => 0) || ', ' || t.dispute('disp_12'),
  '033, chargeback open open false');
select t.eq('nothing is booked', (select string_agg(e.kind, ' ' order by e.id) from ledger.entries e where e.order_id = 12 and e.kind like 'dispute%'), 'dispute_held');
select t.eq('heard of at once', t.news('disp_12b', 'pay_12', 'lost', amount => 10, deducted => null) || coalesce(t.dispute('disp_12b'), ' not here'), '3 not here');
select t.eq('the answer', t.news('disp_12', 'pay_12', 'lost', deducted => 501, certain => true) || ', ' || t.dispute('disp_12') || ', ' || t.shares(12),
  '0, chargeback lost lost true, 0/251 749, 250/0 0');
-- More was taken than was said: the next answer books the difference, once.
select t.eq('an event says more', t.news('disp_12', 'pay_12', 'lost', deducted => 2000), '3');
select t.eq('an event says less, or nothing', t.news('disp_12', 'pay_12', 'lost', deducted => 500) || t.news('disp_12', 'pay_12', 'lost', deducted => null), '11');
select t.eq('the answer says more', t.news('disp_12', 'pay_12', 'lost', deducted => 2000, certain => true) || t.news('disp_12', 'pay_12', 'lost', deducted => 2000, certain => true) || ', ' || t.shares(12),
  '01, 0/1000 0, 1000/0 0');
select t.eq('what it cost', (select deducted_minor || ' ' || version from payments.disputes where provider_dispute_id = 'disp_12'), '2000 3');
select t.eq('entries', (select string_agg(e.reference || ' ' || l.debit_minor - l.credit_minor, ', ' order by e.id) from ledger.entries e join ledger.lines l on l.entry_id = e.id
  where e.kind = 'dispute_lost' and e.order_id = 12 and l.account = 'psp_clearing'), 'disp_12:chargeback -501, disp_12:chargeback:2000 -1499');
select t.eq('it is audited', (select string_agg(coalesce(before->>'deducted_minor', '-') || '>' || coalesce(after->>'deducted_minor', '-'), ', ' order by a.id) from platform.audit a
  join payments.disputes d on d.id = a.entity_id where a.entity_type = 'dispute' and d.provider_dispute_id = 'disp_12' and action = 'dispute.lost'), '->-, 501>2000');
select t.sound('raised');
select t.eq('all of it comes back', t.news('disp_12', 'pay_12', 'open', 'arbitration') || ', ' || t.shares(12), '0, 0/0 1000, 0/0 0');
select t.eq('by one entry', (select string_agg((l.debit_minor - l.credit_minor)::text, ', ') from ledger.entries e join ledger.lines l on l.entry_id = e.id
  where e.kind = 'dispute_reversed' and e.order_id = 12 and l.account = 'psp_clearing'), '2000');
select t.eq('an answer without it means all', t.news('disp_12', 'pay_12', 'lost', 'arbitration', deducted => null, certain => true) || ' ' || t.shares(12), '0 0/1000 0, 1000/0 0');
select t.eq('which it says', (select deducted_minor::text from payments.disputes where provider_dispute_id = 'disp_12'), '2000');
select t.eq('an answer that nothing was taken counts', t.news('disp_12c', 'pay_12', 'lost', amount => 10, deducted => 0, certain => true) || ' ' || t.dispute('disp_12c'), '0 chargeback lost lost true');
-- An answer that it is open turns nothing back.
select t.bought(13, '{100,200}');
select t.eq('open again', t.news('disp_13', 'pay_13', 'evidence_required') || t.news('disp_13', 'pay_13', 'open', certain => true) || ', ' || t.dispute('disp_13'), '01, chargeback evidence_required open false');
select t.sound('asked about');
select t.eq('invariants of disputes, asked about', (select string_agg(name || value, ',') from platform.invariants_of_disputes_v1() where value <> 0), null);
