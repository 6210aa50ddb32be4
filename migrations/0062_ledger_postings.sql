-- SPDX-License-Identifier: Apache-2.0
-- Why:  the postings beside the sale itself: credit orders, cash on delivery, what the provider settles, disputes (ADR 0012).
-- Lock: only new objects.
-- Time: milliseconds.
--
-- Each books once by its natural key and answers true when it did, false when it was booked before. Run them in the transaction of the
-- effect; those about an order want its row locked by the caller. Amounts are minor units and never negative unless it says so.
--
-- checkout.credit_confirmed_v1(entry, order)   a company's order on credit is confirmed: buyer_receivable:<company>:<seller> for each
--     seller order, against order_funds:<order>. 22023: no company, or not on credit.
-- checkout.credit_paid_v1(entry, company, seller, amount, reference, currency)   the company paid: bank against its receivable.
-- checkout.credit_returned_v1(entry, seller order, amount, reference)   a refund of a credit order: the debits of refund_split_v1
--     against the receivable instead of refund_clearing: what is not owed any more. MP012 as there.
-- checkout.cod_remitted_v1(entry, carrier, reference, amount, fee, tax, currency)   the carrier pays over what it took in: bank for
--     amount − fee − tax, cod_fees, gst_input, against cod_receivable:<carrier> for the amount.
-- checkout.psp_settled_v1(entry, provider, settlement, amount, fees, tax, currency)   the provider settles: bank for amount − fees − tax
--     (below zero when refunds were more: then the bank pays), psp_fees, gst_input, against psp_clearing for the amount, gross.
-- checkout.dispute_hold_v1(entry, dispute, payment, amount) → true when a dispute began. dispute: the provider's id and phase, 'disp_X:chargeback':
--     a later phase is a dispute of its own. amount, and no more than what is left, over the order's seller orders by what is left of each;
--     of each the net part goes from seller_available:<seller> to dispute_held:<dispute>, whatever the state of the seller order: who
--     has not earned yet, or cannot spend it yet, is that much below zero until then, so no payout can go past a hold.
-- checkout.dispute_end_v1(entry, dispute, outcome won | lost | closed, deducted, bearer seller | platform) → true when it ended. Held money
--     goes back in any case. lost: what the provider deducted (default: the disputed amount) leaves psp_clearing by dispute_loss:<seller>;
--     a seller's loss is taken like a refund of their share (refund_split_v1); what exceeds the shares, or has the platform for its
--     bearer, stays in dispute_loss:platform. P0002: no such dispute.
--     From then on that much of the seller orders is given back: refund_split_v1 refuses to refund it a second time.

create table ledger.disputes (
  dispute        text        primary key check (length(dispute) between 1 and 120),
  payment_id     bigint      not null,
  order_id       bigint      not null,
  currency       text        not null check (length(currency) = 3),
  amount_minor   bigint      not null check (amount_minor >= 0),
  state          text        not null default 'open' check (state in ('open', 'won', 'lost', 'closed')),
  deducted_minor bigint      check (deducted_minor >= 0),
  opened_at      timestamptz not null default now(),
  ended_at       timestamptz,
  check ((state = 'open') = (ended_at is null)),
  check ((state = 'lost') = (deducted_minor is not null))
);
create index disputes_of_order on ledger.disputes (order_id);
create index disputes_open on ledger.disputes (opened_at) where state = 'open';

create table ledger.dispute_shares (
  dispute         text   not null references ledger.disputes (dispute),
  seller_order_id bigint not null,
  seller_id       bigint not null,
  amount_minor    bigint not null check (amount_minor >= 0),        -- of the disputed amount
  held_minor      bigint not null check (held_minor between 0 and amount_minor),
  primary key (dispute, seller_order_id)
);

create function checkout.credit_confirmed_v1(p_entry bigint, p_order bigint) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare o record; accounts text[]; amounts bigint[];
begin
  select company_id, payment_method, currency, total_minor into o from orders.orders where id = p_order;
  if o.company_id is null or o.payment_method <> 'credit_terms' then
    raise exception 'credit_confirmed_v1: order % is not on a company''s credit', p_order using errcode = '22023';
  end if;
  select array_agg('buyer_receivable:' || o.company_id || ':' || s.seller_id order by s.id), array_agg(s.total_minor order by s.id)
    into accounts, amounts from orders.seller_orders s where s.order_id = p_order;
  return ledger.book_v1(p_entry, 'credit_confirmed', p_order::text, p_order, null, o.currency,
                        accounts || ('order_funds:' || p_order), amounts || -o.total_minor);
end $$;

create function checkout.credit_paid_v1(p_entry bigint, p_company bigint, p_seller bigint, p_amount bigint, p_reference text, p_currency text)
returns boolean language sql set search_path = pg_catalog, pg_temp as $$
  select ledger.book_v1(p_entry, 'credit_paid', p_reference, null, null, p_currency,
                        array['bank', 'buyer_receivable:' || p_company || ':' || p_seller], array[p_amount, -p_amount])
$$;

create function checkout.credit_returned_v1(p_entry bigint, p_seller_order bigint, p_amount bigint, p_reference text) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare s ledger.shares := ledger.share_v1(p_seller_order); company bigint; x record;
begin
  -- Looked at first: the share must not remember what is not booked. The caller's lock on the order keeps others away.
  if exists (select 1 from ledger.entries e where e.kind = 'credit_returned' and e.reference = p_reference) then return false; end if;
  select o.company_id into company from orders.orders o where o.id = s.order_id and o.payment_method = 'credit_terms';
  if company is null then
    raise exception 'credit_returned_v1: order % is not on a company''s credit', s.order_id using errcode = '22023';
  end if;
  select * into x from checkout.refund_split_v1(p_seller_order, p_amount);
  return checkout.post_v1(p_entry, 'credit_returned', p_reference, s.order_id, null, s.currency,
    x.accounts || ('buyer_receivable:' || company || ':' || s.seller_id), x.debits || 0::bigint, x.credits || p_amount);
end $$;

create function checkout.cod_remitted_v1(p_entry bigint, p_carrier text, p_reference text, p_amount bigint, p_fee bigint, p_tax bigint,
                                         p_currency text)
returns boolean language sql set search_path = pg_catalog, pg_temp as $$
  select ledger.book_v1(p_entry, 'cod_remitted', p_carrier || ':' || p_reference, null, null, p_currency,
                        array['bank', 'cod_fees', 'gst_input', 'cod_receivable:' || p_carrier],
                        array[p_amount - p_fee - p_tax, p_fee, p_tax, -p_amount])
$$;

create function checkout.psp_settled_v1(p_entry bigint, p_provider text, p_settlement text, p_amount bigint, p_fees bigint, p_tax bigint,
                                        p_currency text)
returns boolean language sql set search_path = pg_catalog, pg_temp as $$
  select ledger.book_v1(p_entry, 'psp_settled', p_provider || ':' || p_settlement, null, null, p_currency,
                        array['bank', 'psp_fees', 'gst_input', 'psp_clearing'],
                        array[p_amount - p_fees - p_tax, p_fees, p_tax, -p_amount])
$$;

create function checkout.dispute_hold_v1(p_entry bigint, p_dispute text, p_payment bigint, p_amount bigint) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare d record; s ledger.shares; p record; so bigint; ids bigint[]; remains bigint[] := '{}'; nets bigint[] := '{}'; parts bigint[];
        accounts text[]; amounts bigint[]; held bigint;
begin
  select t.order_id, t.currency into d from payments.payments t where t.id = p_payment;
  if not found then raise exception 'dispute_hold_v1: there is no payment %', p_payment using errcode = 'P0002'; end if;
  insert into ledger.disputes (dispute, payment_id, order_id, currency, amount_minor)
  values (p_dispute, p_payment, d.order_id, d.currency, p_amount) on conflict (dispute) do nothing;
  if not found then return false; end if;
  select array_agg(t.id order by t.id) into ids from orders.seller_orders t where t.order_id = d.order_id;
  foreach so in array ids loop
    s := ledger.share_v1(so);
    remains := remains || s.total_minor - s.refunded_minor - s.returned_minor;
    if s.earned_at is null then
      select * into p from ledger.parts_v1(so, s.total_minor - s.refunded_minor, s.promo_minor);
      nets := nets || greatest(p.net - p.funded, 0);
    else
      nets := nets || greatest(s.net_left - s.funded_left, 0);
    end if;
  end loop;
  parts := ledger.spread_v1(least(p_amount, (select sum(x)::bigint from unnest(remains) x)), remains);
  insert into ledger.dispute_shares (dispute, seller_order_id, seller_id, amount_minor, held_minor)
  select p_dispute, t.id, t.seller_id, a, round(n::numeric * a / nullif(r, 0))
    from unnest(ids, parts, nets, remains) u(id, a, n, r) join orders.seller_orders t on t.id = u.id where a > 0;
  select array_agg('seller_available:' || x.seller_id order by x.seller_order_id), array_agg(x.held_minor order by x.seller_order_id), sum(x.held_minor)
    into accounts, amounts, held from ledger.dispute_shares x where x.dispute = p_dispute and x.held_minor > 0;
  if held is not null then
    perform ledger.book_v1(p_entry, 'dispute_held', p_dispute, d.order_id, p_payment, d.currency,
                           accounts || ('dispute_held:' || p_dispute), amounts || -held);
  end if;
  return true;
end $$;

create function checkout.dispute_end_v1(p_entry bigint, p_dispute text, p_outcome text, p_deducted bigint default null,
                                        p_bearer text default 'seller') returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare d ledger.disputes; s ledger.shares; x record; split record; lost bigint := 0; left_over bigint; part bigint; held bigint;
        accounts text[] := '{}'; amounts bigint[] := '{}';
begin
  if p_outcome is null or p_outcome not in ('won', 'lost', 'closed') or p_bearer is null or p_bearer not in ('seller', 'platform') then
    raise exception 'dispute_end_v1: outcome % borne by %', p_outcome, p_bearer using errcode = '22023';
  end if;
  select * into d from ledger.disputes t where t.dispute = p_dispute order by t.dispute for no key update;
  if not found then raise exception 'there is no dispute %', p_dispute using errcode = 'P0002'; end if;
  if d.state <> 'open' then return false; end if;
  if p_outcome = 'lost' then lost := coalesce(p_deducted, d.amount_minor); end if;
  update ledger.disputes t set state = p_outcome, ended_at = now(), deducted_minor = case when p_outcome = 'lost' then lost end
   where t.dispute = p_dispute;

  left_over := lost;
  for x in select * from ledger.dispute_shares t where t.dispute = p_dispute order by t.seller_order_id loop
    if x.held_minor > 0 then
      accounts := accounts || array['dispute_held:' || p_dispute, 'seller_available:' || x.seller_id];
      amounts := amounts || array[x.held_minor, -x.held_minor];
    end if;
  end loop;
  if lost > 0 and p_bearer = 'seller' then
    -- What was refunded since the hold is not taken again: no part exceeds what is left of its share.
    for x in
      select t.seller_order_id, t.seller_id, u.part
        from unnest((select array_agg(y.seller_order_id order by y.seller_order_id) from ledger.dispute_shares y where y.dispute = p_dispute),
                    ledger.spread_v1(least(lost, (select sum(y.amount_minor)::bigint from ledger.dispute_shares y where y.dispute = p_dispute)),
                                     (select array_agg(y.amount_minor order by y.seller_order_id) from ledger.dispute_shares y where y.dispute = p_dispute)))
               u(so, part)
        join ledger.dispute_shares t on t.dispute = p_dispute and t.seller_order_id = u.so order by t.seller_order_id
    loop
      s := ledger.share_v1(x.seller_order_id);
      part := least(x.part, s.total_minor - s.refunded_minor - s.returned_minor);
      continue when part = 0;
      select * into split from checkout.refund_split_v1(x.seller_order_id, part);
      accounts := accounts || ('dispute_loss:' || x.seller_id) || ('dispute_loss:' || x.seller_id) || split.accounts;
      amounts := amounts || part || -part || (select array_agg(de - cr order by i) from unnest(split.debits, split.credits) with ordinality u(de, cr, i));
      left_over := left_over - part;
    end loop;
  end if;
  if left_over > 0 then accounts := accounts || 'dispute_loss:platform'::text; amounts := amounts || left_over; end if;
  if lost > 0 then accounts := accounts || 'psp_clearing'::text; amounts := amounts || -lost; end if;
  if cardinality(accounts) > 0 then
    perform ledger.book_v1(p_entry, 'dispute_' || p_outcome, p_dispute, d.order_id, d.payment_id, d.currency, accounts, amounts);
  end if;
  return true;
end $$;
