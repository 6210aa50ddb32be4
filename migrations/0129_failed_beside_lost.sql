-- SPDX-License-Identifier: Apache-2.0
-- Why:  a refund that the provider turned back after a dispute of its payment had been lost found money enough and stayed owed; then another
--       refund took that money, and nobody looked at the first one again: it could neither go out nor be repeated, although the dispute had
--       given its money back.
-- Lock: functions are replaced or new.
-- Time: milliseconds.
--
-- checkout.refund_call_v3 as in 0105: whatever of a payment with a lost dispute it lets go or ends has those looked at that failed.

create function refunds.look_beside_v1(p_refund bigint) returns void language sql set search_path = pg_catalog, pg_temp as $$
  insert into platform.jobs (kind, key, payload)
  select 'refund.submit', o.id || ':' || o.round || ':beside:' || r.id || ':' || r.round, jsonb_build_object('refund_id', o.id, 'round', o.round)
    from refunds.refunds r join refunds.refunds o on o.order_id = r.order_id and o.provider = r.provider and o.provider_payment_id = r.provider_payment_id
   where r.id = p_refund and o.id <> r.id and o.status = 'failed' and o.captured and o.superseded_at is null
   order by o.id on conflict do nothing
$$;

create or replace function checkout.refund_call_v3(p_refund bigint, p_round int, p_ids bigint[], p_asked boolean)
returns table (code smallint, key text, provider text, provider_payment text, amount bigint, currency text, speed text, before boolean, order_id bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare r refunds.refunds; room bigint; called boolean; fallen boolean; answer record;
begin
  if cardinality(p_ids) is distinct from 5 or p_asked is null then
    raise exception 'refund_call_v3: five ids, and whether the provider was asked' using errcode = '22023';
  end if;
  select * into r from refunds.refunds t where t.id = p_refund;
  perform 1 from orders.orders t where t.id = r.order_id order by t.id for no key update;
  perform 1 from payments.payments t where t.order_id = r.order_id order by t.id for no key update;
  select * into r from refunds.refunds t where t.id = p_refund order by t.id for no key update;
  called := exists (select 1 from refunds.calls t where t.refund_id = p_refund and t.round = p_round);
  -- Given back by a dispute, and by nothing else.
  fallen := r.status = 'failed' and r.failure_code = 'charged_back' and r.superseded_at is not null and r.superseded_by is null;
  if r.round = p_round and r.captured and not refunds.disputed_v1(r.order_id) then
    room := refunds.room_v1(r.id);
    if fallen and coalesce(room, r.amount_minor) >= r.amount_minor then
      perform refunds.owed_again_v1(r.id, p_ids[5]);
      return query select 4::smallint, null::text, null::text, null::text, 0::bigint, null::text, null::text, false, r.order_id; return;
    end if;
    if room < r.amount_minor and (case r.status when 'failed' then r.superseded_at is null
                                                else r.status in ('approved', 'submitted') and r.provider_refund_id is null end) then
      if called and r.status <> 'failed' and not p_asked then
        return query select 3::smallint, c.key, r.provider, r.provider_payment_id, r.amount_minor, r.currency, r.speed, true, r.order_id
          from refunds.calls c where c.refund_id = p_refund and c.round = p_round;
        return;
      end if;
      perform refunds.charged_back_v1(r.id, room, p_ids);
      perform refunds.look_beside_v1(r.id);
      return query select 4::smallint, null::text, null::text, null::text, 0::bigint, null::text, null::text, false, r.order_id; return;
    end if;
  end if;
  select * into answer from checkout.refund_call_v2(p_refund, p_round);
  -- It takes what is left, so there may be nothing for those that failed before.
  if answer.code = 0 and room is not null then perform refunds.look_beside_v1(r.id); end if;
  return query select answer.code, answer.key, answer.provider, answer.provider_payment, answer.amount, answer.currency, answer.speed, answer.before, answer.order_id;
end $$;
