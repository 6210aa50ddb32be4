-- SPDX-License-Identifier: Apache-2.0
-- Why:  sellers as they register: who they are, their bank, the documents that prove it, how they came to be what they are.
-- Lock: sellers.sellers for milliseconds: columns without a rewrite; new objects else.
-- Time: milliseconds.

alter table sellers.sellers
  add column legal_name         text        check (length(legal_name) between 1 and 200),
  add column type               text        check (type in ('individual', 'proprietorship', 'partnership', 'llp', 'company')),
  add column gstin              text        check (length(gstin) = 15),
  add column pan_sealed         bytea,                  -- XChaCha20-Poly1305, bound to the seller
  add column pan_masked         text,
  add column contact            jsonb       not null default '{}',
  add column pickup_addresses   jsonb       not null default '[]',
  add column account_sealed     bytea,
  add column account_masked     text,
  add column account_holder     text        check (length(account_holder) between 1 and 200),
  add column ifsc               text        check (length(ifsc) = 11),
  add column bank_verified_at   timestamptz,
  add column category_ids       bigint[]    not null default '{}',
  add column accepted_terms     text        check (length(accepted_terms) <= 40),
  add column about              text        check (length(about) <= 5000),
  add column logo_image_id      bigint,
  add column return_policy      jsonb,
  add column kyc_status         text        not null default 'not_started'
             check (kyc_status in ('not_started', 'incomplete', 'submitted', 'under_review', 'verified', 'rejected', 'needs_update')),
  add column payouts_held_until timestamptz,            -- after a change of what money goes by
  add column reason_code        text        check (length(reason_code) <= 60),     -- of the last rejection, suspension or closing
  add column reason_note        text        check (length(reason_note) <= 2000),
  add column may_resubmit       boolean     not null default true,
  add column commission_bps     int         check (commission_bps between 0 and 5000),  -- agreed at approval
  add column event_seq          int         not null default 0;

create unique index sellers_gstin on sellers.sellers (gstin) where gstin is not null;
create index sellers_by_status on sellers.sellers (status, created_at desc, id desc);

-- file names a sealed file; its octets, and the number on the document, are never in the clear here.
create table sellers.kyc_documents (
  id           bigint      primary key,
  seller_id    bigint      not null references sellers.sellers (id),
  type         text        not null check (type in
               ('pan', 'gst_certificate', 'gst_declaration', 'address_proof', 'cancelled_cheque', 'incorporation', 'signatory')),
  status       text        not null check (status in ('uploaded', 'under_review', 'verified', 'rejected', 'expired')),
  file         text        not null unique check (length(file) = 32),
  media_type   text        not null check (length(media_type) between 1 and 80),
  size         bigint      not null check (size > 0),
  sha256       bytea       not null check (octet_length(sha256) = 32),
  number_sealed bytea,
  number_masked text,
  valid_until  date,
  reason_code  text        check (length(reason_code) <= 60),
  note         text        check (length(note) <= 2000),
  reviewed_by  bigint,
  reviewed_at  timestamptz,
  submitted_at timestamptz,
  created_at   timestamptz not null default now(),
  check ((status in ('verified', 'rejected')) <= (reviewed_by is not null))
);
-- One of a type is on its way, and one counts; what came before it and has expired stays.
create unique index kyc_documents_open on sellers.kyc_documents (seller_id, type) where status in ('uploaded', 'under_review', 'rejected');
create unique index kyc_documents_verified on sellers.kyc_documents (seller_id, type) where status = 'verified';
create index kyc_documents_pending on sellers.kyc_documents (submitted_at, id) where status = 'under_review';

-- One row for each step of a seller, its examination and its documents.
create table sellers.history (
  id          bigint      generated always as identity primary key,
  seller_id   bigint      not null,
  subject     text        not null check (subject in ('seller', 'kyc', 'document')),
  document_id bigint,
  event       text        not null check (length(event) between 1 and 40),
  from_state  text        not null,
  to_state    text        not null,
  actor_type  text        not null check (actor_type in ('admin', 'user', 'system')),
  actor_id    bigint,
  reason_code text,
  note        text,
  request_id  text,
  at          timestamptz not null default now()
);
create index history_of_seller on sellers.history (seller_id, id);

-- The windows to other schemas, with the columns that sellers' answers need and no others.
create view sellers.orders_of_sellers as
  select seller_id, status, total_minor, created_at from orders.seller_orders;
create view sellers.ledger_lines as
  select account, debit_minor, credit_minor from ledger.lines
   where account like 'seller\_%';
