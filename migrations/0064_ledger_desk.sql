-- SPDX-License-Identifier: Apache-2.0
-- Why:  the ledger as admins use it: balances that stay fast, traces, and corrections that two of them have to agree on.
-- Lock: only new objects.
-- Time: milliseconds.
--
-- Balances are sums over lines_of_account. A running balance kept by the insert would be one row that all payments wait for; instead
-- ledger.snapshots holds, for each account but order_funds (a handful of lines each), the sum of its lines up to one entry, the same for all
-- (snapshot_progress.through), and what came later is added when it is asked for.
--
-- ledger.snapshot_step_v1(upto, limit 1…100000) → (entries, finished): takes the next entries with id ≤ upto into the sums. upto is the id of an
--   hour ago: an entry's id is made before its transaction begins, and none is open for an hour. One that commits later still (a batch
--   that was sent again after an outage of hours) is missing in the sums; ledger.snapshots_drift_v1 counts such accounts, mve check shows
--   it, and ledger.retake_snapshots_v1 begins anew.
--   Isolation: one process at a time; another finds (0, true).
-- ledger.balance_v1(account) → (debit, credit, lines), as committed when the statement runs.
-- ledger.accounts_v1(class, after, limit) → accounts in the order of their names, those that begin with class, after one, with their balances.
--   Cost: a look-up per account, and the lines of the last hour.
-- ledger.trace_v1(order, payment, refund) → the ids of all entries about one of them, oldest first; the others are null.
-- ledger.decide_adjustment_v1(id, admin, approve, note, entry) → 0 decided, 1 no such request, 2 decided before, 3 the admin's own request.
-- checkout.order_fees_v1(order) → the commission of each line by the rule that was frozen on it, for the whole line: fee and its GST.

create table ledger.snapshot_progress (
  one     boolean primary key default true check (one),
  through bigint  not null default -9223372036854775808
);
insert into ledger.snapshot_progress default values;
create table ledger.snapshots (
  account      text   primary key,
  debit_minor  bigint not null,
  credit_minor bigint not null,
  lines        bigint not null
) with (fillfactor = 70);

create function ledger.snapshot_step_v1(p_upto bigint, p_limit int, out entries bigint, out finished boolean)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare was bigint; becomes bigint;
begin
  entries := 0; finished := true;
  if p_limit is null or p_limit not between 1 and 100000 then
    raise exception 'snapshot_step_v1: limit %', p_limit using errcode = '22023';
  end if;
  select p.through into was from ledger.snapshot_progress p for update skip locked;
  if not found then return; end if;
  select max(x.id), count(*) into becomes, entries
    from (select e.id from ledger.entries e where e.id > was and e.id <= p_upto order by e.id limit p_limit) x;
  if entries = 0 then return; end if;
  insert into ledger.snapshots as s (account, debit_minor, credit_minor, lines)
  select l.account, sum(l.debit_minor), sum(l.credit_minor), count(*) from ledger.lines l
   where l.entry_id > was and l.entry_id <= becomes and l.account not like 'order\_funds:%' group by l.account order by l.account
  on conflict (account) do update set debit_minor = s.debit_minor + excluded.debit_minor,
    credit_minor = s.credit_minor + excluded.credit_minor, lines = s.lines + excluded.lines;
  update ledger.snapshot_progress p set through = becomes where p.one;
  finished := entries < p_limit;
end $$;

create function ledger.snapshots_drift_v1() returns bigint language sql stable set search_path = pg_catalog, pg_temp as $$
  select count(*) from ledger.snapshots s
    full join (select l.account, sum(l.debit_minor) d, sum(l.credit_minor) c, count(*) n from ledger.lines l, ledger.snapshot_progress p
                where l.entry_id <= p.through and l.account not like 'order\_funds:%' group by l.account) x on x.account = s.account
   where (s.debit_minor, s.credit_minor, s.lines) is distinct from (x.d::bigint, x.c::bigint, x.n)
$$;

create function ledger.retake_snapshots_v1() returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update ledger.snapshot_progress p set through = -9223372036854775808 where p.one;
  delete from ledger.snapshots;
end $$;

create function ledger.balance_v1(p_account text, out debit_minor bigint, out credit_minor bigint, out lines bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select (coalesce(s.debit_minor, 0) + coalesce(x.d, 0))::bigint, (coalesce(s.credit_minor, 0) + coalesce(x.c, 0))::bigint,
         coalesce(s.lines, 0) + x.n
    from ledger.snapshot_progress p
    left join ledger.snapshots s on s.account = p_account
    cross join lateral (select sum(l.debit_minor) d, sum(l.credit_minor) c, count(*) n from ledger.lines l
                         where l.account = p_account
                           and l.entry_id > case when s.account is null then -9223372036854775808 else p.through end) x
$$;

create function ledger.accounts_v1(p_class text, p_after text, p_limit int)
returns table (account text, debit_minor bigint, credit_minor bigint, lines bigint)
language sql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
  -- From name to name by the index; the names of a class follow each other, since no two classes share their letters.
  with recursive names(name, n) as (
    (select l.account, 1 from ledger.lines l where l.account > coalesce(p_after, '') and l.account >= coalesce(p_class, '')
      order by l.account limit 1)
    union all
    select (select l.account from ledger.lines l where l.account > names.name order by l.account limit 1), n + 1
      from names where names.name is not null and n < p_limit)
  select x.name, b.debit_minor, b.credit_minor, b.lines from names x cross join lateral ledger.balance_v1(x.name) b
   where x.name is not null and (p_class is null or starts_with(x.name, p_class)) order by x.name
$$;

create function ledger.trace_v1(p_order bigint, p_payment bigint, p_refund bigint) returns setof bigint
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare about bigint := p_order;
begin
  if p_payment is not null then select p.order_id into about from payments.payments p where p.id = p_payment; end if;
  if p_refund is not null then
    return query select e.id from ledger.entries e
      where e.kind in ('refund_approved', 'refund_processed', 'refund_failed') and e.reference = p_refund::text order by e.id;
    return;
  end if;
  return query select e.id from ledger.entries e
    where e.order_id = about and (p_payment is null or e.payment_id = p_payment) order by e.id;
end $$;

create table ledger.adjustments (
  id            bigint      primary key,
  state         text        not null default 'requested' check (state in ('requested', 'approved', 'rejected')),
  currency      text        not null check (length(currency) = 3),
  accounts      text[]      not null check (cardinality(accounts) between 2 and 50),
  debits        bigint[]    not null,
  credits       bigint[]    not null,
  reason        text        not null check (length(reason) between 1 and 2000),
  requested_by  bigint      not null,
  requested_at  timestamptz not null default now(),
  decided_by    bigint      check (decided_by <> requested_by),
  decided_at    timestamptz,
  decision_note text        check (length(decision_note) <= 2000),
  entry_id      bigint      unique,
  check ((state = 'requested') = (decided_by is null) and (decided_by is null) = (decided_at is null)),
  check ((state = 'approved') = (entry_id is not null))
);
create index adjustments_newest on ledger.adjustments (id desc);
create index adjustments_waiting on ledger.adjustments (id) where state = 'requested';

create function ledger.decide_adjustment_v1(p_id bigint, p_admin bigint, p_approve boolean, p_note text, p_entry bigint) returns smallint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare a ledger.adjustments;
begin
  select * into a from ledger.adjustments t where t.id = p_id for no key update;
  if not found then return 1; end if;
  if a.requested_by = p_admin then return 3; end if;
  if a.state <> 'requested' then return 2; end if;
  if p_approve then
    perform checkout.post_v1(p_entry, 'adjusted', p_id::text, null, null, a.currency, a.accounts, a.debits, a.credits);
  end if;
  update ledger.adjustments t
     set state = case when p_approve then 'approved' else 'rejected' end, decided_by = p_admin, decided_at = now(), decision_note = p_note,
         entry_id = case when p_approve then p_entry end
   where t.id = p_id;
  return 0;
end $$;

create function checkout.order_fees_v1(p_order bigint)
returns table (line_id bigint, rule_id bigint, version int, rate_bps int, fee_minor bigint, gst_minor bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select f.line_id, f.rule_id, f.version, f.rate_bps, f.fee_minor,
         round(f.fee_minor::numeric * coalesce(f.gst_rate_bps, (ledger.tax_rate_v1('gst_on_commission', now())).rate_bps, 0) / 10000)::bigint
    from orders.seller_orders s cross join lateral ledger.line_fees_v1(s.id) f
   where s.order_id = p_order and f.rule_id is not null
$$;
