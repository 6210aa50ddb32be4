-- SPDX-License-Identifier: Apache-2.0
-- Why:  a refund failed, was still owed, and somebody gave the money back in the provider's dashboard: the news of that was not known for the
--       refund, waited for days, and the refund could be repeated meanwhile: the customer had the money twice, and a part that had nothing to
--       do with it was refunded in the books.
-- Lock: a function is replaced.
-- Time: milliseconds.
--
-- checkout.refund_news_v2: a refund from the dashboard of exactly what a failed one of that payment still owes is that one, in its next round;
--   the oldest, where several owe as much. It goes on as any refund that the provider told of. What is given back of no such amount is
--   what it was before: all that remains of the order, or goodwill, and looked at by a person.
do $$
declare
  edits constant text[] := array[
    -- the text, what stands for it
    '      -- Made in the provider''s dashboard: all that remains of the order, or nobody knows of what.
      total := p_amount;',
    '      -- Made in the provider''s dashboard: what failed here and is owed,
      select t.* into r from refunds.refunds t
       where t.order_id = ord and t.provider = p_provider and t.provider_payment_id = p_payment_at and t.status = ''failed'' and t.captured
         and t.superseded_at is null and t.amount_minor = p_amount and t.currency = p_currency
       order by t.id limit 1 for no key update;
      if r.id is not null then
        update payments.provider_payments t set refund_minor = t.refund_minor + p_amount
         where t.provider = p_provider and t.provider_payment_id = p_payment_at
           and t.refund_minor + p_amount <= t.amount_minor - refunds.lost_v1(ord, p_provider, p_payment_at);
        if not found then
          return query select 2::smallint, ord, 0::bigint, ''refunds of ours take that money''::text; return;
        end if;
        update refunds.refunds t set status = ''submitted'', round = t.round + 1, provider_refund_id = p_refund_at, failure_code = null,
               failure_message = null, submitted_at = now(), processed_at = null where t.id = r.id;
        perform refunds.moved(r.id, ''failed'', ''retry'', null, p_actor, ''made by hand at the provider: '' || p_refund_at, p_request);
      else
      -- all that remains of the order, or nobody knows of what.
      total := p_amount;',
    '      values (''refund.review'', p_provider || '':'' || p_refund_at, jsonb_build_object(''refund_id'', p_ids[1], ''order_id'', ord)) on conflict do nothing;
    end if;
    select * into strict r from refunds.refunds t where t.id = p_ids[1];',
    '      values (''refund.review'', p_provider || '':'' || p_refund_at, jsonb_build_object(''refund_id'', p_ids[1], ''order_id'', ord)) on conflict do nothing;
      end if;
    end if;
    select * into strict r from refunds.refunds t where t.id = coalesce(r.id, p_ids[1]);'];
  made text; i int;
begin
  select pg_get_functiondef('checkout.refund_news_v2'::regproc) into strict made;
  for i in 1..cardinality(edits) by 2 loop
    if cardinality(string_to_array(made, edits[i])) <> 2 then
      raise exception 'checkout.refund_news_v2 does not have this once: %', edits[i];
    end if;
    made := replace(made, edits[i], edits[i + 1]);
  end loop;
  execute made;
end $$;
