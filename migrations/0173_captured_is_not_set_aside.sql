-- SPDX-License-Identifier: Apache-2.0
-- Why:  an order said `authorized` although its attempt had been captured by money that does not pay it (late, another amount, or first heard of
--       by its refund). And a refund that had been taken over by a request which was rejected was owed for ever where a lost dispute had given its
--       money back meanwhile: nobody looked at it again, and the platform bore the loss beside what the customer had got.
-- Lock: functions are replaced; such orders are written, locked by id.
-- Time: one scan each of orders and refunds, which keeps nobody out.
--
-- checkout.pay_v3: in what only captures that are not accepted run through, nothing for all others.
-- refunds.seen_captured: as there.
-- checkout.decide_refund_v1: what is owed again is looked at (`refund.submit`) where a dispute took money of its payment.
do $$
begin
  perform platform.edit_v1(array[
    -- the function, the text, what stands for it, how often it must be there
    'checkout.pay_v3', '  if 1 < any (vd) or 3 = any (oc) then', '  if 1 < any (vd) or 3 = any (oc) then
    perform checkout.given_up_v1(x.r) from (select u.r from unnest(r_ord, vd, oc) u(r, v, o) where u.o = 0 and u.v in (2, 4) order by u.r) x;', '1',
    'refunds.seen_captured', 'where t.id = p_payment returning * into strict p;', 'where t.id = p_payment returning * into strict p;
  perform checkout.given_up_v1(p.order_id);', '1',
    'checkout.decide_refund_v1', '''refund '' || one || '' is rejected'', p_request);', '''refund '' || one || '' is rejected'', p_request);
        insert into platform.jobs (kind, key, payload)
        select ''refund.submit'', x.id || '':'' || x.round || '':reinstated:'' || one, jsonb_build_object(''refund_id'', x.id, ''round'', x.round)
          from refunds.refunds x where x.id = old and refunds.lost_v1(x.order_id, x.provider, x.provider_payment_id) > 0 on conflict do nothing;', '1']);
end $$;

-- What says too much already, and what waits for nobody.
select checkout.given_up_v1(x.id)
  from (select o.id from orders.orders o
         where o.payment_rank = 2 and not exists (select 1 from payments.payments p where p.order_id = o.id and p.status = 'authorized')
         order by o.id for no key update) x;
insert into platform.jobs (kind, key, payload)
select 'refund.submit', r.id || ':' || r.round || ':0173', jsonb_build_object('refund_id', r.id, 'round', r.round)
  from refunds.refunds r
 where r.status = 'failed' and r.captured and refunds.stands_v1(r.superseded_at, r.superseded_by, r.failure_code)
   and r.failure_code is distinct from 'charged_back' and refunds.lost_v1(r.order_id, r.provider, r.provider_payment_id) > 0
on conflict do nothing;
