-- SPDX-License-Identifier: Apache-2.0
-- Why:  the comparison with the payment provider: what it has, what we have, what the ledger has; and what an order asks for.
-- Lock: SHARE on payments.provider_payments for an index; else only new objects.
-- Time: seconds per million payments.

-- A run over what happened in [from_at, to_at). step and position say how far it is, so that a run that was broken off goes on.
create table payments.reconciliations (
  id            bigint      primary key,
  from_at       timestamptz not null,
  to_at         timestamptz not null,
  origin        text        not null check (length(origin) between 1 and 80),   -- 'leader', 'command', 'admin:<id>'
  state         text        not null default 'queued' check (state in ('queued', 'running', 'done')),
  step          text        not null default 'payments' check (step in ('payments', 'refunds', 'orders', 'ours', 'end')),
  position      text        not null default '' check (length(position) <= 100),
  matched       int         not null default 0,
  created_at    timestamptz not null default now(),
  ended_at      timestamptz,
  check (from_at < to_at),
  check ((state = 'done') = (ended_at is not null))
);
create index reconciliations_listed on payments.reconciliations (created_at desc, id desc);
create unique index reconciliations_of_leader on payments.reconciliations (from_at, to_at) where origin = 'leader';

-- What the provider named in a run: each object counts once, however often a page is read. Emptied when the run ends.
create table payments.reconciliation_seen (
  reconciliation_id bigint not null,
  kind              text   not null check (kind in ('payment', 'refund')),
  provider_id       text   not null check (length(provider_id) between 1 and 64),
  primary key (reconciliation_id, kind, provider_id)
);

-- What did not match. repaired: the same question again found nothing to complain of.
create table payments.reconciliation_items (
  id                bigint generated always as identity primary key,
  reconciliation_id bigint      not null,
  kind              text        not null check (kind in ('payment', 'refund', 'ledger')),
  difference        text        not null check (difference in ('missing_here', 'missing_there', 'amount_diff')),
  provider_id       text        not null,
  order_id          bigint,
  theirs_minor      bigint,
  ours_minor        bigint,
  currency          text,
  note              text        check (length(note) <= 200),
  repaired          boolean     not null default false,
  at                timestamptz not null default now(),
  unique (reconciliation_id, kind, provider_id)
);

-- checkout.refunds_here_v1(p_provider, p_refunds) → what is here of these refunds of the provider.
create function checkout.refunds_here_v1(p_provider text, p_refunds text[])
returns table (provider_refund_id text, order_id bigint, amount bigint, currency text, status text)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select r.provider_refund_id, r.order_id, r.amount_minor, r.currency, r.status
    from unnest(p_refunds) x(id) cross join lateral (
      select s.* from refunds.refunds s where s.provider = p_provider and s.provider_refund_id = x.id limit 1) r
$$;

-- checkout.money_here_v1 — what moved here in [p_from, p_to): captured payments and processed refunds, by kind and provider's id, from
--   p_after on, with what the ledger's psp_clearing says of each; at most p_limit.
--   booked: minor units in psp_clearing; null: no entry
create function checkout.money_here_v1(p_provider text, p_from timestamptz, p_to timestamptz, p_after_kind text, p_after text, p_limit int)
returns table (kind text, provider_id text, order_id bigint, amount bigint, currency text, booked bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select x.kind, x.provider_id, x.order_id, x.amount, x.currency,
         (select sum(case x.kind when 'payment' then l.debit_minor - l.credit_minor else l.credit_minor - l.debit_minor end)::bigint
            from ledger.entries e join ledger.lines l on l.entry_id = e.id and l.account = 'psp_clearing'
           where e.kind = x.entry and e.reference = x.reference)
    from (
      select 'payment' kind, q.provider_payment_id provider_id, q.order_id, q.amount_minor amount, q.currency, 'payment_captured' entry,
             q.provider || ':' || q.provider_payment_id reference
        from payments.provider_payments q
       where q.provider = p_provider and q.captured_at >= p_from and q.captured_at < p_to and q.amount_minor > 0
      union all
      select 'refund', r.provider_refund_id, r.order_id, r.amount_minor, r.currency, 'refund_processed',
             r.id || case when r.reversals > 0 then ':' || r.reversals else '' end
        from refunds.refunds r
       where r.provider = p_provider and r.status = 'processed' and r.captured and r.provider_refund_id is not null
         and r.processed_at >= p_from and r.processed_at < p_to) x
   where (x.kind, x.provider_id) > (p_after_kind, p_after)
   order by x.kind, x.provider_id limit p_limit
$$;
create index provider_payments_captured on payments.provider_payments (captured_at) where captured_at is not null;

-- checkout.payable_v1(p_order, p_user) → what an order of that user asks for, or no row.
create function checkout.payable_v1(p_order bigint, p_user bigint)
returns table (status text, payment_method text, total bigint, currency text, is_open boolean)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select o.status, o.payment_method, o.total_minor, o.currency, o.status = 'pending_payment' and o.payment_rank < 3 and o.reserved_until > now()
    from orders.orders o where o.id = p_order and o.user_id = p_user
$$;
