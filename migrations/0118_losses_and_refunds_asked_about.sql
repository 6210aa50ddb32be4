-- SPDX-License-Identifier: Apache-2.0
-- Why:  a dispute whose end said nothing of what was deducted, or nothing yet, was booked as lost without a loss, for good. What was asked
--       about now decides, also where it says more than was heard before. And a dispute never goes back to open by the answer to a call
--       of ours. A refund that had failed was taken as processed by the word of one late event.
-- Lock: functions are replaced or new.
-- Time: milliseconds.
--
-- checkout.dispute_news_v2: p_deducted is null where the provider did not say. Lost with null or 0 in an event, or with more than is booked:
--   code 3, the provider is to be asked. Its answer (p_certain) is booked, null as the whole amount; where it says more than is booked for
--   this phase, the difference is (checkout.dispute_raise_v1), with an audit row. An answer turns no status back but to evidence_required.
-- refunds.settled, checkout.refund_news_v2: failed and processed contradict each other, whichever comes first: code 3, unless p_certain.
-- checkout.refund_answered_v1: 3 where the answer contradicts what was heard meanwhile: the provider is to be asked.
-- checkout.dispute_reverse_v1: turns back the entries of what was raised, too.

-- checkout.dispute_raise_v1(entry, dispute, deducted, bearer) → true when it was lost for less: what is more is booked as dispute_lost
--   '<dispute>:<deducted>', taken from the same parts as the loss was, as far as they have it left; the rest is the platform's. What was
--   held has been let go by the loss. Locks: the dispute; the caller holds the order's.
create function checkout.dispute_raise_v1(p_entry bigint, p_dispute text, p_deducted bigint, p_bearer text) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare d ledger.disputes; s ledger.shares; x record; split record; more bigint; left_over bigint; part bigint;
        accounts text[] := '{}'; amounts bigint[] := '{}';
begin
  if p_deducted is null or p_bearer is null or p_bearer not in ('seller', 'platform') then
    raise exception 'dispute_raise_v1: % borne by %', p_deducted, p_bearer using errcode = '22023';
  end if;
  select * into d from ledger.disputes t where t.dispute = p_dispute order by t.dispute for no key update;
  if not found then raise exception 'there is no dispute %', p_dispute using errcode = 'P0002'; end if;
  if d.state <> 'lost' or p_deducted <= d.deducted_minor then return false; end if;
  more := p_deducted - d.deducted_minor;
  update ledger.disputes t set deducted_minor = p_deducted where t.dispute = p_dispute;
  left_over := more;
  if p_bearer = 'seller' then
    for x in
      select t.seller_order_id, t.seller_id, u.part - v.part part
        from (select array_agg(y.seller_order_id order by y.seller_order_id) ids, array_agg(y.amount_minor order by y.seller_order_id) shares,
                     sum(y.amount_minor)::bigint every from ledger.dispute_shares y where y.dispute = p_dispute) n
        cross join lateral unnest(n.ids, ledger.spread_v1(least(p_deducted, n.every), n.shares)) u(so, part)
        join lateral unnest(n.ids, ledger.spread_v1(least(d.deducted_minor, n.every), n.shares)) v(so, part) on v.so = u.so
        join ledger.dispute_shares t on t.dispute = p_dispute and t.seller_order_id = u.so order by t.seller_order_id
    loop
      s := ledger.share_v1(x.seller_order_id);
      part := least(x.part, left_over, s.total_minor - s.refunded_minor - s.returned_minor);
      continue when part <= 0;
      select * into split from checkout.refund_split_v1(x.seller_order_id, part);
      accounts := accounts || ('dispute_loss:' || x.seller_id) || ('dispute_loss:' || x.seller_id) || split.accounts;
      amounts := amounts || part || -part || (select array_agg(de - cr order by i) from unnest(split.debits, split.credits) with ordinality u(de, cr, i));
      left_over := left_over - part;
    end loop;
  end if;
  if left_over > 0 then accounts := accounts || 'dispute_loss:platform'::text; amounts := amounts || left_over; end if;
  perform ledger.book_v1(p_entry, 'dispute_lost', p_dispute || ':' || p_deducted, d.order_id, d.payment_id, d.currency,
                         accounts || 'psp_clearing'::text, amounts || -more);
  return true;
end $$;

do $$
begin
  perform platform.edit_v1(array[
    -- the function, the text, what stands for it, how often it must be there
    'checkout.dispute_reverse_v1', 'where e.kind = ''dispute_lost'' and e.reference = p_dispute order by s.seller_order_id',
    'where e.kind = ''dispute_lost'' and e.order_id = d.order_id and (e.reference = p_dispute or starts_with(e.reference, p_dispute || '':''))
     order by s.seller_order_id, e.id', '1',
    'checkout.dispute_news_v2', '  was_phase := array_position(phases, d.phase); was_step := array_position(steps, d.status);',
    '  was_phase := array_position(phases, d.phase); was_step := array_position(steps, d.status);
  mine := q.verdict is not distinct from ''accepted'';
  -- What a loss has cost is the provider''s to say, when it is asked.
  if new_phase = was_phase and d.status = ''lost'' and p_status = ''lost'' and p_deducted > d.deducted_minor then
    if not p_certain then return query select 3::smallint, q.order_id, d.id, null::text; return; end if;
    perform checkout.dispute_raise_v1(p_entries[3], p_dispute_at || '':'' || p_phase, p_deducted, case when mine then ''seller'' else ''platform'' end);
    update payments.disputes t set deducted_minor = p_deducted, version = t.version + 1, updated_at = now() where t.id = d.id;
    perform platform.audit_v1(p_actor, ''dispute.lost'', ''dispute'', d.id, jsonb_build_object(''status'', d.status, ''phase'', d.phase, ''deducted_minor'', d.deducted_minor),
                              jsonb_build_object(''status'', p_status, ''phase'', p_phase, ''deducted_minor'', p_deducted, ''currency'', p_currency), null, p_request);
    return query select 0::smallint, q.order_id, d.id, null::text; return;
  end if;', '1',
    'checkout.dispute_news_v2', 'new_step < was_step and not p_certain then', 'new_step < was_step and (not p_certain or p_status <> ''evidence_required'') then', '1',
    'checkout.dispute_news_v2', 'case when p_status = ''evidence_required'' then 3 else 1 end',
    'case when p_status = ''evidence_required'' and not p_certain then 3 else 1 end', '1',
    'checkout.dispute_news_v2', '
  mine := q.verdict is not distinct from ''accepted'';
  if d.id is null then',
    '
  if p_status = ''lost'' and coalesce(p_deducted, 0) = 0 and p_amount > 0 and not p_certain then
    return query select 3::smallint, q.order_id, coalesce(d.id, 0), null::text; return;
  end if;
  if p_status = ''lost'' then p_deducted := coalesce(p_deducted, p_amount); end if;
  if d.id is null then', '1',
    'refunds.settled', 'if r.status = ''processed'' and not p_certain then return 3; end if;',
    'if r.status in (''processed'', ''failed'') and not p_certain then return 3; end if;', '1',
    'checkout.refund_answered_v1', '  -- Failed after processed is left to the news, which fetch it.
  return least(refunds.settled(r.id, p_entry, p_status, p_code, p_text, false, p_actor, null), 1);',
    '  return case refunds.settled(r.id, p_entry, p_status, p_code, p_text, false, p_actor, null) when 0 then 0 when 3 then 3 else 1 end;', '1']);
end $$;
