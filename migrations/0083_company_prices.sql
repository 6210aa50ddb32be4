-- SPDX-License-Identifier: Apache-2.0
-- Why:  lists, searches and filters show products at the prices of the caller's company, and ask in one statement with the prices
--       whether the caller may see them. What that takes is Companies' business: a function says it, and Companies asks it as well.
-- Lock: none, a new function.
-- Time: at once.

-- may_buy_v1: whether a user may buy for a company, as committed now: a member with the right to, of a company that is verified.
create function checkout.may_buy_v1(p_user bigint, p_company bigint) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (select 1 from companies.members m join companies.companies f on f.id = m.company_id
                  where m.company_id = p_company and m.user_id = p_user and m.role in ('admin', 'buyer') and f.status = 'verified')
$$;
