-- SPDX-License-Identifier: Apache-2.0
-- Why:  a cart may name the address that it goes to, so that its taxes are those of the order that it becomes.
-- Lock: only a new function.
-- Time: milliseconds.
--
-- checkout.save_carts_v3: as v2 (0040), with one more array after c_member:
--   c_address bigint[]  the address in its owner's book that the cart goes to from now on: null as before, 0 none
-- Whose address it is the caller has asked; one that is deleted later is overlooked where the cart is shown. v2 stays for servers of
-- before.
do $$
declare
  body text := pg_get_functiondef('checkout.save_carts_v2'::regproc);
  part record;
begin
  for part in select * from (values
    ('checkout.save_carts_v2(c_id bigint[], c_version bigint[], c_write bigint[], c_company bigint[], c_member bigint[], ',
     'checkout.save_carts_v3(c_id bigint[], c_version bigint[], c_write bigint[], c_company bigint[], c_member bigint[], c_address bigint[], ', 1),
    ('save_carts_v2: ', 'save_carts_v3: ', 3),
    ('cardinality(c_member), ', 'cardinality(c_member), cardinality(c_address), ', 1),
    ('  if saved is not null then
    if cardinality(array_positions(c_company, null)) < n then
',
     $part$  if saved is not null then
    if cardinality(array_positions(c_address, null)) < n then
      update carts.carts c set shipping_address_id = nullif(x.address, 0)
        from (select c_id[at_] ct, c_address[at_] address from generate_subscripts(c_id, 1) s_(at_)
               where oc[at_] = 0 and c_address[at_] is not null) x
       where c.id = x.ct;
    end if;
    if cardinality(array_positions(c_company, null)) < n then
$part$, 1)) x(was, becomes, times)
  loop
    if (length(body) - length(replace(body, part.was, ''))) / length(part.was) <> part.times then
      raise exception 'save_carts_v2 does not say % times: %', part.times, part.was;
    end if;
    body := replace(body, part.was, part.becomes);
  end loop;
  execute body;
end $$;
