-- SPDX-License-Identifier: Apache-2.0
-- Why:  a later phase of a dispute that was lost turns the loss back: the provider gives the money back when it opens, and takes it again
--       if that phase is lost as well (ADR 0012).
-- Lock: ACCESS EXCLUSIVE on ledger.disputes while a check is written anew (a scan of a small table); else new objects.
-- Time: milliseconds per hundred thousand disputes.
--
-- checkout.dispute_reverse_v1(entry, dispute) → true when a loss was turned back: entry dispute_reversed with the lines of dispute_lost the other
--     way round, and the shares have again what they lost. What was lost before a seller order was earned, and comes back after it,
--     is earned now, by the rates of now. P0002: no such dispute.

alter table ledger.disputes drop constraint disputes_state_check;
alter table ledger.disputes add constraint disputes_state_check check (state in ('open', 'won', 'lost', 'closed', 'reversed'));

-- ledger.unsplit_v1: what checkout.refund_split_v1 took of a share comes back. p_after: it was taken after earning.
-- → (accounts, debits, credits), aligned, whose credits less debits are p_amount. Errors: MP012 more than was taken.
create function ledger.unsplit_v1(p_seller_order bigint, p_amount bigint, p_after boolean, out accounts text[], out debits bigint[], out credits bigint[])
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare s ledger.shares := ledger.share_v1(p_seller_order); taken bigint := case when p_after then s.returned_minor else s.refunded_minor end;
        x bigint[]; promo bigint; p record;
begin
  if p_amount is null or p_amount <= 0 or p_amount > taken then
    raise exception 'unsplit_v1: % of what was taken of seller order %, %', p_amount, p_seller_order, taken using errcode = 'MP012';
  end if;
  if not p_after and s.earned_at is null then
    update ledger.shares t set refunded_minor = t.refunded_minor - p_amount where t.seller_order_id = p_seller_order;
    accounts := array['order_funds:' || s.order_id]; debits := array[0::bigint]; credits := array[p_amount];
    return;
  end if;
  if p_after then
    -- By the largest remainder of what was taken of each, so that nothing comes back that was not taken.
    promo := round((s.funded_minor - s.funded_left)::numeric * p_amount / taken);
    x := ledger.spread_v1(p_amount + promo, array[s.net_minor - s.net_left, s.commission_minor - s.commission_left, s.gst_minor - s.gst_left,
                                                  s.tcs_minor - s.tcs_left, s.tds_minor - s.tds_left]);
    update ledger.shares t
       set returned_minor = t.returned_minor - p_amount, net_left = t.net_left + x[1], commission_left = t.commission_left + x[2],
           gst_left = t.gst_left + x[3], tcs_left = t.tcs_left + x[4], tds_left = t.tds_left + x[5], funded_left = t.funded_left + promo
     where t.seller_order_id = p_seller_order;
  else
    select * into p from ledger.parts_v1(p_seller_order, p_amount, s.promo_minor);
    promo := p.funded;
    x := array[p.net, p.commission, p.gst, p.tcs, p.tds];
    update ledger.shares t
       set refunded_minor = t.refunded_minor - p_amount,
           net_minor = t.net_minor + x[1], commission_minor = t.commission_minor + x[2], gst_minor = t.gst_minor + x[3], tcs_minor = t.tcs_minor + x[4],
           tds_minor = t.tds_minor + x[5], funded_minor = t.funded_minor + promo,
           net_left = t.net_left + x[1], commission_left = t.commission_left + x[2], gst_left = t.gst_left + x[3], tcs_left = t.tcs_left + x[4],
           tds_left = t.tds_left + x[5], funded_left = t.funded_left + promo
     where t.seller_order_id = p_seller_order;
  end if;
  select array_agg(a order by i), array_agg(d order by i), array_agg(c order by i) into accounts, debits, credits
    from unnest(array[case when s.released_at is null then 'seller_pending:' else 'seller_available:' end || s.seller_id,
                      'commission_revenue', 'gst_output', 'tcs_payable', 'tds_payable', 'promo_expense'],
                array[0, 0, 0, 0, 0, promo]::bigint[], x || 0::bigint) with ordinality u(a, d, c, i)
   where d <> 0 or c <> 0;
end $$;

create function checkout.dispute_reverse_v1(p_entry bigint, p_dispute text) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare d ledger.disputes; x record; back record; loss bigint; lost bigint; accounts text[] := '{}'; amounts bigint[] := '{}';
begin
  select * into d from ledger.disputes t where t.dispute = p_dispute order by t.dispute for no key update;
  if not found then raise exception 'there is no dispute %', p_dispute using errcode = 'P0002'; end if;
  if d.state <> 'lost' then return false; end if;
  lost := d.deducted_minor;
  update ledger.disputes t set state = 'reversed', deducted_minor = null where t.dispute = p_dispute;
  if lost = 0 then return true; end if;
  -- The journal says who bore it: a loss of a seller stands beside the lines that it was taken from.
  for x in
    select s.seller_order_id, s.seller_id, l.debit_minor part,
           not exists (select 1 from ledger.lines n where n.entry_id = e.id and n.line_no = l.line_no + 2 and n.account like 'order\_funds:%') earned
      from ledger.entries e join ledger.dispute_shares s on s.dispute = p_dispute
      join ledger.lines l on l.entry_id = e.id and l.account = 'dispute_loss:' || s.seller_id and l.debit_minor > 0
     where e.kind = 'dispute_lost' and e.reference = p_dispute order by s.seller_order_id
  loop
    select * into back from ledger.unsplit_v1(x.seller_order_id, x.part, x.earned);
    accounts := accounts || ('dispute_loss:' || x.seller_id) || ('dispute_loss:' || x.seller_id) || back.accounts;
    amounts := amounts || x.part || -x.part || (select array_agg(u.de - u.cr order by u.i) from unnest(back.debits, back.credits) with ordinality u(de, cr, i));
    lost := lost - x.part;
  end loop;
  if lost > 0 then accounts := accounts || 'dispute_loss:platform'::text; amounts := amounts || -lost; end if;
  perform ledger.book_v1(p_entry, 'dispute_reversed', p_dispute, d.order_id, d.payment_id, d.currency,
                         accounts || 'psp_clearing'::text, amounts || d.deducted_minor);
  return true;
end $$;

-- checkout.dispute_news_v2 — parameters, locks and results of dispute_news_v1 (0068). Beyond it: a loss of an earlier phase is turned back when a
--   later one is heard of (p_entries[1], which an earlier phase that is lost does not need); deducted is that of the phase; an audit row
--   for each change.
do $$
declare
  body text := pg_get_functiondef('checkout.dispute_news_v1'::regproc);
  edits text[] := array[
    -- the text, what stands for it
    'checkout.dispute_news_v1(', 'checkout.dispute_news_v2(',
    'dispute_news_v1: ', 'dispute_news_v2: ',
    'deducted_minor = greatest(t.deducted_minor, coalesce(p_deducted, 0))',
    'deducted_minor = greatest(case when new_phase > was_phase then 0 else t.deducted_minor end, coalesce(p_deducted, 0))',
    'perform checkout.dispute_end_v1(p_entries[1], p_dispute_at || '':'' || d.phase, ''closed'');' || E'\n' || '    end if;',
    'perform checkout.dispute_end_v1(p_entries[1], p_dispute_at || '':'' || d.phase, ''closed'');' || E'\n' ||
    '    elsif new_phase > was_phase and d.status = ''lost'' then' || E'\n' ||
    '      perform checkout.dispute_reverse_v1(p_entries[1], p_dispute_at || '':'' || d.phase);' || E'\n' || '    end if;',
    'values (coalesce(d.id, p_id), p_phase, d.status, p_status, p_actor, p_request);',
    'values (coalesce(d.id, p_id), p_phase, d.status, p_status, p_actor, p_request);' || E'\n' ||
    '  perform platform.audit_v1(p_actor, ''dispute.'' || p_status, ''dispute'', coalesce(d.id, p_id),' || E'\n' ||
    '                            case when d.id is not null then jsonb_build_object(''status'', d.status, ''phase'', d.phase) end,' || E'\n' ||
    '                            jsonb_build_object(''status'', p_status, ''phase'', p_phase, ''amount_minor'', p_amount, ''currency'', p_currency), null, p_request);'];
begin
  for i in 1..cardinality(edits) by 2 loop
    if (length(body) - length(replace(body, edits[i], ''))) / length(edits[i]) <> 1 then
      raise exception 'dispute_news_v1 is not the function that this migration goes on from: %', edits[i];
    end if;
    body := replace(body, edits[i], edits[i + 1]);
  end loop;
  execute body;
end $$;
