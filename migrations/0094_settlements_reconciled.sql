-- SPDX-License-Identifier: Apache-2.0
-- Why:  the bank's leg of the reconciliation: what the provider says that it has paid to the bank, compared with the ledger.
-- Lock: ACCESS EXCLUSIVE on payments.reconciliations, …_seen and …_items while checks are written anew (scans of small tables); else new objects.
-- Time: milliseconds per ten thousand rows.

alter table payments.reconciliations drop constraint reconciliations_step_check;
alter table payments.reconciliations add constraint reconciliations_step_check
  check (step in ('payments', 'refunds', 'orders', 'ours', 'settlements', 'bank', 'end'));
alter table payments.reconciliation_seen drop constraint reconciliation_seen_kind_check;
alter table payments.reconciliation_seen add constraint reconciliation_seen_kind_check check (kind in ('payment', 'refund', 'settlement'));
alter table payments.reconciliation_items drop constraint reconciliation_items_kind_check;
alter table payments.reconciliation_items add constraint reconciliation_items_kind_check check (kind in ('payment', 'refund', 'ledger', 'settlement'));

-- checkout.settlements_here_v1 — what the ledger has of settlements of a provider (entries psp_settled), one row each.
--   p_settlements   these; null: those that were booked in [p_from, p_to), by name, from p_after on, at most p_limit
--   bank, clearing  minor units that came to the bank, and that left psp_clearing
create function checkout.settlements_here_v1(p_provider text, p_settlements text[], p_from timestamptz, p_to timestamptz, p_after text, p_limit int)
returns table (settlement text, bank bigint, clearing bigint, currency text)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select substr(e.reference, length(p_provider) + 2), s.bank, s.clearing, e.currency
    from ledger.entries e
   cross join lateral (
     select coalesce(sum(l.debit_minor - l.credit_minor) filter (where l.account = 'bank'), 0)::bigint bank,
            coalesce(sum(l.credit_minor - l.debit_minor) filter (where l.account = 'psp_clearing'), 0)::bigint clearing
       from ledger.lines l where l.entry_id = e.id) s
   where e.kind = 'psp_settled'
     and case when p_settlements is not null then e.reference = any (select p_provider || ':' || x from unnest(p_settlements) x)
              else e.created_at >= p_from and e.created_at < p_to and e.reference like p_provider || ':%' and e.reference > p_provider || ':' || p_after end
   order by e.reference limit p_limit
$$;
