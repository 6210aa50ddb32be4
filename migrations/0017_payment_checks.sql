-- SPDX-License-Identifier: Apache-2.0
-- Why:  when the provider is asked about an attempt that has not ended: at 30 s, 2 min, 10 min, 1 h, 6 h, 24 h, then daily to day 5.
-- Lock: ACCESS EXCLUSIVE on payments.payments for the column additions; their defaults are evaluated once, no rewrite.
-- Time: milliseconds, and the index build: seconds per million rows.

alter table payments.payments add column checks smallint not null default 0;                   -- times asked
alter table payments.payments add column next_check_at timestamptz default now() + interval '30 seconds';
create index payments_due_checks on payments.payments (next_check_at)
  where next_check_at is not null and status in ('created', 'initiated', 'failed', 'authorized', 'expired');
