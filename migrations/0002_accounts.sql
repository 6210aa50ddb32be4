-- SPDX-License-Identifier: Apache-2.0
-- Why:  people: users, their sessions, rotating refresh tokens, failed logins, addresses.
-- Lock: only new objects.
-- Time: milliseconds.

create schema accounts;

create table accounts.users (
  id             bigint      primary key,
  email          text        not null check (length(email) between 3 and 254),
  email_folded   text        not null unique,          -- the case-folded form decides sameness
  password_hash  text        not null,                 -- argon2id, PHC string
  full_name      text        not null check (length(full_name) between 1 and 200),
  phone          text        check (length(phone) <= 32),
  locale         text        not null default 'en',
  avatar_image_id bigint,
  notification_preferences jsonb not null default '{}',
  roles          text[]      not null default '{customer}'
                 check (roles <@ array['customer', 'seller', 'admin'] and cardinality(roles) >= 1),
  permissions    text[]      not null default '{}',    -- admin permissions ('super', 'orders:read' …)
  status         text        not null default 'pending_verification'
                 check (status in ('active', 'blocked', 'pending_verification')),
  email_verified boolean     not null default false,
  version        bigint      not null default 1,
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now()
) with (fillfactor = 85);
create index users_newest on accounts.users (created_at desc, id desc);

-- id is the token's sid: one session is one refresh family.
create table accounts.sessions (
  id            bigint      primary key,
  user_id       bigint      not null references accounts.users (id) on delete cascade,
  audience      text        check (audience in ('customer', 'seller', 'admin')),   -- null: not narrowed
  device_name   text        check (length(device_name) <= 200),
  created_at    timestamptz not null default now(),
  last_used_at  timestamptz not null default now(),
  revoked_at    timestamptz,
  revoke_reason text,
  check ((revoked_at is null) = (revoke_reason is null))
);
create index sessions_of_user on accounts.sessions (user_id, created_at desc);

-- Rotation: refreshing with T makes a successor S and writes T.successor_hash = S, S.predecessor_hash = T. T stays usable
-- (and answers with a further successor) until some successor is first used; then T.superseded_at is set,
-- and T presented again is reuse: the session is revoked.
create table accounts.refresh_tokens (
  token_hash       bytea       primary key check (octet_length(token_hash) = 32),
  session_id       bigint      not null references accounts.sessions (id) on delete cascade,
  predecessor_hash bytea,
  successor_hash   bytea,
  created_at       timestamptz not null default now(),
  expires_at       timestamptz not null,
  first_used_at    timestamptz,
  superseded_at    timestamptz
);
create index refresh_tokens_of_session on accounts.refresh_tokens (session_id);
create index refresh_tokens_expiry on accounts.refresh_tokens (expires_at);

-- One row per account name tried (known or not, hashed: unknown mails are not collected). Ten failures within an hour lock it.
create table accounts.login_failures (
  email_hash   bytea       primary key check (octet_length(email_hash) = 32),
  failures     int         not null check (failures >= 0),
  window_start timestamptz not null,
  locked_until timestamptz
) with (fillfactor = 70);

-- login_failed_v1 counts one failure; → locked (true when the account is locked now).
create function accounts.login_failed_v1(p_email_hash bytea, p_max int, p_window_s int)
returns boolean language sql set search_path = pg_catalog, pg_temp as $$
  insert into accounts.login_failures as f (email_hash, failures, window_start) values (p_email_hash, 1, now())
  on conflict (email_hash) do update set
    failures     = case when f.window_start < now() - make_interval(secs => p_window_s) then 1 else f.failures + 1 end,
    window_start = case when f.window_start < now() - make_interval(secs => p_window_s) then now() else f.window_start end,
    locked_until = case when f.window_start >= now() - make_interval(secs => p_window_s) and f.failures + 1 >= p_max
                        then f.window_start + make_interval(secs => p_window_s) end
  returning coalesce(locked_until > now(), false)
$$;

create table accounts.addresses (
  id                  bigint      primary key,
  user_id             bigint      not null references accounts.users (id) on delete cascade,
  label               text        check (length(label) <= 60),
  name                text        not null check (length(name) between 1 and 200),
  phone               text        not null check (length(phone) between 3 and 32),
  line1               text        not null check (length(line1) between 1 and 300),
  line2               text        check (length(line2) <= 300),
  city                text        not null check (length(city) between 1 and 120),
  state_code          text        not null check (length(state_code) between 1 and 3),
  postal_code         text        not null check (length(postal_code) between 3 and 12),
  country             text        not null default 'IN' check (length(country) = 2),
  gstin               text        check (length(gstin) = 15),
  is_default_shipping boolean     not null default false,
  is_default_billing  boolean     not null default false,
  version             bigint      not null default 1,
  created_at          timestamptz not null default now(),
  updated_at          timestamptz not null default now()
);
create index addresses_of_user on accounts.addresses (user_id, id);
create unique index addresses_default_shipping on accounts.addresses (user_id) where is_default_shipping;
create unique index addresses_default_billing on accounts.addresses (user_id) where is_default_billing;
