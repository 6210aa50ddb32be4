-- SPDX-License-Identifier: Apache-2.0
-- Why:  money that was authorized on an attempt which had been voided before was looked at by nobody: neither captured where the order waited for
--       it, nor given up. And the news that one payment of an attempt had run out voided the attempt that belonged to another one meanwhile.
-- Lock: ACCESS EXCLUSIVE on payments.provider_payments for an instant: a column without a value. Functions are replaced.
-- Time: milliseconds. What was voided before is repaired in 0178.
--
-- payments.provider_payments.given_up_at: since when authorized money is not to be taken any more: decided here, or it ran out.
-- checkout.other_authorized_v1(attempt, actor, request): an attempt that has been voided goes to other money of it that is set aside and was not
--   given up: what was asked for, else the oldest, with history and event, as if that were heard of now; the order's rank is raised where it is what was asked for.
--   The caller holds the order's lock and the attempt's.
-- checkout.pay_v3: authorized money moves a voided attempt too. Not the voided payment's own: that has reached its rank (0011).
-- checkout.settle_authorized_v1, checkout.refund_news_v2: mark what is given up, and go on to other money where they void an attempt. What was given
--   up is not captured any more.
-- checkout.refund_news_v2: an attempt that is authorized is voided only by news of the payment that authorized it.
alter table payments.provider_payments add column given_up_at timestamptz;

insert into platform.moves (machine, from_status, to_status, event, parties) values ('payment', 'voided', 'authorized', 'authorize', 8);

create function checkout.other_authorized_v1(p_payment bigint, p_actor text, p_request text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare p payments.payments; q payments.provider_payments;
begin
  select t.* into q from payments.provider_payments t join payments.payments a on a.id = t.payment_id
   where t.payment_id = p_payment and t.rank = 2 and t.given_up_at is null
   order by (t.amount_minor = a.amount_minor and t.currency = a.currency) desc, t.created_at, t.provider_payment_id limit 1;
  if not found then return; end if;
  update payments.payments t
     set status = 'authorized', provider_payment_id = q.provider_payment_id, method = coalesce(q.method, t.method),
         next_check_at = least(t.next_check_at, now() + interval '20 seconds'), event_seq = t.event_seq + 1, version = t.version + 1, updated_at = now()
   where t.id = p_payment and t.status = 'voided' returning * into p;
  if not found then return; end if;
  insert into payments.history (payment_id, from_status, to_status, actor, request_id) values (p.id, 'voided', 'authorized', p_actor, p_request);
  update orders.orders t set payment_rank = 2, version = t.version + 1, updated_at = now()
   where t.id = p.order_id and t.status = 'pending_payment' and t.payment_rank < 2 and q.amount_minor = p.amount_minor and q.currency = p.currency;
  insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
  values ('payment.authorized', 'payment', p.id, p.event_seq,
          jsonb_build_object('payment_id', p.id, 'order_id', p.order_id, 'provider_payment_id', q.provider_payment_id,
                             'amount_minor', q.amount_minor, 'currency', q.currency, 'mismatch', false));
end $$;

do $$
begin
  perform platform.edit_v1(array[
    -- the function, the text, what stands for it, how often it must be there
    'checkout.pay_v3', 'array_agg(x.ac > p.rank and not z.reached order by x.ord)',
    'array_agg((x.ac > p.rank or (x.ac = 2 and p.status = ''voided'')) and not z.reached order by x.ord)', '1',
    'checkout.settle_authorized_v1', '  if not p_gone and o.status = ''pending_payment''',
    '  if not p_gone and q.given_up_at is null and o.status = ''pending_payment''', '1',
    'checkout.settle_authorized_v1', '  if p.status <> ''authorized'' or p.provider_payment_id <> p_provider_payment then',
    '  update payments.provider_payments t set given_up_at = now()
   where t.provider = p_provider and t.provider_payment_id = p_provider_payment and t.given_up_at is null;
  if p.status <> ''authorized'' or p.provider_payment_id <> p_provider_payment then', '1',
    'checkout.settle_authorized_v1', '  return query select 1::smallint,',
    '  perform checkout.other_authorized_v1(p.id, ''system'', null);
  return query select 1::smallint,', '1',
    'checkout.refund_news_v2', 'where t.id = pay and t.rank <= 2 and t.status <> ''voided'';',
    'where t.id = pay and t.rank <= 2 and t.status <> ''voided''
         and (t.status <> ''authorized'' or t.provider_payment_id = p_payment_at);', '1',
    'checkout.refund_news_v2', 'order_id, rank, status, amount_minor, currency)
      values (p_provider, p_payment_at, pay, ord, 2, ''authorized'', coalesce(p_paid, p_amount), p_currency)
      on conflict (provider, provider_payment_id) do update set rank = 2, status = ''authorized'' where t.rank < 2;',
    'order_id, rank, status, amount_minor, currency, given_up_at)
      values (p_provider, p_payment_at, pay, ord, 2, ''authorized'', coalesce(p_paid, p_amount), p_currency, now())
      on conflict (provider, provider_payment_id) do update set rank = 2, status = ''authorized'', given_up_at = coalesce(t.given_up_at, now());
      perform checkout.other_authorized_v1(pay, p_actor, p_request);', '1']);
end $$;
