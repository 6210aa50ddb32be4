-- SPDX-License-Identifier: Apache-2.0
-- Why:  the comparison with the payment provider asks about disputes too: one of which no webhook ever arrived was never heard of.
-- Lock: ACCESS EXCLUSIVE on payments.reconciliations, …_seen and …_items while checks are written anew (scans of small tables).
-- Time: milliseconds per ten thousand rows.

-- The checks are edited, not listed anew: other migrations add words of their own, and neither order may lose any.
do $$
declare
  edits constant text[] := array[
    -- table, check, the word behind which words are added, those
    'reconciliations', 'reconciliations_step_check', '''ours''::text', '''disputes''::text, ''disputed''::text',
    'reconciliation_seen', 'reconciliation_seen_kind_check', '''refund''::text', '''dispute''::text',
    'reconciliation_items', 'reconciliation_items_kind_check', '''refund''::text', '''dispute''::text'];
  definition text;
begin
  for i in 1..cardinality(edits) by 4 loop
    select pg_get_constraintdef(c.oid) into strict definition from pg_constraint c
     where c.conrelid = ('payments.' || edits[i])::regclass and c.conname = edits[i + 1];
    if (length(definition) - length(replace(definition, edits[i + 2], ''))) / length(edits[i + 2]) <> 1 then
      raise exception '% is not the check that this migration goes on from: %', edits[i + 1], definition;
    end if;
    execute format('alter table payments.%1$I drop constraint %2$I, add constraint %2$I %3$s', edits[i], edits[i + 1],
                   replace(definition, edits[i + 2], edits[i + 2] || ', ' || edits[i + 3]));
  end loop;
end $$;
