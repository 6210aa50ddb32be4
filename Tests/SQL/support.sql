-- SPDX-License-Identifier: Apache-2.0
-- Helpers of the SQL tests: a small shop, and builders that turn JSON into the arrays the checkout functions take.
create schema t;
create sequence t.ids start 1000000;

create function t.digest(k text) returns bytea language sql immutable as $$ select sha256(convert_to(k, 'UTF8')) $$;

-- A shop: sellers 1…s, products 1…p (round robin over sellers), v variants each: variant id = product * 100 + i. Price 1000 * product.
create function t.shop(sellers int, products int, variants int, stock int) returns void language plpgsql as $$
declare ids bigint[];
begin
  insert into sellers.sellers (id, slug, business_name, status) select g, 's' || g, 'Seller ' || g, 'active' from generate_series(1, sellers) g;
  insert into catalog.categories (id, slug, name, path, ancestor_ids) values (1, 'all', 'All', '{all}', '{1}');
  insert into catalog.products (id, seller_id, category_id, slug, title, moderation, hsn_code, gst_rate_bps)
  select g, 1 + g % sellers, 1, 'p' || g, 'Product ' || g, 'approved', '8504', 1800 from generate_series(1, products) g;
  insert into catalog.variants (id, product_id, seller_id, sku, price_minor, is_default)
  select g * 100 + i, g, 1 + g % sellers, 'SKU-' || g || '-' || i, 1000, i = 0
    from generate_series(1, products) g, generate_series(0, variants - 1) i;
  for ids in select array_agg(id order by id) from (select id, (row_number() over (order by id) - 1) / 20000 chunk from catalog.variants) x group by chunk
  loop
    perform checkout.adjust_v1(ids, array_fill(null::int, array[cardinality(ids)]), array_fill(stock, array[cardinality(ids)]), ids, 'seed',
                               array_fill(null::text, array[cardinality(ids)]), 'test', true);
  end loop;
end $$;

create function t.cart(cart bigint, usr bigint, variants bigint[]) returns void language plpgsql as $$
begin
  insert into carts.carts (id, user_id) values (cart, usr);
  insert into carts.cart_lines (cart_id, line_id, variant_id, quantity, unit_price_seen_minor)
  select cart, ord, v, 1, 1000 from unnest(variants) with ordinality u(v, ord);
end $$;

-- t.place('[{"id":1,"key":"k","hash":"h","user":1,"cart":1,"version":1,"lines":[[variant,quantity,offer,rule,bps,priced], …]}, …]')
-- One seller order per seller of the order, unit price 1000, tax included in none. Optional: "until_s" (default 900), "total" (to lie),
-- "retention", "body", "method" (default razorpay).
create function t.place(spec jsonb, lock_scarce boolean default false, judge boolean default true)
returns table (kind smallint, idx int, code smallint, a bigint, b bigint, c bigint, d bigint, e bigint, bytes1 bytea, bytes2 bytea, bytes3 bytea)
language sql as $$
  with o as (select ord::int, x, (x->>'id')::bigint id, x->'lines' lines from jsonb_array_elements(spec) with ordinality u(x, ord)),
  l as (select o.ord, o.id, ln.ord no, (ln.y->>0)::bigint v, (ln.y->>1)::int q, coalesce((ln.y->>2)::bigint, 1) f,
               (ln.y->>3)::bigint rule, (ln.y->>4)::int bps, coalesce(ln.y->>5, '{}') priced,
               coalesce(s.seller_id, 1) se, coalesce(s.product_id, 0) pr
          from o cross join lateral jsonb_array_elements(o.lines) with ordinality ln(y, ord)
          left join inventory.stock s on s.variant_id = (ln.y->>0)::bigint),
  s as (select ord, id, se, sum(q * 1000)::bigint t, row_number() over (order by ord, se)::int so from l group by ord, id, se),
  l2 as (select l.*, s.so, row_number() over (order by l.ord, s.so, l.no)::int g from l join s using (ord, se)),
  ka as (select array_agg(t.digest(x->>'key') order by ord) k_digest, array_agg(t.digest(coalesce(x->>'hash', 'h')) order by ord) k_hash,
                array_agg(coalesce((x->>'retention')::int, 86400) order by ord) k_ret, array_agg(201::smallint order by ord) k_status,
                array_agg('\x68'::bytea order by ord) k_headers, array_agg(convert_to(coalesce(x->>'body', 'order ' || id), 'UTF8') order by ord) k_body,
                array_agg(id order by ord) o_id, array_agg((x->>'user')::bigint order by ord) o_user, array_agg((x->>'cart')::bigint order by ord) o_cart,
                array_agg(coalesce((x->>'version')::bigint, 1) order by ord) o_ver, array_agg('INR'::text) o_cur,
                array_agg(coalesce((x->>'total')::bigint, (select sum(t)::bigint from s where s.ord = o.ord)) order by ord) o_total,
                array_agg(0::bigint) zero, array_agg(coalesce(x->>'method', 'razorpay') order by ord) pm, array_agg('{}'::text) adr, array_agg(null::text) note,
                array_agg((x->>'company')::bigint order by ord) o_company, array_agg(x->>'po' order by ord) o_po,
                array_agg(((extract(epoch from now()) + coalesce((x->>'until_s')::int, 900)) * 1000)::bigint order by ord) o_until from o),
  sa as (select array_agg(ord order by so) s_ord, array_agg(id * 1000 + se order by so) s_id, array_agg(se order by so) s_se,
                array_agg(t order by so) s_t, array_agg(0::bigint) zero from s),
  la as (select array_agg(ord order by g) l_ord, array_agg(so order by g) l_so, array_agg(no::smallint order by g) l_no,
                array_agg(id * 1000 + no order by g) l_id, array_agg(pr order by g) l_pr, array_agg(v order by g) l_v, array_agg(f order by g) l_f,
                array_agg(q order by g) l_q, array_agg(1000::bigint) unit, array_agg(0::bigint) zero, array_agg((q * 1000)::bigint order by g) l_t,
                array_agg(1800) rate, array_agg('sku'::text) sku, array_agg('{}'::text) opt,
                array_agg(rule order by g) rule, array_agg(bps order by g) bps, array_agg(priced order by g) priced from l2)
  select p.* from ka, sa, la cross join lateral checkout.place_v5(k_digest, k_hash, k_ret, k_status, k_headers, k_body, o_id, o_user, o_cart, o_ver, o_cur,
    o_total, ka.zero, ka.zero, ka.zero, o_total, pm, o_until, adr, adr, note, o_company, o_po, s_ord, s_id, s_se, s_t, sa.zero, sa.zero, sa.zero, s_t,
    l_ord, l_so, l_no, l_id, l_pr, l_v, l_f, l_q, unit, la.zero, l_t, rate, la.zero, la.zero, la.zero, l_t, sku, sku, opt, sku, rule, bps, priced, judge, lock_scarce) p
$$;

-- The order outcomes of a place call as text: "0,5,2".
create function t.codes(spec jsonb, lock_scarce boolean default false, judge boolean default true) returns text language sql as $$
  select string_agg(code::text, ',' order by idx) from t.place(spec, lock_scarce, judge) where kind = 0
$$;

-- t.pay('[{"event":"e1","type":"payment.captured","body":"b","action":3,"po":"order_1","pp":"pay_1","amount":1000}, …]')
create function t.pay(spec jsonb)
returns table (kind smallint, idx int, code smallint, a bigint, b bigint, c bigint, d bigint, e bigint, bytes1 bytea, bytes2 bytea, bytes3 bytea)
language sql as $$
  with m as (select ord, x from jsonb_array_elements(spec) with ordinality u(x, ord)),
  ma as (select array_agg(x->>'event' order by ord) ev, array_agg(coalesce(x->>'type', 'payment.captured') order by ord) ty,
                array_agg(t.digest(coalesce(x->>'body', 'b')) order by ord) ha, array_agg(convert_to(coalesce(x->>'body', 'b'), 'UTF8') order by ord) bo,
                array_agg('razorpay'::text) ac, array_agg(null::text) rq, array_agg(coalesce((x->>'action')::smallint, 3::smallint) order by ord) act,
                array_agg(x->>'po' order by ord) po, array_agg(x->>'pp' order by ord) pp, array_agg((x->>'amount')::bigint order by ord) am,
                array_agg(coalesce(x->>'currency', 'INR') order by ord) cu, array_agg(coalesce(x->>'method', 'upi') order by ord) me, array_agg(x->>'error' order by ord) er,
                array_agg(nextval('t.ids') order by ord) en from m)
  select p.* from ma cross join lateral checkout.pay_v3('razorpay', ev, ty, ha, bo, ac, rq, act, po, pp, am, cu, me, er, er, en) p
$$;

-- t.save('[{"cart":1,"version":1,"key":"k","hash":"h","write":7,"add":[[line,variant,quantity], …],"change":[[line,quantity], …],"remove":[line, …]}, …]')
-- Without "key" none is sent. Optional: "hash", "body", "note", "retention", "write" (default: a new number), "company", "member", "address".
create function t.save(spec jsonb)
returns table (idx int, code smallint, version bigint, request_hash bytea, status smallint, headers bytea, body bytea) language sql as $$
  with w as (select ord::int, x, x ? 'key' keyed from jsonb_array_elements(spec) with ordinality u(x, ord)),
  ca as (select array_agg((x->>'cart')::bigint order by ord) id, array_agg(coalesce((x->>'version')::bigint, 1) order by ord) ver,
                array_agg(coalesce((x->>'write')::bigint, nextval('t.ids')) order by ord) wr,
                array_agg((x->>'company')::bigint order by ord) co, array_agg((x->>'member')::bigint order by ord) me,
                array_agg((x->>'address')::bigint order by ord) ad,
                array_agg(case when keyed then t.digest(x->>'key') end order by ord) dg,
                array_agg(case when keyed then t.digest(coalesce(x->>'hash', 'h')) end order by ord) ha,
                array_agg(case when keyed then coalesce((x->>'retention')::int, 86400) end order by ord) rt,
                array_agg(case when keyed then 200::smallint end order by ord) st,
                array_agg(case when keyed then '\x68'::bytea end order by ord) hd,
                array_agg(case when keyed then convert_to(coalesce(x->>'body', 'cart ' || (x->>'cart')), 'UTF8') end order by ord) bo,
                array_agg(case when keyed then (x->>'cart')::bigint end order by ord) us from w),
  da as (select coalesce(array_agg(ord order by ord), '{}') no, coalesce(array_agg(y::bigint order by ord), '{}') line
           from w cross join lateral jsonb_array_elements_text(x->'remove') y),
  ua as (select coalesce(array_agg(ord order by ord), '{}') no, coalesce(array_agg((y->>0)::bigint order by ord), '{}') line,
                coalesce(array_agg((y->>1)::int order by ord), '{}') q, coalesce(array_agg(x->>'note' order by ord), '{}') note,
                coalesce(array_agg(1000::bigint order by ord), '{}') price from w cross join lateral jsonb_array_elements(x->'change') y),
  ia as (select coalesce(array_agg(ord order by ord), '{}') no, coalesce(array_agg((y->>0)::bigint order by ord), '{}') line,
                coalesce(array_agg((y->>1)::bigint order by ord), '{}') va, coalesce(array_agg((y->>2)::int order by ord), '{}') q,
                coalesce(array_agg(x->>'note' order by ord), '{}') note, coalesce(array_agg(1000::bigint order by ord), '{}') price
           from w cross join lateral jsonb_array_elements(x->'add') y)
  select s.* from ca, da, ua, ia cross join lateral checkout.save_carts_v3(ca.id, ca.ver, ca.wr, co, me, ad, dg, ha, rt, st, hd, bo, us,
    da.no, da.line, ua.no, ua.line, ua.q, ua.note, ua.price, ia.no, ia.line, va, ia.q, ia.note, ia.price) s
$$;
-- The outcomes of a save call as text: "0,3,1".
create function t.saved(spec jsonb) returns text language sql as $$
  select string_agg(code::text, ',' order by idx) from t.save(spec)
$$;
-- A cart's version and lines as text: "2: 100×3 200×1".
create function t.cart_text(cart bigint) returns text language sql as $$
  select c.version || ': ' || coalesce((select string_agg(l.variant_id || '×' || l.quantity, ' ' order by l.line_id)
                                          from carts.cart_lines l where l.cart_id = c.id), '-') from carts.carts c where c.id = cart
$$;

-- An order ready to be paid: cart, order, intent, provider order 'order_<id>'. Two lines of 1 unit each.
create function t.payable(id bigint, variants bigint[], until_s int default 900) returns text language plpgsql as $$
declare r text;
begin
  perform t.cart(id, id, variants);
  r := t.codes(jsonb_build_array(jsonb_build_object('id', id, 'key', 'payable' || id, 'user', id, 'cart', id, 'until_s', until_s,
       'lines', (select jsonb_agg(jsonb_build_array(v, 1, s.offer_version)) from unnest(variants) v join inventory.stock s on s.variant_id = v))));
  perform checkout.initiate_v1(array[id], array[id], array[id], 'razorpay');
  perform checkout.initiated_v1(array[id], array['order_' || id]);
  return r;
end $$;

create function t.eq(what text, got text, want text) returns void language plpgsql as $$
begin
  if got is distinct from want then raise exception 'FAILED %: got <%>, want <%>', what, got, want using errcode = 'TEST1'; end if;
end $$;
create function t.ok(what text, good boolean) returns void language plpgsql as $$
begin
  if good is not true then raise exception 'FAILED %', what using errcode = 'TEST1'; end if;
end $$;
-- The SQLSTATE with which a statement fails, or 'none'.
create function t.fails(stmt text) returns text language plpgsql as $$
begin
  execute stmt; return 'none';
exception when others then return sqlstate;
end $$;
-- but: a pattern of names that are not looked at, where a test puts rows into a state without the way there.
create function t.sound(what text, but text default '^$') returns void language plpgsql as $$
declare bad text;
begin
  select string_agg(name || '=' || value, ', ') into bad from platform.invariants_v4()
   -- Where money is aside, nobody books it.
   where not ok and name !~ but and (to_regclass('t.calls') is null or name not like 'ledger.%');
  perform t.eq(what || ': invariants', coalesce(bad, ''), '');
end $$;
create function t.stock(v bigint) returns text language sql as $$ select on_hand || '/' || reserved from inventory.stock where variant_id = v $$;

-- Makes orders due for the sweeper without waiting.
create function t.make_due(ids bigint[]) returns void language plpgsql as $$
begin
  update orders.orders set reserved_until = now() - interval '1 second' where id = any (ids);
  update inventory.reservations r set expires_at = o.reserved_until from orders.orders o where o.id = r.order_id and o.id = any (ids);
end $$;

-- One flag word per message of a pay call: "code:flags".
create function t.paid(spec jsonb) returns text language sql as $$
  select string_agg(code || ':' || c, ',' order by idx) from t.pay(spec)
$$;

-- What one racing client does: one order per cart first…last, in batches, resending what is busy or short (MP002). Ids: client * 1000000 + cart.
-- keys: 'own' gives every client its own keys and carts (cart = client * 100000 + n); 'same' lets all clients fight for one key and cart each.
create procedure t.race_place(client int, carts int, batch int, variants bigint[], keys text) language plpgsql as $$
declare todo bigint[]; part bigint[]; still bigint[]; spec jsonb; tries int; r record;
begin
  perform setseed(client / 100.0);
  select array_agg(g) into todo from generate_series(1, carts) g;
  perform pg_advisory_lock_shared(4711); perform pg_advisory_unlock_shared(4711); commit;
  tries := 0;
  while cardinality(todo) > 0 loop
    part := todo[1:batch];
    select jsonb_agg(jsonb_build_object('id', client * 1000000 + g, 'key', case keys when 'own' then client || '-' || g else 'k' || g end,
             'user', case keys when 'own' then client * 100000 + g else g end, 'cart', case keys when 'own' then client * 100000 + g else g end,
             'lines', (select jsonb_agg(jsonb_build_array(v, 1)) from (select v from unnest(variants) v order by random() limit 2) x)))
      into spec from unnest(part) g;
    begin
      still := '{}';
      for r in select p.idx, p.code from t.place(spec, tries >= 2) p where p.kind = 0 loop
        if r.code = 1 then still := still || part[r.idx]; else
          insert into t.outcomes (client, n, code) values (client, part[r.idx], r.code);
        end if;
      end loop;
      todo := still || todo[batch + 1:];
      tries := 0;
    exception when sqlstate 'MP002' then
      tries := tries + 1;
      if tries > 3 then raise exception 'short even with locked rows'; end if;
    end;
    commit;
  end loop;
end $$;
create table t.outcomes (client int, n bigint, code int);

-- t.move: by whom as 'seller:1', 'buyer:7', 'admin', 'system'; answers "code,code order-state".
create function t.move(parts bigint[], target text, who text, version bigint default null, shipment jsonb default null, ord bigint default null)
returns text language sql as $$
  select string_agg(code::text, ',' order by idx) filter (where kind = 0) || coalesce(' ' || max(convert_from(bytes1, 'UTF8')) filter (where kind = 3), '')
    from checkout.move_seller_orders_v1(ord, parts, target,
      (case split_part(who, ':', 1) when 'buyer' then 1 when 'seller' then 2 when 'admin' then 4 else 16 end)::smallint,
      nullif(split_part(who, ':', 2), '')::bigint, case when who <> 'system' then 9 end, '127.0.0.1', 'because', 'REQ', version,
      array(select nextval('t.ids') from generate_series(1, 40)), shipment, 7)
$$;
create function t.state(ord bigint) returns text language sql as $$
  select o.status || ': ' || string_agg(s.status || ' ' || r.state, ', ' order by s.id)
    from orders.orders o join orders.seller_orders s on s.order_id = o.id join inventory.reservations r on r.order_id = o.id and r.seller_order_id = s.id
   where o.id = ord group by o.status
$$;
create function t.lawful(what text) returns void language plpgsql as $$
declare bad text;
begin
  select string_agg(name || '=' || value, ', ') into bad from platform.invariants_of_seller_orders_v1() where value <> 0;
  perform t.eq(what || ': seller orders', coalesce(bad, ''), '');
  perform t.sound(what);
end $$;
-- A confirmed order of one unit of each variant: variants 100, 300 are seller 2's, 200, 400 seller 1's.
create function t.bought(id bigint, variants bigint[]) returns void language plpgsql as $$
begin
  perform t.payable(id, variants);
  perform t.pay(jsonb_build_array(jsonb_build_object('event', 'e' || id, 'po', 'order_' || id, 'pp', 'pay_' || id,
                                                     'amount', cardinality(variants) * 1000)));
end $$;

-- What became of the money of seller orders: owed back, earned, released; n is in the order of time.
create view t.calls as
  select r.id n, 'owe' what, (select min(p.seller_order_id) from refunds.parts p where p.refund_id = r.id) part from refunds.refunds r
  union all
  select e.id, case e.kind when 'earned' then 'earn' else 'release' end, e.reference::bigint
    from ledger.entries e where e.kind in ('earned', 'earnings_released');
