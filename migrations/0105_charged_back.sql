-- SPDX-License-Identifier: Apache-2.0
-- Why:  a refund that waited for a dispute, or was refused before it, went out after the dispute had been lost, and the customer was paid twice.
-- Lock: only new objects; functions are replaced or new.
-- Time: milliseconds.
--
-- checkout.refund_call_v3 — the intent: committed before the provider is called for a round of a refund. Beyond refund_call_v2 (0095) it asks
--   whether the money is still there. Of a payment there is what was captured, less what lost disputes took (refunds.room_v1), less what
--   other refunds of it have taken or may have taken at the provider.
--     Enough:  as before.
--     Some:    the refund ends as failed, and two stand for it, of the same parts in proportion: one for what is there, which is owed and goes
--              out, and one for the rest, which the dispute has given back.
--     Nothing: the dispute has given it back.
--   What a dispute has given back is charged_back: failed, with that code, no longer owed, and without another refund in its place. Entry
--   refund_charged_back takes it from refund_clearing and from dispute_loss:platform, which bore what the shares could not since the refund had
--   taken it from them; what the platform had promised of its own, back from promo_expense.
--   A refund that failed before is looked at in the same way, and a charged back one whose money is there again (a later phase turned the loss
--   back) is owed again: failed, and visible, by entry refund_owed_again; an admin may repeat it.
--   p_ids: five fresh ids: two refunds, three entries. p_asked: the provider was asked for the receipt of this round, and has none.
--   → code as v2, and 3 it may have been called, and its money is gone: ask for the receipt, do not call, and if there is none come again with
--     p_asked; 4 it was charged back, in full or in part, or is owed again: nothing is to be called
-- checkout.retry_refund_v2 repeats no refund whose money a lost dispute has taken: code 3 with what is left.
-- The end of a dispute owes a look at failed refunds, too; so does a refund that fails after a loss.

-- Whether what a refund was about stands: it was replaced by none, and what a dispute gave back in its place stands too.
create function refunds.stands_v1(p_superseded_at timestamptz, p_superseded_by bigint, p_code text) returns boolean
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select p_superseded_at is null or (p_superseded_by is null and p_code is not distinct from 'charged_back')
$$;

-- Minor units that lost disputes have taken of a payment.
create function refunds.lost_v1(p_order bigint, p_provider text, p_provider_payment text) returns bigint
language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(sum(l.deducted_minor), 0)::bigint
    from payments.disputes d join ledger.disputes l on l.dispute = d.provider_dispute_id || ':' || d.phase and l.state = 'lost'
   where d.order_id = p_order and d.provider = p_provider and d.provider_payment_id = p_provider_payment
$$;

-- What a refund's payment has for it; null where no dispute about it was lost.
create function refunds.room_v1(p_refund bigint) returns bigint
language sql stable set search_path = pg_catalog, pg_temp as $$
  select q.amount_minor - x.lost - coalesce((
           select sum(o.amount_minor) from refunds.refunds o
            where o.order_id = r.order_id and o.provider = r.provider and o.provider_payment_id = r.provider_payment_id and o.id <> r.id and o.captured
              and (o.status = 'processed'
                   or (o.status in ('approved', 'submitted')
                       and (o.provider_refund_id is not null
                            or exists (select 1 from refunds.calls c where c.refund_id = o.id and c.round = o.round))))), 0)::bigint
    from refunds.refunds r
    join payments.provider_payments q on q.provider = r.provider and q.provider_payment_id = r.provider_payment_id
   cross join lateral (select refunds.lost_v1(r.order_id, r.provider, r.provider_payment_id) lost) x
   where r.id = p_refund and x.lost > 0
$$;

-- One of the two that stand for a refund: as much of each of its parts as p_parts says. The first one has the units.
create function refunds.cut_v1(p_new bigint, p_of bigint, p_entry bigint, p_parts bigint[], p_first boolean) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare r refunds.refunds; total bigint; part record; x bigint[];
begin
  select * into strict r from refunds.refunds t where t.id = p_of;
  select sum(a) into total from unnest(p_parts) a;
  update payments.provider_payments t set refund_minor = t.refund_minor + total
   where t.provider = r.provider and t.provider_payment_id = r.provider_payment_id;
  insert into refunds.refunds (id, request_id, origin, order_id, seller_order_id, payment_id, provider, provider_payment_id, user_id, amount_minor,
         currency, status, cause, note, funded_by, speed, restock, return_id, requested_by, decided_by, approved_at)
  values (p_new, r.request_id, r.origin, r.order_id, r.seller_order_id, r.payment_id, r.provider, r.provider_payment_id, r.user_id, total,
          r.currency, 'approved', r.cause, r.note, r.funded_by, r.speed, r.restock and p_first, r.return_id, r.requested_by, r.decided_by, now());
  for part in select p.*, row_number() over (order by p.part_no) n from refunds.parts p where p.refund_id = p_of order by p.part_no loop
    -- What the first one takes; the second one has what is left of it.
    x := '{0,0,0,0}';
    if part.kind = 'line' and p_parts[part.n] > 0 then
      x := array[part.taxable_minor, part.cgst_minor, part.sgst_minor, part.igst_minor];
      if p_first then x := refunds.split(p_parts[part.n], x);
      else
        select array[part.taxable_minor - f.taxable_minor, part.cgst_minor - f.cgst_minor, part.sgst_minor - f.sgst_minor, part.igst_minor - f.igst_minor]
          into strict x from refunds.refunds o join refunds.parts f on f.refund_id = o.superseded_by where o.id = p_of and f.part_no = part.part_no;
      end if;
    end if;
    insert into refunds.parts (refund_id, part_no, order_id, seller_order_id, kind, line_id, quantity, amount_minor, taxable_minor, cgst_minor,
           sgst_minor, igst_minor, restocked, reclaimed, reclaimed_minor)
    select p_new, part.part_no, part.order_id, part.seller_order_id, part.kind, part.line_id, case when p_first then part.quantity else 0 end,
           p_parts[part.n], x[1], x[2], x[3], x[4], case when p_first then part.restocked else 0 end, back = p_parts[part.n] and part.reclaimed, back
      from (select case when p_first then least(part.reclaimed_minor, p_parts[part.n])
                        else part.reclaimed_minor - least(part.reclaimed_minor, part.amount_minor - p_parts[part.n]) end back) y;
  end loop;
  perform refunds.moved(p_new, null, 'approve', case when p_first then 'refund.approved' end, 'system', 'a part of refund ' || p_of, null);
  perform checkout.post_v1(p_entry, 'refund_approved', p_new::text, r.order_id, r.payment_id, r.currency, '{refund_clearing,refund_clearing}',
                           array[total, 0], array[0, total]);
end $$;

-- What of a refund is there goes out, the rest is given back by a dispute. Its order, payments and row are locked.
create function refunds.charged_back_v1(p_refund bigint, p_room bigint, p_ids bigint[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare r refunds.refunds; told constant text := 'a dispute that was lost has given it back'; sent bigint[]; own bigint;
begin
  select * into strict r from refunds.refunds t where t.id = p_refund;
  if r.status <> 'failed' then
    perform refunds.settled(r.id, null, 'failed', 'charged_back', told, false, 'system', null);
  else
    update refunds.refunds t set failure_code = 'charged_back', failure_message = told where t.id = r.id;
  end if;
  if p_room > 0 then
    update refunds.refunds t set superseded_at = now(), superseded_by = p_ids[1] where t.id = r.id;
    perform refunds.moved(r.id, 'failed', 'supersede', null, 'system', 'by refunds ' || p_ids[1] || ' and ' || p_ids[2], null);
    -- Money that no order wanted has no parts.
    select refunds.split(p_room, coalesce(array_agg(p.amount_minor order by p.part_no), '{1}')) into sent from refunds.parts p where p.refund_id = r.id;
    perform refunds.cut_v1(p_ids[1], r.id, p_ids[3], sent, true);
    insert into platform.jobs (kind, key, payload) values ('refund.submit', p_ids[1] || ':1', jsonb_build_object('refund_id', p_ids[1], 'round', 1));
    perform refunds.cut_v1(p_ids[2], r.id, p_ids[4], coalesce((
      select array_agg(p.amount_minor - sent[p.n] order by p.n)
        from (select t.amount_minor, row_number() over (order by t.part_no) n from refunds.parts t where t.refund_id = r.id) p), array[r.amount_minor - p_room]), false);
    -- Its units went with the first of them.
    update refunds.parts t set restocked = 0 where t.refund_id = r.id and t.restocked > 0;
    perform refunds.settled(p_ids[2], null, 'failed', 'charged_back', told, false, 'system', null);
    select * into strict r from refunds.refunds t where t.id = p_ids[2];
  end if;
  update refunds.refunds t set superseded_at = now() where t.id = r.id;
  perform refunds.moved(r.id, 'failed', 'charge_back', null, 'system', told, null);
  own := refunds.promised_v1(r.id);
  perform checkout.post_v1(p_ids[5], 'refund_charged_back', refunds.reference_v1(r.id, 'refund_charged_back'), r.order_id, r.payment_id, r.currency,
                           '{refund_clearing,promo_expense,dispute_loss:platform}', array[r.amount_minor, 0, 0], array[0, own, r.amount_minor - own]);
end $$;

-- A refund that was charged back is owed again.
create function refunds.owed_again_v1(p_refund bigint, p_entry bigint) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare r refunds.refunds; own bigint;
begin
  update refunds.refunds t set superseded_at = null where t.id = p_refund returning * into strict r;
  perform refunds.moved(r.id, 'failed', 'reinstate', null, 'system', 'a later phase of a dispute has turned the loss back', null);
  own := refunds.promised_v1(r.id);
  perform checkout.post_v1(p_entry, 'refund_owed_again', refunds.reference_v1(r.id, 'refund_owed_again'), r.order_id, r.payment_id, r.currency,
                           '{promo_expense,dispute_loss:platform,refund_clearing}', array[own, r.amount_minor - own, 0], array[0, 0, r.amount_minor]);
end $$;

-- What of a refund the platform pays of its own, and has not reclaimed.
create function refunds.promised_v1(p_refund bigint) returns bigint language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(sum(p.amount_minor - p.reclaimed_minor), 0)::bigint
    from refunds.refunds r join refunds.parts p on p.refund_id = r.id where r.id = p_refund and r.funded_by = 'platform'
$$;
-- The natural key of an entry that may be booked of a refund again: its id, and how often it was before.
create function refunds.reference_v1(p_refund bigint, p_kind text) returns text language sql stable set search_path = pg_catalog, pg_temp as $$
  select r.id || case when count(e.id) > 0 then ':' || count(e.id) else '' end
    from refunds.refunds r left join ledger.entries e on e.order_id = r.order_id and e.kind = p_kind and split_part(e.reference, ':', 1) = r.id::text
   where r.id = p_refund group by r.id
$$;

-- What failed of the same payment is looked at again: this one takes what is left, or shares what a dispute gave back.
create function refunds.look_beside_v1(p_refund bigint) returns void language sql set search_path = pg_catalog, pg_temp as $$
  insert into platform.jobs (kind, key, payload)
  select 'refund.submit', o.id || ':' || o.round || ':beside:' || r.id || ':' || r.round, jsonb_build_object('refund_id', o.id, 'round', o.round)
    from refunds.refunds r join refunds.refunds o on o.order_id = r.order_id and o.provider = r.provider and o.provider_payment_id = r.provider_payment_id
   where r.id = p_refund and o.id <> r.id and o.status = 'failed' and o.captured and o.superseded_at is null
   order by o.id on conflict do nothing
$$;

create function checkout.refund_call_v3(p_refund bigint, p_round int, p_ids bigint[], p_asked boolean)
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

do $$
begin
  perform platform.edit_v1(array[
    -- the function, the text, what stands for it, how often it must be there
    'checkout.retry_refund_v2', 't.refund_minor + r.amount_minor <= t.amount_minor;',
    't.refund_minor + r.amount_minor <= t.amount_minor - refunds.lost_v1(r.order_id, r.provider, r.provider_payment_id);', '1',
    'checkout.retry_refund_v2', 'r.status, t.amount_minor - t.refund_minor from',
    'r.status, greatest(t.amount_minor - t.refund_minor - refunds.lost_v1(r.order_id, r.provider, r.provider_payment_id), 0) from', '1',
    -- What a dispute gave back in a refund's place has left the order.
    'checkout.refund_payment_v1', 'and r.status = ''failed'' and r.superseded_at is null) into rest',
    'and r.status = ''failed''
              and refunds.stands_v1(r.superseded_at, r.superseded_by, r.failure_code)) into rest', '1',
    -- It may be that a lost dispute has given it back.
    'refunds.settled', 'where t.provider = r.provider and t.provider_payment_id = r.provider_payment_id;
    end if;
  end if;', 'where t.provider = r.provider and t.provider_payment_id = r.provider_payment_id;
      if p_code is distinct from ''charged_back'' and refunds.lost_v1(r.order_id, r.provider, r.provider_payment_id) > 0 then
        insert into platform.jobs (kind, key, payload) values (''refund.submit'', r.id || '':'' || r.round || '':failed'' || suffix,
               jsonb_build_object(''refund_id'', r.id, ''round'', r.round)) on conflict do nothing;
      end if;
    end if;
  end if;', '1',
    'refunds.moved', '(''supersede'', ''reinstate'') then replace(', '(''supersede'', ''reinstate'', ''charge_back'') then replace(', '1',
    'refunds.moved', 'when ''reinstate'' then ''refund.reinstated''', 'when ''reinstate'' then ''refund.reinstated'' when ''charge_back'' then ''refund.charged_back''', '1']);
end $$;

-- As 0095, and of what failed or was charged back: whether its money is there is to be looked at.
create or replace function refunds.resume_v1() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare suffix text := ':' || new.id || ':' || new.phase;
begin
  insert into platform.jobs (kind, key, payload)
  select 'refund.submit', r.id || ':' || r.round || suffix, jsonb_build_object('refund_id', r.id, 'round', r.round)
    from refunds.refunds r
   where r.order_id = new.order_id
     and case r.status when 'failed' then r.captured and refunds.stands_v1(r.superseded_at, r.superseded_by, r.failure_code)
                       else r.status in ('approved', 'submitted') and r.provider_refund_id is null end
  union all
  select j.kind, j.key || suffix, j.payload
    from payments.provider_payments q join platform.jobs j on j.kind in ('payment.refund', 'payment.refund_duplicate')
                                                          and j.key = q.provider || ':' || q.provider_payment_id
   where q.order_id = new.order_id and q.rank >= 3 and q.amount_minor > q.refund_minor
  order by 1, 2 on conflict do nothing;
  return null;
end $$;

-- As 0095, and what was charged back and owed again.
create or replace function ledger.trace_v1(p_order bigint, p_payment bigint, p_refund bigint) returns setof bigint
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare about bigint := p_order;
        kinds constant text[] := '{refund_approved,refund_processed,refund_reversed,refund_charged_back,refund_owed_again}';
begin
  if p_refund is not null then
    -- What was booked of it once more has a number behind its id.
    return query select e.id from ledger.entries e where e.kind = any (kinds) and e.reference = p_refund::text
      union select e.id from refunds.refunds r join ledger.entries e on e.order_id = r.order_id
             where r.id = p_refund and e.kind = any (kinds) and split_part(e.reference, ':', 1) = p_refund::text
      order by 1;
    return;
  end if;
  if p_payment is not null then select p.order_id into about from payments.payments p where p.id = p_payment; end if;
  return query select e.id from ledger.entries e
    where e.order_id = about and (p_payment is null or e.payment_id = p_payment) order by e.id;
end $$;
