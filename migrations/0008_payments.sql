-- SPDX-License-Identifier: Apache-2.0
-- Why:  payment attempts, the provider's own payments on them, and the inbox of provider events.
-- Lock: only new objects.
-- Time: milliseconds.
--
-- rank: created, initiated, expired 0 < failed 1 < authorized, voided 2 < captured 3 < partially_refunded 4 < refunded 5; it never falls.
-- One attempt (payments row) = one provider order; the provider may see several payments on it (provider_payments).

create schema payments;

create table payments.payments (
  id                  bigint      primary key,
  order_id            bigint      not null,
  user_id             bigint      not null,
  provider            text        not null,
  provider_order_id   text        check (length(provider_order_id) between 1 and 64),
  provider_payment_id text,                                -- the one that carries the rank
  status              text        not null check (status in
                      ('created', 'initiated', 'expired', 'failed', 'authorized', 'voided', 'captured', 'partially_refunded', 'refunded')),
  rank                smallint    not null default 0 check (rank between 0 and 5),
  amount_minor        bigint      not null check (amount_minor > 0),           -- what we asked for
  currency            text        not null check (length(currency) = 3),
  captured_minor      bigint      not null default 0 check (captured_minor >= 0),
  refunded_minor      bigint      not null default 0 check (refunded_minor >= 0),
  method              text,
  mismatch            boolean     not null default false,  -- a capture differed in amount or currency
  duplicate           boolean     not null default false,  -- a capture came on an order already paid
  late                boolean     not null default false,  -- a capture came on an ended order
  dispute             text        check (dispute in ('open', 'won', 'lost')),
  failure_code        text,
  failure_message     text,
  attempts            int         not null default 0 check (attempts >= 0),    -- provider payments seen
  event_seq           int         not null default 0,
  version             bigint      not null default 1,
  created_at          timestamptz not null default now(),
  updated_at          timestamptz not null default now(),
  initiated_at        timestamptz,
  captured_at         timestamptz,
  check (refunded_minor <= captured_minor),
  check (rank = case status when 'failed' then 1 when 'authorized' then 2 when 'voided' then 2 when 'captured' then 3
                            when 'partially_refunded' then 4 when 'refunded' then 5 else 0 end)
) with (fillfactor = 80);
create unique index payments_provider_order on payments.payments (provider, provider_order_id) where provider_order_id is not null;
create unique index payments_one_open on payments.payments (order_id) where status in ('created', 'initiated');
create index payments_of_order on payments.payments (order_id);
create index payments_of_user on payments.payments (user_id, created_at desc, id desc);
create index payments_intents on payments.payments (created_at) where status = 'created';   -- the recovery job's list

create table payments.provider_payments (
  provider            text        not null,
  provider_payment_id text        not null check (length(provider_payment_id) between 1 and 64),
  payment_id          bigint      not null,
  order_id            bigint      not null,
  rank                smallint    not null check (rank between 1 and 5),
  status              text        not null check (status in ('failed', 'authorized', 'captured', 'partially_refunded', 'refunded')),
  amount_minor        bigint      not null check (amount_minor >= 0),
  currency            text        not null check (length(currency) = 3),
  method              text,
  verdict             text        check (verdict in ('accepted', 'mismatch', 'duplicate', 'late')),  -- set by the capture
  failure_code        text,
  failure_message     text,
  created_at          timestamptz not null default now(),
  captured_at         timestamptz,
  primary key (provider, provider_payment_id)
) with (fillfactor = 80);
create index provider_payments_of_payment on payments.provider_payments (payment_id);

-- The inbox. A second delivery with the same body is a duplicate; with another body it goes to event_conflicts.
create table payments.events (
  provider            text        not null,
  event_id            text        not null check (length(event_id) between 1 and 128),
  event_type          text        not null,
  body_hash           bytea       not null check (octet_length(body_hash) = 32),
  body                bytea       not null check (octet_length(body) <= 262144),
  state               text        not null check (state in ('received', 'processed', 'ignored', 'conflict', 'waiting', 'failed', 'replayed')),
  provider_order_id   text,
  provider_payment_id text,
  received_at         timestamptz not null default now(),
  processed_at        timestamptz,
  note                text,
  primary key (provider, event_id)
) with (fillfactor = 90);
create index events_waiting on payments.events (received_at) where state in ('received', 'waiting');

create table payments.event_conflicts (
  provider    text        not null,
  event_id    text        not null,
  body_hash   bytea       not null check (octet_length(body_hash) = 32),
  event_type  text        not null,
  body        bytea       not null check (octet_length(body) <= 262144),
  received_at timestamptz not null default now(),
  primary key (provider, event_id, body_hash)
);
