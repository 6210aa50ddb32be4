-- SPDX-License-Identifier: Apache-2.0
-- Refunds while a dispute is open: none leaves, whichever way it was asked for; its end takes up what waited; what a lost one took of
-- a share is not given back again. And the limit of two admins is the order's; and a refund's trace is whole.
select t.shop(3, 10, 2, 100);
select t.payable(g, '{100,200}') from generate_series(1, 12) g;        -- each total 2000, two sellers
select t.paid((select jsonb_agg(jsonb_build_object('event', 'e' || g, 'po', 'order_' || g, 'pp', 'pay_' || g, 'amount', 2000)) from generate_series(1, 12) g));

create function t.id() returns bigint language sql as $$ select nextval('t.ids') $$;
create function t.ids(n int) returns bigint[] language sql as $$ select array_agg(nextval('t.ids')) from generate_series(1, n) $$;
create function t.part(ord bigint, n int default 0) returns bigint language sql as $$
  select id from orders.seller_orders where order_id = ord order by id offset n limit 1 $$;
create function t.dispute(ord bigint, status text, phase text default 'chargeback', amount bigint default 2000, pp text default null) returns text language sql as $$
  select code || coalesce(' ' || why, '') from checkout.dispute_news_v2(t.id(), t.ids(3), 'razorpay', 'disp_' || coalesce(pp, 'pay_' || ord), coalesce(pp, 'pay_' || ord), null, amount,
    'INR', case when status = 'lost' then amount else 0 end, 'goods_not_received', phase, status, now() + interval '7 days', false, 'razorpay', 'req') $$;
create function t.ask(ord bigint, goodwill bigint, bound bigint default 2500000, cause text default 'damaged') returns text language sql as $$
  select code || ' ' || approved || ' ' || refundable from checkout.request_refund_v1(t.ids(4), t.ids(4), ord, null, '{}', '{}', '{}', null, goodwill, cause, null, false,
    'seller', 'normal', null, 900, bound, 'user:900', 'req') $$;
create function t.rf(ord bigint, n int default 0) returns bigint language sql as $$ select id from refunds.refunds where order_id = ord order by id offset n limit 1 $$;
create function t.call(rf bigint) returns text language sql as $$
  select code || ' ' || coalesce(before::text, '-') from checkout.refund_call_v3(rf, (select round from refunds.refunds where id = rf), t.ids(5), false) $$;
create function t.decide(rf bigint, good boolean, entries bigint[] default t.ids(8)) returns text language sql as $$
  select code || ' ' || coalesce(was, '-') || ' ' || refundable from checkout.decide_refund_v2(rf, entries, good, 901, 'well', 'user:901', 'req') $$;
create function t.retry(rf bigint) returns text language sql as $$ select code || ' ' || was || ' ' || refundable from checkout.retry_refund_v2(rf, null, 'user:900', 'req') $$;
create function t.waiting(ord bigint) returns text language sql as $$
  select string_agg(j.kind, ' ' order by j.kind, j.key) from platform.jobs j
   where (j.payload->>'refund_id')::bigint in (select id from refunds.refunds where order_id = ord) and j.state = 'ready'
      or (j.payload->>'order_id')::bigint = ord and j.kind like 'payment.refund%' and j.state = 'ready' $$;
create function t.kinds(ids bigint[]) returns text language sql as $$ select string_agg(kind || reference, ' ' order by id) from ledger.entries where id = any (ids) $$;
create function t.worked(ord bigint) returns void language sql as $$
  update platform.jobs j set state = 'done' where (j.payload->>'refund_id')::bigint in (select id from refunds.refunds where order_id = ord)
      or (j.payload->>'order_id')::bigint = ord $$;

-- The call of a refund that was approved before waits, and the end of the dispute owes it again, once.
select t.eq('approved', t.ask(1, 700), '0 true 1300');
select t.eq('disputed', t.dispute(1, 'open'), '0');
select t.eq('no call', t.call(t.rf(1)), '1 false');
select t.eq('and no intent', (select count(*)::text from refunds.calls where refund_id = t.rf(1)), '0');
select t.worked(1);
select t.eq('further statuses change nothing', t.dispute(1, 'under_review') || coalesce(t.waiting(1), ''), '0');
select t.eq('won', t.dispute(1, 'won') || ' ' || t.waiting(1), '0 refund.submit');
select t.eq('call', t.call(t.rf(1)), '0 false');
-- One that was called before may be asked about, and is not called.
select t.eq('disputed again', t.dispute(1, 'open', 'pre_arbitration'), '0');
select t.eq('asks', t.call(t.rf(1)), '2 true');
select t.eq('what it finds counts', checkout.refund_answered_v1(t.rf(1), 1, t.id(), 'rfnd_1', 'processed', 'normal', null, null, 'razorpay')::text, '0');
select t.eq('closed', t.dispute(1, 'closed', 'pre_arbitration'), '0');
select t.eq('that one is done', (select count(*)::text from platform.jobs where kind = 'refund.submit' and key like t.rf(1) || ':%' and state = 'ready'), '1');
select t.eq('nothing to call', t.call(t.rf(1)), '1 false');

-- A failed one is not sent again while it is open.
select t.ask(2, 700);
select t.call(t.rf(2));
select checkout.refund_answered_v1(t.rf(2), 1, t.id(), null, null, null, 'BAD_REQUEST_ERROR', 'closed', 'razorpay');
select t.eq('open', t.dispute(2, 'open') || ' ' || t.retry(t.rf(2)), '0 4 failed 0');
select t.eq('closed', t.dispute(2, 'closed') || ' ' || t.retry(t.rf(2)), '0 0 failed 0');
-- Neither is one approved, which may be rejected.
select t.eq('waits for two', t.ask(3, 700, 500) || t.ask(3, 600, 500), '0 false 13000 false 700');
select t.eq('not approved', t.dispute(3, 'open') || ' ' || t.decide(t.rf(3), true), '0 5 requested 0');
select t.eq('rejected', t.decide(t.rf(3), false), '0 requested 0');
select t.eq('approved then', t.dispute(3, 'won') || ' ' || t.decide(t.rf(3, 1), true), '0 0 requested 0');
-- Nothing is asked for, not even of money that nobody wanted.
select t.paid('[{"event":"d4","po":"order_4","pp":"pay_4b","amount":2000}]');
select t.paid('[{"event":"d4c","po":"order_4","pp":"pay_4c","amount":1999}]');
select t.eq('open', t.dispute(4, 'open') || ' ' || t.ask(4, 10) || ', ' || t.ask(4, 10, cause => 'amount_mismatch'), '0 6 false 0, 6 false 0');
-- Nor does that go back by itself; the end asks again.
create function t.unwanted(pp text) returns text language sql as $$
  select checkout.refund_payment_v1(t.id(), t.id(), 'razorpay', pp, 'duplicate_payment', 'system', null)::text $$;
select t.eq('not now', t.unwanted('pay_4b'), '0');
select t.worked(4);
select t.eq('its end', t.dispute(4, 'won') || ' ' || t.waiting(4), '0 payment.refund_duplicate');
select t.eq('under its own key', (select key ~ '^razorpay:pay_4b:\d+:chargeback$' from platform.jobs where kind = 'payment.refund_duplicate' and state = 'ready')::text, 'true');
select t.eq('now', t.unwanted('pay_4b') || ' ' || t.unwanted('pay_4b'), '2000 0');

-- Lost: what it took of a share is not given back again.
select t.eq('approval after a loss', t.ask(6, 700, 500) || ' ' || t.dispute(6, 'lost') || ' ' || t.decide(t.rf(6), true), '0 false 1300 0 4 requested 0');
select t.eq('nothing came of it', (select status from refunds.refunds where id = t.rf(6)) || (select count(*) from ledger.entries where kind = 'refund_approved' and order_id = 6), 'requested0');
select t.eq('it can be rejected', t.decide(t.rf(6), false), '0 requested 0');
select t.eq('a part of the money is there', t.ask(7, 1500, 500) || ' ' || t.dispute(7, 'lost', amount => 800) || ' ' || t.decide(t.rf(7), true), '0 false 500 0 4 requested 1200');
-- Where the payment has it, and the shares do not: what was given back of them was not of this payment.
select t.eq('asked', t.ask(8, 1200, 500), '0 false 800');
select ledger.share_v1(t.part(8));
update ledger.shares set refunded_minor = 500 where seller_order_id = t.part(8);
select t.eq('the ledger refuses', t.decide(t.rf(8), true), '4 requested 1100');
update ledger.shares set refunded_minor = 0 where seller_order_id = t.part(8);
select t.eq('and then not', t.decide(t.rf(8), true), '0 requested 0');
-- One that was approved before, or failed, has been given back as well: nobody is paid twice.
select t.payable(g, '{100,200}') from generate_series(20, 26) g;
select t.paid((select jsonb_agg(jsonb_build_object('event', 'e' || g, 'po', 'order_' || g, 'pp', 'pay_' || g, 'amount', 2000)) from generate_series(20, 26) g));
create function t.refunds(ord bigint) returns text language sql as $$
  select string_agg(status || ' ' || amount_minor || coalesce(' ' || failure_code, '') || case when superseded_by is not null then ' replaced' when superseded_at is not null then ' ended' else '' end, ', ' order by id)
    from refunds.refunds where order_id = ord $$;
create function t.balance(ord bigint, acc text) returns text language sql as $$
  select coalesce(sum(l.debit_minor - l.credit_minor), 0)::text from ledger.entries e join ledger.lines l on l.entry_id = e.id where e.order_id = ord and l.account = acc $$;
create function t.asked(rf bigint) returns text language sql as $$
  select code::text from checkout.refund_call_v3(rf, (select round from refunds.refunds where id = rf), t.ids(5), true) $$;
select t.eq('all of it', t.ask(20, 1500) || ' ' || t.dispute(20, 'open') || t.dispute(20, 'lost') || ' ' || t.waiting(20), '0 true 500 00 refund.submit refund.submit');
select t.eq('the seller bore what was left', t.balance(20, 'dispute_loss:platform') || ' ' || t.balance(20, 'refund_clearing') || ' ' || t.balance(20, 'psp_clearing'), '1500 -1500 0');
select t.eq('no call', t.call(t.rf(20)) || ', ' || t.refunds(20), '4 false, failed 1500 charged_back ended');
-- What it was about has left the order with the money, its units too.
select t.eq('what stands', concat_ws(' ', refunds.stands_v1(null, null, null), refunds.stands_v1(now(), null, 'charged_back'),
  refunds.stands_v1(now(), 7, 'charged_back'), refunds.stands_v1(now(), null, 'provider_failed')), 't t f f');
select t.ok('who asks', (select bool_and(pg_get_functiondef(f::regproc) like '%stands_v1%')
  from unnest('{refunds.units_v1,checkout.move_seller_orders_v1,checkout.move_seller_orders_v2,checkout.revive_v1}'::text[]) f));
select t.eq('nothing is owed, and the platform bears nothing', t.balance(20, 'dispute_loss:platform') || ' ' || t.balance(20, 'refund_clearing') || ' ' || t.balance(20, 'psp_clearing'), '0 0 0');
select t.eq('nor is it called again', t.call(t.rf(20)) || ', ' || t.retry(t.rf(20)), '1 false, 2 failed 0');
select t.eq('written down', (select string_agg(event, ' ' order by id) from refunds.history where refund_id = t.rf(20)) || ', ' ||
  (select string_agg(action, ' ' order by id) from platform.audit where entity_type = 'refund' and entity_id = t.rf(20)),
  'approve submit fail charge_back, refund.submitted refund.failed refund.charged_back');
-- A later phase turns the loss back: owed again, once it has ended.
select t.eq('turned back', t.dispute(20, 'open', 'arbitration') || ' ' || t.call(t.rf(20)), '0 1 false');
select t.eq('won', t.dispute(20, 'won', 'arbitration') || ' ' || t.call(t.rf(20)) || ', ' || t.refunds(20), '0 4 false, failed 1500 charged_back');
select t.eq('owed', t.balance(20, 'dispute_loss:platform') || ' ' || t.balance(20, 'refund_clearing') || ' ' || t.balance(20, 'psp_clearing'), '0 -1500 2000');
select t.eq('and repeated', t.retry(t.rf(20)) || ', ' || t.call(t.rf(20)), '0 failed 0, 0 false');
-- A part of the money is there: that goes out.
select t.eq('half', t.ask(21, 1500) || ' ' || t.dispute(21, 'lost', amount => 800) || ' ' || t.call(t.rf(21)) || ', ' || t.refunds(21),
  '0 true 500 0 4 false, failed 1500 charged_back replaced, approved 1200, failed 300 charged_back ended');
select t.eq('its parts', (select string_agg(p.amount_minor || case when p.kind = 'line' then 'l' else 'g' end, ' ' order by r.id, p.part_no)
  from refunds.refunds r join refunds.parts p on p.refund_id = r.id where r.order_id = 21), '750g 750g 600g 600g 150g 150g');
select t.eq('it is called', t.call(t.rf(21, 1)) || ', ' || t.call(t.rf(21)) || t.call(t.rf(21, 2)), '0 false, 1 false1 false');
select checkout.refund_answered_v1(t.rf(21, 1), 1, t.id(), 'rfnd_21', 'processed', 'normal', null, null, 'razorpay');
select t.eq('all went back', t.balance(21, 'psp_clearing') || ' ' || t.balance(21, 'refund_clearing') || ' ' || t.balance(21, 'dispute_loss:platform') || ' ' || t.balance(21, 'order_funds:21'), '0 0 0 0');
-- What fits beside the loss is sent as it is.
select t.eq('beside it', t.ask(22, 700) || ' ' || t.dispute(22, 'lost', amount => 800) || ' ' || t.call(t.rf(22)), '0 true 1300 0 0 false');
-- Another refund of the same payment that has left counts.
select t.eq('first come', t.ask(23, 900) || t.ask(23, 900) || ' ' || t.call(t.rf(23)) || ' ' || t.dispute(23, 'lost', amount => 600) || ' ' || t.call(t.rf(23, 1)) || ', ' || t.refunds(23),
  '0 true 11000 true 200 0 false 0 4 false, approved 900, failed 900 charged_back replaced, approved 500, failed 400 charged_back ended');
-- It may have been called: asked first.
select t.eq('asks', t.ask(24, 1500) || ' ' || t.call(t.rf(24)) || ' ' || t.dispute(24, 'lost') || ' ' || t.call(t.rf(24)) || ' ' || t.refunds(24), '0 true 500 0 false 0 3 true approved 1500');
select t.eq('there is none', t.asked(t.rf(24)) || ' ' || t.refunds(24), '4 failed 1500 charged_back ended');
-- Failed before: it cannot be repeated, and is looked at by itself.
select t.ask(25, 1500);
select t.call(t.rf(25));
select checkout.refund_answered_v1(t.rf(25), 1, t.id(), null, null, null, 'BAD_REQUEST_ERROR', 'closed', 'razorpay');
select t.worked(25);
select t.eq('failed', t.dispute(25, 'lost', amount => 1200) || ' ' || t.retry(t.rf(25)) || ' ' || t.waiting(25), '0 3 failed 800 refund.submit');
select t.eq('looked at', t.call(t.rf(25)) || ', ' || t.refunds(25), '4 false, failed 1500 charged_back replaced, approved 800, failed 700 charged_back ended');
-- It failed after the loss.
select t.ask(26, 1500);
select t.call(t.rf(26));
select t.eq('under way', t.dispute(26, 'lost') || ' ' || checkout.refund_answered_v1(t.rf(26), 1, t.id(), 'rfnd_26', 'pending', null, null, null, 'razorpay'), '0 0');
select t.worked(26);
select t.eq('fails', checkout.refund_answered_v1(t.rf(26), 1, t.id(), 'rfnd_26', 'failed', null, 'X', 'no', 'razorpay') || ' ' || t.waiting(26) || ', ' || t.call(t.rf(26)), '0 refund.submit, 4 false');
-- Money that nobody wanted, and the provider took.
select t.paid('[{"event":"d22","po":"order_22","pp":"pay_22b","amount":2000}]');
select t.eq('unwanted', t.dispute(22, 'lost', amount => 500, pp => 'pay_22b') || ' ' || t.unwanted('pay_22b') || ' ' || t.call(t.rf(22, 1)) || ' ' || t.unwanted('pay_22b') || ', ' || t.refunds(22),
  '0 2000 4 false 0, approved 700, failed 2000 charged_back replaced, approved 1500, failed 500 charged_back ended');
select t.eq('the trace', t.kinds(array(select ledger.trace_v1(null, null, t.rf(20)))), replace('refund_approved# refund_charged_back# refund_owed_again#', '#', t.rf(20)::text));

-- The limit is of what admins ask of an order, however often.
select t.eq('below', t.ask(10, 400, 500), '0 true 1600');
select t.eq('together above', t.ask(10, 200, 500), '0 false 1400');
select t.eq('not without one that waits', t.ask(10, 50, 500), '0 false 1350');
select t.decide(t.rf(10, 1), false), t.decide(t.rf(10, 2), false);
select t.eq('what was refused does not count', t.ask(10, 100, 500), '0 true 1500');

-- A trace shows each entry that names the refund: approved, processed, back from the bank, gone again.
select t.ask(11, 700);
select t.call(t.rf(11));
select checkout.refund_answered_v1(t.rf(11), 1, t.id(), 'rfnd_11', 'processed', 'normal', null, null, 'razorpay');
create function t.news(status text) returns text language sql as $$
  select code::text from checkout.refund_news_v2('razorpay', 'rfnd_11', 'pay_11', null, 2000, true, 700, 'INR', status, 'normal', null, true, t.ids(4), 'razorpay', null) $$;
select t.eq('returned, and again', t.news('failed') || t.news('processed') || t.news('failed'), '000');
select t.eq('the whole trace', t.kinds(array(select ledger.trace_v1(null, null, t.rf(11)))),
  replace('refund_approved# refund_processed# refund_reversed# refund_processed#:1 refund_reversed#:1', '#', t.rf(11)::text));
select t.eq('of the refund', array(select ledger.trace_v1(null, null, t.rf(11)))::text,
  array(select e.id from ledger.entries e where split_part(e.reference, ':', 1) = t.rf(11)::text order by e.id)::text);
select t.eq('of the payment', array(select ledger.trace_v1(null, 11, null))::text, array(select e.id from ledger.entries e where e.payment_id = 11 order by e.id)::text);
select t.eq('of the order', array(select ledger.trace_v1(11, null, null))::text, array(select e.id from ledger.entries e where e.order_id = 11 order by e.id)::text);
select t.eq('all of it', cardinality(array(select ledger.trace_v1(11, null, null)))::text, '6');
select t.eq('invariants of refunds', (select string_agg(name || value, ',') from platform.invariants_of_refunds_v1() where value <> 0), null);
select t.eq('invariants of disputes', (select string_agg(name || value, ',') from platform.invariants_of_disputes_v1() where value <> 0), null);
select t.sound('held refunds');

-- Taken over by a request while a dispute takes its money: once that is rejected it is owed again, and looked at.
select t.payable(30, '{100,200}');
select t.paid('[{"event":"e30","po":"order_30","pp":"pay_30","amount":2000}]');
select t.ask(30, 1500);
select t.call(t.rf(30));
select checkout.refund_answered_v1(t.rf(30), 1, t.id(), null, null, null, 'BAD_REQUEST_ERROR', 'closed', 'razorpay');
select t.eq('taken over', t.ask(30, 1600, 500) || ', ' || t.refunds(30), '0 false 400, failed 1500 BAD_REQUEST_ERROR replaced, requested 1600');
select t.worked(30);
select t.eq('lost meanwhile', t.dispute(30, 'lost') || ' ' || coalesce(t.waiting(30), '-') || ' ' || t.decide(t.rf(30, 1), true), '0 - 4 requested 0');
select t.eq('rejected', t.decide(t.rf(30, 1), false) || ' ' || t.waiting(30), '0 requested 0 refund.submit');
select t.eq('given back by the dispute', t.call(t.rf(30)) || ' ' || t.balance(30, 'refund_clearing') || ' ' || t.balance(30, 'dispute_loss:platform'), '4 false 0 0');
