-- SPDX-License-Identifier: Apache-2.0
-- Why:  reviews.events_are_gap_free counted the events of every review there ever was, but events are cleared away a week after they were
--       handed on, and each review was an offence from then on. Those of the last hour are counted, as for orders (0014), their parts and refunds.
-- Lock: none but on the function.
-- Time: milliseconds.
do $$
begin
  perform platform.edit_v1(array[
    'reviews.invariants_v1', 'where r.event_seq <> coalesce(e.n, 0) or (e.n > 0 and (e.low <> 1 or e.top <> r.event_seq))',
    'where r.created_at > now() - interval ''1 hour''   -- older ones may have been cleared away
         and (r.event_seq <> coalesce(e.n, 0) or (e.n > 0 and (e.low <> 1 or e.top <> r.event_seq)))', '1']);
end $$;
