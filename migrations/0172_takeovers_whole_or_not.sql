-- SPDX-License-Identifier: Apache-2.0
-- Why:  a new refund takes over those that failed on its way, and refuses where it does not give back enough of one. What it had taken over
--       before that one stayed taken over, by a refund that was never made: money that was owed was owed by nobody any more.
-- Lock: a function is replaced; refunds that were lost so are owed again, each locked by id.
-- Time: one index scan of the refunds that were taken over.
--
-- refunds.make: all of them are taken over, or none. The block rolls back, and costs nothing where no refund of the order has failed but its own start.
do $$
declare
  -- Not platform.edit_v1: with one of these edits alone it is no function.
  edits constant text[] := array[
    -- the text, what stands for it
    '  for f in select r.id, r.provider_payment_id pp, r.amount_minor, r.funded_by,',
    '  begin
  for f in select r.id, r.provider_payment_id pp, r.amount_minor, r.funded_by,',
    'then
      return null;
    end if;
    freed := freed + f.amount_minor;',
    'then
      raise exception ''refund % cannot be taken over'', f.id using errcode = ''MP017'';
    end if;
    freed := freed + f.amount_minor;',
    'perform refunds.superseded(f.id, p_ids[1], p_actor, p_request);
  end loop;',
    'perform refunds.superseded(f.id, p_ids[1], p_actor, p_request);
  end loop;
  exception when sqlstate ''MP017'' then return null;
  end;'];
  made text; i int; old bigint;
begin
  select pg_get_functiondef(p.oid) into strict made from pg_proc p where p.pronamespace = 'refunds'::regnamespace and p.proname = 'make';
  for i in 1..cardinality(edits) by 2 loop
    if cardinality(string_to_array(made, edits[i])) <> 2 then
      raise exception 'refunds.make does not have this once: %', edits[i];
    end if;
    made := replace(made, edits[i], edits[i + 1]);
  end loop;
  execute made;
  for old in select t.id from refunds.refunds t
              where t.superseded_by is not null and not exists (select 1 from refunds.refunds y where y.id = t.superseded_by)
              order by t.id for no key update loop
    update refunds.refunds t set superseded_at = null, superseded_by = null where t.id = old;
    perform refunds.moved(old, 'failed', 'reinstate', null, 'system', 'what took it over was never made', null);
  end loop;
end $$;
