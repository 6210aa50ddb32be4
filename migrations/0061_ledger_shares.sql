-- SPDX-License-Identifier: Apache-2.0
-- Why:  what of a sale is whose: dated tax rates, versions of commission rules, and the share of each seller order as it is earned,
--       made available and given back. ADR 0012 says why each posting is as it is, docs/LEDGER.md shows them with numbers.
-- Lock: only new objects.
-- Time: milliseconds.
--
-- Every function of schema checkout here runs in the transaction of the effect that it books, whose caller holds the lock of the
-- order's row. Amounts are minor units, rates basis points; what is divided is rounded half away from zero once per seller order.
--
-- checkout.earn_v1(entry, seller order, actor, carrier) → true when the sale was booked: the seller order was delivered. What the customer
--     paid and has not got back (E of total T) leaves order_funds:<order>:
--       seller_pending:<seller> net · commission_revenue · gst_output on the commission · tcs_payable · tds_payable.
--     Cash on delivery: the same entry books the money in, cod_receivable:<carrier> against order_funds; carrier: of the newest
--     shipment unless given. What the platform pays of the price (promo_v1) comes in from promo_expense.
--     false: earned before, or nothing is left to earn (all of it was refunded). Only the first time counts.
-- checkout.release_earnings_v1(entry, seller order) → true when what is left of the net went from seller_pending to seller_available: the
--     return window is over. false: not earned, released before, or nothing is left; a refund after it is taken from seller_available
--     in any case.
-- checkout.refund_split_v1(seller order, amount) → (accounts, debits, credits), aligned: whose money a refund of that amount is. Before
--     earning: order_funds:<order>. After: net, commission, gst, tcs and tds by the largest remainder of what is left of each, so that the
--     last refund takes what the ones before left. credits is zero but where the platform paid a part of the price (promo_expense).
--     The share remembers: call it once for each refund, in the transaction that books it, and book exactly these lines.
--     Errors: MP012 more than is left of the share; P0002 no such seller order.
-- checkout.promo_v1(seller order, amount): the platform funds that much of the price beside what the customer pays; before earning, once.

create table ledger.tax_rates (
  kind           text        not null check (kind in ('gst_on_commission', 'tcs', 'tds')),
  effective_from date        not null,                     -- in India's time: tax law begins with a day there
  rate_bps       int         not null check (rate_bps between 0 and 5000),
  -- commission: the fee itself; taxable: Σ lines' taxable value + shipping; gross: what the customer pays, tax included
  base           text        not null check (base in ('commission', 'taxable', 'gross')),
  source         text        not null check (length(source) between 1 and 500),
  set_by         bigint,                                   -- the admin; null: came with the program
  created_at     timestamptz not null default now(),
  primary key (kind, effective_from),
  check ((kind = 'gst_on_commission') = (base = 'commission'))
);
insert into ledger.tax_rates (kind, effective_from, rate_bps, base, source) values
  ('gst_on_commission', '2017-07-01', 1800, 'commission', 'Notification No. 11/2017-Central Tax (Rate), 28 June 2017: 9 % central and 9 % state, or 18 % integrated'),
  ('tcs', '2018-10-01', 100, 'taxable', 'CGST Act 2017 section 52; Notification No. 52/2018-Central Tax, 20 September 2018: 1 % of the net value of taxable supplies'),
  ('tcs', '2024-07-10', 50, 'taxable', 'CGST Act 2017 section 52; Notification No. 15/2024-Central Tax, 10 July 2024: 0.5 % of the net value of taxable supplies'),
  ('tds', '2020-10-01', 100, 'gross', 'Income-tax Act 1961 section 194-O, Finance Act 2020: 1 % of the gross amount of sales'),
  ('tds', '2024-10-01', 10, 'gross', 'Income-tax Act 1961 section 194-O as amended by the Finance (No. 2) Act 2024: 0.1 % of the gross amount of sales');

-- Nothing is taxed anew: a rate begins today at the earliest, and stays as it was written.
create function ledger.keep_tax_rates_v1() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'INSERT' and new.effective_from >= (now() at time zone 'Asia/Kolkata')::date then return new; end if;
  raise exception 'tax rates are neither changed nor dated back: % of % from %', tg_op, new.kind, new.effective_from using errcode = 'MP011';
end $$;
create trigger tax_rates_rows before insert or update or delete on ledger.tax_rates for each row execute function ledger.keep_tax_rates_v1();

-- One row is one version of the rule of one scope, in force from effective_from until effective_to or the next version's beginning.
create table ledger.commission_rules (
  id                bigint      generated always as identity primary key,
  scope             text        not null check (scope in ('global', 'category', 'seller', 'seller_category', 'product')),
  category_id       bigint,
  seller_id         bigint,
  product_id        bigint,
  version           int         not null check (version >= 1),
  rate_bps          int         not null check (rate_bps between 0 and 5000),
  fixed_fee_minor   bigint      not null default 0 check (fixed_fee_minor >= 0),      -- for each unit
  min_fee_minor     bigint      check (min_fee_minor >= 0),                           -- for each line
  max_fee_minor     bigint      check (max_fee_minor >= coalesce(min_fee_minor, 0)),
  currency          text        not null default 'INR' check (length(currency) = 3),
  include_shipping  boolean     not null default false,
  gst_rate_bps      int         check (gst_rate_bps between 0 and 5000),              -- null: the dated rate when it is earned
  effective_from    timestamptz not null,
  effective_to      timestamptz check (effective_to > effective_from),
  note              text        not null check (length(note) between 1 and 2000),
  set_by            bigint,
  created_at        timestamptz not null default now(),
  check ((category_id is not null) = (scope in ('category', 'seller_category'))),
  check ((seller_id is not null) = (scope in ('seller', 'seller_category'))),
  check ((product_id is not null) = (scope = 'product'))
);
create unique index commission_rules_versions on ledger.commission_rules
  (scope, coalesce(category_id, 0), coalesce(seller_id, 0), coalesce(product_id, 0), version);
create index commission_rules_of_product on ledger.commission_rules (product_id) where product_id is not null;
create index commission_rules_of_seller on ledger.commission_rules (seller_id) where seller_id is not null;

-- What the numbers say never changes; a version that has not ended may be given an end, now or later.
create function ledger.keep_commission_rules_v1() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'UPDATE' and (old.effective_to is null or old.effective_to > now())
     and new.effective_to is not null and new.effective_to >= now() and new.effective_to <= coalesce(old.effective_to, 'infinity')
     and (to_jsonb(new) - 'effective_to') = (to_jsonb(old) - 'effective_to') then
    return new;
  end if;
  raise exception 'commission rules are append-only: % of %', tg_op, old.id using errcode = 'MP011';
end $$;
create trigger commission_rules_rows before update or delete on ledger.commission_rules
  for each row execute function ledger.keep_commission_rules_v1();

-- The share of one seller order; a row exists from its first posting on. …_left: what no refund has taken back.
create table ledger.shares (
  seller_order_id  bigint      primary key,
  order_id         bigint      not null,
  seller_id        bigint      not null,
  currency         text        not null check (length(currency) = 3),
  total_minor      bigint      not null check (total_minor >= 0),
  promo_minor      bigint      not null default 0 check (promo_minor >= 0),
  refunded_minor   bigint      not null default 0 check (refunded_minor between 0 and total_minor),      -- before earning
  returned_minor   bigint      not null default 0 check (returned_minor between 0 and total_minor - refunded_minor),  -- after
  earned_at        timestamptz,
  released_at      timestamptz check (released_at is null or earned_at is not null),
  entry_id         bigint,                                 -- what booked the earning; null with earned_at: there was nothing to earn
  actor            text,
  net_minor        bigint      not null default 0 check (net_minor >= 0),
  commission_minor bigint      not null default 0 check (commission_minor >= 0),
  gst_minor        bigint      not null default 0 check (gst_minor >= 0),
  tcs_minor        bigint      not null default 0 check (tcs_minor >= 0),
  tds_minor        bigint      not null default 0 check (tds_minor >= 0),
  funded_minor     bigint      not null default 0 check (funded_minor >= 0),                             -- of the earned, by the platform
  net_left         bigint      not null default 0 check (net_left between 0 and net_minor),
  commission_left  bigint      not null default 0 check (commission_left between 0 and commission_minor),
  gst_left         bigint      not null default 0 check (gst_left between 0 and gst_minor),
  tcs_left         bigint      not null default 0 check (tcs_left between 0 and tcs_minor),
  tds_left         bigint      not null default 0 check (tds_left between 0 and tds_minor),
  funded_left      bigint      not null default 0 check (funded_left between 0 and funded_minor),
  check (earned_at is null or net_minor + commission_minor + gst_minor + tcs_minor + tds_minor = total_minor - refunded_minor + funded_minor),
  check (earned_at is null or net_left + commission_left + gst_left + tcs_left + tds_left
                              = total_minor - refunded_minor - returned_minor + funded_left)
) with (fillfactor = 70);
create index shares_of_order on ledger.shares (order_id);

-- p_amount over p_weights by largest remainder, ties by position; no part exceeds its weight while p_amount ≤ Σ weights.
create function ledger.spread_v1(p_amount bigint, p_weights bigint[]) returns bigint[]
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select array_agg((f + case when r <= p_amount - whole then 1 else 0 end)::bigint order by i)
    from (select i, f, sum(f) over () whole, row_number() over (order by part desc, i) r
            from (select i, coalesce(div(p_amount::numeric * w, t), 0) f, coalesce(mod(p_amount::numeric * w, t), 0) part
                    from unnest(p_weights) with ordinality u(w, i), (select nullif(sum(v), 0) t from unnest(p_weights) v) s) x) y
$$;

-- The row of a seller order, made when it is not there, locked.
create function ledger.share_v1(p_seller_order bigint) returns ledger.shares language plpgsql set search_path = pg_catalog, pg_temp as $$
declare s ledger.shares;
begin
  insert into ledger.shares (seller_order_id, order_id, seller_id, currency, total_minor)
  select t.id, t.order_id, t.seller_id, o.currency, t.total_minor
    from orders.seller_orders t join orders.orders o on o.id = t.order_id where t.id = p_seller_order
  on conflict (seller_order_id) do nothing;
  select * into s from ledger.shares t where t.seller_order_id = p_seller_order order by t.seller_order_id for no key update;
  if not found then raise exception 'there is no seller order %', p_seller_order using errcode = 'P0002'; end if;
  return s;
end $$;

-- The commission of each line of a seller order under the rule that was frozen on it, for the whole of it.
create function ledger.line_fees_v1(p_seller_order bigint)
returns table (line_id bigint, rule_id bigint, version int, rate_bps int, fee_minor bigint, gst_rate_bps int)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select l.id, r.id, r.version, r.rate_bps,
         least(greatest(round((l.taxable_value_minor
                               + case when r.include_shipping then coalesce(s.shipping_minor * l.taxable_value_minor::numeric / nullif(w.taxable, 0), 0)
                                      else 0 end) * r.rate_bps / 10000) + r.fixed_fee_minor * l.quantity, r.min_fee_minor), r.max_fee_minor)::bigint,
         r.gst_rate_bps
    from orders.seller_orders s
    join orders.order_lines l on l.order_id = s.order_id and l.seller_order_id = s.id
    cross join lateral (select sum(x.taxable_value_minor) taxable from orders.order_lines x
                         where x.order_id = s.order_id and x.seller_order_id = s.id) w
    left join ledger.commission_rules r on r.id = l.commission_rule_id
   where s.id = p_seller_order
$$;

create function ledger.tax_rate_v1(p_kind text, p_at timestamptz) returns ledger.tax_rates
language sql stable set search_path = pg_catalog, pg_temp as $$
  select t.* from ledger.tax_rates t where t.kind = p_kind and t.effective_from <= (p_at at time zone 'Asia/Kolkata')::date
   order by t.effective_from desc limit 1
$$;

-- What p_paid of the total (what the customer leaves there) and p_promo beside it come to, by the rates of now. Fees never exceed the sale:
-- what taxes leave is all that a commission with its GST can take, so nobody pays for having sold.
create function ledger.parts_v1(p_seller_order bigint, p_paid bigint, p_promo bigint,
                                out net bigint, out commission bigint, out gst bigint, out tcs bigint, out tds bigint, out funded bigint)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare total bigint; taxable bigint; fees numeric; taxed numeric; gross bigint; rest bigint;
        g ledger.tax_rates := ledger.tax_rate_v1('gst_on_commission', now());
        c ledger.tax_rates := ledger.tax_rate_v1('tcs', now()); d ledger.tax_rates := ledger.tax_rate_v1('tds', now());
begin
  net := 0; commission := 0; gst := 0; tcs := 0; tds := 0; funded := 0;
  select s.total_minor, s.shipping_minor + (select coalesce(sum(l.taxable_value_minor), 0) from orders.order_lines l
                                             where l.order_id = s.order_id and l.seller_order_id = s.id)
    into total, taxable from orders.seller_orders s where s.id = p_seller_order;
  if coalesce(total, 0) = 0 or p_paid = 0 then return; end if;
  funded := round(p_promo::numeric * p_paid / total);
  gross := p_paid + funded;
  select coalesce(sum(f.fee_minor), 0), coalesce(sum(f.fee_minor::numeric * coalesce(f.gst_rate_bps, g.rate_bps, 0)), 0)
    into fees, taxed from ledger.line_fees_v1(p_seller_order) f;
  commission := round(fees * p_paid / total);
  gst := round(taxed * p_paid / total / 10000);
  tcs := round(case c.base when 'taxable' then taxable::numeric * p_paid / total when 'gross' then gross else 0 end * coalesce(c.rate_bps, 0) / 10000);
  tds := round(case d.base when 'taxable' then taxable::numeric * p_paid / total when 'gross' then gross else 0 end * coalesce(d.rate_bps, 0) / 10000);
  rest := gross - tcs - tds;
  if commission + gst > rest then
    commission := round(rest * fees / (fees + taxed / 10000));
    gst := rest - commission;
  end if;
  net := rest - commission - gst;
end $$;

-- Signed lines as one entry: more than zero is a debit, less a credit. → what checkout.post_v1 says.
create function ledger.book_v1(p_entry bigint, p_kind text, p_reference text, p_order bigint, p_payment bigint, p_currency text,
                               p_accounts text[], p_amounts bigint[])
returns boolean language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  return checkout.post_v1(p_entry, p_kind, p_reference, p_order, p_payment, p_currency, p_accounts,
                          (select array_agg(greatest(x, 0) order by i) from unnest(p_amounts) with ordinality u(x, i)),
                          (select array_agg(greatest(-x, 0) order by i) from unnest(p_amounts) with ordinality u(x, i)));
end $$;

create function checkout.promo_v1(p_seller_order bigint, p_amount bigint) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare s ledger.shares := ledger.share_v1(p_seller_order);
begin
  if p_amount < 0 or s.promo_minor > 0 or s.earned_at is not null then
    raise exception 'promo_v1: % of seller order %, which has one or is earned', p_amount, p_seller_order using errcode = '22023';
  end if;
  update ledger.shares t set promo_minor = p_amount where t.seller_order_id = p_seller_order;
end $$;

create function checkout.earn_v1(p_entry bigint, p_seller_order bigint, p_actor text, p_carrier text default null)
returns boolean language plpgsql set search_path = pg_catalog, pg_temp as $$
declare s ledger.shares := ledger.share_v1(p_seller_order); p record; paid bigint := s.total_minor - s.refunded_minor;
        paid_by text; carrier text := p_carrier; funds text := 'order_funds:' || s.order_id; cash bigint := 0;
begin
  if s.earned_at is not null then return false; end if;
  select o.payment_method into paid_by from orders.orders o where o.id = s.order_id;
  select * into p from ledger.parts_v1(p_seller_order, paid, s.promo_minor);
  if paid_by = 'cod' then
    cash := paid;
    if carrier is null then
      execute 'select s.carrier from orders.shipments s where s.seller_order_id = $1 order by s.id desc limit 1' into carrier using p_seller_order;
    end if;
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

create function checkout.release_earnings_v1(p_entry bigint, p_seller_order bigint)
returns boolean language plpgsql set search_path = pg_catalog, pg_temp as $$
declare s ledger.shares := ledger.share_v1(p_seller_order);
begin
  if s.earned_at is null or s.released_at is not null then return false; end if;
  update ledger.shares t set released_at = now() where t.seller_order_id = p_seller_order;
  if s.net_left = 0 then return false; end if;
  return ledger.book_v1(p_entry, 'earnings_released', p_seller_order::text, s.order_id, null, s.currency,
    array['seller_pending:' || s.seller_id, 'seller_available:' || s.seller_id], array[s.net_left, -s.net_left]);
end $$;

create function checkout.refund_split_v1(p_seller_order bigint, p_amount bigint, out accounts text[], out debits bigint[], out credits bigint[])
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare s ledger.shares := ledger.share_v1(p_seller_order); remains bigint := s.total_minor - s.refunded_minor - s.returned_minor;
        promo bigint; x bigint[];
begin
  if p_amount is null or p_amount <= 0 or p_amount > remains then
    raise exception 'refund_split_v1: % of what is left of seller order %, %', p_amount, p_seller_order, remains using errcode = 'MP012';
  end if;
  if s.earned_at is null then
    update ledger.shares t set refunded_minor = t.refunded_minor + p_amount where t.seller_order_id = p_seller_order;
    accounts := array['order_funds:' || s.order_id]; debits := array[p_amount]; credits := array[0::bigint];
    return;
  end if;
  promo := round(s.funded_left::numeric * p_amount / remains);
  x := ledger.spread_v1(p_amount + promo, array[s.net_left, s.commission_left, s.gst_left, s.tcs_left, s.tds_left]);
  update ledger.shares t
     set returned_minor = t.returned_minor + p_amount, net_left = t.net_left - x[1], commission_left = t.commission_left - x[2],
         gst_left = t.gst_left - x[3], tcs_left = t.tcs_left - x[4], tds_left = t.tds_left - x[5], funded_left = t.funded_left - promo
   where t.seller_order_id = p_seller_order;
  select array_agg(a order by i), array_agg(d order by i), array_agg(c order by i) into accounts, debits, credits
    from unnest(array[case when s.released_at is null then 'seller_pending:' else 'seller_available:' end || s.seller_id,
                      'commission_revenue', 'gst_output', 'tcs_payable', 'tds_payable', 'promo_expense'],
                x || 0::bigint, array[0, 0, 0, 0, 0, promo]::bigint[]) with ordinality u(a, d, c, i)
   where d <> 0 or c <> 0;
end $$;
