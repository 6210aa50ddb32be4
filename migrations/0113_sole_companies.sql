-- SPDX-License-Identifier: Apache-2.0
-- Why:  whoever belongs to one company and may buy for it is shown its prices without naming it: what is looked up of a user with each
--       token says which one that is.
-- Lock: only a new object.
-- Time: milliseconds.

-- A window to another schema, with the columns that accounts need and no others. Of a user in two companies none: they say which.
create view accounts.sole_companies as
  select m.user_id, min(m.company_id) as company_id
    from companies.members m join companies.companies f on f.id = m.company_id
   group by m.user_id having count(*) = 1 and bool_and(m.role in ('admin', 'buyer') and f.status = 'verified');
