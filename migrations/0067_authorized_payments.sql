-- SPDX-License-Identifier: Apache-2.0
-- Why:  authorized money: asked about soon after it was authorized, captured by us where the provider did not, given up where nothing
--       may be taken any more. pay_v2 is pay_v1 with that, and with the end of events that an operator replays.
-- Lock: ACCESS EXCLUSIVE on payments.provider_payments for a column without a rewrite; else only new objects.
-- Time: milliseconds.

alter table payments.provider_payments add column capture_asked_at timestamptz;   -- when we last told the provider to take the money

-- checkout.pay_v2 — parameters, locks and results of pay_v1 (0011). Beyond it:
--   authorized: the attempt is asked about 20 s later at the latest (next_check_at), so that money which the provider does not take
--     by itself is captured or given up in time (settle_authorized_v1)
--   an event that had failed and is processed now ends as 'replayed'; what waits has no note of a verdict
do $$
declare
  body text := pg_get_functiondef('checkout.pay_v1'::regproc);
  edits text[] := array[
    -- the text, what stands for it, how often it must be there
    'checkout.pay_v1(', 'checkout.pay_v2(', '1',
    'pay_v1: ', 'pay_v2: ', '2',
    'method = coalesce(x.me, t.method),' || E'\n',
    'method = coalesce(x.me, t.method),' || E'\n' ||
    '           next_check_at = case when x.ch and x.ac = 2 then least(t.next_check_at, now() + interval ''20 seconds'')' || E'\n' ||
    '                                else t.next_check_at end,' || E'\n', '1',
    'case when o = 7 then ''the provider payment belongs to another attempt'' when v = 2',
    'case when o = 7 then ''the provider payment belongs to another attempt'' when o = 4 then null when v = 2', '1',
    'set state = excluded.state, processed_at = excluded.processed_at, note = excluded.note',
    'set state = case when t.state = ''failed'' and excluded.state = ''processed'' then ''replayed'' else excluded.state end,' || E'\n' ||
    '       processed_at = excluded.processed_at, note = excluded.note', '1'];
begin
  for i in 1..cardinality(edits) by 3 loop
    if (length(body) - length(replace(body, edits[i], ''))) / length(edits[i]) <> edits[i + 2]::int then
      raise exception 'pay_v1 is not the function that this migration goes on from: %', edits[i];
    end if;
    body := replace(body, edits[i], edits[i + 1]);
  end loop;
  execute body;
end $$;

-- checkout.settle_authorized_v1 — what is to be done about a provider's payment that is authorized; one autocommit statement.
--   p_gone: it cannot be captured any more: the provider has given it back, or its window has passed
-- Result: one row; order_id and payment_id (attempt) are 0 where there is none; code
--     0 capture: the order waits for exactly this money; the intent is recorded (capture_asked_at), amount and currency say what to ask for
--     1 voided by this: nothing of the attempt is authorized any more that may be taken (order ended or paid otherwise, amount or currency
--       differ, or p_gone); event payment.voided
--     2 nothing: not known, not authorized, or voided before
-- Locks: the order, then the attempt.
create function checkout.settle_authorized_v1(p_provider text, p_provider_payment text, p_gone boolean)
returns table (code smallint, order_id bigint, payment_id bigint, amount bigint, currency text)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare q payments.provider_payments; p payments.payments; o orders.orders;
begin
  select * into q from payments.provider_payments t where t.provider = p_provider and t.provider_payment_id = p_provider_payment;
  select * into o from orders.orders t where t.id = q.order_id order by t.id for no key update;
  select * into p from payments.payments t where t.id = q.payment_id order by t.id for no key update;
  select * into q from payments.provider_payments t where t.provider = p_provider and t.provider_payment_id = p_provider_payment;
  if q.rank is distinct from 2::smallint or p_gone is null then
    return query select 2::smallint, coalesce(q.order_id, 0), coalesce(q.payment_id, 0), 0::bigint, null::text; return;
  end if;
  if not p_gone and o.status = 'pending_payment' and o.payment_rank < 3 and o.reserved_until > now()
     and q.amount_minor = p.amount_minor and q.currency = p.currency then
    update payments.provider_payments t set capture_asked_at = now() where t.provider = p_provider and t.provider_payment_id = p_provider_payment;
    return query select 0::smallint, q.order_id, q.payment_id, q.amount_minor::bigint, q.currency::text; return;
  end if;
  if p.status <> 'authorized' or p.provider_payment_id <> p_provider_payment then
    return query select 2::smallint, q.order_id, q.payment_id, 0::bigint, null::text; return;
  end if;
  update payments.payments t
     set status = 'voided', next_check_at = null, event_seq = t.event_seq + 1, version = t.version + 1, updated_at = now()
   where t.id = p.id returning * into p;
  insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
  values ('payment.voided', 'payment', p.id, p.event_seq,
          jsonb_build_object('payment_id', p.id, 'order_id', p.order_id, 'provider_payment_id', p_provider_payment,
                             'amount_minor', q.amount_minor, 'currency', q.currency));
  return query select 1::smallint, q.order_id, q.payment_id, q.amount_minor::bigint, q.currency::text;
end $$;
