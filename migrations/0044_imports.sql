-- SPDX-License-Identifier: Apache-2.0
-- Why:  imports and exports of sellers' tables: what was sent, how far it has been worked off, what was wrong with which row.
-- Lock: only new objects.
-- Time: milliseconds.
--
-- An import is worked off in chunks of rows. Each chunk is one transaction that applies its rows and moves (position, line) on, so that a
-- crash at any moment repeats no row and loses none. The row of the import is the lock: who finds another position than expected has been
-- overtaken. The same holds for an export and the octets of its file: what is behind bytes was written by nobody.

create schema imports;

create table imports.imports (
  id           bigint      primary key,
  seller_id    bigint      not null,
  user_id      bigint      not null,
  kind         text        not null check (kind in ('products', 'stock', 'prices')),
  format       text        not null check (format in ('csv', 'jsonl')),
  dry_run      boolean     not null,
  file         text        not null,             -- its name among the files of imports
  file_size    bigint      not null check (file_size >= 0),
  state        text        not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed')),
  failure      text        check (length(failure) <= 40),
  failure_note text        check (length(failure_note) <= 500),
  position     bigint      not null default 0 check (position between 0 and file_size),   -- octets worked off
  line         bigint      not null default 1,                                            -- of the next row
  header       text[],                           -- of CSV, once it was read
  rows_ok      bigint      not null default 0,
  rows_failed  bigint      not null default 0,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  finished_at  timestamptz,
  expires_at   timestamptz not null,             -- then it goes, with its file
  check ((state = 'failed') = (failure is not null)),
  check ((state in ('done', 'failed')) = (finished_at is not null))
);
create index imports_of_seller on imports.imports (seller_id, created_at desc, id desc);

-- Of at most so many rows as the application says; the others are only counted.
create table imports.row_errors (
  import_id bigint not null references imports.imports (id) on delete cascade,
  line      bigint not null,
  field     text,
  code      text   not null,
  message   text   not null,
  primary key (import_id, line)
);

create table imports.exports (
  id          bigint      primary key,
  seller_id   bigint      not null,
  user_id     bigint      not null,
  kind        text        not null check (kind in ('products', 'stock', 'prices')),
  format      text        not null check (format in ('csv', 'jsonl')),
  state       text        not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed')),
  file        text        not null,
  bytes       bigint      not null default 0 check (bytes >= 0),     -- of the file, that count
  after_id    bigint      not null default 0,                        -- the last row that is in it
  rows        bigint      not null default 0,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  finished_at timestamptz,
  expires_at  timestamptz not null,
  check ((state in ('done', 'failed')) = (finished_at is not null))
);
create index exports_of_seller on imports.exports (seller_id, created_at desc, id desc);
-- Asking again while one is being written gives that one.
create unique index exports_open on imports.exports (seller_id, kind, format) where state in ('waiting', 'running');
