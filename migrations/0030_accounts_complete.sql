-- SPDX-License-Identifier: Apache-2.0
-- Why:  what accounts need beside logging in: proofs sent by mail, another mail address, second factors, blocks with their history,
--       and removal.
-- Lock: ACCESS EXCLUSIVE on accounts.users for an instant (columns without a rewrite); SHARE while its indexes are built.
-- Time: milliseconds, and for the indexes a few seconds per million users.

alter table accounts.users
  add column deletion_requested_at timestamptz,
  add column deleted_at            timestamptz,
  -- The number of the user's newest event; the first one tells of the registration.
  add column event_seq             int not null default 1;
create index users_to_delete on accounts.users (deletion_requested_at) where deletion_requested_at is not null and deleted_at is null;

-- Admins look for people by the beginnings of what they know of them.
create index users_by_email on accounts.users (email_folded text_pattern_ops);
create index users_by_phone on accounts.users (phone text_pattern_ops) where phone is not null;
create index users_by_name on accounts.users (lower(full_name) text_pattern_ops);

-- What somebody brings back from a mail: known by its hash, for one purpose, once, for a day. email is the address that it was sent to:
-- it proves that one and no other.
create table accounts.mail_tokens (
  token_hash bytea       primary key check (octet_length(token_hash) = 32),
  user_id    bigint      not null references accounts.users (id) on delete cascade,
  purpose    text        not null check (purpose in ('verify-email', 'reset-password', 'confirm-old-email', 'confirm-new-email')),
  email      text        not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at    timestamptz
);
create index mail_tokens_of_user on accounts.mail_tokens (user_id, purpose);
create index mail_tokens_expiry on accounts.mail_tokens (expires_at);

-- The address that a user wants instead; it becomes theirs when both have been confirmed.
create table accounts.email_changes (
  user_id          bigint      primary key references accounts.users (id) on delete cascade,
  new_email        text        not null check (length(new_email) between 3 and 254),
  new_email_folded text        not null,
  requested_at     timestamptz not null default now(),
  old_confirmed_at timestamptz,
  new_confirmed_at timestamptz
);

-- A second factor (RFC 6238). secret is sealed with the server's secret. last_step is the newest step whose code was taken: none is
-- taken twice.
create table accounts.second_factors (
  user_id     bigint      primary key references accounts.users (id) on delete cascade,
  secret      bytea       not null,
  enrolled_at timestamptz,               -- null until a first code has proved that the user has it
  last_step   bigint      not null default 0,
  created_at  timestamptz not null default now()
);
create table accounts.recovery_codes (
  user_id   bigint      not null references accounts.second_factors (user_id) on delete cascade,
  code_hash bytea       not null check (octet_length(code_hash) = 32),
  used_at   timestamptz,
  primary key (user_id, code_hash)
);

-- One row per block; the open one, if any, is the newest.
create table accounts.blocks (
  id           bigint      generated always as identity primary key,
  user_id      bigint      not null references accounts.users (id) on delete cascade,
  blocked_by   bigint      not null,
  reason_code  text        not null check (length(reason_code) between 1 and 60),
  note         text        not null check (length(note) between 1 and 2000),
  blocked_at   timestamptz not null default now(),
  unblocked_by bigint,
  unblock_note text        check (length(unblock_note) <= 2000),
  unblocked_at timestamptz,
  check ((unblocked_at is null) = (unblocked_by is null))
);
create unique index blocks_open on accounts.blocks (user_id) where unblocked_at is null;
create index blocks_of_user on accounts.blocks (user_id, id desc);

-- forget_keys_v1(user, limit): the stored answers of a user who is removed (idempotency contract C12).
create function platform.forget_keys_v1(p_user bigint, p_limit int) returns int
language sql set search_path = pg_catalog, pg_temp as $$
  with dead as (
    select digest from platform.idempotency_keys
     where user_id = p_user and (lease_until is null or lease_until < now()) order by digest limit p_limit for update skip locked),
  gone as (delete from platform.idempotency_keys k using dead where k.digest = dead.digest returning 1)
  select count(*)::int from gone
$$;
