-- SPDX-License-Identifier: Apache-2.0
-- Why:  a seller's balance is that of the ledger's accounts by their snapshots, with what open disputes hold of it: it is neither available
--       nor gone, and a seller whom money is disputed with is not closed.
-- Lock: SHARE on ledger.dispute_shares while an index is built (a row for each seller order in a dispute); else only a new function.
-- Time: milliseconds.
--
-- checkout.seller_balance_v1(seller) → minor units: pending, available (below zero where more was taken back than there was), disputed (held by
--   open disputes), and how many of these there are. As committed when the statement runs.
-- Cost: the lines of the last hour of two accounts, and the seller's disputes.

create index dispute_shares_of_seller on ledger.dispute_shares (seller_id);

create function checkout.seller_balance_v1(p_seller bigint, out pending bigint, out available bigint, out disputed bigint, out open_disputes bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select p.credit_minor - p.debit_minor, a.credit_minor - a.debit_minor, d.held, d.n
    from ledger.balance_v1('seller_pending:' || p_seller) p, ledger.balance_v1('seller_available:' || p_seller) a,
         (select coalesce(sum(x.held_minor), 0)::bigint held, count(distinct x.dispute) n
            from ledger.dispute_shares x join ledger.disputes y on y.dispute = x.dispute and y.state = 'open' where x.seller_id = p_seller) d
$$;
