-- SPDX-License-Identifier: Apache-2.0
-- Why:  a call of the provider whose job has ended without an answer is owed again (contract C11, the completer): a provider may be away
--       for longer than any number of attempts, and what is owed to a buyer does not end with them.
-- Lock: only new objects.
-- Time: milliseconds.

-- checkout.resume_provider_calls_v1(limit) → how many jobs were owed again. Of each kind at most p_limit; what is left is found the next time.
--   Found are refunds that are to be carried to the provider, and no job does it; refunds that are there without an end, and no job asks;
--   what we do about disputes and the provider has not answered.
--   What a person can see as dead stays so for an hour first. The end of a refund is asked for once a day where the ten looks of its own are over.
--   While a dispute is open nothing is owed: its end does that (refunds.resume_v1).
-- Locks: the jobs that are owed, by kind and key.
create function checkout.resume_provider_calls_v1(p_limit int) returns int
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare n int;
begin
  with due as (
    (select 'refund.submit' kind, r.id || ':' || r.round as key, jsonb_build_object('refund_id', r.id, 'round', r.round) payload
       from refunds.refunds r
      where r.status in ('approved', 'submitted') and r.provider_refund_id is null and r.updated_at < now() - interval '60 seconds'
        and not refunds.disputed_v1(r.order_id)
        and not exists (
          select 1 from platform.jobs j
           where j.kind = 'refund.submit'
             and j.key in (select r.id || ':' || r.round
                           union all select r.id || ':' || r.round || ':' || d.id || ':' || d.phase from payments.disputes d where d.order_id = r.order_id)
             and (j.state in ('ready', 'running') or (j.state = 'dead' and j.updated_at > now() - interval '1 hour')))
      order by r.created_at, r.id limit p_limit)
    union all
    (select 'refund.check', r.provider_refund_id || ':9',
            jsonb_build_object('provider_refund_id', r.provider_refund_id, 'provider_payment_id', r.provider_payment_id, 'number', 9)
       from refunds.refunds r
      where r.status = 'submitted' and r.provider_refund_id is not null and r.updated_at < now() - interval '10 minutes'
        and not exists (
          select 1 from platform.jobs j
           where j.kind = 'refund.check' and j.key in (select r.provider_refund_id || ':' || i from generate_series(0, 9) i)
             and (j.state in ('ready', 'running') or (j.state = 'dead' and j.updated_at > now() - interval '1 hour')
                  or (j.state = 'done' and j.updated_at > now() - interval '1 day')))
      order by r.created_at, r.id limit p_limit)
    union all
    (select 'payment.dispute_call', c.key, jsonb_build_object('key', c.key)
       from payments.dispute_calls c
      where c.answered_at is null and c.created_at < now() - interval '60 seconds'
        and not exists (
          select 1 from platform.jobs j
           where j.kind = 'payment.dispute_call' and j.key = c.key
             and (j.state in ('ready', 'running') or (j.state = 'dead' and j.updated_at > now() - interval '1 hour')))
      order by c.created_at, c.key limit p_limit))
  insert into platform.jobs as t (kind, key, payload) select due.kind, due.key, due.payload from due order by due.kind, due.key
  on conflict (kind, key) do update
     set state = 'ready', run_at = now(), forgiven = t.attempts, payload = excluded.payload, updated_at = now()
   where t.state in ('done', 'dead');
  get diagnostics n = row_count;
  return n;
end $$;
