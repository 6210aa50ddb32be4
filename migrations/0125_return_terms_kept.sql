-- SPDX-License-Identifier: Apache-2.0
-- Why:  what a buyer was promised about returns is what stood with the product when the order was made, not what its seller has made of it since.
-- Lock: ACCESS EXCLUSIVE on catalog.products for an instant (a trigger); a function is replaced, the others go on where they were.
-- Time: milliseconds.
--
-- Orders are placed as before, without a look at these terms: a seller who changes them leaves behind what was in force until then, and who
-- asks about an order of an earlier time reads that.

create table catalog.return_policies_past (
  product_id  bigint      not null,
  valid_until timestamptz not null,                         -- in force before this, from the end of the one before on
  policy      jsonb       not null,
  primary key (product_id, valid_until)
);

create function catalog.keep_return_policy_v1() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- Two changes in one transaction: nobody has seen what was between them.
  insert into catalog.return_policies_past (product_id, valid_until, policy) values (old.id, now(), old.return_policy) on conflict do nothing;
  return null;
end $$;
create trigger return_policy_changed after update of return_policy on catalog.products
  for each row when (old.return_policy is distinct from new.return_policy) execute function catalog.keep_return_policy_v1();

-- The window of a part begins with its delivery and is as long as was promised (move_seller_orders_v1 and v2, line_refunds_v1).
do $$
declare
  edits text[] := array[
    'checkout.move_seller_orders_v1', 'from orders.order_lines l join catalog.products g on g.id = l.product_id', 'o',
    'checkout.move_seller_orders_v2', 'from orders.order_lines l join catalog.products g on g.id = l.product_id', 'o',
    'checkout.line_refunds_v1', 'left join catalog.products g on g.id = l.product_id', 's'];
  new text := 'from orders.order_lines l
              cross join lateral (
                select coalesce((select t.policy from catalog.return_policies_past t
                                  where t.product_id = l.product_id and t.valid_until > o.created_at order by t.valid_until limit 1),
                                (select t.return_policy from catalog.products t where t.id = l.product_id)) return_policy) g';
begin
  for i in 1..cardinality(edits) by 3 loop
    perform platform.edit_v1(array[edits[i], edits[i + 1],
      replace(case when edits[i + 2] = 's' then replace(new, 'from orders.order_lines l', '') else new end, 'o.created_at', edits[i + 2] || '.created_at'), '1']);
  end loop;
end $$;
