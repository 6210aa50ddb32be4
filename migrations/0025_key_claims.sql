-- SPDX-License-Identifier: Apache-2.0
-- Why:  platform.idempotency_keys.claim: the transaction that claimed a key for a route that calls a provider. Whoever gives such a claim
--       back long after (the call failed past the lease, the reply to COMMIT was lost, the database was away) gives back his own and
--       not the one that the same request has made since in another process.
--       Migration 0021 rewrote columns, and with them went what the planner knew of them: it is gathered anew. Nothing else would do so
--       before a tenth of a table has changed.
-- Lock: ACCESS EXCLUSIVE on platform.idempotency_keys for the column; SHARE UPDATE EXCLUSIVE on the tables that are analysed.
-- Time: milliseconds, and a second or two for each large table.

alter table platform.idempotency_keys add column claim bigint;   -- null: claimed and finished in one transaction of a batch

-- Only tables that hold rows: of an empty one the planner had better know nothing than that it is empty.
do $$
declare t regclass;
begin
  for t in
    select c.oid::regclass from pg_class c
     where c.reltuples > 0
       and c.oid in ('platform.outbox'::regclass, 'orders.orders'::regclass, 'orders.seller_orders'::regclass,
                     'orders.order_lines'::regclass, 'inventory.reservations'::regclass, 'payments.payments'::regclass,
                     'payments.provider_payments'::regclass, 'payments.events'::regclass)
  loop
    execute format('analyze %s', t);
  end loop;
end $$;
