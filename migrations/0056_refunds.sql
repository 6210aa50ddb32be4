-- SPDX-License-Identifier: Apache-2.0
-- Why:  refunds, what of an order each of them gives back, the calls that carry them to the provider, and their history.
-- Lock: ACCESS EXCLUSIVE on payments.provider_payments for two columns with constant defaults (no rewrite) and a check that is not
--       validated against old rows (they are 0); else only new objects.
-- Time: milliseconds.
--
-- A refund takes money from one payment of the provider. provider_payments.refund_minor is what its refunds take, those that failed or were
-- rejected aside: it is raised by one conditional UPDATE in the transaction that makes (or repeats) a refund, so that no number of them
-- exceeds what was captured. refunded_minor is what was processed.
-- The order's row is the lock of its refunds, as it is of its payments.
--
-- A failed refund is still owed and may be repeated. When its money, its lines or its share are asked for anew it is superseded: its booking
-- is turned back, and it is not repeated any more. So refunds that count and failed ones that are owed together never exceed what was paid.

create schema refunds;

alter table payments.provider_payments add column refund_minor bigint not null default 0;
alter table payments.provider_payments add column refunded_minor bigint not null default 0;
alter table payments.provider_payments add constraint provider_payments_refunds
  check (refund_minor between 0 and amount_minor and refunded_minor between 0 and refund_minor) not valid;
create index provider_payments_of_order on payments.provider_payments (order_id);

create table refunds.refunds (
  id                  bigint      primary key,
  request_id          bigint      not null,                -- the first refund's id: one request may take from several payments
  origin              text        not null check (origin in ('automatic', 'manual', 'provider')),
  order_id            bigint      not null,
  seller_order_id     bigint,                              -- null: of the order, or of money that no order wanted
  payment_id          bigint      not null,
  provider            text        not null,
  provider_payment_id text        not null,
  user_id             bigint      not null,                -- whose money it is
  amount_minor        bigint      not null check (amount_minor > 0),
  currency            text        not null check (length(currency) = 3),
  status              text        not null check (status in ('requested', 'rejected', 'approved', 'submitted', 'processed', 'failed')),
  cause               text        not null check (length(cause) between 1 and 64),
  note                text        check (length(note) <= 2000),
  funded_by           text        not null check (funded_by in ('seller', 'platform')),
  speed               text        not null default 'normal' check (speed in ('normal', 'optimum')),
  speed_processed     text,
  restock             boolean     not null default false,
  return_id           bigint,
  captured            boolean     not null default true,   -- false: of a payment that was never captured; takes and books nothing
  requested_by        bigint,                              -- the admin; null where nobody asked
  decided_by          bigint,
  round               smallint    not null default 1 check (round between 1 and 1000),   -- raised by each repetition after a failure
  provider_refund_id  text        check (length(provider_refund_id) between 1 and 64),   -- of this round
  failure_code        text,
  failure_message     text,
  reversals           smallint    not null default 0,      -- times a processed refund turned out to have failed
  event_seq           int         not null default 0,
  version             bigint      not null default 1,
  created_at          timestamptz not null default now(),
  updated_at          timestamptz not null default now(),
  approved_at         timestamptz,
  submitted_at        timestamptz,
  processed_at        timestamptz,
  superseded_at       timestamptz check (superseded_at is null or status = 'failed'),
  superseded_by       bigint
) with (fillfactor = 80);
create unique index refunds_at_provider on refunds.refunds (provider, provider_refund_id) where provider_refund_id is not null;
create index refunds_superseded on refunds.refunds (superseded_by) where superseded_by is not null;
create index refunds_of_order on refunds.refunds (order_id);
create index refunds_of_payment on refunds.refunds (payment_id);
create index refunds_of_request on refunds.refunds (request_id);
create index refunds_of_user on refunds.refunds (user_id, created_at desc, id desc);
create index refunds_newest on refunds.refunds (created_at desc, id desc);
create index refunds_open on refunds.refunds (status, created_at desc, id desc) where status not in ('processed', 'rejected');

-- What a refund gives back. Money that no order wanted (a second payment …) has no parts: it belongs to no seller order.
create table refunds.parts (
  refund_id       bigint   not null,
  part_no         smallint not null check (part_no >= 1),
  order_id        bigint   not null,
  seller_order_id bigint   not null,
  kind            text     not null check (kind in ('line', 'shipping', 'goodwill')),
  line_id         bigint   check ((line_id is null) = (kind <> 'line')),
  quantity        int      not null default 0 check (quantity >= 0),
  amount_minor    bigint   not null check (amount_minor >= 0),
  taxable_minor   bigint   not null default 0,             -- a line's amount in the proportion in which it was paid
  cgst_minor      bigint   not null default 0,
  sgst_minor      bigint   not null default 0,
  igst_minor      bigint   not null default 0,
  restocked       int      not null default 0 check (restocked between 0 and quantity),
  reclaimed       boolean  not null default false,         -- the platform paid, and got it back from the order
  primary key (refund_id, part_no),
  check (kind <> 'line' or amount_minor = taxable_minor + cgst_minor + sgst_minor + igst_minor)
);
create index parts_of_order on refunds.parts (order_id);
create index parts_of_line on refunds.parts (line_id) where line_id is not null;

-- The intents: a row is committed before the provider is called. key is the provider's idempotency key and our receipt in one.
create table refunds.calls (
  refund_id          bigint      not null,
  round              smallint    not null,
  key                text        not null unique check (length(key) between 10 and 36),
  provider_refund_id text,
  attempts           int         not null default 1,
  started_at         timestamptz not null default now(),
  answered_at        timestamptz,
  outcome            text,
  primary key (refund_id, round)
);
create index calls_at_provider on refunds.calls (provider_refund_id) where provider_refund_id is not null;

create table refunds.history (
  refund_id   bigint      not null,
  id          bigint      generated always as identity,
  at          timestamptz not null default now(),
  from_status text,                                        -- null: made
  to_status   text        not null,
  event       text        not null,
  actor       text        not null,
  reason      text,
  request_id  text,
  primary key (refund_id, id)
);

-- One thing that is to be given back.
create type refunds.item as (seller_order_id bigint, kind text, line_id bigint, quantity int, amount_minor bigint);

-- refunds.split(amount, weights) → the amount in shares by largest remainder, ties by position; zeros where there is no weight.
create function refunds.split(p_amount bigint, p_weights bigint[]) returns bigint[]
language sql immutable set search_path = pg_catalog, pg_temp as $$
  with w as (select i, div(p_amount::numeric * w, nullif(sum(w) over (), 0)) base, mod(p_amount::numeric * w, nullif(sum(w) over (), 0)) left_over
               from unnest(p_weights) with ordinality u(w, i)),
  f as (select i, base, row_number() over (order by left_over desc, i) k, p_amount - sum(base) over () rest from w)
  select coalesce(array_agg(coalesce(base + (k <= rest)::int, 0)::bigint order by i), '{}') from f
$$;

-- refunds.open_items(order, owed) → what may still be given back: a row for each line and each seller order's shipping. share_minor is
--   the rest of the seller order as a whole, which goodwill lowers too. owed: failed refunds that may be repeated count as given.
create function refunds.open_items(p_order bigint, p_owed boolean)
returns table (seller_order_id bigint, kind text, line_id bigint, quantity int, paid_quantity int, amount_minor bigint, paid_minor bigint,
               share_minor bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with used as (
    select p.seller_order_id so, p.kind, p.line_id, sum(p.quantity)::int q, sum(p.amount_minor)::bigint a
      from refunds.refunds r join refunds.parts p on p.refund_id = r.id
     where r.order_id = p_order
       and (r.status not in ('failed', 'rejected') or (p_owed and r.status = 'failed' and r.superseded_at is null))
     group by 1, 2, 3),
  shares as (
    select s.id, s.shipping_minor, s.total_minor - coalesce((select sum(a) from used where so = s.id), 0)::bigint share
      from orders.seller_orders s where s.order_id = p_order)
  select l.seller_order_id, 'line', l.id, l.quantity - coalesce(u.q, 0), l.quantity, l.total_minor - coalesce(u.a, 0), l.total_minor, s.share
    from orders.order_lines l join shares s on s.id = l.seller_order_id left join used u on u.kind = 'line' and u.line_id = l.id
   where l.order_id = p_order
  union all
  select s.id, 'shipping', null, 0, 0, s.shipping_minor - coalesce(u.a, 0), s.shipping_minor, s.share
    from shares s left join used u on u.kind = 'shipping' and u.so = s.id
   where s.shipping_minor > 0
$$;

-- refunds.moved: history, version, times and (where p_event is one of api.md §6) the event of a transition that has just been written.
create function refunds.moved(p_refund bigint, p_from text, p_step text, p_event text, p_actor text, p_reason text, p_request text)
returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare r refunds.refunds;
begin
  update refunds.refunds t
     set event_seq = t.event_seq + (p_event is not null)::int, version = t.version + (p_from is not null)::int, updated_at = now()
   where t.id = p_refund returning * into strict r;
  insert into refunds.history (refund_id, from_status, to_status, event, actor, reason, request_id)
  values (r.id, p_from, r.status, p_step, p_actor, p_reason, p_request);
  if p_event is not null then
    insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
    values (p_event, 'refund', r.id, r.event_seq,
            jsonb_build_object('refund_id', r.id, 'order_id', r.order_id, 'seller_order_id', r.seller_order_id, 'payment_id', r.payment_id,
                               'user_id', r.user_id, 'amount_minor', r.amount_minor, 'currency', r.currency, 'reason_code', r.cause));
  end if;
end $$;
