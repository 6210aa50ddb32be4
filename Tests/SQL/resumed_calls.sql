-- SPDX-License-Identifier: Apache-2.0
-- Calls of the provider whose jobs have ended without an answer are owed again, each once, and none that somebody works on.
select t.shop(3, 10, 2, 100);
select t.payable(g, '{100,200}') from generate_series(1, 6) g;
select t.paid((select jsonb_agg(jsonb_build_object('event', 'e' || g, 'po', 'order_' || g, 'pp', 'pay_' || g, 'amount', 2000)) from generate_series(1, 6) g));

create function t.ids(n int) returns bigint[] language sql as $$ select array_agg(nextval('t.ids')) from generate_series(1, n) $$;
create function t.ask(ord bigint) returns text language sql as $$
  select code::text from checkout.request_refund_v1(t.ids(4), t.ids(4), ord, null, '{}', '{}', '{}', null, 700, 'damaged', null, false,
    'seller', 'normal', null, 900, 2500000, 'user:900', 'req') $$;
create function t.rf(ord bigint) returns bigint language sql as $$ select id from refunds.refunds where order_id = ord $$;
create function t.resume(n int default 100) returns text language sql as $$ select checkout.resume_provider_calls_v1(n)::text $$;
create function t.ready() returns text language sql as $$
  select string_agg(kind || case when kind = 'refund.submit' then '' else ' ' || key end, ', ' order by kind, key) from platform.jobs
   where kind in ('refund.submit', 'refund.check', 'payment.dispute_call') and state = 'ready' $$;
create function t.jobs(st text, age interval) returns void language sql as $$
  update platform.jobs set state = st, attempts = 300, updated_at = now() - age where kind in ('refund.submit', 'refund.check', 'payment.dispute_call') $$;
create function t.dispute(ord bigint, status text) returns text language sql as $$
  select code::text from checkout.dispute_news_v2(nextval('t.ids'), t.ids(3), 'razorpay', 'disp_' || ord, 'pay_' || ord, null, 2000, 'INR', 0, 'fraud',
    'chargeback', status, now() + interval '7 days', false, 'razorpay', 'req') $$;

-- Approved, and its job waits: nothing is owed. Nor is it where the job has just died, or was only just owed.
select t.eq('asked', t.ask(1), '0');
select t.jobs('dead', '2 hours');
select t.eq('young', t.resume(), '0');
update refunds.refunds set updated_at = now() - interval '2 hours';
select t.jobs('ready', '2 hours');
select t.eq('a job waits', t.resume(), '0');
select t.jobs('running', '2 hours');
select t.eq('a job is at work', t.resume(), '0');
select t.jobs('dead', '59 minutes');
select t.eq('a person may still look at it', t.resume(), '0');
select t.jobs('dead', '61 minutes');
select t.eq('owed again', t.resume() || ' ' || t.ready(), '1 refund.submit');
select t.eq('with all its attempts', (select forgiven || ' ' || attempts || ' ' || (payload = jsonb_build_object('refund_id', t.rf(1), 'round', 1))
                                        from platform.jobs where kind = 'refund.submit'), '300 300 true');
select t.eq('once', t.resume(), '0');
delete from platform.jobs where kind = 'refund.submit';
select t.eq('without any job', t.resume() || ' ' || t.ready(), '1 refund.submit');
-- Not while a dispute is open; after it the job that its end owed is enough, until it dies.
select t.jobs('dead', '2 hours');
select t.eq('disputed', t.dispute(1, 'open') || t.resume(), '00');
select t.eq('its end', t.dispute(1, 'won') || t.resume() || ' ' || t.ready(), '00 refund.submit');
select t.jobs('dead', '2 hours');
select t.eq('that one died', t.resume() || ' ' || t.ready(), '1 refund.submit');

-- At the provider, and its end is not known: asked for where no look is owed, and once a day after the last.
select checkout.refund_call_v2(t.rf(1), 1);
select checkout.refund_answered_v1(t.rf(1), 1, nextval('t.ids'), 'rfnd_1', 'pending', 'normal', null, null, 'razorpay');
delete from platform.jobs where kind = 'refund.submit';
select t.eq('just submitted', t.resume(), '0');
update refunds.refunds set updated_at = now() - interval '11 minutes';
insert into platform.jobs (kind, key, run_at) values ('refund.check', 'rfnd_1:3', now() + interval '1 day');
select t.eq('a look is owed', t.resume(), '0');
select t.jobs('dead', '2 hours');
select t.eq('the chain is broken', t.resume() || ' ' || t.ready(), '1 refund.check rfnd_1:9');
select t.eq('of this refund', (select payload::text from platform.jobs where key = 'rfnd_1:9'),
            '{"number": 9, "provider_refund_id": "rfnd_1", "provider_payment_id": "pay_1"}');
select t.jobs('done', '23 hours');
select t.eq('asked within a day', t.resume(), '0');
select t.jobs('done', '25 hours');
select t.eq('asked the next day', t.resume() || ' ' || t.ready(), '1 refund.check rfnd_1:9');
select t.jobs('done', '25 hours');
select checkout.refund_answered_v1(t.rf(1), 1, nextval('t.ids'), 'rfnd_1', 'processed', 'normal', null, null, 'razorpay');
select t.eq('ended', t.resume(), '0');

-- What we do about a dispute.
select t.eq('a dispute', t.dispute(2, 'open'), '0');
insert into payments.dispute_calls (key, dispute_id, phase, action, actor) select 'dp_2_accept', id, phase, 'accept', 'user:900' from payments.disputes where provider_dispute_id = 'disp_2';
select t.eq('its request may still call', t.resume(), '0');
update payments.dispute_calls set created_at = now() - interval '61 seconds';
select t.eq('nobody calls', t.resume() || ' ' || t.ready(), '1 payment.dispute_call dp_2_accept');
select t.jobs('dead', '2 hours');
select t.eq('again', t.resume() || ' ' || t.ready(), '1 payment.dispute_call dp_2_accept');
select t.jobs('dead', '2 hours');
update payments.dispute_calls set answered_at = now();
select t.eq('answered', t.resume(), '0');

-- So many at a time, and the rest the next time.
select t.eq('three more', string_agg(t.ask(g), ''), '000') from generate_series(3, 5) g;
delete from platform.jobs where kind = 'refund.submit';
update refunds.refunds set updated_at = now() - interval '2 minutes' where status = 'approved';
select t.eq('two of three', t.resume(2) || t.resume(2) || t.resume(2), '210');
