-- SPDX-License-Identifier: Apache-2.0
-- Why:  checkout.post_v1, the one way in which a transaction books an entry that is not a capture's (pay_v1 books those in batches).
-- Lock: only new objects.
-- Time: milliseconds.
--
-- checkout.post_v1 → true when the entry was booked, false when (kind, reference) is booked already: then nothing is written, whatever
--   the lines say. Call it in the transaction of the effect that it books.
--   p_entry bigint        an id made by us
--   p_kind, p_reference   the natural key: 'refund_approved', '<refund id>' …
--   p_order, p_payment    what the entry is about; null where there is none
--   p_accounts text[], p_debits bigint[], p_credits bigint[]   aligned; lines with neither are left out, a line has at most one of both.
--                         Lines of one account stay apart as they are given.
--
-- Isolation: a second booking of the same key waits for the first one's end (unique index), and is then false or booked.
-- Errors: 22023 arrays that do not fit, a line with both, or no line at all; MP010 debits and credits differ.

create function checkout.post_v1(p_entry bigint, p_kind text, p_reference text, p_order bigint, p_payment bigint, p_currency text,
                                 p_accounts text[], p_debits bigint[], p_credits bigint[])
returns boolean language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if p_entry is null or cardinality(p_accounts) is null or cardinality(p_accounts) is distinct from cardinality(p_debits)
     or cardinality(p_accounts) is distinct from cardinality(p_credits) then
    raise exception 'post_v1: no id, or arrays that do not fit' using errcode = '22023';
  end if;
  if not exists (select 1 from unnest(p_debits, p_credits) u(d, c) where coalesce(d, 0) <> 0 or coalesce(c, 0) <> 0)
     or exists (select 1 from unnest(p_debits, p_credits) u(d, c) where coalesce(d, 0) <> 0 and coalesce(c, 0) <> 0) then
    raise exception 'post_v1: % % has no line, or a line with a debit and a credit', p_kind, p_reference using errcode = '22023';
  end if;
  insert into ledger.entries (id, kind, reference, order_id, payment_id, currency)
  values (p_entry, p_kind, p_reference, p_order, p_payment, p_currency) on conflict (kind, reference) do nothing;
  if not found then return false; end if;
  insert into ledger.lines (entry_id, line_no, account, debit_minor, credit_minor)
  select p_entry, row_number() over (order by i), a, coalesce(d, 0), coalesce(c, 0)
    from unnest(p_accounts, p_debits, p_credits) with ordinality u(a, d, c, i)
   where coalesce(d, 0) <> 0 or coalesce(c, 0) <> 0;
  return true;
end $$;
