-- SPDX-License-Identifier: Apache-2.0
-- Why:  checkout.store_refusals_v2, which takes over expired rows as place_v1 and save_cart_v1 do. An answer that says that something is
--       so already goes out only once its row is there: under a key that had expired and was not reaped yet it would never go out.
-- Lock: only new objects.
-- Time: milliseconds.
--
-- checkout.store_refusals_v2(…) — as store_refusals_v1: how many were stored. A key that is held by another transaction, or that has a row
--   that has not expired, is skipped: a committed row always wins. Locks: keys (advisory, never waits), key rows by digest.
create function checkout.store_refusals_v2(k_digest bytea[], k_request_hash bytea[], k_retention_s int[], k_status smallint[],
                                           k_headers bytea[], k_body bytea[], k_user bigint[])
returns int language plpgsql set search_path = pg_catalog, pg_temp as $$
declare stored int; free boolean[];
begin
  select array_agg(pg_try_advisory_xact_lock(('x' || encode(substr(dg, 1, 8), 'hex'))::bit(64)::bigint) order by ord) into free
    from unnest(k_digest) with ordinality u(dg, ord);
  insert into platform.idempotency_keys as k (digest, request_hash, state, status, headers, body, user_id, created_at, expires_at)
  select distinct on (dg) dg, rh, 1, st, hd, bd, us, now(), now() + make_interval(secs => rt)
    from unnest(k_digest, k_request_hash, k_status, k_headers, k_body, k_user, k_retention_s, free) u(dg, rh, st, hd, bd, us, rt, f)
   where f order by dg
  on conflict (digest) do update
    set request_hash = excluded.request_hash, state = excluded.state, status = excluded.status, headers = excluded.headers,
        body = excluded.body, created_at = excluded.created_at, expires_at = excluded.expires_at, lease_until = null
    where k.expires_at < now();
  get diagnostics stored = row_count;
  return stored;
end $$;
