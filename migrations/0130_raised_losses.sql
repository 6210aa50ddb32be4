-- SPDX-License-Identifier: Apache-2.0
-- Why:  a dispute that was lost for nothing at first, and for an amount once the provider was asked, left refunds that had failed before owed and not
--       to be repeated: they had been looked at when it ended, when there was money still, and not again.
-- Lock: ledger.disputes (SHARE ROW EXCLUSIVE, for the trigger).
-- Time: milliseconds.

create function refunds.loss_raised_v1() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  insert into platform.jobs (kind, key, payload)
  select 'refund.submit', r.id || ':' || r.round || ':' || new.dispute || ':' || new.deducted_minor,
         jsonb_build_object('refund_id', r.id, 'round', r.round)
    from refunds.refunds r
   where r.order_id = new.order_id and r.status = 'failed' and r.captured and r.superseded_at is null
   order by r.id on conflict do nothing;
  return null;
end $$;

create trigger losses_raised after update of deducted_minor on ledger.disputes for each row
  when (old.state = 'lost' and new.deducted_minor > old.deducted_minor) execute function refunds.loss_raised_v1();
