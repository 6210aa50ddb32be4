-- SPDX-License-Identifier: Apache-2.0
-- Why:  money that came late and was given back already (in the provider's dashboard, or by an admin) made its order live again: goods
--       went out that nobody had paid for. And an admin's refund of what did not fit took late and second payments along, which go back
--       by themselves.
-- Lock: functions are replaced.
-- Time: milliseconds.
--
-- checkout.revive_v1: an order lives again only where nothing of its payment was given back or is to be, whatever became of that since; a
--   refund that was refused does not count. Else the rest is owed back (order_not_payable), and nothing is told where there is none. All
--   that makes or moves refunds holds the order's lock, so that what is seen here stays.
-- checkout.request_refund_v1, refunds.make: what is given back as amount_mismatch is of payments that have another amount or currency than
--   was asked for, and of those that were first heard of by a refund.

do $$
begin
  perform platform.edit_v1(array[
    -- the function, the text, what stands for it, how often it must be there
    'checkout.revive_v1', 'cause text; outcome smallint;', 'cause text; outcome smallint; back bigint; touched boolean;', '1',
    'checkout.revive_v1', '  if o.payment_rank >= 3 or o.status not in (''expired'', ''cancelled'') then',
    '  select count(*) > 0, late.refund_minor + coalesce(sum(r.amount_minor) filter (where r.status = ''failed'' and refunds.stands_v1(r.superseded_at, r.superseded_by, r.failure_code)), 0)
    into touched, back
    from refunds.refunds r
   where r.order_id = o.id and r.provider = p_provider and r.provider_payment_id = p_provider_payment and r.status <> ''rejected'';
  if o.payment_rank >= 3 or o.status not in (''expired'', ''cancelled'') then', '1',
    'checkout.revive_v1', 'elsif o.paid_minor + late.amount_minor < o.total_minor', 'elsif touched or o.paid_minor + late.amount_minor < o.total_minor', '1',
    'checkout.revive_v1', '''amount_minor'', late.amount_minor, ''currency''', '''amount_minor'', late.amount_minor - back, ''currency''', '1',
    'checkout.revive_v1', '''user_id'', o.user_id, ''amount_minor'', late.amount_minor,',
    '''user_id'', o.user_id, ''amount_minor'', late.amount_minor - back,', '1',
    'checkout.revive_v1', 'where t.id = late.payment_id returning t.event_seq)',
    'where t.id = late.payment_id and late.amount_minor > back returning t.event_seq)', '1',
    'checkout.request_refund_v1', 'and t.rank >= 3 and (t.verdict is not distinct from ''accepted'') = wanted;',
    'and t.rank >= 3 and case when wanted then t.verdict = ''accepted'' else coalesce(t.verdict, ''mismatch'') = ''mismatch'' end;', '1',
    -- A payment that is named is that one alone, whatever it was.
    'refunds.make', 'and (p_payment is null or t.provider_payment_id = p_payment)',
    'and case when p_payment is not null then t.provider_payment_id = p_payment
                          else p_wanted or coalesce(t.verdict, ''mismatch'') = ''mismatch'' end', '1']);
end $$;
