-- SPDX-License-Identifier: Apache-2.0
-- The invariants in steps: what a window and what a slice finds, that progress is kept, and what clears a finding.
select t.shop(2, 5, 2, 1000);
select t.payable(n, array[100, 200]) from generate_series(1, 30) n;
select t.paid(jsonb_build_array(jsonb_build_object('event', 'e' || n, 'po', 'order_' || n, 'pp', 'pay_' || n, 'amount', 2000)))
  from generate_series(1, 10) n;
select t.sound('a shop');

-- Runs an area to its end; the number of steps.
create function t.round(p_area text, p_limit int) returns int language plpgsql as $$
declare steps int := 0; r record;
begin
  loop
    select * into r from platform.invariants_step_v5(p_area, p_limit);
    steps := steps + 1;
    if r.finished then return steps; end if;
    perform t.ok(p_area || ' is bounded', r.checked <= p_limit and steps < 1000);
  end loop;
end $$;
create function t.everything(p_limit int) returns void language plpgsql as $$
begin
  perform t.round(area, p_limit) from platform.invariant_progress order by area;
end $$;
create function t.broken() returns text language sql as $$
  select coalesce(string_agg(name || '=' || value, ' ' order by name), '') from platform.invariants_state_v5() where not ok
$$;
create function t.at(p_area text) returns bigint language sql as $$ select position from platform.invariant_progress where area = p_area $$;
-- Undoes a change after a look at it.
create procedure t.planted(p_what text, p_plant text, p_look text, p_want text) language plpgsql as $$
declare got text;
begin
  begin
    -- Rows are broken behind the triggers' back, as a bug or a restored disk would.
    perform set_config('session_replication_role', 'replica', true);
    execute p_plant;
    perform set_config('session_replication_role', 'origin', true);
    execute p_look;
    got := t.broken();
    raise exception using errcode = 'TEST2';
  exception when sqlstate 'TEST2' then null;
  end;
  perform t.eq(p_what, got, p_want);
end $$;
-- As if all of it had happened a while ago.
create function t.age(p_by interval) returns void language sql as $$
  update orders.orders set created_at = created_at - p_by, updated_at = updated_at - p_by, reserved_until = reserved_until - p_by;
  update inventory.reservations set created_at = created_at - p_by, updated_at = updated_at - p_by, expires_at = expires_at - p_by;
  update platform.outbox set created_at = created_at - p_by;
  update platform.idempotency_keys set created_at = created_at - p_by;
$$;

select t.eq('the names are those of the whole check', (select string_agg(name, ',' order by name) from platform.invariants_state_v5()),
            (select string_agg(name, ',' order by name) from (select name from platform.invariants_v4() union all select name from reviews.invariants_v1()) x));
select t.eq('a limit', t.fails($$select platform.invariants_step_v5('orders', 0)$$), '22023');
select t.eq('an area', t.fails($$select platform.invariants_step_v5('nothing', 10)$$), '22023');

-- Order 6 has arrived and is earned.
select t.eq('moves', string_agg(t.move(array[6000 + s], target, 'seller:' || s,
              shipment => case when target = 'shipped' then jsonb_build_object('id', 6000 + s, 'carrier', 'self') end), ', '), array_to_string(array_fill('0 processing'::text, '{8}'), ', '))
  from unnest('{accepted,packed,shipped,delivered}'::text[]) target, generate_series(1, 2) s;
select t.sound('an earned order');
-- A refund of order 8 is under way, and somebody was told of it.
select t.eq('owed', checkout.owe_refund_v1(990001, 990002, 8001, 'damaged', 'system', null)::text, '1000');
select notifications.tell_v1('{990003}', '{8}', '{1}', '{refund.approved}', '{"{}"}', 500);
select t.sound('a refund under way');

-- Windows wait for what may still commit.
select t.eq('nothing has settled', (select checked || ' ' || finished from platform.invariants_step_v5('new_orders', 100)), '0 true');
select t.eq('nothing has settled', (select checked || ' ' || finished from platform.invariants_step_v5('events', 100)), '0 true');
select t.age('1 minute');

-- The window sees what is new, in steps, and keeps its place.
select t.eq('a step', (select checked || ' ' || finished from platform.invariants_step_v5('new_orders', 12)), '12 false');
select t.eq('its place', t.at('new_orders')::text, '12');
select t.eq('the rest', t.round('new_orders', 12)::text, '2');
select t.eq('its place', t.at('new_orders')::text, '30');
select t.eq('no more', (select checked || ' ' || finished from platform.invariants_step_v5('new_orders', 12)), '0 true');
select t.ok('events', t.round('events', 16) > 2);
select t.eq('sound', t.broken(), '');

-- Another process has the area.
create extension dblink;
select dblink_connect('other', format('host=%s user=%s dbname=%s', split_part(current_setting('unix_socket_directories'), ',', 1), current_user, current_database()));
select dblink_exec('other', 'begin');
select * from dblink('other', $$select position from platform.invariant_progress where area = 'orders' for update$$) x(p bigint);
select t.eq('an area is worked at once', (select checked || ' ' || finished from platform.invariants_step_v5('orders', 5)), '0 true');
select dblink_exec('other', 'rollback');

-- What a window finds: an order of just now, and one that changed just now.
call t.planted('a new order without its units', $$
    select t.payable(31, array[100]); select t.age('1 minute'); delete from inventory.reservations where order_id = 31$$,
  $$select t.round('new_orders', 10)$$, 'reservations.one_per_seller_order_with_its_units=1');
call t.planted('an old one is not its business', $$delete from inventory.reservations where order_id = 5$$, $$select t.round('new_orders', 10)$$, '');
call t.planted('a payment that was not booked', $$
    select t.paid('[{"event":"e20","po":"order_20","pp":"pay_20","amount":2000}]'); select t.age('1 minute');
    delete from ledger.lines l using ledger.entries e where e.id = l.entry_id and e.reference = 'razorpay:pay_20';
    delete from ledger.entries where reference = 'razorpay:pay_20'$$,
  $$select t.round('events', 10)$$, 'ledger.each_capture_is_booked_once=1');
call t.planted('a paid order that is not confirmed', $$
    select t.paid('[{"event":"e20","po":"order_20","pp":"pay_20","amount":2000}]'); select t.age('1 minute');
    update orders.orders set status = 'pending_payment' where id = 20$$,
  $$select t.round('events', 10)$$, 'orders.history_is_a_legal_path=1 orders.status_fits_its_seller_orders=1 reservations.state_fits_the_order=2');
call t.planted('an event is missing in between', $$
    select t.payable(31, array[100]); update orders.orders set event_seq = 3 where id = 31;
    insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload) values ('order.confirmed', 'order', 31, 3, '{}');
    select t.age('1 minute')$$,
  $$select t.round('events', 10)$$, 'outbox.order_events_are_gap_free=1');
call t.planted('the last event is missing', $$
    select t.payable(31, array[100]); update orders.orders set event_seq = 2 where id = 31; select t.age('1 minute')$$,
  $$select t.round('events', 10)$$, 'outbox.order_events_are_gap_free=1');

call t.planted('a refund changed and nobody counted it', $$
    select checkout.owe_refund_v1(990011, 990012, 9001, 'damaged', 'system', null); select t.age('1 minute');
    update payments.provider_payments set refund_minor = 0 where order_id = 9$$,
  $$select t.round('events', 10)$$, 'refunds.within_what_was_captured=1');
call t.planted('a part moved and its order did not', $$
    select t.move('{9001}', 'cancelled', 'seller:1'), t.move('{9002}', 'cancelled', 'seller:2'); select t.age('1 minute');
    update orders.orders set status = 'processing' where id = 9$$,
  $$select t.round('events', 10)$$, 'orders.history_is_a_legal_path=1 orders.status_fits_its_seller_orders=1');
call t.planted('a move that was not written down', $$
    select t.move('{9001}', 'accepted', 'seller:1'); select t.age('1 minute'); delete from orders.history where seller_order_id = 9001 and to_status = 'accepted'$$,
  $$select t.round('events', 10)$$, 'seller_orders.history_is_a_legal_path=1');
call t.planted('an event of a refund is missing in between', $$
    select checkout.owe_refund_v1(990011, 990012, 9001, 'damaged', 'system', null); update refunds.refunds set event_seq = 3 where id = 990011;
    insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload) values ('refund.processed', 'refund', 990011, 3, '{}');
    select t.age('1 minute')$$,
  $$select t.round('events', 10)$$, 'outbox.refund_events_are_gap_free=1');
call t.planted('the last event of a part is missing', $$
    select t.move('{9001}', 'accepted', 'seller:1'); update orders.seller_orders set event_seq = event_seq + 1, updated_at = now() where id = 9001;
    select t.age('1 minute'); update orders.seller_orders set updated_at = updated_at - interval '1 minute'$$,
  $$select t.round('events', 10)$$, 'outbox.seller_order_events_are_gap_free=1');

-- What the slices find, one check after the other; orders by slices of seven.
do $$
declare p record;
begin
  for p in
    select * from (values
      ('orders', 'update orders.orders set total_minor = total_minor + 1 where id = 25', 'orders.total_is_sum_of_seller_orders=1', null),
      ('orders', 'update orders.orders set paid_minor = 0 where id in (3, 4)', 'orders.confirmed_is_paid=2 orders.paid_is_sum_of_accepted=2', null),
      ('orders', 'update orders.orders set cart_version = 9 where id = 12', 'orders.carts_moved_on=1', null),
      ('orders', 'delete from platform.idempotency_keys where digest = (select key_digest from orders.orders where id = 12)', 'orders.key_row_within_retention=1', null),
      ('orders', 'update orders.orders x set key_digest = o.key_digest, user_id = o.user_id from orders.orders o where o.id = 12 and x.id = 22', 'keys.one_order_per_key=1', null),
      ('orders', 'update orders.seller_orders set total_minor = total_minor + 1, shipping_minor = shipping_minor + 2 where order_id = 7', 'orders.total_is_sum_of_seller_orders=1 seller_orders.total_is_sum_of_lines=2', null),
      ('orders', 'update inventory.reservations set quantities[1] = 2 where order_id = 7', 'reservations.one_per_seller_order_with_its_units=2', null),
      ('orders', 'update inventory.reservations set state = ''expired'' where order_id = 7', 'reservations.state_fits_the_order=2', null),
      ('orders', 'update orders.order_lines set seller_order_id = 1 where order_id = 7 and line_no = 1', 'lines.have_a_seller_order=1 reservations.one_per_seller_order_with_its_units=2 seller_orders.total_is_sum_of_lines=1', null),
      ('seller_orders', 'delete from orders.orders where id = 9', 'seller_orders.have_an_order=2', null),
      ('lines', 'delete from orders.seller_orders where order_id = 9', 'lines.have_a_seller_order=2', null),
      ('payments', 'delete from orders.orders where id = 9', 'payments.have_an_order=1', null),
      ('payments', 'update payments.payments set captured_minor = 1 where id = 9', 'payments.captured_is_sum_of_provider_payments=1', null),
      ('payments', 'update payments.payments set status = ''failed'', rank = 1 where id = 9', 'payments.attempt_has_the_highest_rank=1', null),
      ('provider_payments', 'delete from payments.payments where id = 9; delete from ledger.lines; delete from ledger.entries', 'ledger.each_capture_is_booked_once=7', 'ledger.each_capture_is_booked_once=10'),
      ('entries', 'update ledger.lines set debit_minor = 1 where debit_minor > 0 and entry_id = (select min(id) from ledger.entries)', 'ledger.entries_balance=1', null),
      ('entries', 'delete from payments.provider_payments where payment_id = 9', 'ledger.each_capture_is_booked_once=1', null),
      ('ledger_lines', 'delete from ledger.entries where order_id = 9', 'ledger.lines_have_an_entry=2', null),
      ('ledger_orders', 'update orders.orders set status = ''cancelled'' where id in (3, 5)', 'ledger.order_funds_of_ended_orders_are_zero=2', null),
      ('ledger_orders', 'update orders.seller_orders set status = ''delivered'' where order_id = 5', 'ledger.each_arrived_seller_order_is_earned_once=2', null),
      ('ledger_orders', 'update ledger.entries set reference = ''x'' where kind = ''earned'' and reference = ''6001''', 'ledger.each_arrived_seller_order_is_earned_once=1', null),
      ('ledger_orders', 'update orders.seller_orders set status = ''shipped'' where id = 6001', 'ledger.nothing_is_earned_that_did_not_arrive=1', null),
      ('ledger_orders', 'update ledger.lines set account = ''bank'' where account = ''tcs_payable''', 'ledger.shares_equal_the_journal=1', null),
      ('ledger_orders', 'insert into ledger.disputes (dispute, payment_id, order_id, currency, amount_minor) values (''d'', 6, 6, ''INR'', 5);
        insert into ledger.dispute_shares values (''d'', 6001, 1, 5, 5)', 'ledger.dispute_holds_end=1', null),
      ('order_parts', 'update orders.orders set status = ''completed'' where id in (3, 4)', 'orders.status_fits_its_seller_orders=2', null),
      ('order_parts', 'update inventory.reservations set state = ''released'' where order_id = 3', 'reservations.state_fits_the_seller_order=2', null),
      ('order_parts', 'update orders.shipments set quantities[1] = 5 where seller_order_id = 6001', 'shipments.units_fit_the_lines=1', null),
      ('order_parts', 'delete from orders.shipments where seller_order_id = 6001', 'seller_orders.shipped_has_a_shipment=1', null),
      ('order_parts', 'update orders.seller_orders set accept_by = null where id = 3001', 'seller_orders.have_their_deadlines=1', null),
      ('order_moves', 'delete from orders.history where seller_order_id = 6001 and to_status = ''packed''', 'seller_orders.history_is_a_legal_path=1', null),
      -- Not the first state, not where the one before ended, no move, not where the row is, nothing at all: of each machine some.
      ('order_moves', 'delete from orders.history where seller_order_id = 6001 and to_status = ''placed''', 'seller_orders.history_is_a_legal_path=1', null),
      ('order_moves', 'delete from orders.history where order_id in (3, 5) and seller_order_id is not null', 'reservations.history_is_a_legal_path=4 seller_orders.history_is_a_legal_path=4', null),
      ('order_moves', 'delete from orders.history where order_id = 6 and seller_order_id is null and to_status = ''confirmed''', 'orders.history_is_a_legal_path=1', null),
      ('order_moves', 'update orders.history set from_status = ''expired'' where order_id = 6 and to_status = ''processing''', 'orders.history_is_a_legal_path=1', null),
      ('order_moves', 'update orders.orders set status = ''processing'' where id = 3', 'orders.history_is_a_legal_path=1', null),
      ('order_moves', 'delete from payments.history where payment_id = 9 and to_status = ''initiated''', 'payments.history_is_a_legal_path=1', null),
      ('order_moves', 'delete from payments.history where payment_id in (9, 20)', 'payments.history_is_a_legal_path=1', 'payments.history_is_a_legal_path=2'),
      ('order_moves', 'insert into payments.history (payment_id, from_status, to_status, actor) values (9, ''captured'', ''captured'', ''x'')', 'payments.history_is_a_legal_path=1', null),
      ('order_moves', 'update payments.history set to_status = ''authorized'' where payment_id = 9 and to_status = ''captured''', 'payments.history_is_a_legal_path=1', null),
      ('order_moves', 'update refunds.refunds set status = ''submitted''', 'refunds.history_is_a_legal_path=1', null),
      ('order_moves', 'delete from refunds.history', 'refunds.history_is_a_legal_path=1', null),
      ('order_moves', 'insert into refunds.history (refund_id, from_status, to_status, event, actor) values (990001, null, ''approved'', ''approve'', ''x'')', 'refunds.history_is_a_legal_path=1', null),
      ('order_moves', 'insert into payments.disputes (id, provider, provider_dispute_id, provider_payment_id, payment_id, order_id, amount_minor, currency, phase, status)
        values (1, ''razorpay'', ''disp_1'', ''pay_9'', 9, 9, 5, ''INR'', ''chargeback'', ''open'')', 'disputes.history_is_a_legal_path=1', null),
      -- Out of a final status another one only with a later phase.
      ('order_moves', 'insert into payments.disputes (id, provider, provider_dispute_id, provider_payment_id, payment_id, order_id, amount_minor, currency, phase, status, ended_at)
        select n, ''razorpay'', ''disp_'' || n, ''pay_9'', 9, 9, 5, ''INR'', ''arbitration'', ''lost'', now() from generate_series(1, 2) n;
        insert into payments.dispute_history (dispute_id, phase, from_status, to_status, actor) select n, ''arbitration'', null, ''won'', ''x'' from generate_series(1, 2) n;
        insert into payments.dispute_history (dispute_id, phase, from_status, to_status, actor) values (1, ''arbitration'', ''won'', ''lost'', ''x'');
        update payments.dispute_history set phase = ''chargeback'' where dispute_id = 2;
        insert into payments.dispute_history (dispute_id, phase, from_status, to_status, actor) values (2, ''arbitration'', ''won'', ''lost'', ''x'')', 'disputes.history_is_a_legal_path=1', null),
      ('order_moves', 'insert into payments.disputes (id, provider, provider_dispute_id, provider_payment_id, payment_id, order_id, amount_minor, currency, phase, status)
        values (1, ''razorpay'', ''disp_1'', ''pay_9'', 9, 9, 5, ''INR'', ''retrieval'', ''open'');
        insert into payments.dispute_history (dispute_id, phase, from_status, to_status, actor) values (1, ''chargeback'', null, ''won'', ''x''), (1, ''retrieval'', ''won'', ''open'', ''x'')',
        'disputes.history_is_a_legal_path=1', null),
      ('order_moves', 'update inventory.reservations set state = ''released'' where order_id = 3', 'reservations.history_is_a_legal_path=2', null),
      -- What is older than its history is compared as far as that goes.
      ('order_moves', 'update platform.histories_since set at = now(); delete from payments.history where payment_id = 9 and to_status = ''initiated'';
        delete from payments.history where payment_id = 20; delete from orders.history where order_id = 6 and to_status in (''confirmed'', ''placed'');
        delete from orders.history where order_id = 3 and seller_order_id is not null; delete from refunds.history', '', null),
      ('order_moves', 'update platform.histories_since set at = now(); update payments.history set to_status = ''authorized'' where payment_id = 9 and to_status = ''captured''',
        'payments.history_is_a_legal_path=1', null),
      ('order_refunds', 'update payments.provider_payments set refund_minor = refund_minor + 1 where order_id = 8', 'refunds.within_what_was_captured=1', null),
      ('order_refunds', 'update refunds.refunds set payment_id = 1', 'refunds.have_a_payment=1', null),
      ('order_refunds', 'update refunds.parts set amount_minor = amount_minor + 1, taxable_minor = taxable_minor + 1',
        'refunds.lines_within_what_was_paid=1 refunds.parts_sum_to_the_refund=1 refunds.shares_within_the_seller_order=1', null),
      ('order_refunds', 'update ledger.lines set account = ''bank'' where account = ''refund_clearing''',
        'refunds.clearing_is_what_is_not_processed=1 refunds.each_is_booked_once=1', null),
      ('order_refunds', 'update payments.payments set refunded_minor = 1 where order_id = 8', 'payments.refunded_is_sum_of_refunds=1', null),
      ('order_refunds', 'update orders.orders set payment_rank = 4 where id = 8', 'orders.refunded_is_sum_of_refunds=1', null),
      ('order_refunds', 'update payments.payments set dispute = ''open'' where order_id in (8, 9)', 'payments.dispute_flag_is_of_its_disputes=2', null),
      ('order_refunds', 'insert into payments.disputes (id, provider, provider_dispute_id, provider_payment_id, payment_id, order_id, amount_minor, currency, phase, status)
        values (1, ''razorpay'', ''disp_1'', ''pay_9'', 9, 9, 5, ''INR'', ''chargeback'', ''open'')',
        'payments.dispute_flag_is_of_its_disputes=1 payments.disputes_are_held_while_open=1', null),
      ('notified', 'update notifications.counters set unread = 2', 'notifications.counters_equal_rows=1', null),
      ('notified', 'update notifications.counters set last_seq = 2', 'notifications.newest_is_kept=1', null),
      ('notified', 'insert into notifications.notifications (id, user_id, seq, event_id, notice, data) values (990004, 7, 1, 2, ''x'', ''{}'')',
        'notifications.counters_equal_rows=1', null),
      ('variants', 'delete from inventory.stock where variant_id = 501', 'stock.every_variant_has_a_row=1', null),
      ('variants', 'update inventory.stock set sellable = false where variant_id = 501', 'stock.sellable_matches_catalog=1', null),
      ('products', 'update catalog.products set seller_selling = false where id = 4', 'products.seller_selling_matches_seller=1', null),
      ('stock', 'update inventory.stock set reserved = reserved + 1 where variant_id = 100', 'stock.reserved_is_held_plus_committed=1', null),
      ('stock', 'update inventory.stock set reserved = reserved - 1 where variant_id = 200', 'stock.reserved_is_held_plus_committed=1', null),
      ('stock', 'delete from inventory.stock where variant_id = 200', 'stock.reserved_is_held_plus_committed=3', 'stock.reserved_is_held_plus_committed=29'),
      ('stock', 'delete from orders.seller_orders where order_id = 9', 'reservations.one_per_seller_order_with_its_units=2', null)
    ) v(area, plant, want, whole)
  loop
    call t.planted(p.area || ': ' || p.plant, p.plant, format('select t.round(%L, 7)', p.area), p.want);
    -- The value is that of the worst step.
    call t.planted('in one step: ' || p.plant, p.plant, format('select t.round(%L, 1000)', p.area), coalesce(p.whole, p.want));
  end loop;
end $$;

-- A sound shop stays sound, however it is sliced, and a slice begins anew at its end.
select t.everything(3), t.everything(100);
select t.eq('sound', t.broken(), '');
select t.eq('four steps and an empty one', t.round('orders', 6)::text, '6');
select t.eq('begun anew', t.at('orders')::text, '-9223372036854775808');

-- Units that move while they are added up are no offence; what does not move is compared exactly.
select platform.invariants_step_v5('stock', 100);      -- noted
select t.payable(40, array[100, 300]);
select t.paid('[{"event":"e25","po":"order_25","pp":"pay_25","amount":2000}]');
select from checkout.cancel_v1('{26}', '{26}', 'user:26', null, null);
select t.round('stock', 10);
select t.eq('moving units', t.broken(), '');
select t.sound('moved');

-- A finding stays until a whole round has found nothing.
select t.age('1 minute');
update inventory.stock set reserved = reserved + 1 where variant_id = 100;
update orders.orders set total_minor = total_minor + 1 where id = 28;
select t.round('orders', 10), t.round('stock', 10);
select t.eq('found', t.broken(), 'orders.total_is_sum_of_seller_orders=1 stock.reserved_is_held_plus_committed=1');
update inventory.stock set reserved = reserved - 1 where variant_id = 100;
update orders.orders set total_minor = total_minor - 1 where id = 28;
select platform.invariants_step_v5('orders', 10);
select t.eq('a part of a round clears nothing', (select ok::text from platform.invariants_state_v5() where name = 'orders.total_is_sum_of_seller_orders'), 'false');
select t.round('orders', 10), t.round('stock', 10);
select t.eq('cleared', t.broken(), '');

-- The ledger as a whole, by slices of seven lines, and at once.
select ledger.snapshot_step_v1((select max(id) from (select id from ledger.entries order by id limit 6) x), 1000);
do $$
declare p record;
begin
  for p in
    select * from (values
      ('ledger_lines', 'update ledger.lines set debit_minor = debit_minor + 7 where account = ''psp_clearing'' and entry_id = (select min(entry_id) from ledger.lines where account = ''psp_clearing'')', 'ledger.debits_equal_credits=7'),
      ('ledger_lines', 'delete from ledger.lines where entry_id = (select min(entry_id) from ledger.lines where account = ''psp_clearing'') and debit_minor > 0', 'ledger.debits_equal_credits=2000'),
      ('ledger_sums', 'update ledger.snapshots set debit_minor = debit_minor + 1 where account = ''psp_clearing''', 'ledger.snapshots_equal_lines=1'),
      ('ledger_sums', 'update ledger.snapshots set lines = lines + 1 where account = ''psp_clearing''', 'ledger.snapshots_equal_lines=1'),
      ('ledger_sums', 'delete from ledger.snapshots', 'ledger.snapshots_equal_lines=2'),
      ('ledger_sums', 'insert into ledger.snapshots (account, debit_minor, credit_minor, lines) values (''bank'', 1, 1, 2)', 'ledger.snapshots_equal_lines=1'),
      ('ledger_sums', 'delete from ledger.lines where account = ''psp_clearing'' and entry_id = (select min(entry_id) from ledger.lines where account = ''psp_clearing'')', 'ledger.snapshots_equal_lines=1'),
      -- Later lines are in no snapshot.
      ('ledger_sums', 'delete from ledger.lines where entry_id > (select through from ledger.snapshot_progress)', '')
    ) v(area, plant, want)
  loop
    call t.planted(p.area || ': ' || p.plant, p.plant, format('select t.round(%L, 7)', p.area), p.want);
    call t.planted('in one step: ' || p.plant, p.plant, format('select t.round(%L, 1000)', p.area), p.want);
  end loop;
end $$;
-- Snapshots that go on while a round is under way, or are begun anew, are no offence.
select t.eq('a step', (select checked || ' ' || finished from platform.invariants_step_v5('ledger_sums', 2)), '2 false');
select ledger.snapshot_step_v1(9223372036854775807, 1000);
select t.ok('goes on to where they are', t.round('ledger_sums', 2) > 3);
select t.eq('sound', t.broken(), '');
select platform.invariants_step_v5('ledger_sums', 2);
select ledger.retake_snapshots_v1();
select t.round('ledger_sums', 2);
select ledger.snapshot_step_v1(9223372036854775807, 3);
select platform.invariants_step_v5('ledger_sums', 5);
select ledger.retake_snapshots_v1(), ledger.snapshot_step_v1(9223372036854775807, 1);
select t.round('ledger_sums', 2), t.round('ledger_sums', 1000);
select t.eq('sound', t.broken(), '');

-- Reviews: three of one product and one of another, the last of them not shown; with a vote, a report, a picture and their events.
insert into reviews.reviews (id, order_line_id, user_id, product_id, seller_id, rating, status, helpful_count, report_count, media_count, event_seq)
select n, n, n, case when n < 4 then 1 else 2 end, 1, n, case when n < 4 then 'published' else 'pending' end, (n = 1)::int, (n = 2)::int, (n = 3)::int, (n < 4)::int
  from generate_series(1, 4) n;
insert into reviews.history (review_id, from_status, to_status, event, actor) select n, 'pending', 'published', 'publish', 'system' from generate_series(1, 3) n;
insert into reviews.votes (review_id, user_id) values (1, 9);
insert into reviews.reports (review_id, user_id, reason_code) values (2, 9, 'spam');
insert into reviews.media (id, user_id, review_id, kind, digest, url, size) values (1, 3, 3, 'image', t.digest('m'), '/m', 1);
insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload) select 'review.published', 'review', n, 1, '{}' from generate_series(1, 3) n;
create function t.reviews_broken() returns text language sql as $$
  select coalesce(string_agg(name || '=' || value, ' ' order by name), '') from reviews.invariants_v1() where not ok $$;
select t.everything(1), t.everything(100);
select t.eq('sound', t.broken() || t.reviews_broken(), '');
do $$
declare p record;
begin
  for p in
    select * from (values
      ('reviews', 'update reviews.reviews set helpful_count = 0 where id = 1', 'reviews.helpful_equals_votes=1', null),
      ('reviews', 'delete from reviews.reports', 'reviews.reported_equals_reports=1', null),
      ('reviews', 'delete from reviews.media', 'reviews.media_equal_their_rows=1', null),
      ('reviews', 'delete from reviews.history where review_id = 2', 'reviews.history_ends_with_the_state=1', null),
      ('reviews', 'update reviews.reviews set deleted_at = now() where id = 4', 'reviews.history_ends_with_the_state=1', null),
      ('reviews', 'delete from reviews.counters where subject = ''product''', 'reviews.counters_equal_their_reviews=1', 'reviews.counters_equal_their_reviews=3'),
      ('review_products', 'update reviews.counters set ones = 2 where subject = ''product''', 'reviews.counters_equal_their_reviews=1', null),
      ('review_products', 'update reviews.counters set ones = 2 where subject = ''seller''', '', null),
      ('review_sellers', 'update reviews.reviews set rating = 5 where id = 1', 'reviews.counters_equal_their_reviews=1', null),
      ('review_sellers', 'insert into reviews.counters (subject, subject_id, fives) values (''seller'', 9, 1)', 'reviews.counters_equal_their_reviews=1', null),
      -- Events are cleared away a week after they were handed on.
      ('reviews', 'delete from platform.outbox where aggregate_type = ''review'' and aggregate_id = 2', 'reviews.events_are_gap_free=1', null),
      ('reviews', 'update platform.outbox set seq = 2 where aggregate_type = ''review'' and aggregate_id = 2', 'reviews.events_are_gap_free=1', null),
      ('reviews', 'update reviews.reviews set created_at = now() - interval ''8 days''; delete from platform.outbox where aggregate_type = ''review''', '', null)
    ) v(area, plant, want, whole)
  loop
    call t.planted(p.area || ': ' || p.plant, p.plant, format('select t.round(%L, 1)', p.area), p.want);
    call t.planted('in one step: ' || p.plant, p.plant, format('select t.round(%L, 1000)', p.area), coalesce(p.whole, p.want));
  end loop;
end $$;
-- As mve check sees them.
update reviews.reviews set created_at = now() - interval '8 days' where id = 1;
delete from platform.outbox where aggregate_type = 'review' and aggregate_id < 3;
select t.eq('only events of the last hour are counted', t.reviews_broken(), 'reviews.events_are_gap_free=1');
insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload) values ('review.published', 'review', 2, 1, '{}');
select t.eq('sound', t.reviews_broken(), '');

-- What only sums over everything can say.
create function t.whole(p_plant text) returns text language plpgsql as $$
declare got text;
begin
  begin
    perform set_config('session_replication_role', 'replica', true);
    execute p_plant;
    perform set_config('session_replication_role', 'origin', true);
    select coalesce(string_agg(name || '=' || value, ' ' order by name), '') into got from platform.invariants_v4() where not ok;
    raise exception using errcode = 'TEST2';
  exception when sqlstate 'TEST2' then return got;
  end;
end $$;
select ledger.snapshot_step_v1(9223372036854775807, 1000);
select t.eq('money out of nowhere', t.whole('update ledger.lines set debit_minor = debit_minor + 7 where account = ''psp_clearing'' and entry_id = (select min(entry_id) from ledger.lines where account = ''psp_clearing'')'),
  'ledger.debits_equal_credits=7 ledger.each_capture_is_booked_once=1 ledger.entries_balance=1 ledger.snapshots_equal_lines=1');
select t.eq('the ledger''s own checks of orders', t.whole('update orders.orders set status = ''cancelled'' where id = 5; update orders.seller_orders set status = ''shipped'' where id = 6001'),
  'ledger.nothing_is_earned_that_did_not_arrive=1 ledger.order_funds_of_ended_orders_are_zero=1 orders.history_is_a_legal_path=1 '
  'orders.status_fits_its_seller_orders=1 seller_orders.history_is_a_legal_path=1');
select t.eq('all histories, in the whole check', t.whole('delete from payments.history where payment_id = 9; delete from refunds.history; update inventory.reservations set state = ''consumed'' where order_id = 3;
    update orders.history set to_status = ''cancelled'' where order_id = 4 and seller_order_id is null;
    insert into payments.disputes (id, provider, provider_dispute_id, provider_payment_id, payment_id, order_id, amount_minor, currency, phase, status)
    values (1, ''razorpay'', ''disp_1'', ''pay_9'', 9, 9, 0, ''INR'', ''chargeback'', ''open'')'),
  'disputes.history_is_a_legal_path=1 orders.history_is_a_legal_path=1 payments.dispute_flag_is_of_its_disputes=1 payments.disputes_are_held_while_open=1 '
  'payments.history_is_a_legal_path=1 refunds.history_is_a_legal_path=1 reservations.history_is_a_legal_path=2 reservations.state_fits_the_seller_order=2 '
  'stock.reserved_is_held_plus_committed=2');
create or replace function platform.invariants_of_refunds_v1() returns table (name text, value bigint) language sql as $$ select 'refunds.test'::text, 3::bigint $$;
select t.eq('what others hand in', t.whole('select 1'), 'refunds.test=3');
