-- SPDX-License-Identifier: Apache-2.0
-- Why:  checkout.expire_unlocked_v1, expire_v1 for the time in which somebody keeps rows of stock locked: one such row must not
--       keep the unpaid orders of all other variants alive.
-- Lock: only new objects.
-- Time: milliseconds.
--
-- checkout.expire_unlocked_v1(p_limit int) — as expire_v1, but orders with a line whose stock row is locked by others are left for
--   another time. The stock rows are locked before the rest of the order's rows, so they are held a little longer than expire_v1
--   holds them: the sweeper comes here only after it ran into a lock time-out.
-- Locks, in this order: order rows by id, stock rows by variant, both skipping what is locked; then as checkout.end_unpaid. Nobody
--   waits for a stock row while holding something that this function still waits for: what it waits for is under its order locks.
-- Result rows: as expire_v1.

create function checkout.expire_unlocked_v1(p_limit int)
returns table (kind smallint, idx int, code smallint, a bigint, b bigint, c bigint, d bigint, e bigint,
               bytes1 bytea, bytes2 bytea, bytes3 bytea)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare due bigint[]; locked bigint[]; free bigint[]; ending bigint[];
begin
  if p_limit is null or p_limit not between 1 and 1000 then
    raise exception 'expire_unlocked_v1: limit outside 1…1000' using errcode = '22023';
  end if;
  select array_agg(order_id) into due from (
    select distinct order_id from (
      select r.order_id from inventory.reservations r where r.state = 'held' and r.expires_at <= now()
       order by r.expires_at limit p_limit * 4) q order by order_id) x;
  if due is null then return; end if;
  select array_agg(x.id) into locked from (
    select t.id from orders.orders t
     where t.id = any (due) and t.status = 'pending_payment' and t.reserved_until <= now()
     order by t.id for no key update skip locked) x;
  if locked is null then return; end if;
  select array_agg(x.v) into free from (
    select s.variant_id v from inventory.stock s
     where s.variant_id in (select v from inventory.reservations r cross join lateral unnest(r.variant_ids) v
                             where r.order_id = any (locked) and r.state = 'held')
     order by s.variant_id for no key update skip locked) x;
  select array_agg(x.id) into ending from (
    select o.id from unnest(locked) o(id)
     where not exists (select 1 from inventory.reservations r cross join lateral unnest(r.variant_ids) v
                        where r.order_id = o.id and r.state = 'held' and v <> all (coalesce(free, '{}')))
     order by o.id limit p_limit) x;
  if ending is null then return; end if;
  return query select * from checkout.end_unpaid(ending, 'expired', true, 'system', 'reservation expired', null);
end $$;
