-- SPDX-License-Identifier: Apache-2.0
-- Why:  the single-column checks of the tables that an order or an event writes stand as domains. PostgreSQL reads the text of
--       every CHECK of a table anew in each statement that writes it (about a third of the cost of a batch of one); a domain's are
--       read once per session. What a row may hold stays the same. Checks over several columns, those of stock, and those of
--       platform.idempotency_keys (functions return its columns, and RETURN QUERY wants the base types) stay as they are.
--       Stored answers and events are compressed by lz4 where the server has it: pglz took 7 % of an order.
-- Lock: ACCESS EXCLUSIVE on the tables below, which are rewritten.
-- Time: milliseconds on a young database; about a minute for each 10,000,000 orders: apply with the servers stopped.

create domain platform.digest as bytea check (octet_length(value) = 32);
create domain platform.currency_code as text check (length(value) = 3);
create domain platform.minor_units as bigint check (value >= 0);       -- money in the currency's smallest unit
create domain platform.tally as int check (value >= 0);
create domain platform.event_seq as int check (value >= 1);
create domain platform.payment_rank as smallint check (value between 0 and 5);
create domain platform.provider_id as text check (length(value) between 1 and 64);
create domain orders.order_status as text check (value in
  ('pending_approval', 'pending_payment', 'confirmed', 'processing', 'completed', 'expired', 'cancelled'));
create domain orders.seller_order_status as text check (value in
  ('pending_payment', 'placed', 'accepted', 'packed', 'shipped', 'out_for_delivery', 'delivered', 'completed',
   'rejected', 'cancelled', 'delivery_failed', 'rto', 'rto_received', 'return_in_progress', 'partially_returned', 'returned'));
create domain orders.payment_method as text check (value in ('razorpay', 'cod', 'credit_terms'));
create domain orders.customer_note as text check (length(value) <= 2000);
create domain orders.po_number as text check (length(value) <= 100);
create domain orders.line_no as smallint check (value >= 1);
create domain orders.quantity as int check (value between 1 and 1000000);
create domain orders.rate_bps as int check (value between 0 and 10000);
create domain inventory.reservation_state as text check (value in ('held', 'committed', 'consumed', 'released', 'expired'));
create domain payments.payment_status as text check (value in
  ('created', 'initiated', 'expired', 'failed', 'authorized', 'voided', 'captured', 'partially_refunded', 'refunded'));
create domain payments.provider_status as text check (value in
  ('failed', 'authorized', 'captured', 'partially_refunded', 'refunded'));
create domain payments.verdict as text check (value in ('accepted', 'mismatch', 'duplicate', 'late'));
create domain payments.dispute as text check (value in ('open', 'won', 'lost'));
create domain payments.event_id as text check (length(value) between 1 and 128);
create domain payments.event_body as bytea check (octet_length(value) <= 262144);
create domain payments.event_state as text check (value in
  ('received', 'processed', 'ignored', 'conflict', 'waiting', 'failed', 'replayed'));

-- The checks go first, so that no row is judged twice.
do $$
declare c record;
begin
  for c in
    select k.conrelid::regclass as t, k.conname
      from pg_constraint k
     where k.contype = 'c' and cardinality(k.conkey) = 1
       and k.conrelid in ('platform.outbox'::regclass, 'orders.orders'::regclass, 'orders.seller_orders'::regclass,
                          'orders.order_lines'::regclass, 'inventory.reservations'::regclass, 'payments.payments'::regclass, 'payments.provider_payments'::regclass, 'payments.events'::regclass)
       -- no domain stands for these two
       and k.conname not in ('payments_amount_minor_check', 'provider_payments_rank_check')
  loop
    execute format('alter table %s drop constraint %I', c.t, c.conname);
  end loop;
end $$;

alter table platform.outbox alter seq type platform.event_seq;
alter table orders.orders
  alter status type orders.order_status, alter currency type platform.currency_code,
  alter subtotal_minor type platform.minor_units, alter discount_minor type platform.minor_units,
  alter shipping_minor type platform.minor_units, alter tax_minor type platform.minor_units,
  alter total_minor type platform.minor_units, alter paid_minor type platform.minor_units,
  alter payment_rank type platform.payment_rank, alter payment_method type orders.payment_method,
  alter customer_note type orders.customer_note, alter po_number type orders.po_number,
  alter request_hash type platform.digest, alter key_digest type platform.digest;
alter table orders.seller_orders
  alter status type orders.seller_order_status, alter subtotal_minor type platform.minor_units,
  alter discount_minor type platform.minor_units, alter shipping_minor type platform.minor_units,
  alter tax_minor type platform.minor_units, alter total_minor type platform.minor_units;
alter table orders.order_lines
  alter line_no type orders.line_no, alter quantity type orders.quantity, alter unit_price_minor type platform.minor_units,
  alter discount_minor type platform.minor_units, alter taxable_value_minor type platform.minor_units,
  alter tax_rate_bps type orders.rate_bps, alter cgst_minor type platform.minor_units, alter sgst_minor type platform.minor_units,
  alter igst_minor type platform.minor_units, alter commission_rate_bps type orders.rate_bps;
alter table inventory.reservations alter state type inventory.reservation_state;
alter table payments.payments
  alter provider_order_id type platform.provider_id, alter status type payments.payment_status,
  alter rank type platform.payment_rank, alter currency type platform.currency_code,
  alter captured_minor type platform.minor_units, alter refunded_minor type platform.minor_units,
  alter dispute type payments.dispute, alter attempts type platform.tally;
alter table payments.provider_payments
  alter provider_payment_id type platform.provider_id, alter status type payments.provider_status,
  alter amount_minor type platform.minor_units, alter currency type platform.currency_code, alter verdict type payments.verdict;
alter table payments.events
  alter event_id type payments.event_id, alter body_hash type platform.digest, alter body type payments.event_body,
  alter state type payments.event_state;

do $$
begin
  alter table platform.idempotency_keys alter body set compression lz4;
  alter table payments.events alter body set compression lz4;
exception when feature_not_supported then
  null;   -- a server built without lz4 goes on with what it has
end $$;
