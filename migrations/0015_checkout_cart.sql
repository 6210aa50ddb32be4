-- SPDX-License-Identifier: Apache-2.0
-- Why:  checkout.save_cart_v1, the one statement that changes a cart: its key row, version and lines commit together.
-- Lock: only new objects.
-- Time: milliseconds.
--
-- checkout.save_cart_v1 — one cart, one autocommit statement at READ COMMITTED.
--   p_cart, p_version bigint      the cart and the version it must have; it becomes + 1
--   u_line, u_variant bigint[], u_quantity int[], u_note text[], u_price bigint[]   lines that are new or changed, aligned;
--                                 a line keeps its variant for life
--   d_line bigint[]               lines that are gone
--   k_digest bytea or null        the idempotency key; null: none, and the other k_ values are not looked at
--   k_hash bytea, k_retention_s int, k_status smallint, k_headers bytea, k_body bytea, k_user bigint
-- Locks, in this order: key (advisory try-lock, never waits; then its row), cart row, its lines.
-- Result: one row (code, request_hash, status, headers, body): code
--   0 saved      1 busy: another transaction has the key, nothing done      2 known: the key is finished, its row's values follow
--   3 moved: the cart is at another version (or gone), nothing done
-- Errors: 22023 arrays that do not fit together; 23505 two lines of one variant (the caller merges).

create function checkout.save_cart_v1(
  p_cart bigint, p_version bigint, u_line bigint[], u_variant bigint[], u_quantity int[], u_note text[], u_price bigint[],
  d_line bigint[], k_digest bytea, k_hash bytea, k_retention_s int, k_status smallint, k_headers bytea, k_body bytea, k_user bigint)
returns table (code smallint, request_hash bytea, status smallint, headers bytea, body bytea)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare known platform.idempotency_keys;
begin
  if cardinality(u_line) <> cardinality(u_variant) or cardinality(u_line) <> cardinality(u_quantity)
     or cardinality(u_line) <> cardinality(u_note) or cardinality(u_line) <> cardinality(u_price) or d_line is null then
    raise exception 'save_cart_v1: arrays do not fit together' using errcode = '22023';
  end if;
  if k_digest is not null then
    if not pg_try_advisory_xact_lock(('x' || encode(substr(k_digest, 1, 8), 'hex'))::bit(64)::bigint) then
      return query select 1::smallint, null::bytea, null::smallint, null::bytea, null::bytea;
      return;
    end if;
    select * into known from platform.idempotency_keys k where k.digest = k_digest and k.expires_at > now();
    if found then
      if known.state = 0 then
        return query select 1::smallint, null::bytea, null::smallint, null::bytea, null::bytea;
      else
        return query select 2::smallint, known.request_hash, known.status, known.headers, known.body;
      end if;
      return;
    end if;
  end if;

  update carts.carts c set version = c.version + 1, updated_at = now() where c.id = p_cart and c.version = p_version;
  if not found then
    return query select 3::smallint, null::bytea, null::smallint, null::bytea, null::bytea;
    return;
  end if;
  delete from carts.cart_lines l where l.cart_id = p_cart and l.line_id = any (d_line);
  insert into carts.cart_lines (cart_id, line_id, variant_id, quantity, note, unit_price_seen_minor)
  select p_cart, u.line, u.variant, u.quantity, u.note, u.price
    from unnest(u_line, u_variant, u_quantity, u_note, u_price) u(line, variant, quantity, note, price) order by u.line
  on conflict (cart_id, line_id) do update
     set quantity = excluded.quantity, note = excluded.note, unit_price_seen_minor = excluded.unit_price_seen_minor;
  if k_digest is not null then
    insert into platform.idempotency_keys (digest, request_hash, state, status, headers, body, user_id, created_at, expires_at)
    values (k_digest, k_hash, 1, k_status, k_headers, k_body, k_user, now(), now() + make_interval(secs => k_retention_s))
    on conflict (digest) do update
       set request_hash = excluded.request_hash, state = 1, status = excluded.status, headers = excluded.headers,
           body = excluded.body, user_id = excluded.user_id, created_at = excluded.created_at, expires_at = excluded.expires_at,
           lease_until = null
     where platform.idempotency_keys.expires_at <= now();
  end if;
  return query select 0::smallint, null::bytea, null::smallint, null::bytea, null::bytea;
end $$;
