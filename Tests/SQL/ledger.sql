-- SPDX-License-Identifier: Apache-2.0
-- The rules of money: earned, released, refunded before and after, credit, cash, settlements, disputes; then many random carts.
select t.shop(4, 12, 1, 1000);

-- A paid order made by hand: l = [[seller, quantity, taxable, tax, rule or null], …], shipping per seller; total is booked as captured.
create function t.sold(o bigint, l jsonb, ship jsonb default '{}', method text default 'razorpay', company bigint default null) returns void
language plpgsql as $$
declare whole bigint;
begin
  insert into orders.orders (id, user_id, cart_id, cart_version, status, currency, subtotal_minor, discount_minor, shipping_minor, tax_minor,
         total_minor, payment_method, reserved_until, shipping_address, billing_address, request_hash, key_digest, key_retention_s, company_id)
  select o, o, o, 1, 'confirmed', 'INR', 0, 0, 0, 0, 0, method, now(), '{}', '{}', t.digest('h'), t.digest('k' || o), 60, company;
  insert into orders.seller_orders (id, order_id, seller_id, status, subtotal_minor, discount_minor, shipping_minor, tax_minor, total_minor)
  select o * 10 + s, o, s, 'placed', sum(v), 0, coalesce((ship->>s::text)::bigint, 0), sum(x), sum(v + x) + coalesce((ship->>s::text)::bigint, 0)
    from (select (y->>0)::bigint s, (y->>2)::bigint v, (y->>3)::bigint x from jsonb_array_elements(l) y) z group by s;
  insert into orders.order_lines (order_id, line_no, id, seller_order_id, product_id, variant_id, seller_id, sku, title, options, quantity,
         unit_price_minor, discount_minor, taxable_value_minor, tax_rate_bps, cgst_minor, sgst_minor, igst_minor, total_minor, hsn_code,
         commission_rule_id, commission_rate_bps)
  select o, n, o * 100 + n, o * 10 + (y->>0)::bigint, 1, 100, (y->>0)::bigint, 's', 't', '{}', (y->>1)::int, 1, 0, (y->>2)::bigint, 1800, 0, 0,
         (y->>3)::bigint, (y->>2)::bigint + (y->>3)::bigint, 'h', (y->>4)::bigint, (select r.rate_bps from ledger.commission_rules r where r.id = (y->>4)::bigint)
    from jsonb_array_elements(l) with ordinality u(y, n);
  update orders.orders r set total_minor = (select sum(total_minor) from orders.seller_orders where order_id = o) where r.id = o returning total_minor into whole;
  if method = 'razorpay' and whole > 0 then
    perform checkout.post_v1(nextval('t.ids'), 'payment_captured', 'razorpay:pay_' || o, o, o, 'INR', array['psp_clearing', 'order_funds:' || o],
                             array[whole, 0], array[0, whole]);
    insert into payments.payments (id, order_id, user_id, provider, status, rank, amount_minor, currency, captured_minor)
    values (o, o, o, 'razorpay', 'captured', 3, whole, 'INR', whole);
  end if;
end $$;
-- What an account holds: debits less credits.
create function t.holds(a text) returns bigint language sql as $$
  select coalesce(sum(debit_minor - credit_minor), 0)::bigint from ledger.lines where account = a
$$;
-- The lines of an entry, "account amount", credits negative.
create function t.entry(k text, r text) returns text language sql as $$
  select string_agg(account || ' ' || debit_minor - credit_minor, ', ' order by line_no)
    from ledger.lines l join ledger.entries e on e.id = l.entry_id where e.kind = k and e.reference = r
$$;
create function t.give_back(so bigint, amount bigint) returns void language plpgsql as $$
declare x record; r bigint := nextval('t.ids');
begin
  select * into x from checkout.refund_split_v1(so, amount);
  perform checkout.post_v1(r, 'refund_approved', r::text, so / 10, so / 10, 'INR', x.accounts || 'refund_clearing'::text, x.debits || 0::bigint, x.credits || amount);
end $$;
create function t.rule(bps int, fixed bigint default 0, lo bigint default null, hi bigint default null, ship boolean default false, gst int default null)
returns bigint language sql as $$
  insert into ledger.commission_rules (scope, product_id, version, rate_bps, fixed_fee_minor, min_fee_minor, max_fee_minor, include_shipping, gst_rate_bps, effective_from, note)
  values ('product', nextval('t.ids'), 1, bps, fixed, lo, hi, ship, gst, now(), 'test') returning id
$$;

-- Spread: exact, none above its weight, the larger remainder first, ties by position.
select t.eq('spread', ledger.spread_v1(100, '{1,1,1}')::text, '{34,33,33}');
select t.eq('spread all', ledger.spread_v1(7, '{3,0,4}')::text, '{3,0,4}');
select t.eq('spread nothing', ledger.spread_v1(0, '{0,0}')::text, '{0,0}');
select t.eq('no overflow', ledger.spread_v1(4000000000000000000, '{4000000000000000000,1}')::text, '{3999999999999999999,1}');

-- The worked order of docs/LEDGER.md: seller 1 sells for 1,180.00 with 10 % commission, seller 2 for 590.00 + 50.00 shipping with 5 % + 3.00 a unit.
select t.rule(1000) r10, t.rule(500, 300) r5 \gset
select t.sold(1, format('[[1,1,100000,18000,%s],[2,2,50000,9000,%s]]', :r10, :r5)::jsonb, '{"2":5000}');
select t.eq('captured', t.holds('order_funds:1')::text, '-182000');
select t.eq('earned', checkout.earn_v1(501, 11, 'user:1')::text, 'true');
select t.eq('its lines', t.entry('earned', '11'),
  'order_funds:1 118000, seller_pending:1 -105582, commission_revenue -10000, gst_output -1800, tcs_payable -500, tds_payable -118');
select t.eq('once', checkout.earn_v1(502, 11, 'user:1')::text, 'false');
select t.eq('the second seller', checkout.earn_v1(503, 12, 'user:1')::text, 'true');
select t.eq('with shipping', t.entry('earned', '12'),
  'order_funds:1 64000, seller_pending:2 -60003, commission_revenue -3100, gst_output -558, tcs_payable -275, tds_payable -64');
select t.eq('nothing remains of the order', t.holds('order_funds:1')::text, '0');
select t.eq('half of seller 1 goes back, from what is pending', (select x.accounts::text || x.debits::text || x.credits::text from checkout.refund_split_v1(11, 59000) x),
  '{seller_pending:1,commission_revenue,gst_output,tcs_payable,tds_payable}{52791,5000,900,250,59}{0,0,0,0,0}');
select t.eq('more than is left', t.fails('select checkout.refund_split_v1(11, 59001)'), 'MP012');
select t.eq('nothing is no refund', t.fails('select checkout.refund_split_v1(11, 0)'), 'MP012');
select t.eq('of nobody', t.fails('select checkout.refund_split_v1(999, 1)'), 'P0002');
select t.eq('booked', checkout.post_v1(504, 'refund_approved', 'r1', 1, 1, 'INR', '{seller_pending:1,commission_revenue,gst_output,tcs_payable,tds_payable,refund_clearing}',
  '{52791,5000,900,250,59,0}', '{0,0,0,0,0,59000}')::text, 'true');
select t.eq('released is what is left', checkout.release_earnings_v1(505, 11)::text || t.entry('earnings_released', '11'), 'trueseller_pending:1 52791, seller_available:1 -52791');
select t.eq('once', checkout.release_earnings_v1(506, 11)::text, 'false');
select t.give_back(11, 59000);
select t.eq('the rest comes from what is available', t.holds('seller_available:1') || ' ' || t.holds('seller_pending:1'), '0 0');
select t.eq('release of what was not earned', t.fails('select checkout.release_earnings_v1(507, 999)'), 'P0002');

-- Before earning the customer's money goes back; what is earned is the rest, in proportion.
select t.sold(2, format('[[1,1,10000,1800,%s]]', :r10)::jsonb);
select t.give_back(21, 5900);
select t.eq('not earned', checkout.release_earnings_v1(507, 21)::text, 'false');
select t.eq('half is earned', checkout.earn_v1(508, 21, 'user:1')::text || t.entry('earned', '21'),
  'trueorder_funds:2 5900, seller_pending:1 -5279, commission_revenue -500, gst_output -90, tcs_payable -25, tds_payable -6');
select t.sold(3, format('[[1,1,10000,1800,%s]]', :r10)::jsonb);
select t.give_back(31, 11800);
select t.eq('nothing is left to earn', checkout.earn_v1(509, 31, 'x')::text || (select count(*) from ledger.entries where id = 509), 'false0');

-- Fees: clamped, with their own GST, never beyond the sale; none without a rule; shipping where the rule says so.
select t.rule(1000, 0, 5000, null, false, 500) lo, t.rule(5000, 0, null, 700) hi, t.rule(1000, 0, null, null, true) sh, t.rule(0, 100000) much \gset
select t.sold(4, format('[[1,1,10000,0,%s],[2,1,10000,0,%s],[3,1,10000,0,%s],[4,3,10000,0,%s]]', :lo, :hi, :sh, :much)::jsonb, '{"3":1000}');
select checkout.earn_v1(510 + g, 40 + g, 'x') from generate_series(1, 4) g;
select t.eq('fees', (select string_agg(commission_minor || '/' || gst_minor || '/' || net_minor, ' ' order by seller_order_id) from ledger.shares where order_id = 4),
  '5000/250/4690 700/126/9114 1100/198/9636 8424/1516/0');
select t.sold(5, '[[1,1,10000,0,null]]');
select checkout.earn_v1(520, 51, 'x');
select t.eq('no rule', t.entry('earned', '51'), 'order_funds:5 10000, seller_pending:1 -9940, tcs_payable -50, tds_payable -10');
select t.sold(6, format('[[1,1,1005,0,%s]]', :r10)::jsonb);          -- 100.5 → 101; 18.18 → 18
select checkout.earn_v1(521, 61, 'x');
select t.eq('half up', (select commission_minor || ' ' || gst_minor from ledger.shares where seller_order_id = 61), '101 18');

-- What the platform funds: in with the earning, back with the refund.
select t.sold(7, '[[1,1,8000,0,null]]');
select checkout.promo_v1(71, 2000);
select t.eq('one promotion', t.fails('select checkout.promo_v1(71, 1)'), '22023');
select checkout.earn_v1(522, 71, 'x');
select t.eq('promotion', t.entry('earned', '71'), 'promo_expense 2000, order_funds:7 -2000, order_funds:7 10000, seller_pending:1 -9950, tcs_payable -40, tds_payable -10');
select t.give_back(71, 4000); select t.give_back(71, 4000);
select t.eq('promotion back', t.holds('promo_expense') || ' ' || t.holds('order_funds:7'), '0 0');

-- Cash on delivery and credit.
insert into orders.shipments (id, order_id, seller_order_id, carrier, tracking_number, line_ids, quantities, status)
values (1, 8, 81, 'slow', 't1', '{801}', '{1}', 'shipped'), (2, 8, 81, 'quick', 't2', '{801}', '{1}', 'shipped');
select t.sold(8, '[[1,1,10000,1800,null]]', method => 'cod');
select checkout.earn_v1(530, 81, 'x');
select t.eq('cash', t.entry('earned', '81'),
  'cod_receivable:quick 11800, order_funds:8 -11800, order_funds:8 11800, seller_pending:1 -11738, tcs_payable -50, tds_payable -12');
select t.eq('remitted', checkout.cod_remitted_v1(531, 'quick', 'u1', 11800, 100, 18, 'INR')::text || t.entry('cod_remitted', 'quick:u1'),
  'truebank 11682, cod_fees 100, gst_input 18, cod_receivable:quick -11800');
select t.eq('remitted once', checkout.cod_remitted_v1(532, 'quick', 'u1', 11800, 100, 18, 'INR')::text || t.holds('cod_receivable:quick'), 'false0');
select t.sold(9, '[[1,1,10000,1800,null],[2,1,5000,900,null]]', method => 'credit_terms', company => 77);
select t.eq('on credit', checkout.credit_confirmed_v1(533, 9)::text || t.entry('credit_confirmed', '9'),
  'truebuyer_receivable:77:1 11800, buyer_receivable:77:2 5900, order_funds:9 -17700');
select t.eq('confirmed once', checkout.credit_confirmed_v1(534, 9)::text, 'false');
select t.eq('a paid order is not', t.fails('select checkout.credit_confirmed_v1(535, 8)'), '22023');
select t.eq('cancelled', checkout.credit_returned_v1(536, 92, 5900, 'c1')::text || t.entry('credit_returned', 'c1'), 'trueorder_funds:9 5900, buyer_receivable:77:2 -5900');
select t.eq('returned once', checkout.credit_returned_v1(537, 92, 5900, 'c1')::text, 'false');
select checkout.earn_v1(538, 91, 'x');
select checkout.credit_paid_v1(539, 77, 1, 11800, 'neft-1', 'INR');
select t.eq('credit ends', t.holds('buyer_receivable:77:1') || ' ' || t.holds('buyer_receivable:77:2') || ' ' || t.holds('order_funds:9'), '0 0 0');

-- The provider settles, gross; more refunds than sales are paid by the bank.
select t.eq('settled', checkout.psp_settled_v1(540, 'razorpay', 's1', 100000, 2000, 360, 'INR')::text || t.entry('psp_settled', 'razorpay:s1'),
  'truebank 97640, psp_fees 2000, gst_input 360, psp_clearing -100000');
select t.eq('below zero', checkout.psp_settled_v1(541, 'razorpay', 's2', -5000, 0, 0, 'INR')::text || t.entry('psp_settled', 'razorpay:s2'),
  'truebank -5000, psp_clearing 5000');

-- Disputes: held, given back; lost by the seller as if refunded; lost by the platform.
select t.sold(10, format('[[1,1,10000,1800,%s],[2,1,10000,1800,null]]', :r10)::jsonb);
select checkout.earn_v1(550, 101, 'x');
select t.holds('seller_available:1') a1, t.holds('seller_available:2') a2 \gset
select t.eq('held, earned or not', checkout.dispute_hold_v1(551, 'd1:chargeback', 10, 23600)::text || t.entry('dispute_held', 'd1:chargeback'),
  'trueseller_available:1 10558, seller_available:2 11738, dispute_held:d1:chargeback -22296');
select t.eq('held once', checkout.dispute_hold_v1(552, 'd1:chargeback', 10, 23600)::text, 'false');
select t.eq('won', checkout.dispute_end_v1(553, 'd1:chargeback', 'won')::text || (t.holds('seller_available:1') = :a1 and t.holds('seller_available:2') = :a2)::text
  || t.holds('dispute_held:d1:chargeback'), 'truetrue0');
select t.eq('ends once', checkout.dispute_end_v1(554, 'd1:chargeback', 'lost')::text, 'false');
select checkout.dispute_hold_v1(555, 'd1:arbitration', 10, 11800);
select t.eq('half each', (select string_agg(amount_minor || '/' || held_minor, ' ' order by seller_order_id) from ledger.dispute_shares where dispute = 'd1:arbitration'), '5900/5279 5900/5869');
select t.eq('lost', checkout.dispute_end_v1(556, 'd1:arbitration', 'lost')::text || t.entry('dispute_lost', 'd1:arbitration'),
  'truedispute_held:d1:arbitration 5279, seller_available:1 -5279, dispute_held:d1:arbitration 5869, seller_available:2 -5869, '
  'dispute_loss:1 5900, dispute_loss:1 -5900, seller_pending:1 5279, commission_revenue 500, gst_output 90, tcs_payable 25, tds_payable 6, '
  'dispute_loss:2 5900, dispute_loss:2 -5900, order_funds:10 5900, psp_clearing -11800');
select t.eq('the share knows', t.fails('select checkout.refund_split_v1(102, 5901)'), 'MP012');
select checkout.dispute_hold_v1(557, 'd2:chargeback', 10, 20000);
select t.eq('no more than is left', (select sum(amount_minor)::text from ledger.dispute_shares where dispute = 'd2:chargeback'), '11800');
select t.eq('the platform bears it', checkout.dispute_end_v1(558, 'd2:chargeback', 'lost', 20000, 'platform')::text || t.holds('dispute_loss:platform'), 'true20000');
select checkout.earn_v1(559, 102, 'x');
select t.eq('nothing remains', t.holds('order_funds:10')::text, '0');
select t.eq('of nobody', t.fails($$select checkout.dispute_end_v1(560, 'none', 'won')$$), 'P0002');
select t.eq('of no kind', t.fails($$select checkout.dispute_end_v1(560, 'd2:chargeback', 'maybe')$$), '22023');
select t.eq('no payment', t.fails($$select checkout.dispute_hold_v1(560, 'd3', 4711, 1)$$), 'P0002');

-- Rates: by their day in India, never dated back, never changed.
select t.eq('dated', (select string_agg((ledger.tax_rate_v1('tcs', x)).rate_bps::text, ' ' order by x) from unnest('{2024-07-09 18:29:59Z,2024-07-09 18:30:00Z}'::timestamptz[]) x), '100 50');
select t.eq('dated back', t.fails($$insert into ledger.tax_rates values ('tcs', '2020-01-01', 1, 'taxable', 's')$$), 'MP011');
select t.eq('changed', t.fails($$update ledger.tax_rates set rate_bps = 1$$), 'MP011');
select t.eq('removed', t.fails($$delete from ledger.tax_rates$$), 'MP011');
select t.eq('rule changed', t.fails($$update ledger.commission_rules set rate_bps = 1$$), 'MP011');
select t.eq('rule ended', t.fails($$update ledger.commission_rules set effective_to = now() + interval '1 day'$$), 'none');
select t.eq('rule prolonged', t.fails($$update ledger.commission_rules set effective_to = now() + interval '2 days'$$), 'MP011');
select t.eq('rule removed', t.fails($$delete from ledger.commission_rules$$), 'MP011');

-- Many random carts: rules of all kinds, refunds before and after earning and release, some to the last paisa, some disputes.
do $$
declare o bigint; s record; rules bigint[]; l jsonb; n int; amount bigint; step int; d text; bad text;
begin
  perform setseed(0.42);
  select array_agg(t.rule((random() * 5000)::int, (random() * 50)::bigint, case when random() < 0.3 then (random() * 900)::bigint end,
                          case when random() < 0.3 then 900 + (random() * 900)::bigint end, random() < 0.5,
                          case when random() < 0.3 then 500 end)) into rules from generate_series(1, 20);
  for o in 1000..1399 loop
    n := 1 + (random() * 4)::int;
    select jsonb_agg(jsonb_build_array(1 + (random() * 3)::int, 1 + (random() * 5)::int, v, round(v * 0.18)::bigint,
                                       case when random() < 0.8 then rules[1 + (random() * 19)::int] end)) into l
      from (select (power(10, random() * 7))::bigint v from generate_series(1, n)) y;
    perform t.sold(o, l, jsonb_build_object('1', (random() * 500)::bigint, '2', (random() * 5)::bigint));
    for s in select id, total_minor from orders.seller_orders where order_id = o order by id loop
      if random() < 0.2 then perform checkout.promo_v1(s.id, (random() * 1000)::bigint); end if;
      for step in 1..5 loop
        if step = 2 then perform checkout.earn_v1(nextval('t.ids'), s.id, 'x'); end if;
        if step = 4 then perform checkout.release_earnings_v1(nextval('t.ids'), s.id); end if;
        select t.total_minor - t.refunded_minor - t.returned_minor into amount from ledger.shares t where t.seller_order_id = s.id;
        amount := coalesce(amount, s.total_minor);
        if amount > 0 and random() < 0.5 then
          perform t.give_back(s.id, greatest(1, case when random() < 0.3 then amount else (random() * amount)::bigint end));
        end if;
      end loop;
    end loop;
    if random() < 0.2 then
      d := 'x' || o;
      perform checkout.dispute_hold_v1(nextval('t.ids'), d, o, (select (random() * total_minor)::bigint from orders.orders where id = o));
      perform checkout.dispute_end_v1(nextval('t.ids'), d, (array['won', 'lost', 'closed'])[1 + (random() * 2)::int], null,
                                      (array['seller', 'platform'])[1 + (random())::int]);
    end if;
  end loop;
  perform t.eq('debits are credits', (select sum(debit_minor - credit_minor)::text from ledger.lines), '0');
  select string_agg(account, ' ') into bad from (select account from ledger.lines where account ~ '^(order_funds:1[0-9]{3}$|dispute_held|dispute_loss:[0-9])'
    group by account having sum(debit_minor - credit_minor) <> 0) z;
  perform t.eq('nothing remains of any order or hold', coalesce(bad, ''), '');
  -- What is left of all shares is what the accounts hold, for each account: nothing drifts.
  select string_agg(coalesce(a, account), ' ') into bad from (
    select a, sum(v) v from ledger.shares s cross join lateral (values
      (case when released_at is null then 'seller_pending:' else 'seller_available:' end || seller_id, net_left), ('commission_revenue', commission_left),
      ('gst_output', gst_left), ('tcs_payable', tcs_left), ('tds_payable', tds_left), ('promo_expense', -funded_left)) x(a, v) group by a) w
    full join (select account, sum(credit_minor - debit_minor) v from ledger.lines
                where account ~ '^(seller_|commission_revenue|gst_output|tcs_|tds_|promo_)' group by 1) y on y.account = w.a
   where coalesce(w.v, 0) <> coalesce(y.v, 0);
  perform t.eq('no account drifts', coalesce(bad, ''), '');
  perform t.eq('all were earned', (select count(*) filter (where earned_at is null)::text from ledger.shares where order_id between 1000 and 1399), '0');
  perform t.ok('and many were not given back', (select count(*) > 100 from ledger.shares where net_left > 0 and order_id >= 1000));
end $$;

-- Rules: the next version closes the one before, one that never began ends where it begins; what was agreed with a seller is a rule.
create function t.set_rule(bps int, starts interval default null, seller bigint default 2) returns bigint language sql as $$
  select ledger.set_commission_v1('seller', null, seller, null, bps, 0, null, null, false, null, now() + starts, null, 'test', 9)
$$;
create function t.rules(seller bigint) returns text language sql as $$
  select string_agg(version || ':' || rate_bps || ' ' || extract(day from effective_from - now()) || '-' || coalesce(extract(day from effective_to - now())::text, ''), ', ' order by version)
    from ledger.commission_rules where seller_id = seller
$$;
begin;
select t.set_rule(100), t.set_rule(200, '10 days');
select t.eq('closed by the next', t.rules(2), '1:100 0-10, 2:200 10-');
select t.set_rule(300, '5 days');
select t.eq('what had not begun never does', t.rules(2), '1:100 0-5, 2:200 10-10, 3:300 5-');
select t.eq('past', t.fails($$select t.set_rule(1, '-2 minutes')$$), 'MP013');
select t.eq('clocks apart', t.fails($$select t.set_rule(400, '-30 seconds')$$), 'none');
select t.eq('now', t.rules(2), '1:100 0-0, 2:200 10-10, 3:300 5-5, 4:400 0-');
select t.eq('above a half', t.fails($$select t.set_rule(5001)$$), '23514');
update sellers.sellers set commission_bps = 700 where id = 3;
update sellers.sellers set business_name = 'x', commission_bps = 700 where id = 3;
select t.eq('agreed', t.rules(3), '1:700 0-');
select t.eq('of nobody else', coalesce(t.rules(4), ''), '');
rollback;

-- Balances: the same with and without snapshots, page by page; drift is seen, and mended by beginning anew.
create function t.accounts() returns text language sql as $$
  select string_agg(account || debit_minor || '/' || credit_minor || '/' || lines, ' ' order by account) from (
    select account, sum(debit_minor) debit_minor, sum(credit_minor) credit_minor, count(*) lines from ledger.lines group by 1) x
$$;
create function t.paged(class text, size int) returns text language plpgsql as $$
declare all_of text; part text; last text; n int;
begin
  loop
    select string_agg(account || debit_minor || '/' || credit_minor || '/' || lines, ' ' order by account), max(account), count(*) into part, last, n
      from ledger.accounts_v1(class, last, size);
    exit when n = 0;
    all_of := concat_ws(' ', all_of, part);
  end loop;
  return all_of;
end $$;
select t.eq('without snapshots', t.paged(null, 100), t.accounts());
select t.eq('a step', (select entries || ' ' || finished from ledger.snapshot_step_v1(540, 10)), '10 false');
select t.eq('in the middle', t.paged(null, 100), t.accounts());
select t.eq('to the end of what is old', (select finished::text from ledger.snapshot_step_v1(540, 1000)), 'true');
select t.eq('later entries are added', t.paged(null, 37), t.accounts());
select t.eq('nothing is left to take', (select entries || ' ' || finished from ledger.snapshot_step_v1(540, 20)), '0 true');
select t.eq('a class', t.paged('seller_available:', 2), (select string_agg(a, ' ' order by a) from regexp_split_to_table(t.accounts(), ' ') a where a like 'seller_available:%'));
select t.eq('one account', (select lines::text from ledger.balance_v1('nobody')), '0');
select t.ok('no snapshot of an order', not exists (select 1 from ledger.snapshots where account like 'order_funds:%'));
select t.eq('no drift', ledger.snapshots_drift_v1()::text, '0');
select checkout.post_v1(3, 'adjusted', 'late', null, null, 'INR', '{bank,psp_fees}', '{5,0}', '{0,5}');
select t.eq('two accounts drift', ledger.snapshots_drift_v1()::text, '2');
select ledger.retake_snapshots_v1();
select t.eq('mended', ledger.snapshots_drift_v1() || ' ' || (t.paged(null, 100) = t.accounts()), '0 true');
select t.eq('no limit', t.fails('select ledger.snapshot_step_v1(1, 0)'), '22023');

select t.eq('trace of an order', (select string_agg(kind, ' ' order by e.id) from ledger.trace_v1(10, null, null) x join ledger.entries e on e.id = x),
  'earned dispute_held dispute_won dispute_held dispute_lost dispute_held dispute_lost earned payment_captured');
select t.eq('of a payment', (select count(*)::text from ledger.trace_v1(null, 10, null)), '7');
select t.eq('of a refund', (select count(*)::text from ledger.trace_v1(null, null, (select reference::bigint from ledger.entries where kind = 'refund_approved' order by id desc limit 1))), '1');
select t.eq('balanced', (select sum(debit_minor - credit_minor)::text from ledger.lines where entry_id in (select ledger.trace_v1(10, null, null))), '0');
select t.eq('fees of an order', (select string_agg(line_id || ' ' || rate_bps || ' ' || fee_minor || ' ' || gst_minor, ', ' order by line_id) from checkout.order_fees_v2(4)),
  '401 1000 5000 250, 402 5000 700 126, 403 1000 1100 198, 404 0 300000 54000');

-- Corrections: one admin asks, another decides, once.
insert into ledger.adjustments (id, currency, accounts, debits, credits, reason, requested_by)
values (1, 'INR', '{bank,psp_clearing}', '{7,0}', '{0,7}', 'found', 90), (2, 'INR', '{bank,psp_clearing}', '{7,0}', '{0,7}', 'found', 90);
select t.eq('own', ledger.decide_adjustment_v1(1, 90, true, null, 600)::text, '3');
select t.eq('nobody''s', ledger.decide_adjustment_v1(9, 91, true, null, 600)::text, '1');
select t.eq('approved', ledger.decide_adjustment_v1(1, 91, true, 'yes', 600)::text || t.entry('adjusted', '1'), '0bank 7, psp_clearing -7');
select t.eq('once', ledger.decide_adjustment_v1(1, 92, false, null, null)::text, '2');
select t.eq('rejected', ledger.decide_adjustment_v1(2, 91, false, 'no', null)::text || coalesce(t.entry('adjusted', '2'), ''), '0');
