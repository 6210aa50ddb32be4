-- SPDX-License-Identifier: Apache-2.0
-- Why:  stock as sellers look after it: a threshold for each variant, and one event when what can be sold crosses it, reaches
--       nothing, or comes back.
-- Lock: ACCESS EXCLUSIVE on inventory.stock for an instant (two columns with constant defaults, a trigger).
-- Time: milliseconds.
--
-- The event is written by the update that crosses, whichever it is (a threshold that rises past what is left crosses, too), so it is written once and never without the crossing. Who
-- crosses nothing pays for the comparison of four numbers. A variant that had nothing from the start is not back when its first
-- units come: there has been no stock.out before.

alter table inventory.stock
  add column low_at    int not null default 5 check (low_at between 0 and 1000000),   -- low: so many or fewer can be sold
  add column event_seq int not null default 0;                                        -- seq of the variant's newest stock event

create function inventory.stock_crossed() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare left_over int := new.on_hand - new.reserved;
begin
  new.event_seq := old.event_seq + 1;
  insert into platform.outbox (type, aggregate_type, aggregate_id, seq, payload)
  values (case when left_over = 0 then 'stock.out' when old.on_hand = old.reserved then 'stock.back' else 'stock.low' end,
          'variant', new.variant_id, new.event_seq,
          jsonb_build_object('variant_id', new.variant_id, 'product_id', new.product_id, 'seller_id', new.seller_id,
                             'available', left_over, 'low_at', new.low_at));
  return new;
end $$;

create trigger stock_crossed before update of on_hand, reserved, low_at on inventory.stock for each row
  when ((new.on_hand = new.reserved and old.on_hand <> old.reserved)
     or (old.on_hand = old.reserved and new.on_hand <> new.reserved and old.event_seq > 0)
     or (old.on_hand - old.reserved > old.low_at and new.on_hand - new.reserved <= new.low_at))
  execute function inventory.stock_crossed();
