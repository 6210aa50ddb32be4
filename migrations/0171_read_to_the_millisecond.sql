-- SPDX-License-Identifier: Apache-2.0
-- Why:  whoever marked all as read up to the time of a notification, as the list shows it, left that one unread: it is shown to the millisecond,
--       and was compared to the microsecond.
-- Lock: one function is replaced.
-- Time: milliseconds.
do $$
begin
  perform platform.edit_v1(array[
    -- the function, the text, what stands for it, how often it must be there
    'notifications.mark_all_read_v1', 't.created_at <= p_before',
    't.created_at < date_trunc(''milliseconds'', p_before) + interval ''1 millisecond''', '1']);
end $$;
