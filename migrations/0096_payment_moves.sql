-- SPDX-License-Identifier: Apache-2.0
-- Why:  the moves of payments, orders, refunds and reservations are rows, as those of seller orders are, the same as in the program's state
--       machines; and each move of a payment is written down, whoever made it. What ends unpaid orders writes down all that it ends.
-- Lock: ACCESS EXCLUSIVE on payments.history for an instant (a column without a value); functions are replaced or new.
-- Time: milliseconds.
--
-- platform.moves is what may happen; nothing asks it before a move, whose guards stand in the functions that make it. It is compared with the
--   machines (StateMachineTests), with what pay_v3 does to every state (Tests/SQL/moves.sql), and with every history there is
--   (platform.invariants_of_moves_v1).
-- payments.history: a row for each move, in the statement that makes it. cause: the provider's event, where one said so.
-- checkout.pay_v3: pay_v2 (0067) with that row, at the cost of one insert … select for a batch; and a failure of an attempt that had expired
--   is recorded and ignored (code 6): it moves nothing, and its buyer is not told of a payment that failed.
-- Of unpaid orders that end, the attempts' events are payment.expired and the parts' seller_order.lapsed: they are cancelled, but their sellers
--   never saw them, so nobody is told that they were.

create table platform.moves (
  machine     text     not null check (machine in ('order', 'payment', 'refund', 'reservation')),
  from_status text     not null,
  to_status   text     not null,
  event       text     not null,
  parties     smallint not null check (parties between 1 and 31),
  primary key (machine, from_status, to_status, event)
);
insert into platform.moves (machine, from_status, to_status, event, parties) values
  ('payment', 'created', 'initiated', 'initiate', 16),
  ('payment', 'created', 'authorized', 'authorize', 8),
  ('payment', 'initiated', 'authorized', 'authorize', 8),
  ('payment', 'failed', 'authorized', 'authorize', 8),
  ('payment', 'expired', 'authorized', 'authorize', 8),
  ('payment', 'created', 'captured', 'capture', 8),
  ('payment', 'initiated', 'captured', 'capture', 8),
  ('payment', 'failed', 'captured', 'capture', 8),
  ('payment', 'expired', 'captured', 'capture', 8),
  ('payment', 'authorized', 'captured', 'capture', 8),
  ('payment', 'voided', 'captured', 'capture', 8),
  ('payment', 'created', 'failed', 'fail', 8),
  ('payment', 'initiated', 'failed', 'fail', 8),
  ('payment', 'created', 'expired', 'expire', 16),
  ('payment', 'initiated', 'expired', 'expire', 16),
  ('payment', 'authorized', 'voided', 'void', 24),
  ('payment', 'created', 'voided', 'void', 24),
  ('payment', 'initiated', 'voided', 'void', 24),
  ('payment', 'failed', 'voided', 'void', 24),
  ('payment', 'expired', 'voided', 'void', 24),
  ('payment', 'captured', 'partially_refunded', 'refund_part', 8),
  ('payment', 'captured', 'refunded', 'refund_all', 8),
  ('payment', 'partially_refunded', 'partially_refunded', 'refund_part', 8),
  ('payment', 'partially_refunded', 'refunded', 'refund_all', 8),
  ('order', 'pending_approval', 'pending_payment', 'approve', 1),
  ('order', 'pending_approval', 'confirmed', 'approve_on_credit', 1),
  ('order', 'pending_approval', 'cancelled', 'reject', 1),
  ('order', 'pending_payment', 'confirmed', 'pay', 24),
  ('order', 'pending_payment', 'expired', 'expire', 16),
  ('order', 'pending_payment', 'cancelled', 'cancel', 21),
  ('order', 'confirmed', 'cancelled', 'cancel', 16),
  ('order', 'processing', 'cancelled', 'cancel', 16),
  ('order', 'confirmed', 'processing', 'accept', 18),
  ('order', 'confirmed', 'completed', 'complete', 16),
  ('order', 'processing', 'completed', 'complete', 16),
  ('order', 'expired', 'confirmed', 'revive', 16),
  ('order', 'cancelled', 'confirmed', 'revive', 16),
  ('refund', 'requested', 'approved', 'approve', 4),
  ('refund', 'requested', 'rejected', 'reject', 4),
  ('refund', 'approved', 'submitted', 'submit', 24),
  ('refund', 'submitted', 'processed', 'process', 8),
  ('refund', 'failed', 'processed', 'process', 8),
  ('refund', 'submitted', 'failed', 'fail', 8),
  ('refund', 'processed', 'failed', 'fail', 8),
  ('refund', 'failed', 'submitted', 'retry', 4),
  ('reservation', 'held', 'committed', 'commit', 16),
  ('reservation', 'committed', 'consumed', 'consume', 16),
  ('reservation', 'held', 'released', 'release', 16),
  ('reservation', 'committed', 'released', 'release', 16),
  ('reservation', 'held', 'expired', 'expire', 16),
  ('reservation', 'released', 'committed', 'revive', 16),
  ('reservation', 'expired', 'committed', 'revive', 16);

-- What made the move: the provider's event, where one did.
alter table payments.history add column cause text;

do $$
declare
  edits text[] := array[
    -- the function, the text, what stands for it, how often it must be there
    'checkout.pay_v2', 'checkout.pay_v2(', 'checkout.pay_v3(', '1',
    'checkout.pay_v3', 'pay_v2: ', 'pay_v3: ', '2',
    'checkout.pay_v3', 'j int; verdict smallint;', 'j int; verdict smallint; st text[];', '1',
    'checkout.pay_v3', 'array_agg(z.fits order by x.ord),', 'array_agg(z.fits order by x.ord), array_agg(p.status order by x.ord),', '1',
    'checkout.pay_v3', 'into vd, cf, ch, ok, oc' || E'\n', 'into vd, cf, ch, ok, st, oc' || E'\n', '1',
    'checkout.pay_v3', 'select x.ac <= coalesce(q.rank, 0) reached,',
    'select x.ac <= coalesce(q.rank, 0) or (x.ac = 1 and p.status is not distinct from ''expired'') reached,', '1',
    'checkout.pay_v3', 'ch[at_] ch, oc[at_] o from generate_subscripts(r_pay, 1) s_(at_)) y where o = 0 order by pay) x',
    'ch[at_] ch, oc[at_] o, st[at_] was, m_event[at_] ev, m_actor[at_] ac_by, m_request[at_] rq
              from generate_subscripts(r_pay, 1) s_(at_)) y where o = 0 order by pay) x', '1',
    'checkout.pay_v3', 'returning t.id, t.order_id, t.event_seq, x.ac, x.pp, x.am, x.cu, x.v, x.ch)',
    'returning t.id, t.order_id, t.event_seq, x.ac, x.pp, x.am, x.cu, x.v, x.ch, x.was, x.ev, x.ac_by, x.rq, t.status),
  h as (
    insert into payments.history (payment_id, from_status, to_status, actor, request_id, cause)
    select id, was, status, coalesce(ac_by, ''system''), rq, ev from u where ch)', '1',
    'checkout.initiated_v1', 'returning p.id, p.order_id, p.event_seq, p.status, p.amount_minor, p.currency)',
    'returning p.id, p.order_id, p.event_seq, p.status, p.amount_minor, p.currency),
  h as (
    insert into payments.history (payment_id, from_status, to_status, actor)
    select id, ''created'', ''initiated'', ''system'' from u where status = ''initiated'')', '1',
    'checkout.end_unpaid', 'update payments.payments t set status = ''expired'', version = t.version + 1, updated_at = now()
   where t.order_id = any (ended) and t.status in (''created'', ''initiated'');',
    'with was as (
    select p.id, p.status from payments.payments p where p.order_id = any (ended) and p.status in (''created'', ''initiated'')
     order by p.id for no key update),
  u as (
    update payments.payments t set status = ''expired'', event_seq = t.event_seq + 1, version = t.version + 1, updated_at = now()
      from was where t.id = was.id returning t.id, t.order_id, t.event_seq, t.amount_minor, t.currency, was.status before),
  h as (
    insert into payments.history (payment_id, from_status, to_status, actor, request_id)
    select id, before, ''expired'', p_actor, p_request from u)
  insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
  select ''payment.expired'', ''payment'', id, event_seq,
         jsonb_build_object(''payment_id'', id, ''order_id'', order_id, ''amount_minor'', amount_minor, ''currency'', currency)
    from u order by id;', '1',
    'checkout.end_unpaid', 'update orders.seller_orders t set status = ''cancelled'', version = t.version + 1, updated_at = now()
   where t.order_id = any (ended) and t.status = ''pending_payment'';',
    'with u as (
    update orders.seller_orders t set status = ''cancelled'', event_seq = t.event_seq + 1, version = t.version + 1, updated_at = now()
     where t.order_id = any (ended) and t.status = ''pending_payment''
    returning t.id, t.order_id, t.seller_id, t.event_seq, t.total_minor),
  h as (
    insert into orders.history (order_id, seller_order_id, from_status, to_status, event, actor, reason, request_id)
    select order_id, id, ''pending_payment'', ''cancelled'', ''cancel'', p_actor, p_reason, p_request from u)
  insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
  select ''seller_order.lapsed'', ''seller_order'', id, event_seq,
         jsonb_build_object(''seller_order_id'', id, ''order_id'', order_id, ''seller_id'', seller_id, ''total_minor'', total_minor)
    from u order by id;', '1',
    'checkout.settle_authorized_v1', 'where t.id = p.id returning * into p;',
    'where t.id = p.id returning * into p;
  insert into payments.history (payment_id, from_status, to_status, actor) values (p.id, ''authorized'', ''voided'', ''system'');', '1',
    'refunds.seen_captured', 'declare p payments.payments; known boolean;', 'declare p payments.payments; known boolean; was text;', '1',
    'refunds.seen_captured', 'update payments.payments t' || E'\n' || '     set status = case',
    'select t.status into was from payments.payments t where t.id = p_payment;
  update payments.payments t' || E'\n' || '     set status = case', '1',
    'refunds.seen_captured', 'where t.id = p_payment returning * into strict p;',
    'where t.id = p_payment returning * into strict p;
  if p.status <> was then
    insert into payments.history (payment_id, from_status, to_status, actor) values (p.id, was, p.status, p_provider);
  end if;', '1'];
  body text;
begin
  for i in 1..cardinality(edits) by 4 loop
    body := pg_get_functiondef(edits[i]::regproc);
    if (length(body) - length(replace(body, edits[i + 1], ''))) / length(edits[i + 1]) <> edits[i + 3]::int then
      raise exception '% is not the function that this migration goes on from: %', edits[i], edits[i + 1];
    end if;
    execute replace(body, edits[i + 1], edits[i + 2]);
  end loop;
end $$;

-- platform.invariants_of_moves_v1() → (name, offenders): histories are moves, one after the other, and end where their object is. Orders' own
--   words of history differ from the machine's (paid, timeout …), so there only the states are compared. Of payments that were made before
--   their history began, or moved by an older server, only what is written is looked at.
create function platform.invariants_of_moves_v1() returns table (name text, value bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with steps as materialized (
    select 'payment' machine, h.payment_id object, h.id, h.from_status f, h.to_status t from payments.history h
    union all select 'order', h.order_id, h.id, h.from_status, h.to_status from orders.history h
               where h.seller_order_id is null and h.from_status is not null and h.from_status <> h.to_status
    union all select 'refund', h.refund_id, h.id, h.from_status, h.to_status from refunds.history h
               where h.from_status is not null and h.from_status <> h.to_status)
  select 'moves.are_those_of_the_machine', count(*) from steps s
   where not exists (select 1 from platform.moves m where m.machine = s.machine and m.from_status = s.f and m.to_status = s.t)
  union all
  select 'payments.history_is_a_path', count(*) from payments.payments p join lateral (
      select (array_agg(s.t order by s.id desc))[1] newest, count(*) filter (where s.before <> s.f) broken
        from (select x.id, x.f, x.t, lag(x.t) over (order by x.id) before from steps x where x.machine = 'payment' and x.object = p.id) s) y on true
   where y.newest <> p.status or y.broken > 0
$$;
