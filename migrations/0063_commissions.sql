-- SPDX-License-Identifier: Apache-2.0
-- Why:  a commission rule is set as a new version that closes the one before it; the rule that applies is frozen on each line of an
--       order; what was agreed with a seller at approval is a rule like any other.
-- Lock: ledger.commission_rules and sellers.sellers for milliseconds (a constraint, a trigger); new objects else.
-- Time: milliseconds.
--
-- ledger.set_commission_v1(…) → the version's id. It is in force from p_from (null: now; no earlier than now, a minute's clocks apart:
--   then it is now) until p_to, or until the next version of the same scope begins. Versions of the scope that have not ended are
--   closed at its beginning, and those that would begin later never begin: their end is their beginning.
--   In force at a moment is, of a scope, the newest version with effective_from ≤ moment < effective_to.
--   Isolation: one version of a scope at a time (advisory lock until the transaction ends).
--   Errors: MP013 p_from lies in the past; 23514 a value outside its range.
-- sellers.sellers.commission_bps says what was agreed; a trigger writes it as the next version of the seller's rule, and the rules are what
--   counts. Sellers who have one already get theirs here.
-- checkout.earn_v1 has no carrier to be told any more: there are shipments now (0051), and the newest one's is meant.
-- checkout.place_v4: as v3 (0046), with two more arrays after l_hsn:
--   l_rule bigint[]  the version of the commission rule that applies to the line; null: none
--   l_bps int[]      its rate

do $$
declare name text;
begin
  select c.conname into strict name from pg_constraint c
   where c.conrelid = 'ledger.commission_rules'::regclass and c.contype = 'c' and pg_get_constraintdef(c.oid) like '%effective_to > effective_from%';
  execute format('alter table ledger.commission_rules drop constraint %I', name);
end $$;
alter table ledger.commission_rules add constraint commission_rules_period check (effective_to >= effective_from);

create function ledger.set_commission_v1(p_scope text, p_category bigint, p_seller bigint, p_product bigint, p_rate int, p_fixed bigint,
                                         p_min bigint, p_max bigint, p_shipping boolean, p_gst int, p_from timestamptz, p_to timestamptz,
                                         p_note text, p_admin bigint)
returns bigint language plpgsql set search_path = pg_catalog, pg_temp as $$
declare starts timestamptz := greatest(coalesce(p_from, now()), now()); newest int; id bigint;
begin
  if p_from < now() - interval '1 minute' then
    raise exception 'a commission rule from %, which is past', p_from using errcode = 'MP013';
  end if;
  perform pg_advisory_xact_lock(hashtextextended(concat_ws(':', 'commission', p_scope, p_category, p_seller, p_product), 0));
  select max(r.version) into newest from ledger.commission_rules r
   where r.scope = p_scope and r.category_id is not distinct from p_category and r.seller_id is not distinct from p_seller
     and r.product_id is not distinct from p_product;
  update ledger.commission_rules r set effective_to = greatest(starts, r.effective_from)
   where r.scope = p_scope and r.category_id is not distinct from p_category and r.seller_id is not distinct from p_seller
     and r.product_id is not distinct from p_product and (r.effective_to is null or r.effective_to > greatest(starts, r.effective_from));
  insert into ledger.commission_rules as r (scope, category_id, seller_id, product_id, version, rate_bps, fixed_fee_minor, min_fee_minor,
         max_fee_minor, include_shipping, gst_rate_bps, effective_from, effective_to, note, set_by)
  values (p_scope, p_category, p_seller, p_product, coalesce(newest, 0) + 1, p_rate, p_fixed, p_min, p_max, p_shipping, p_gst, starts, p_to,
          p_note, p_admin) returning r.id into id;
  return id;
end $$;

create function ledger.agree_commission_v1() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if new.commission_bps is not null and (tg_op = 'INSERT' or old.commission_bps is distinct from new.commission_bps) then
    perform ledger.set_commission_v1('seller', null, new.id, null, new.commission_bps, 0, null, null, false, null, null, null,
                                     'agreed at approval', null);
  end if;
  return null;
end $$;
create trigger sellers_commission after insert or update of commission_bps on sellers.sellers
  for each row execute function ledger.agree_commission_v1();
select ledger.set_commission_v1('seller', null, s.id, null, s.commission_bps, 0, null, null, false, null, null, null, 'agreed at approval', null)
  from sellers.sellers s where s.commission_bps is not null order by s.id;

drop function checkout.earn_v1(bigint, bigint, text, text);
create function checkout.earn_v1(p_entry bigint, p_seller_order bigint, p_actor text)
returns boolean language plpgsql set search_path = pg_catalog, pg_temp as $$
declare s ledger.shares := ledger.share_v1(p_seller_order); p record; paid bigint := s.total_minor - s.refunded_minor;
        paid_by text; carrier text; funds text := 'order_funds:' || s.order_id; cash bigint := 0;
begin
  if s.earned_at is not null then return false; end if;
  select o.payment_method into paid_by from orders.orders o where o.id = s.order_id;
  select * into p from ledger.parts_v1(p_seller_order, paid, s.promo_minor);
  if paid_by = 'cod' then
    cash := paid;
    select t.carrier into carrier from orders.shipments t where t.order_id = s.order_id and t.seller_order_id = s.seller_order_id
     order by t.id desc limit 1;
  end if;
  update ledger.shares t
     set earned_at = now(), entry_id = case when paid > 0 then p_entry end, actor = p_actor,
         net_minor = p.net, commission_minor = p.commission, gst_minor = p.gst, tcs_minor = p.tcs, tds_minor = p.tds, funded_minor = p.funded,
         net_left = p.net, commission_left = p.commission, gst_left = p.gst, tcs_left = p.tcs, tds_left = p.tds, funded_left = p.funded
   where t.seller_order_id = p_seller_order;
  if paid = 0 then return false; end if;
  return ledger.book_v1(p_entry, 'earned', p_seller_order::text, s.order_id, null, s.currency,
    array['cod_receivable:' || coalesce(carrier, 'unknown'), funds, 'promo_expense', funds, funds,
          'seller_pending:' || s.seller_id, 'commission_revenue', 'gst_output', 'tcs_payable', 'tds_payable'],
    array[cash, -cash, p.funded, -p.funded, paid + p.funded, -p.net, -p.commission, -p.gst, -p.tcs, -p.tds]);
end $$;

do $$
declare
  body text := pg_get_functiondef(
    (select p.oid from pg_proc p where p.proname = 'place_v3' and p.pronamespace = 'checkout'::regnamespace));
  part record;
begin
  for part in select * from (values
    ('checkout.place_v3(', 'checkout.place_v4(', 1),
    ('place_v3: ', 'place_v4: ', 6),
    ('l_hsn text[], ', 'l_hsn text[], l_rule bigint[], l_bps integer[], ', 1),
    ('cardinality(l_hsn)', 'cardinality(l_hsn), cardinality(l_rule), cardinality(l_bps)', 1),
    ('total_minor, hsn_code)', 'total_minor, hsn_code, commission_rule_id, commission_rate_bps)', 1),
    ('l_total[x], l_hsn[x]', 'l_total[x], l_hsn[x], l_rule[x], l_bps[x]', 1)) x(was, becomes, times)
  loop
    if (length(body) - length(replace(body, part.was, ''))) / length(part.was) <> part.times then
      raise exception 'place_v3 does not say % times: %', part.times, part.was;
    end if;
    body := replace(body, part.was, part.becomes);
  end loop;
  execute body;
end $$;
