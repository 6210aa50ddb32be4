-- SPDX-License-Identifier: Apache-2.0
-- Why:  whoever moves a part of an order or calls it off answers with the order as it is then, which takes some reads in the same
--       transaction. Rows of stock that many buy must not be locked meanwhile: the move says which units it frees or takes, the answer is
--       read, and the units move last.
-- Lock: only new objects.
-- Time: milliseconds.
--
-- checkout.move_seller_orders_v2: as v1 (0051), but stock is not touched. Instead of rows of kind 2:
--   kind 4, one per variant: a variant, b what is to be added to reserved, c to on_hand, d the id of its movement where c is not 0
-- checkout.cancel_v2 (with checkout.end_unpaid_v2): as v1 (0012), likewise.
-- checkout.shift_units_v1(order, variants, reserved, on_hand, ids, cause, reason, actor) — what the rows of kind 4 say, before the
--   transaction commits, once: rows by variant, with movements. cause: 'pack' or 'restock'; null where on_hand does not change.
--   Result: rows of kind 2, as in place_v1. Errors: MP016 a variant has no row of stock; 22023 arrays that do not fit together.
-- v1 of them stay for whoever has nothing to answer: one statement, stock last in it.

do $$
declare
  body text := pg_get_functiondef('checkout.move_seller_orders_v1'::regproc);
  opening text := E'      for r in\n        update inventory.stock s set on_hand';
  closing text := E'        return next;\n      end loop;\n';
  first int; last int; part record;
begin
  first := strpos(body, opening);
  last := strpos(body, closing);
  if first = 0 or last < first or strpos(substr(body, last + 1), closing) > 0 then
    raise exception 'move_seller_orders_v1 is not the function that this migration knows';
  end if;
  body := left(body, first - 1) || $new$      for r in select u.v, u.q, u.h from unnest(vs, dr, dh) u(v, q, h) order by u.v
      loop
        if r.h <> 0 and next_id > cardinality(p_ids) then
          raise exception 'move_seller_orders_v1: too few ids' using errcode = '22023';
        end if;
        kind := 4; idx := 0; code := 0; a := r.v; b := r.q; c := r.h; d := 0; e := 0; bytes1 := null; bytes2 := null; bytes3 := null;
        if r.h <> 0 then
          d := p_ids[next_id];
          next_id := next_id + 1;
        end if;
$new$ || substr(body, last);
  for part in select * from (values
    ('checkout.move_seller_orders_v1(', 'checkout.move_seller_orders_v2(', 1),
    ('move_seller_orders_v1: ', 'move_seller_orders_v2: ', 3)) x(was, becomes, times)
  loop
    if (length(body) - length(replace(body, part.was, ''))) / length(part.was) <> part.times then
      raise exception 'move_seller_orders_v1 does not say % times: %', part.times, part.was;
    end if;
    body := replace(body, part.was, part.becomes);
  end loop;
  execute body;
end $$;

do $$
declare
  ending text := pg_get_functiondef('checkout.end_unpaid'::regproc);
  calling text := pg_get_functiondef('checkout.cancel_v1'::regproc);
  was text := '    update inventory.stock s set reserved = s.reserved - x.q, version = s.version + 1
      from (select v, q from unnest(vs, qs) u(v, q) order by v) x where s.variant_id = x.v
    returning 2::smallint, 0, s.sellable::int::smallint, s.variant_id, s.on_hand::bigint, s.reserved::bigint, s.version, s.offer_version,
              null::bytea, null::bytea, null::bytea;';
begin
  if strpos(ending, was) = 0 or strpos(ending, 'checkout.end_unpaid(') = 0 or strpos(calling, 'checkout.end_unpaid(') = 0 then
    raise exception 'end_unpaid is not the function that this migration knows';
  end if;
  ending := replace(ending, was, '    select 4::smallint, 0, 0::smallint, v, -q::bigint, 0::bigint, 0::bigint, 0::bigint, null::bytea, null::bytea, null::bytea
      from unnest(vs, qs) u(v, q) order by v;');
  execute replace(ending, 'checkout.end_unpaid(', 'checkout.end_unpaid_v2(');
  execute replace(replace(replace(calling, 'checkout.end_unpaid(', 'checkout.end_unpaid_v2('), 'checkout.cancel_v1(', 'checkout.cancel_v2('),
                  'cancel_v1: ', 'cancel_v2: ');
end $$;

create function checkout.shift_units_v1(
  p_order bigint, p_variants bigint[], p_reserved int[], p_on_hand int[], p_ids bigint[], p_cause text, p_reason text, p_actor text)
returns table (kind smallint, idx int, code smallint, a bigint, b bigint, c bigint, d bigint, e bigint,
               bytes1 bytea, bytes2 bytea, bytes3 bytea)
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off
set enable_material = off set jit = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare r record; n int := cardinality(p_variants); got int := 0;
begin
  if p_order is null or n is null or (n = all (array[cardinality(p_reserved), cardinality(p_on_hand), cardinality(p_ids)])) is not true
     or (select count(distinct v) from unnest(p_variants) v) <> n or p_actor is null
     or (p_cause is null and 0 <> any (p_on_hand)) or p_cause not in ('pack', 'restock') then
    raise exception 'shift_units_v1: arguments that do not fit together' using errcode = '22023';
  end if;
  for r in
    update inventory.stock s set on_hand = s.on_hand + x.h, reserved = s.reserved + x.q, version = s.version + 1
      from (select v, q, h, id from unnest(p_variants, p_reserved, p_on_hand, p_ids) u(v, q, h, id) order by v) x where s.variant_id = x.v
    returning s.variant_id, s.on_hand, s.reserved, s.version, s.offer_version, s.sellable, x.h, x.id
  loop
    if r.h <> 0 then
      insert into inventory.movements (id, variant_id, delta, on_hand, cause, reason, actor, order_id)
      values (r.id, r.variant_id, r.h, r.on_hand, p_cause, p_reason, p_actor, p_order);
    end if;
    got := got + 1;
    kind := 2; idx := 0; code := r.sellable::int; a := r.variant_id; b := r.on_hand; c := r.reserved; d := r.version; e := r.offer_version;
    bytes1 := null; bytes2 := null; bytes3 := null;
    return next;
  end loop;
  if got <> n then
    raise exception 'shift_units_v1: % of % variants have a row of stock', got, n using errcode = 'MP016';
  end if;
end $$;
