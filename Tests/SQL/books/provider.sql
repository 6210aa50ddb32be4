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
create table t.pv_events (
  id        text   primary key,
  world     bigint not null,
  no        int    not null,
  action    smallint,                                  -- of a payment: 1 failed, 2 authorized, 3 captured
  pp        text   not null,
  amount    bigint not null,
  refund    text,
  status    text,                                      -- of the refund when this was written
  delivered int    not null default 0
);
-- What workers look for, among all that is done.
create index jobs_not_done on platform.jobs (kind, key) where state <> 'done';
create index on platform.outbox (aggregate_type, aggregate_id);
create index on t.pv_payments (world);
create index on t.pv_refunds (world);
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
  if p.status is distinct from 'captured' or p.refunded + p.lost + p_amount > p.amount then return null; end if;
  update t.pv_payments set refunded = refunded + p_amount where pp = p_pp;
  made := 'rfnd_' || w || '_' || (select count(*) from t.pv_refunds where world = w);
  insert into t.pv_refunds (id, world, pp, key, amount) values (made, w, p_pp, p_key, p_amount);
  perform t.pv_tell(w, null, p_pp, p_amount, made, 'pending');
  return made;
end $$;

-- A pending refund comes to its end.
create function t.pv_settles(w bigint, p_faults boolean) returns boolean language plpgsql as $$
declare r t.pv_refunds;
begin
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
