-- SPDX-License-Identifier: Apache-2.0
-- The end of a world: no more faults, everything that is owed is done, everything is told; then its books have to be those of what happened.

-- Everybody goes on until nothing is left to do.
create function t.finish(w bigint) returns void language plpgsql as $$
declare e t.pv_events; s record; r record; rounds int := 0; again boolean;
begin
  loop
    rounds := rounds + 1;
    again := false;
    if rounds > 60 then
      raise exception 'world % does not come to rest: order %; attempts %; payments %; refunds %; events %; jobs %', w,
        (select status || ' rank ' || payment_rank from orders.orders where id = w),
        (select string_agg(id || ' ' || status || ' ' || coalesce(provider_payment_id, '-'), ', ' order by id) from payments.payments where order_id = w),
        (select string_agg(v.pp || ' ' || v.status || ' ' || coalesce(q.status || coalesce(' ' || q.given_up_at, ''), 'unknown'), ', ' order by v.pp)
           from t.pv_payments v left join payments.provider_payments q on q.provider = 'razorpay' and q.provider_payment_id = v.pp where v.world = w),
        (select string_agg(id || ' ' || status || ' ' || provider_payment_id || ' ' || amount_minor || ' round ' || round, ', ' order by id) from refunds.refunds where order_id = w),
        (select string_agg(id || ' ' || coalesce(refund, dispute, pp) || ' ' || coalesce(status, action::text), ', ' order by no) from t.pv_events where world = w and delivered = 0),
        (select string_agg(j.kind || ' ' || j.key, ', ') from t.jobs_of(w) j) using errcode = 'TEST1';
    end if;
    -- The provider tells everything once more: nothing may come of it twice.
    for e in select * from t.pv_events where world = w and (rounds = 1 or delivered = 0 or (coalesce(refund, dispute) is not null and rounds <= 3)) order by no loop
      perform t.deliver(w, false, e);
    end loop;
    while t.work(w, false) loop again := true; end loop;
    while t.pv_settles(w, false) loop again := true; end loop;
    while t.pv_decides(w, true) loop again := true; end loop;
    while t.draws('asked') and t.asked(w, false) loop again := true; end loop;
    for r in select id, status from refunds.refunds where order_id = w and superseded_at is null
                and status in ('requested', 'failed')
                -- A refund that was given back by hand is known for a failed one, and for none that is tried again: while news wait, every other
                -- round leaves failed ones as they are.
                and (status = 'requested' or rounds % 2 = 0 or not exists (select 1 from t.pv_events where world = w and delivered = 0)) order by id loop
      again := true;
      if r.status = 'requested' then perform t.decides(r.id, random() < 0.5);
      else perform checkout.retry_refund_v2(r.id, null, 'admin:1', null); end if;
      perform t.note(w, 'finishing refund ' || r.id || ' was ' || r.status);
    end loop;
    if exists (select 1 from t.pv_events where world = w and delivered = 0) then continue; end if;
    if exists (select 1 from orders.orders where id = w and status = 'pending_payment') then
      perform t.expires(w, false);
      again := true;
    end if;
    for s in select p.id, p.seller_id, p.status from orders.seller_orders p where p.order_id = w
                and p.status not in ('completed', 'cancelled', 'rejected', 'returned', 'rto_received', 'partially_returned', 'pending_payment') order by id loop
      again := true;
      perform t.forward(w, s.id, s.seller_id, s.status);
    end loop;
    exit when not again and rounds > 2;
  end loop;
end $$;

-- A part's next move on its way to the customer.
create function t.forward(w bigint, part bigint, seller bigint, was text) returns void language plpgsql as $$
declare target text := case was when 'placed' then 'accepted' when 'accepted' then 'packed' when 'packed' then 'shipped'
                                when 'shipped' then case when random() < 0.1 then 'delivery_failed' else 'delivered' end when 'out_for_delivery' then 'delivered'
                                when 'delivery_failed' then case when random() < 0.5 then 'shipped' else 'rto' end
                                when 'rto' then 'rto_received' when 'delivered' then 'completed' end;
        code smallint;
begin
  -- Nothing of it is to be sent: the server ends it.
  if was in ('placed', 'accepted', 'packed')
     and not exists (select 1 from orders.order_lines l where l.order_id = w and l.seller_order_id = part and l.quantity > refunds.units_v1(w, l.id)) then
    perform t.ok('world ' || w || ': the end of part ' || part || ' is owed', exists (select 1 from t.jobs_of(w) j where j.kind = 'seller_order.refunded'
      and j.payload->>'seller_order_id' = part::text));
    return;
  end if;
  if target = 'completed' then update orders.seller_orders set complete_at = now() where id = part; end if;
  code := t.moves(w, array[part], target, case when target = 'completed' then 16 else 2 end, case when target <> 'completed' then seller end,
    case when target <> 'completed' then seller end, null, case when was = 'packed' and target = 'shipped' then jsonb_build_object('id', t.id(), 'carrier', 'self') end);
  perform t.note(w, 'finishing part ' || part || ' ' || was || ' to ' || target || ': ' || code);
  perform t.eq('world ' || w || ': ' || was || ' to ' || target, code::text, '0');
end $$;

create function t.judge(w bigint) returns void language plpgsql as $$
declare o orders.orders; taken bigint; gone bigint; given bigint; kept bigint; borne bigint; bad text; books jsonb;
begin
  select * into o from orders.orders where id = w;
  perform t.ok('world ' || w || ' has ended, not ' || o.status, o.status in ('completed', 'cancelled', 'expired'));
  select coalesce(sum(amount) filter (where status = 'captured'), 0), coalesce(sum(refunded), 0), coalesce(sum(v.lost), 0) into taken, given, gone from t.pv_payments v where world = w;
  -- What the customer has kept is what they have paid for.
  select coalesce(sum(s.total_minor), 0) - coalesce((
           select sum(p.amount_minor) from refunds.parts p join refunds.refunds r on r.id = p.refund_id join orders.seller_orders x on x.id = p.seller_order_id
            where r.order_id = w and r.status = 'processed' and x.status = 'completed'), 0)
         -- what a lost dispute gave back in a refund's place
         - coalesce((
           select sum(case r.funded_by when 'seller' then p.amount_minor else p.reclaimed_minor end)
             from refunds.parts p join refunds.refunds r on r.id = p.refund_id join orders.seller_orders x on x.id = p.seller_order_id
            where r.order_id = w and r.failure_code = 'charged_back' and r.superseded_at is not null and r.superseded_by is null and x.status = 'completed'), 0)
         -- what sellers have lost by disputes, and has not come back
         - coalesce((select sum(case e.kind when 'dispute_lost' then l.debit_minor else -l.debit_minor end) from ledger.entries e join ledger.lines l on l.entry_id = e.id
                       join orders.seller_orders x on x.order_id = w and l.account = 'dispute_loss:' || x.seller_id
                      where e.order_id = w and e.kind in ('dispute_lost', 'dispute_reversed') and x.status = 'completed'), 0)
    into kept from orders.seller_orders s where s.order_id = w and s.status = 'completed';
  -- What went back twice, or of money that no order wanted, is the platform's loss.
  select coalesce(sum(l.debit_minor) - sum(l.credit_minor), 0) into borne from ledger.entries e join ledger.lines l on l.entry_id = e.id
   where e.order_id = w and l.account = 'dispute_loss:platform';
  -- And so is what it paid back of a part that ended unsold, as far as that part had no money left for it.
  select borne + coalesce(sum(p.amount_minor - p.reclaimed_minor), 0) into borne
    from refunds.parts p join refunds.refunds r on r.id = p.refund_id join orders.seller_orders x on x.id = p.seller_order_id
   where r.order_id = w and r.status = 'processed' and r.funded_by = 'platform' and x.status <> 'completed';
  perform t.eq('world ' || w || ': paid less given back', (taken - given - gone)::text, (kept - borne)::text);
  -- Debits less credits of each account, and of all that are neither the provider's, the order's nor a refund's under way.
  select jsonb_object_agg(account, net) into books from (
    select case when l.account like 'seller_pending:%' then 'seller_pending' else l.account end account, sum(l.debit_minor) - sum(l.credit_minor) net
      from ledger.entries e join ledger.lines l on l.entry_id = e.id where e.order_id = w group by 1) x where net <> 0;
  perform t.eq('world ' || w || ': psp_clearing', coalesce(books->>'psp_clearing', '0'), (taken - given - gone)::text);
  perform t.eq('world ' || w || ': refund_clearing', books->>'refund_clearing', null);
  perform t.eq('world ' || w || ': order_funds', books->>('order_funds:' || w), null);
  perform t.eq('world ' || w || ': seller_pending', books->>'seller_pending', null);
  perform t.eq('world ' || w || ': nothing is held', (select string_agg(k, ',') from jsonb_object_keys(books) k where k like 'dispute\_held%'), null);
  perform t.eq('world ' || w || ': processed here and there', (select coalesce(sum(amount_minor), 0)::text from refunds.refunds
    where order_id = w and status = 'processed' and captured), given::text);
  perform t.eq('world ' || w || ': units are held by nobody', (select count(*)::text from inventory.reservations
    where order_id = w and state in ('held', 'committed')), '0');
  perform t.eq('world ' || w || ': one acceptance', (select least(count(*), 2)::text from payments.provider_payments where order_id = w and verdict = 'accepted'
    having count(*) > 1), null);
  -- Money that is set aside for an order which was never paid has been decided about.
  select string_agg(v.pp, ', ') into bad from t.pv_payments v left join payments.provider_payments q on q.provider = 'razorpay' and q.provider_payment_id = v.pp
   where v.world = w and v.status = 'authorized' and q.given_up_at is null and t.draws('asked')
     and exists (select 1 from payments.payments p where p.order_id = w and p.rank < 3);
  perform t.eq('world ' || w || ': set aside for nobody', bad, null);
  select string_agg(type || ' ' || n, ', ') into bad from (
    select aggregate_type || ' ' || aggregate_id type, count(*) n, max(seq) top from platform.outbox
     where (aggregate_type = 'order' and aggregate_id = w) or (aggregate_type = 'payment' and aggregate_id = w)
        or (aggregate_type = 'seller_order' and aggregate_id in (select id from orders.seller_orders where order_id = w))
        or (aggregate_type = 'refund' and aggregate_id in (select id from refunds.refunds where order_id = w))
     group by 1) x where n <> top;
  perform t.eq('world ' || w || ': events without a gap', bad, null);
  perform t.eq('world ' || w || ': the numbers of the payment''s events', (select event_seq::text from payments.payments where id = w),
    (select coalesce(max(seq), 0)::text from platform.outbox where aggregate_type = 'payment' and aggregate_id = w));
  perform t.eq('world ' || w || ': disputes are what the provider says', (select string_agg(provider_dispute_id || ' ' || phase || ' ' || status || ' ' || deducted_minor, ', ' order by provider_dispute_id)
      from payments.disputes where order_id = w),
    (select string_agg(id || ' ' || phase || ' ' || status || ' ' || lost, ', ' order by id) from t.pv_disputes where world = w));
  -- Every move has its audit row; that of an admin's own act is written where it came in.
  select string_agg(r.id::text, ', ') into bad from refunds.refunds r
   where r.order_id = w and (select count(*) from platform.audit a where a.entity_type = 'refund' and a.entity_id = r.id)
         <> (select count(*) from refunds.history h where h.refund_id = r.id and (h.actor !~ '^(admin|user):' or not (h.event in ('reject', 'retry')
               or (h.event in ('request', 'approve') and r.origin = 'manual'))));
  perform t.eq('world ' || w || ': audited refunds', bad, null);
  perform t.eq('world ' || w || ': the payment''s way', (select to_status from payments.history where payment_id = w order by id desc limit 1),
    (select status from payments.payments where id = w and status <> 'created'));
end $$;

create function t.live(w bigint) returns void language plpgsql as $$
declare total bigint; turns int;
begin
  perform setseed((w % 1000003) / 1000003.0);
  perform t.begin_world(w);
  select total_minor into total from orders.orders where id = w;
  turns := 10 + floor(random() * 40)::int;
  for i in 1..turns loop perform t.turn(w, total, true); end loop;
  perform t.finish(w);
end $$;

-- Worlds first … first + count − 1, each in a transaction of its own.
create procedure t.worlds(first bigint, count int) language plpgsql as $$
begin
  for w in first..first + count - 1 loop
    perform t.live(w);
    perform t.judge(w);
    commit;
  end loop;
end $$;
