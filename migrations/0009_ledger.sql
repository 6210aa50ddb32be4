-- SPDX-License-Identifier: Apache-2.0
-- Why:  the journal: balanced, immutable entries; every movement of money is one.
-- Lock: only new objects.
-- Time: milliseconds.
--
-- All lines of an entry are inserted by ONE statement; a trigger per statement refuses an entry whose debits and credits
-- differ within it (SQLSTATE MP010). Rows are never updated, deleted or truncated (MP011); corrections are new entries.

create schema ledger;

create table ledger.entries (
  id         bigint      primary key,
  kind       text        not null,
  reference  text        not null,          -- natural key within the kind: books once ('razorpay:pay_…' for payment_captured)
  order_id   bigint,
  payment_id bigint,
  currency   text        not null check (length(currency) = 3),
  created_at timestamptz not null default now(),
  unique (kind, reference)
);
create index entries_of_order on ledger.entries (order_id) where order_id is not null;

create table ledger.lines (
  entry_id     bigint   not null,
  line_no      smallint not null check (line_no >= 1),
  account      text     not null,           -- 'psp_clearing', 'order_funds:<order id>' …
  debit_minor  bigint   not null default 0 check (debit_minor >= 0),
  credit_minor bigint   not null default 0 check (credit_minor >= 0),
  primary key (entry_id, line_no),
  check ((debit_minor = 0) <> (credit_minor = 0))
);
create index lines_of_account on ledger.lines (account, entry_id);

create function ledger.check_balanced() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare bad bigint;
begin
  select n.entry_id into bad from new_rows n group by n.entry_id having sum(n.debit_minor) <> sum(n.credit_minor) limit 1;
  if bad is not null then
    raise exception 'ledger entry % is not balanced', bad using errcode = 'MP010';
  end if;
  return null;
end $$;
create trigger check_balanced after insert on ledger.lines
  referencing new table as new_rows for each statement execute function ledger.check_balanced();

create function ledger.refuse_change() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'the ledger is immutable: % on %', tg_op, tg_table_name using errcode = 'MP011';
end $$;
create trigger entries_immutable before update or delete or truncate on ledger.entries
  for each statement execute function ledger.refuse_change();
create trigger lines_immutable before update or delete or truncate on ledger.lines
  for each statement execute function ledger.refuse_change();
