-- SPDX-License-Identifier: Apache-2.0
-- checkout.pay_v3: ranks, what makes an order paid, what never does, the inbox, the ledger.
select t.shop(3, 10, 2, 100);
select t.payable(g, '{100,200}') from generate_series(1, 20) g;       -- each total 2000

-- Rule 1: one message per target; the batch that breaks it is refused whole.
select t.eq('payment twice', t.fails($$select t.paid('[{"event":"a","action":2,"po":"order_1","pp":"pay_1","amount":2000},{"event":"b","po":"order_1","pp":"pay_1","amount":2000}]')$$), 'MP001');
select t.eq('event twice', t.fails($$select t.paid('[{"event":"a","po":"order_1","pp":"pay_1","amount":2000},{"event":"a","po":"order_2","pp":"pay_2","amount":2000}]')$$), 'MP001');

-- authorized, then captured: confirmed once, everything moves.
select t.eq('authorized', t.paid('[{"event":"e1","action":2,"po":"order_1","pp":"pay_1","amount":2000}]'), '0:16');
select t.eq('order authorized', (select status || ' ' || payment_rank from orders.orders where id = 1), 'pending_payment 2');
select t.eq('captured', t.paid('[{"event":"e2","po":"order_1","pp":"pay_1","amount":2000}]'), '0:17');
select t.eq('order', (select status || ' ' || payment_rank || ' ' || paid_minor || ' ' || (confirmed_at is not null) from orders.orders where id = 1), 'confirmed 3 2000 true');
select t.eq('seller orders', (select string_agg(distinct status, ',') from orders.seller_orders where order_id = 1), 'placed');
select t.eq('reservations', (select string_agg(distinct state, ',') from inventory.reservations where order_id = 1), 'committed');
select t.eq('payment', (select status || ' ' || rank || ' ' || captured_minor || ' ' || provider_payment_id || ' ' || attempts from payments.payments where id = 1), 'captured 3 2000 pay_1 1');
select t.eq('history', (select string_agg(from_status || '>' || to_status, ',' order by id) from orders.history where order_id = 1),
  'pending_payment>confirmed,pending_payment>placed,pending_payment>placed');
select t.eq('ledger', (select string_agg(account || ' ' || debit_minor || ' ' || credit_minor, ', ' order by line_no) from ledger.lines), 'psp_clearing 2000 0, order_funds:1 0 2000');
-- Rank never falls; a second delivery is nothing; order.paid after captured is a no-op.
select t.eq('duplicate event', t.paid('[{"event":"e2","po":"order_1","pp":"pay_1","amount":2000}]'), '2:0');
select t.eq('order.paid later', t.paid('[{"event":"e3","type":"order.paid","po":"order_1","pp":"pay_1","amount":2000}]'), '6:0');
select t.eq('authorized later', t.paid('[{"event":"e4","action":2,"po":"order_1","pp":"pay_1","amount":2000}]'), '6:0');
select t.eq('failed later', t.paid('[{"event":"e5","action":1,"po":"order_1","pp":"pay_1","amount":2000}]'), '6:0');
select t.eq('poller says it again', t.paid('[{"po":"order_1","pp":"pay_1","amount":2000}]'), '6:0');
select t.eq('still one entry', (select count(*) || ' ' || (select string_agg(status, ',') from payments.payments where id = 1) from ledger.entries), '1 captured');
-- Same id, other body: kept aside, alert, nothing applied.
select t.eq('conflict', t.paid('[{"event":"e2","body":"other","po":"order_2","pp":"pay_2","amount":2000}]'), '3:0');
select t.eq('conflict kept', (select count(*) || ' ' || (select count(*) from platform.jobs where kind = 'payment.event_conflict') from payments.event_conflicts), '1 1');
select t.eq('conflict applied nothing', (select status from orders.orders where id = 2), 'pending_payment');

-- Captured without authorized; after failed; failed leaves the order open and frees the attempt.
select t.eq('captured at once', t.paid('[{"event":"f1","po":"order_3","pp":"pay_3","amount":2000}]'), '0:17');
select t.eq('failed', t.paid('[{"event":"f2","action":1,"po":"order_4","pp":"pay_4","amount":2000}]'), '0:16');
select t.eq('failed order stays', (select o.status || ' ' || p.status from orders.orders o join payments.payments p on p.order_id = o.id where o.id = 4), 'pending_payment failed');
select t.eq('a new attempt', (select code || ' ' || a from checkout.initiate_v1('{4}', '{4}', '{404}', 'razorpay')), '0 404');
select t.eq('late authorisation of the failed one', t.paid('[{"event":"f3","action":2,"po":"order_4","pp":"pay_4","amount":2000}]'), '0:16');
select t.eq('captured after failed', t.paid('[{"event":"f4","po":"order_4","pp":"pay_4","amount":2000}]'), '0:17');
-- Two provider payments of one attempt: failed, then another one captured.
select t.eq('second try at the provider', t.paid('[{"event":"f5","action":1,"po":"order_5","pp":"pay_5a","amount":2000}]') || ' ' ||
  t.paid('[{"event":"f6","po":"order_5","pp":"pay_5b","amount":2000}]'), '0:16 0:17');
select t.eq('the failed one is a fact of the past', t.paid('[{"event":"f7","action":2,"po":"order_5","pp":"pay_5a","amount":2000}]') , '0:0');
select t.eq('the attempt keeps its rank', (select status || ' ' || attempts from payments.payments where id = 5), 'captured 2');

-- Underpaid, overpaid, other currency: never paid, flagged, booked, a job.
select t.eq('mismatch', t.paid('[{"event":"g1","po":"order_6","pp":"pay_6","amount":1999},{"event":"g2","po":"order_7","pp":"pay_7","amount":2001},
  {"event":"g3","po":"order_8","pp":"pay_8","amount":2000,"currency":"USD"}]'), '0:18,0:18,0:18');
select t.eq('orders unchanged', (select string_agg(distinct status || paid_minor, ',') from orders.orders where id in (6, 7, 8)), 'pending_payment0');
select t.eq('flags and jobs', (select count(*) || ' ' || (select count(*) from platform.jobs where kind = 'payment.review') from payments.payments where mismatch), '3 3');
-- A second capture of a paid order: flagged, refund owed, once.
select t.eq('duplicate capture', t.paid('[{"event":"h1","po":"order_3","pp":"pay_3b","amount":2000}]') || ' ' ||
  t.paid('[{"event":"h2","po":"order_3","pp":"pay_3b","amount":2000}]'), '0:4 6:0');
select t.eq('refund owed', (select count(*) || ' ' || (select paid_minor from orders.orders where id = 3) from platform.jobs where kind = 'payment.refund_duplicate'), '1 2000');
-- Late money: recorded, order untouched, job.
select checkout.cancel_v1('{9}', '{9}', 'user:9', null, null);
select t.make_due('{10}');
select checkout.expire_v1(10);
select t.eq('late', t.paid('[{"event":"i1","po":"order_9","pp":"pay_9","amount":2000},{"event":"i2","po":"order_10","pp":"pay_10","amount":2000}]'), '0:24,0:24');
select t.eq('late orders stay', (select string_agg(status, ',' order by id) || (select count(*) from platform.jobs where kind = 'payment.late') from orders.orders where id in (9, 10)), 'cancelled,expired2');
-- Due but not yet swept: the money wins.
select t.make_due('{11}');
select t.eq('captured before the sweep', t.paid('[{"event":"i3","po":"order_11","pp":"pay_11","amount":2000}]'), '0:17');
select t.eq('nothing left to sweep', (select count(*)::text from checkout.expire_v1(10)), '0');

-- Unknown order: waiting, and processed when it is sent again after we know it. Ignored types are kept.
select t.eq('waiting', t.paid('[{"event":"j1","po":"order_late","pp":"pay_12","amount":2000},{"event":"j2","type":"weird.thing","action":0}]'), '4:0,5:0');
select t.eq('inbox', (select string_agg(state, ',' order by event_id) from payments.events where event_id in ('j1', 'j2')), 'waiting,ignored');
update payments.payments set provider_order_id = 'order_late' where id = 12;
select t.eq('matched later', t.paid('[{"event":"j1","po":"order_late","pp":"pay_12","amount":2000}]'), '0:17');
select t.eq('and processed', (select state from payments.events where event_id = 'j1'), 'processed');
-- By payment id alone, and a payment that claims two attempts.
select t.eq('by payment', t.paid('[{"event":"k1","action":2,"po":"order_13","pp":"pay_13","amount":2000}]') || ' ' || t.paid('[{"event":"k2","pp":"pay_13","amount":2000}]'), '0:16 0:17');
select t.eq('foreign payment', t.paid('[{"event":"k3","po":"order_14","pp":"pay_13","amount":2000}]'), '7:0');
select t.eq('kept as failed', (select state from payments.events where event_id = 'k3'), 'failed');
-- Two provider orders of one order in one batch: the later one is sent again.
select t.paid('[{"event":"l0","action":1,"po":"order_15","pp":"pay_15","amount":2000}]');
select checkout.initiate_v1('{15}', '{15}', '{1515}', 'razorpay');
select checkout.initiated_v1('{1515}', '{order_15b}');
select t.eq('two attempts at once', t.paid('[{"event":"l1","po":"order_15","pp":"pay_15","amount":2000},{"event":"l2","po":"order_15b","pp":"pay_15b","amount":2000}]'), '0:17,1:0');
select t.eq('then the second is a duplicate payment', t.paid('[{"event":"l2","po":"order_15b","pp":"pay_15b","amount":2000}]'), '0:20');

-- Method and failure are those of what counts, not of a try that is told later.
create function t.shown(attempt bigint) returns text language sql as $$
  select status || ' ' || coalesce(method, '-') || ' ' || coalesce(failure_code, '-') || ' ' || coalesce(failure_message, '-') || ' ' || attempts
    from payments.payments p where p.id = attempt
$$;
select t.paid('[{"event":"m1","action":1,"po":"order_16","pp":"pay_16a","amount":2000,"method":"card","error":"declined"}]');
select t.eq('failed', t.shown(16), 'failed card declined declined 1');
select t.paid('[{"event":"m2","action":1,"po":"order_16","pp":"pay_16b","amount":2000,"method":"wallet","error":"empty"}]');
select t.eq('the newest of failed tries', t.shown(16), 'failed wallet empty empty 2');
select t.paid('[{"event":"m3","po":"order_16","pp":"pay_16c","amount":2000,"method":"upi"}]');
select t.eq('captured', t.shown(16), 'captured upi - - 3');
select t.paid('[{"event":"m4","action":1,"po":"order_16","pp":"pay_16d","amount":2000,"method":"card","error":"declined"}]');
select t.eq('a try before it, told late', t.shown(16), 'captured upi - - 4');
select t.paid('[{"event":"m5","po":"order_16","pp":"pay_16e","amount":2000,"method":"netbanking"}]');
select t.eq('a second payment', t.shown(16) || ' ' || (select method from payments.provider_payments where provider_payment_id = 'pay_16e'), 'captured upi - - 5 netbanking');

-- The journal is balanced and immutable.
select t.eq('unbalanced', t.fails($$insert into ledger.lines values (77, 1, 'x', 5, 0)$$), 'MP010');
select t.eq('no update', t.fails('update ledger.lines set debit_minor = debit_minor + 1 where debit_minor > 0'), 'MP011');
select t.eq('no delete', t.fails('delete from ledger.entries'), 'MP011');
select t.eq('no truncate', t.fails('truncate ledger.lines'), 'MP011');
select t.sound('pay');
