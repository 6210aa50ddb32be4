-- SPDX-License-Identifier: Apache-2.0
-- Why:  what a lost dispute gave back in a refund's place has left the order as if the refund had gone out, but its units counted as still to be
--       sent: a part that had been packed without them could not be delivered, and late money was told as owed that had gone back.
-- Lock: functions are replaced.
-- Time: milliseconds.
--
-- refunds.stands_v1(superseded_at, superseded_by, failure_code) → whether what a refund was about stands: it was replaced by none, and what a
--   dispute gave back in its place stands too (charged_back, 0105). Its second half there has no units.
-- refunds.units_v1, checkout.move_seller_orders_v1 and _v2, checkout.revive_v1: by that.

create function refunds.stands_v1(p_superseded_at timestamptz, p_superseded_by bigint, p_code text) returns boolean
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select p_superseded_at is null or (p_superseded_by is null and p_code is not distinct from 'charged_back')
$$;

create or replace function refunds.units_v1(p_order bigint, p_line bigint) returns int language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(sum(p.quantity), 0)::int from refunds.parts p join refunds.refunds r on r.id = p.refund_id
   where p.line_id = p_line and p.order_id = p_order and p.kind = 'line' and r.status not in ('requested', 'rejected')
     and refunds.stands_v1(r.superseded_at, r.superseded_by, r.failure_code)
$$;

do $$
declare
  name text;
  body text;
  late text := 'r.status = ''failed'' and r.superseded_at is null';
  was text := 'and x.status not in (''requested'', ''rejected'') and x.superseded_at is null';
begin
  foreach name in array '{checkout.move_seller_orders_v1,checkout.move_seller_orders_v2}'::text[] loop
    body := pg_get_functiondef(name::regproc);
    if (length(body) - length(replace(body, was, ''))) / length(was) <> 1 then
      raise exception '% is not the function that this migration goes on from', name;
    end if;
    execute replace(body, was, 'and x.status not in (''requested'', ''rejected'') and refunds.stands_v1(x.superseded_at, x.superseded_by, x.failure_code)');
  end loop;
  body := pg_get_functiondef('checkout.revive_v1'::regproc);
  if (length(body) - length(replace(body, late, ''))) / length(late) <> 1 then
    raise exception 'revive_v1 is not the function that this migration goes on from';
  end if;
  execute replace(body, late, 'r.status = ''failed'' and refunds.stands_v1(r.superseded_at, r.superseded_by, r.failure_code)');
end $$;
