-- SPDX-License-Identifier: Apache-2.0
-- Why:  attempts that were voided before 0176, and have other money set aside that nobody looks at.
-- Lock: the rows of such attempts, in the order of all writers: orders, payments, provider's payments, each by id.
-- Time: a scan of the voided attempts, which keeps nobody out.
do $$
declare voided bigint[];
begin
  perform 1 from orders.orders o where o.id in (select p.order_id from payments.payments p where p.status = 'voided') order by o.id for no key update;
  select array_agg(x.id) into voided from (select p.id from payments.payments p where p.status = 'voided' order by p.id for no key update) x;
  -- Given up already: what the attempt was voided for, and what ran out.
  with q as (
    select t.provider, t.provider_payment_id from payments.provider_payments t join payments.payments p on p.id = t.payment_id
     where p.id = any (voided) and t.rank = 2 and t.given_up_at is null and (p.provider_payment_id = t.provider_payment_id
       or exists (select 1 from refunds.refunds r where r.order_id = t.order_id and r.provider = t.provider
                                                    and r.provider_payment_id = t.provider_payment_id and not r.captured))
     order by t.provider_payment_id for no key update of t)
  update payments.provider_payments t set given_up_at = now() from q where t.provider = q.provider and t.provider_payment_id = q.provider_payment_id;
  perform checkout.other_authorized_v1(u.id, 'system', null) from (select v.id from unnest(voided) v(id) order by v.id) u;
end $$;
