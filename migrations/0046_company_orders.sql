-- SPDX-License-Identifier: Apache-2.0
-- Why:  an order that was made of a company's cart is the company's order: it says so, and under which number of its books.
-- Lock: new objects.
-- Time: milliseconds.
--
-- checkout.place_v3: as v2 (0024), with two more arrays after o_note:
--   o_company bigint[]  the company that the cart was for at o_cart_version, at whose prices the order is; null: nobody but its owner.
--                       Every change of a cart's company raises the cart's version, so the version that step 3 compares is this company's.
--   o_po text[]         the company's purchase order number
do $$
declare
  body text := pg_get_functiondef(
    (select p.oid from pg_proc p where p.proname = 'place_v2' and p.pronamespace = 'checkout'::regnamespace));
  part record;
begin
  for part in select * from (values
    ('checkout.place_v2(', 'checkout.place_v3(', 1),
    ('place_v2: ', 'place_v3: ', 6),
    ('o_note text[], ', 'o_note text[], o_company bigint[], o_po text[], ', 1),
    ('cardinality(o_note)', 'cardinality(o_note), cardinality(o_company), cardinality(o_po)', 1),
    ('billing_address, customer_note,', 'billing_address, customer_note, company_id, po_number,', 1),
    ('o_note[x], k_request_hash[x]', 'o_note[x], o_company[x], o_po[x], k_request_hash[x]', 1)) x(was, becomes, times)
  loop
    if (length(body) - length(replace(body, part.was, ''))) / length(part.was) <> part.times then
      raise exception 'place_v2 does not say % times: %', part.times, part.was;
    end if;
    body := replace(body, part.was, part.becomes);
  end loop;
  execute body;
end $$;
