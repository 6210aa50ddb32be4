-- SPDX-License-Identifier: Apache-2.0
-- The provider of the simulated books: what customers paid and what went back, as the provider knows it, and what it has told of it.
create table t.pv_payments (
  pp        text   primary key,
  world     bigint not null,
  status    text   not null default 'created',        -- created, failed, authorized, captured
  amount    bigint not null,
  refunded  bigint not null default 0,
  lost      bigint not null default 0                 -- taken back by disputes
);
create table t.pv_refunds (
  id      text   primary key,
  world   bigint not null,
  pp      text   not null,
  key     text   not null unique,                      -- the idempotency key: a second call with it is the first one's refund
  amount  bigint not null,
  status  text   not null default 'pending'            -- pending, processed, failed
);
create table t.pv_disputes (
  id      text   primary key,
  world   bigint not null,
  pp      text   not null,
  amount  bigint not null,
  phase   text   not null default 'chargeback',        -- chargeback, pre_arbitration, arbitration
  status  text   not null default 'open',              -- as ours; open is evidence_required where it was asked for again
  lost    bigint not null default 0                    -- of this phase
);
create table t.pv_events (
  id        text   primary key,
  world     bigint not null,
  no        int    not null,
  action    smallint,                                  -- of a payment: 1 failed, 2 authorized, 3 captured
  pp        text   not null,
  amount    bigint not null,
  refund    text,
  dispute   text,
  phase     text,                                      -- of the dispute
  deducted  bigint,
  status    text,                                      -- of the refund or the dispute when this was written
  delivered int    not null default 0
);
-- What workers look for, among all that is done.
create index jobs_not_done on platform.jobs (kind, key) where state <> 'done';
create index on platform.outbox (aggregate_type, aggregate_id);
create index on t.pv_payments (world);
create index on t.pv_refunds (world);
create index on t.pv_disputes (world);
create index on payments.disputes (order_id);
create index on t.pv_events (world, delivered);

create function t.pv_tell(w bigint, p_action int, p_pp text, p_amount bigint, p_refund text default null, p_status text default null)
returns void language sql as $$
  insert into t.pv_events (id, world, no, action, pp, amount, refund, status)
  select 'ev_' || w || '_' || n, w, n, p_action, p_pp, p_amount, p_refund, p_status
    from (select count(*)::int + 1 n from t.pv_events where world = w) x
$$;

-- A customer tries to pay: mostly once and the right amount.
create function t.pv_pays(w bigint, p_total bigint) returns void language plpgsql as $$
declare p record; n int; a bigint;
begin
  select count(*) into n from t.pv_payments where world = w;
  select * into p from t.pv_payments where world = w and status in ('created', 'failed', 'authorized') order by random() limit 1;
  if p.pp is null or (n < 3 and random() < 0.2) then
    if n >= 3 then return; end if;
    a := case when random() < 0.1 then greatest(p_total - 1000, 1) when random() < 0.03 then p_total + 500 else p_total end;
    insert into t.pv_payments (pp, world, amount) values ('pay_' || w || '_' || n, w, a);
    return;
  end if;
  if p.status = 'created' and random() < 0.25 then
    update t.pv_payments set status = 'failed' where pp = p.pp;
    perform t.pv_tell(w, 1, p.pp, p.amount);
  elsif p.status <> 'authorized' and random() < 0.5 then
    update t.pv_payments set status = 'authorized' where pp = p.pp;
    perform t.pv_tell(w, 2, p.pp, p.amount);
  elsif p.status = 'authorized' and t.draws('asked') and random() < 0.5 then
    -- It runs out, and the customer pays the same order again.
    perform t.pv_runs_out(w);
    if n < 3 then
      insert into t.pv_payments (pp, world, amount, status) values ('pay_' || w || '_' || n, w, p_total, 'authorized');
      perform t.pv_tell(w, 2, 'pay_' || w || '_' || n, p_total);
    end if;
  else
    -- payment.captured and order.paid tell of one capture.
    update t.pv_payments set status = 'captured' where pp = p.pp;
    perform t.pv_tell(w, 3, p.pp, p.amount);
    if random() < 0.5 then perform t.pv_tell(w, 3, p.pp, p.amount); end if;
  end if;
end $$;

-- POST /v1/payments/:id/refund: the refund, or null where it is refused.
create function t.pv_refund(w bigint, p_pp text, p_key text, p_amount bigint) returns text language plpgsql as $$
declare known text; p t.pv_payments; made text;
begin
  select id into known from t.pv_refunds where key = p_key;
  if known is not null then return known; end if;
  select * into p from t.pv_payments where pp = p_pp for update;
  -- What disputes take is no matter to it.
  if p.status is distinct from 'captured' or p.refunded + p_amount > p.amount then return null; end if;
  update t.pv_payments set refunded = refunded + p_amount where pp = p_pp;
  made := 'rfnd_' || w || '_' || (select count(*) from t.pv_refunds where world = w);
  insert into t.pv_refunds (id, world, pp, key, amount) values (made, w, p_pp, p_key, p_amount);
  perform t.pv_tell(w, null, p_pp, p_amount, made, 'pending');
  return made;
end $$;

-- Whether a draw is among those that are made (MVE_BOOKS_DRAWS).
create function t.draws(what text) returns boolean language sql stable as $$
  select what = any (string_to_array(current_setting('t.draws', true), ',')) $$;

-- Somebody gives money back in the provider's dashboard, while no refund of ours is under way there, and no dispute has taken of it: what two of them
-- want at once is left to people, and comes to no rest here. We hear of it, and later of its end.
create function t.pv_dashboard(w bigint) returns void language plpgsql as $$
declare p t.pv_payments; given bigint; made text;
begin
  select * into p from t.pv_payments v where v.world = w and v.status = 'captured' and v.refunded < v.amount and not exists (
    select 1 from refunds.refunds r where r.order_id = w and r.status not in ('processed', 'rejected') and not (r.status = 'failed' and t.draws('by_hand')))
    and not exists (select 1 from t.pv_disputes d where d.pp = v.pp)
    and (t.draws('dashboard_late') or not exists (select 1 from platform.jobs j where j.kind = 'payment.late' and j.key = 'razorpay:' || v.pp and j.state <> 'done'))
    order by random() limit 1;
  if p.pp is null or exists (select 1 from t.pv_refunds r where r.world = w and r.status = 'pending')
     or exists (select 1 from t.pv_refunds r where r.world = w and r.key like 'dashboard%' and r.status <> 'failed') then return; end if;
  given := case when random() < 0.4 then p.amount - p.refunded else 1 + floor(random() * (p.amount - p.refunded))::bigint end;
  -- What failed is given back by hand, and nothing else while it is owed.
  if exists (select 1 from refunds.refunds r where r.order_id = w and r.status = 'failed') then
    select r.amount_minor into given from refunds.refunds r where r.order_id = w and r.provider_payment_id = p.pp and r.status = 'failed' and r.captured
       and r.superseded_at is null and r.amount_minor <= p.amount - p.refunded order by r.id limit 1;
    if given is null then return; end if;
  end if;
  made := 'rfnd_' || w || '_' || (select count(*) from t.pv_refunds where world = w);
  update t.pv_payments set refunded = refunded + given where pp = p.pp;
  insert into t.pv_refunds (id, world, pp, key, amount) values (made, w, p.pp, 'dashboard_' || made, given);
  perform t.note(w, 'provider: ' || made || ' of ' || given || ' in the dashboard, of ' || p.pp);
  perform t.pv_tell(w, null, p.pp, given, made, 'pending');
  perform t.deliver(w, false, e) from t.pv_events e where e.world = w and e.refund = made;
end $$;

-- The time to capture an authorized payment has passed: it goes back by itself, and no order was ever paid with it.
create function t.pv_runs_out(w bigint) returns void language plpgsql as $$
declare p t.pv_payments; made text;
begin
  select * into p from t.pv_payments v where v.world = w and v.status = 'authorized' order by random() limit 1;
  if p.pp is null then return; end if;
  update t.pv_payments set status = 'gone' where pp = p.pp;
  made := 'rfnd_' || w || '_' || (select count(*) from t.pv_refunds where world = w);
  insert into t.pv_refunds (id, world, pp, key, amount, status) values (made, w, p.pp, 'gone_' || made, p.amount, 'processed');
  perform t.note(w, 'provider: ' || p.pp || ' ran out');
  perform t.pv_tell(w, null, p.pp, p.amount, made, 'pending');
  perform t.pv_tell(w, null, p.pp, p.amount, made, 'processed');
end $$;

-- Our questions about an attempt that may still be paid: what the provider says of its payments is heard, and each that is set aside is captured
-- or given up. True when there was anything to do.
create function t.asked(w bigint, p_faults boolean) returns boolean language plpgsql as $$
declare p t.pv_payments; decided smallint; did boolean := false;
begin
  if not exists (select 1 from payments.payments where order_id = w and status in ('initiated', 'failed', 'authorized', 'expired')) then return false; end if;
  for p in select * from t.pv_payments where world = w and status <> 'created' order by pp loop
    if p.status <> 'gone' and not t.effect(w, p_faults, 'asked about ' || p.pp || ': ' || p.status, format('select * from t.pay(%L)', jsonb_build_array(jsonb_build_object(
         'action', case p.status when 'failed' then 1 when 'authorized' then 2 else 3 end, 'po', 'order_' || w, 'pp', p.pp, 'amount', p.amount)))) then
      return true;
    end if;
    continue when p.status not in ('authorized', 'gone');
    begin
      select x.code into decided from checkout.settle_authorized_v1('razorpay', p.pp, p.status = 'gone') x;
      if p_faults and random() < 0.08 then raise exception using errcode = 'TEST3'; end if;
    exception when sqlstate 'TEST3' then
      perform t.note(w, 'decided about ' || p.pp || ' -- and crashed before the commit');
      return true;
    end;
    perform t.note(w, 'decided about ' || p.pp || ': ' || decided);
    did := did or decided < 2;
    -- Between the intent and the call.
    if p_faults and random() < 0.08 then return true; end if;
    if decided = 0 then
      update t.pv_payments set status = 'captured' where pp = p.pp;
      perform t.pv_tell(w, 3, p.pp, p.amount);
    end if;
  end loop;
  return did;
end $$;

-- A pending refund comes to its end.
create function t.pv_settles(w bigint, p_faults boolean) returns boolean language plpgsql as $$
declare r t.pv_refunds;
begin
  if p_faults and t.draws('returned') and random() < 0.1 then
    -- The payer's bank sends back what was processed.
    select * into r from t.pv_refunds x where x.world = w and x.status = 'processed' and x.key not like 'gone%' order by random() limit 1;
    if r.id is null then return false; end if;
    update t.pv_refunds set status = 'failed' where id = r.id;
    update t.pv_payments set refunded = refunded - r.amount where pp = r.pp;
    perform t.note(w, 'provider: ' || r.id || ' came back');
    perform t.pv_tell(w, null, r.pp, r.amount, r.id, 'failed');
    return true;
  end if;
  select * into r from t.pv_refunds where world = w and status = 'pending' order by random() limit 1;
  if r.id is null then return false; end if;
  if p_faults and random() < 0.15 then
    update t.pv_refunds set status = 'failed' where id = r.id;
    update t.pv_payments set refunded = refunded - r.amount where pp = r.pp;
    perform t.pv_tell(w, null, r.pp, r.amount, r.id, 'failed');
  else
    update t.pv_refunds set status = 'processed' where id = r.id;
    perform t.pv_tell(w, null, r.pp, r.amount, r.id, 'processed');
  end if;
  return true;
end $$;

-- A buyer's bank takes some of a captured payment back, whatever was refunded of it.
create function t.pv_disputes(w bigint) returns void language plpgsql as $$
declare p record; claim bigint; name text;
begin
  select v.pp, v.amount - coalesce(x.sum, 0) rest, coalesce(x.n, 0) n into p from t.pv_payments v
    left join (select pp, sum(case when status in ('won', 'closed') then 0 else amount end)::bigint sum, count(*) n from t.pv_disputes where world = w group by 1) x using (pp)
   where v.world = w and v.status = 'captured' order by random() limit 1;
  if p.pp is null or p.n >= 2 or p.rest <= 0 then return; end if;
  claim := case when random() < 0.3 then p.rest else 1 + floor(random() * p.rest)::bigint end;
  name := 'disp_' || w || '_' || (select count(*) from t.pv_disputes where world = w);
  insert into t.pv_disputes (id, world, pp, amount) values (name, w, p.pp, claim);
  perform t.pv_tells(w, name);
end $$;

-- Some events do not say what was taken, or not yet.
create function t.pv_tells(w bigint, p_dispute text) returns void language plpgsql as $$
begin
  perform t.note(w, 'provider: dispute ' || d.id || ' of ' || d.amount || ' ' || d.phase || ' ' || d.status) from t.pv_disputes d where d.id = p_dispute;
  insert into t.pv_events (id, world, no, pp, amount, dispute, phase, deducted, status)
  select 'ev_' || w || '_' || n, w, n, d.pp, d.amount, d.id, d.phase, case when random() < 0.2 then null when random() < 0.1 then 0 else d.lost end, d.status
    from (select count(*)::int + 1 n from t.pv_events where world = w) x, t.pv_disputes d where d.id = p_dispute;
end $$;

-- A dispute goes on, or comes to its end; what was lost comes back when a later phase opens. p_end: it ends, and stays so.
create function t.pv_decides(w bigint, p_end boolean) returns boolean language plpgsql as $$
declare d t.pv_disputes; next_status text; next_phase text; taken bigint;
begin
  select * into d from t.pv_disputes where world = w and (not p_end or status not in ('won', 'lost', 'closed')) order by random() limit 1;
  if d.id is null then return false; end if;
  next_phase := d.phase;
  if d.status in ('won', 'lost', 'closed') then
    next_phase := case d.phase when 'chargeback' then 'pre_arbitration' when 'pre_arbitration' then 'arbitration' end;
    if next_phase is null or random() < 0.3 then return true; end if;
    -- Others have been disputed meanwhile.
    select v.amount - coalesce((select sum(case when x.status in ('won', 'closed') then 0 else x.amount end) from t.pv_disputes x where x.pp = d.pp and x.id <> d.id), 0)
      into taken from t.pv_payments v where v.pp = d.pp;
    if taken < d.amount then return true; end if;
    next_status := 'open';
  elsif p_end or random() < 0.5 then
    next_status := (array['won', 'lost', 'lost', 'closed'])[1 + floor(random() * 4)::int];
  else
    next_status := case d.status when 'under_review' then 'evidence_required' else 'under_review' end;
  end if;
  taken := case when next_status <> 'lost' then 0 when random() < 0.3 then 1 + floor(random() * d.amount)::bigint else d.amount end;
  update t.pv_payments set lost = lost - d.lost + taken where pp = d.pp;
  update t.pv_disputes set phase = next_phase, status = next_status, lost = taken where id = d.id;
  perform t.pv_tells(w, d.id);
  return true;
end $$;
