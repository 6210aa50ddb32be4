-- SPDX-License-Identifier: Apache-2.0
-- A world: one order of up to three sellers, its customer, its sellers, an admin, the clock, the provider and our workers, who take turns by
-- a seed. Every effect of ours is one call of the functions that the server calls. A crash undoes a call that has not been committed, or comes
-- between two of them: what was owed is then done again.
create type t.next as (world bigint, total bigint);

create function t.id() returns bigint language sql as $$ select nextval('t.ids') $$;
create function t.ids(n int) returns bigint[] language sql as $$ select array_agg(nextval('t.ids')) from generate_series(1, n) $$;

-- What happened, in words, where MVE_BOOKS_SEED asks for one world.
create function t.note(w bigint, what text) returns void language plpgsql as $$
begin
  if current_setting('t.noting', true) = 'on' then raise notice '%', what; end if;
end $$;

-- Runs a statement of ours; true when it stays. The other is a crash before its commit.
create function t.effect(w bigint, p_faults boolean, what text, stmt text) returns boolean language plpgsql as $$
begin
  execute stmt;
  if p_faults and random() < 0.08 then raise exception using errcode = 'TEST3'; end if;
  perform t.note(w, what);
  return true;
exception when sqlstate 'TEST3' then
  perform t.note(w, what || ' -- and crashed before the commit');
  return false;
end $$;

create function t.begin_world(w bigint) returns void language plpgsql as $$
declare variants bigint[]; spec jsonb;
begin
  select array_agg(v) into variants from (select 100 * g v from generate_series(1, 60) g order by random() limit 1 + floor(random() * 4)::int) x;
  perform t.cart(w, w, variants);
  spec := jsonb_build_array(jsonb_build_object('id', w, 'key', 'books' || w, 'user', w, 'cart', w,
    'lines', (select jsonb_agg(jsonb_build_array(v, 1 + floor(random() * 3)::int, s.offer_version) order by v)
                from unnest(variants) v join inventory.stock s on s.variant_id = v)));
  perform t.eq('world ' || w || ' is placed', t.codes(spec), '0');
  perform checkout.initiate_v1(array[w], array[w], array[w], 'razorpay');
  perform checkout.initiated_v1(array[w], array['order_' || w]);
end $$;

-- The provider's event no is delivered.
create function t.deliver(w bigint, p_faults boolean, e t.pv_events) returns void language plpgsql as $$
declare p t.pv_payments; r t.pv_refunds; silent boolean := p_faults and t.draws('silent') and random() < 0.2; certain boolean := false; code smallint;
begin
  select * into p from t.pv_payments where pp = e.pp;
  if e.dispute is not null then
    perform t.hears(w, p_faults, e);
    return;
  elsif e.refund is null then
    if not t.effect(w, p_faults, 'delivered ' || e.id || ' action ' || e.action || ' ' || e.pp, format('select * from t.pay(%L)',
         jsonb_build_array(jsonb_build_object('event', e.id, 'body', e.id, 'action', e.action, 'po', 'order_' || w, 'pp', e.pp, 'amount', e.amount)))) then
      return;
    end if;
  else
    select * into r from t.pv_refunds where id = e.refund;
    loop
      -- Where it says that what was processed has failed the provider is asked how it stands. Sometimes the payment is not sent along.
      begin
        select x.code into code from checkout.refund_news_v2('razorpay', e.refund, e.pp, 'order_' || w, case when not silent then p.amount end,
          case when not silent then p.status <> 'gone' end, e.amount, 'INR', case when certain then r.status else e.status end, 'normal',
          case when r.key like 'rf\_%' then r.key end, certain, t.ids(4), 'razorpay', null) x;
        if p_faults and random() < 0.08 then raise exception using errcode = 'TEST3'; end if;
      exception when sqlstate 'TEST3' then
        perform t.note(w, 'delivered ' || e.id || ' ' || e.refund || ' ' || e.status || ' -- and crashed before the commit');
        return;
      end;
      perform t.note(w, case when certain then 'asked ' else 'delivered ' || e.id || ' ' end || e.refund || ' ' || e.status || ': ' || code);
      exit when code <> 3;
      certain := true;
    end loop;
    -- Kept, and applied another time.
    if code = 2 then return; end if;
  end if;
  update t.pv_events set delivered = delivered + 1 where id = e.id;
end $$;

-- News of a dispute. Where they cannot be in that order the provider is asked how it stands.
create function t.hears(w bigint, p_faults boolean, e t.pv_events) returns void language plpgsql as $$
declare d t.pv_disputes; code smallint;
begin
  for asked in 0..1 loop
    select * into d from t.pv_disputes where id = e.dispute;
    if asked = 0 then d.phase := e.phase; d.status := e.status; d.lost := case when e.status = 'lost' then e.deducted else 0 end; end if;
    begin
      select x.code into code from checkout.dispute_news_v2(t.id(), t.ids(3), 'razorpay', d.id, d.pp, 'order_' || w, d.amount, 'INR', d.lost,
        'goods_not_received', d.phase, d.status, null, asked = 1, 'razorpay', null) x;
      if p_faults and random() < 0.08 then raise exception using errcode = 'TEST3'; end if;
    exception when sqlstate 'TEST3' then
      perform t.note(w, 'dispute ' || d.id || ' ' || d.phase || ' ' || d.status || ' -- and crashed before the commit');
      return;
    end;
    perform t.note(w, 'dispute ' || d.id || ' ' || d.phase || ' ' || d.status || ' asked ' || asked || ' code ' || code);
    if code <> 3 then exit; end if;
  end loop;
  if code = 4 then raise exception 'world %: dispute % is refused', w, d.id using errcode = 'TEST1'; end if;
  update t.pv_events set delivered = delivered + 1 where id = e.id;
end $$;

-- A job of this world is worked off by the calls that its handler makes; marking it done is a step of its own.
create function t.work(w bigint, p_faults boolean) returns boolean language plpgsql as $$
declare j record; c record; r record; at text; ok boolean := true; reason text; rest bigint;
begin
  select * into j from t.jobs_of(w) x order by random() limit 1;
  if j.kind is null then return false; end if;
  case j.kind
  when 'payment.late' then
    ok := t.effect(w, p_faults, 'late ' || j.key, format('select * from checkout.revive_v1(%L, %L)', 'razorpay', split_part(j.key, ':', 2)));
  when 'payment.refund', 'payment.refund_duplicate' then
    reason := case j.kind when 'payment.refund' then coalesce(j.payload->>'reason', 'stock_unavailable') else 'duplicate_payment' end;
    ok := t.effect(w, p_faults, j.kind || ' ' || j.key, format('select checkout.refund_payment_v1(t.id(), t.id(), %L, %L, %L, %L, null)', 'razorpay',
                   split_part(j.key, ':', 2), reason, 'system'));
  when 'payment.review' then
    ok := t.effect(w, p_faults, 'review ' || j.key, format('select checkout.refund_payment_v1(t.id(), t.id(), %L, %L, %L, %L, null)', 'razorpay',
                   split_part(j.key, ':', 2), 'amount_mismatch', 'admin:1'));
  when 'refund.owe' then
    ok := t.effect(w, p_faults, 'owe ' || j.key, format('select checkout.owe_refund_v1(t.id(), t.id(), %s, %L, %L, null)', j.payload->>'seller_order_id',
                   j.payload->>'cause', j.payload->>'actor'));
  when 'seller_order.refunded' then
    ok := t.effect(w, p_faults, 'ended ' || j.key, format('select * from checkout.move_seller_orders_v1(null, array[%s]::bigint[], %L, 16::smallint, null, null, null, %L, null, null, t.ids(20), null, 7)',
                   j.payload->>'seller_order_id', 'cancelled', 'everything of it was refunded'));
  when 'refund.submit' then
    -- The intent, committed before the provider is asked.
    select * into c from checkout.refund_call_v3((j.payload->>'refund_id')::bigint, (j.payload->>'round')::int, t.ids(5), false);
    perform t.note(w, 'intent ' || j.key || ' code ' || c.code || ' again ' || c.before);
    -- While a dispute is open, or when one has taken its money, it is only asked.
    if c.code in (2, 3) then select x.id into at from t.pv_refunds x where x.key = c.key; end if;
    if c.code = 3 and at is null then
      if p_faults and random() < 0.1 then return true; end if;
      select * into c from checkout.refund_call_v3((j.payload->>'refund_id')::bigint, (j.payload->>'round')::int, t.ids(5), true);
      perform t.note(w, 'asked ' || j.key || ' code ' || c.code);
    end if;
    if c.code = 0 or at is not null then
      if p_faults and random() < 0.1 then return true; end if;
      if c.code = 0 then
        -- Nobody is paid twice: what was lost as far as we know, what went back, and this are no more than was paid.
        select p.amount - p.refunded - refunds.lost_v1(w, 'razorpay', p.pp) into rest from t.pv_payments p
         where p.pp = c.provider_payment and not exists (select 1 from t.pv_refunds x where x.key = c.key);
        perform t.ok('world ' || w || ': refund ' || j.key || ' of ' || c.amount || ' has ' || rest, rest is null or rest >= c.amount or refunds.lost_v1(w, 'razorpay', c.provider_payment) = 0);
        at := t.pv_refund(w, c.provider_payment, c.key, c.amount);
      end if;
      perform t.note(w, 'provider: ' || coalesce(at, 'refused'));
      -- The answer is lost, or the process dies with it.
      if p_faults and random() < 0.15 then return true; end if;
      select * into r from t.pv_refunds where id = at;
      ok := t.effect(w, p_faults, 'answered ' || j.key, format('select checkout.refund_answered_v1(%s, %s, t.id(), %L, %L, %L, %L, %L, %L)',
                     j.payload->>'refund_id', j.payload->>'round', at, r.status, 'normal', 'BAD_REQUEST_ERROR', 'refused', 'razorpay'));
    end if;
  else
    -- Reviews of what people did in the dashboard, mails: nobody's money.
    null;
  end case;
  if ok and not (p_faults and random() < 0.1) then
    update platform.jobs set state = 'done' where kind = j.kind and key = j.key;
  end if;
  return true;
end $$;

-- The jobs that this world still owes.
create function t.jobs_of(w bigint) returns setof platform.jobs language sql stable as $$
  with mine as materialized (
    select 'payment.' || k as kind, 'razorpay:' || p.pp as key from t.pv_payments p, unnest('{late,refund,refund_duplicate,review}'::text[]) k
     -- Who looks into one waits for the end of a dispute.
     where p.world = w and (k <> 'review' or not refunds.disputed_v1(w))
    union all
    select k, case k when 'refund.owe' then r.id::text else r.id || ':' || r.round end from refunds.refunds r, unnest('{refund.owe,refund.submit}'::text[]) k
     where r.order_id = w
    union all
    select 'refund.owe', d.id || ':' || d.phase || ':' || p.id from payments.disputes d, orders.seller_orders p where d.order_id = w and p.order_id = w
    union all
    -- What waited for the end of a dispute.
    select 'refund.submit', r.id || ':' || n || ':' || d.id || ':' || ph
      from refunds.refunds r, generate_series(1, r.round) n, payments.disputes d, unnest('{fraud,retrieval,chargeback,pre_arbitration,arbitration}'::text[]) ph
     where r.order_id = w and d.order_id = w
    union all
    -- What failed after a loss.
    select 'refund.submit', r.id || ':' || n || ':failed' || coalesce(':' || nullif(k, 0), '')
      from refunds.refunds r, generate_series(1, r.round) n, generate_series(0, r.reversals) k where r.order_id = w
    union all
    -- What failed, and another one has taken what was left; and what failed before a loss was said to be greater.
    select 'refund.submit', r.id || ':' || n || ':beside:' || o.id || ':' || m
      from refunds.refunds r, generate_series(1, r.round) n, refunds.refunds o, generate_series(1, o.round) m where r.order_id = w and o.order_id = w
    union all
    select 'refund.submit', r.id || ':' || n || ':' || x.dispute || ':' || x.deducted_minor
      from refunds.refunds r, generate_series(1, r.round) n, ledger.disputes x where r.order_id = w and x.order_id = w
    union all
    select 'payment.' || k, 'razorpay:' || p.pp || ':' || d.id || ':' || ph
      from t.pv_payments p, unnest('{refund,refund_duplicate}'::text[]) k, payments.disputes d, unnest('{fraud,retrieval,chargeback,pre_arbitration,arbitration}'::text[]) ph
     where p.world = w and d.order_id = w
    union all
    select 'seller_order.refunded', p.id || ':' || r.id from refunds.refunds r, orders.seller_orders p where r.order_id = w and p.order_id = w
    union all
    select 'refund.owe', r.request_id || ':' || p.id from refunds.refunds r, orders.seller_orders p where r.order_id = w and p.order_id = w)
  select distinct j.* from mine join platform.jobs j on j.kind = mine.kind and j.key = mine.key and j.state <> 'done'
$$;

-- A move, and its units last, as the endpoints do it in one transaction; the code of its first part. The clock moves as the timers do, in one call.
create function t.moves(ord bigint, parts bigint[], target text, party int, who bigint, by_whom bigint, why text, parcel jsonb default null)
returns smallint language plpgsql as $$
declare said smallint; vs bigint[]; rs int[]; hs int[]; moved bigint[];
begin
  if party = 16 then
    return (select x.code from checkout.move_seller_orders_v1(ord, parts, target, 16::smallint, null, null, null, why, null, null, t.ids(40), parcel, 7) x
             where x.kind = 0 order by x.idx limit 1);
  end if;
  select (array_agg(x.code order by x.idx) filter (where x.kind = 0))[1], array_agg(x.a order by x.a) filter (where x.kind = 4),
         array_agg(x.b::int order by x.a) filter (where x.kind = 4), array_agg(x.c::int order by x.a) filter (where x.kind = 4),
         array_agg(x.d order by x.a) filter (where x.kind = 4)
    into said, vs, rs, hs, moved
    from checkout.move_seller_orders_v2(ord, parts, target, party::smallint, who, by_whom, null, why, null, null, t.ids(40), parcel, 7) x;
  if vs is not null then
    perform checkout.shift_units_v1(ord, vs, rs, hs, moved, case target when 'packed' then 'pack' else 'restock' end, why, 'user:' || coalesce(by_whom, 0));
  end if;
  return said;
end $$;

create function t.parts_move(w bigint, p_faults boolean) returns void language plpgsql as $$
declare s record; party int; who bigint; parcel text := 'null';
begin
  select p.id, p.seller_id, p.status, m.to_status, m.parties, m.guard into s
    from orders.seller_orders p join orders.seller_order_moves m on m.from_status = p.status
   where p.order_id = w and m.from_status not in ('pending_payment', 'cancelled') and m.event not like '%return' order by random() limit 1;
  if s.id is null then return; end if;
  party := case when s.parties & 2 <> 0 and random() < 0.8 then 2 when s.parties & 4 <> 0 then 4 when s.parties & 1 <> 0 then 1 else 16 end;
  if s.parties & party = 0 then return; end if;
  who := case party when 1 then w when 2 then s.seller_id end;
  if s.guard = 'shipment' then
    parcel := quote_literal(jsonb_build_object('id', t.id(), 'carrier', 'self')::text);
  elsif s.guard = 'window' then
    update orders.seller_orders set complete_at = now() where id = s.id;
  elsif s.guard = 'overdue' and party = 16 then
    update orders.seller_orders set accept_by = now() where id = s.id;
  end if;
  perform t.effect(w, p_faults, 'part ' || s.id || ' ' || s.status || ' to ' || s.to_status || ' by ' || party, format(
    'select t.moves(%s, array[%s]::bigint[], %L, %s, %s, %s, %L, %s)', w, s.id,
    s.to_status, party, coalesce(who::text, 'null'), case when party = 16 then 'null' else coalesce(who, 1)::text end, 'changed_mind', parcel));
end $$;

-- The reservation is given up, and its units last.
create function t.releases(w bigint) returns void language plpgsql as $$
declare vs bigint[]; rs int[];
begin
  select array_agg(x.a order by x.a) filter (where x.kind = 4), array_agg(x.b::int order by x.a) filter (where x.kind = 4) into vs, rs
    from checkout.cancel_v2(array[w], array[w], 'user:' || w, null, null) x;
  if vs is not null then
    perform checkout.shift_units_v1(w, vs, rs, array_fill(0, array[cardinality(vs)]), array_fill(0::bigint, array[cardinality(vs)]), null, null, 'user:' || w);
  end if;
end $$;

-- The customer changes their mind: the reservation before payment, what is not shipped after it.
create function t.cancels(w bigint, p_faults boolean) returns void language plpgsql as $$
begin
  if exists (select 1 from orders.orders where id = w and status = 'pending_payment') then
    perform t.effect(w, p_faults, 'released', format('select t.releases(%s)', w));
  else
    perform t.effect(w, p_faults, 'cancelled by the customer', format(
      'select t.moves(%s, null, %L, 1, %s, %s, %L)', w, 'cancelled', w, w, 'changed_mind'));
  end if;
end $$;

create function t.expires(w bigint, p_faults boolean) returns void language plpgsql as $$
begin
  if exists (select 1 from orders.orders where id = w and status = 'pending_payment') then
    perform t.make_due(array[w]);
    perform t.effect(w, p_faults, 'expired', 'select * from checkout.expire_v1(10)');
  end if;
end $$;

-- What the endpoints do in one transaction: decide, or ask, and put on the shelf again what was asked to go there.
create function t.decides(r bigint, good boolean) returns void language plpgsql as $$
declare x record;
begin
  select * into x from checkout.decide_refund_v2(r, t.ids(8), good, 2, null, 'admin:2', null);
  if good and x.code = 0 then perform checkout.restock_refund_v1(x.ids, t.ids(20), 'admin:2'); end if;
exception when sqlstate 'MP012' then
  -- A dispute has taken that money meanwhile: it is refused, and can only be rejected.
  perform checkout.decide_refund_v2(r, t.ids(8), false, 2, null, 'admin:2', null);
end $$;
create function t.asks(ord bigint, part bigint, lines bigint[], units int[], amounts bigint[], goodwill bigint, payer text, back boolean, bound bigint,
                       cause text default 'damaged')
returns void language plpgsql as $$
declare x record;
begin
  select * into x from checkout.request_refund_v1(t.ids(3), t.ids(3), ord, part, lines, units, amounts, null, goodwill, cause, null, back, payer,
                                                  'normal', null, 1, bound, 'admin:1', null);
  if x.code = 0 and x.approved then perform checkout.restock_refund_v1(x.ids, t.ids(20), 'admin:1'); end if;
end $$;

-- An admin asks for a refund, decides about one, or sends a failed one again.
create function t.admin(w bigint, p_faults boolean) returns void language plpgsql as $$
declare r record; l record; kind int := case when random() < 0.4 then 0 else floor(random() * 4) end;
begin
  if t.draws('unwanted') and random() < 0.15 then
    -- Of money that no order wanted, before its job has looked at it.
    perform t.effect(w, p_faults, 'asked for unwanted money', format('select t.asks(%s, null, %L, %L, %L, null, %L, false, 1000000, %L)', w, '{}', '{}', '{}',
      'platform', (array['amount_mismatch', 'duplicate_payment', 'stock_unavailable'])[1 + floor(random() * 3)::int]));
    return;
  end if;
  select id, status into r from refunds.refunds where order_id = w and status in ('requested', 'failed') and superseded_at is null
     order by random() limit 1;
  if r.status = 'requested' then
    perform t.effect(w, p_faults, 'decided ' || r.id, format('select t.decides(%s, %L)', r.id, random() < 0.7));
  elsif r.status = 'failed' and t.draws('by_hand') and random() < 0.8 then
    perform t.pv_dashboard(w);
  elsif r.status = 'failed' then
    perform t.effect(w, p_faults, 'again ' || r.id, format('select * from checkout.retry_refund_v2(%s, null, %L, null)', r.id, 'admin:1'));
  else
    select * into l from orders.order_lines where order_id = w order by random() limit 1;
    perform t.effect(w, p_faults, 'asked, kind ' || kind, format(
      'select t.asks(%s, %s, %L, %L, %L, %s, %L, %L, %s)',
      case when kind = 3 then 'null' else w::text end, case when kind = 3 then l.seller_order_id::text else 'null' end,
      case when kind = 0 then array[l.id] else '{}'::bigint[] end, case when kind = 0 then array[1 + floor(random() * greatest(l.quantity - 1, 1))::int] else '{}'::int[] end,
      case when kind = 0 then array[case when random() < 0.5 then 1 + floor(random() * 999)::bigint end] else '{}'::bigint[] end,
      case when kind = 1 then (1 + floor(random() * 1500))::text else 'null' end, case when random() < 0.2 then 'platform' else 'seller' end,
      random() < 0.5, case when random() < 0.5 then 1000 else 1000000 end));
  end if;
end $$;

-- A turn of somebody's.
create function t.turn(w bigint, p_total bigint, p_faults boolean) returns void language plpgsql as $$
declare d double precision := random(); e t.pv_events;
begin
  case
  when d < 0.20 then perform t.pv_pays(w, p_total);
  when d < 0.46 then
    select * into e from t.pv_events where world = w and delivered < 3 order by random() limit 1;
    if e.id is not null then perform t.deliver(w, p_faults, e); end if;
  when d < 0.48 and t.draws('asked') and exists (select 1 from t.pv_payments where world = w and status in ('authorized', 'gone')) then
    perform t.asked(w, p_faults);
  when d < 0.62 then perform t.work(w, p_faults);
  when d < 0.78 then perform t.parts_move(w, p_faults);
  when d < 0.84 then perform t.pv_settles(w, p_faults);
  when d < 0.90 then perform t.admin(w, p_faults);
  when d < 0.92 then perform t.cancels(w, p_faults);
  when d < 0.93 then perform t.expires(w, p_faults);
  when d < 0.96 then perform t.pv_disputes(w);
  when d < 0.985 then perform t.pv_decides(w, false);
  when d < 0.990 and t.draws('dashboard') then perform t.pv_dashboard(w);
  when d < 0.995 and t.draws('uncaptured') then perform t.pv_runs_out(w);
  else null;
  end case;
end $$;
