-- SPDX-License-Identifier: Apache-2.0
-- Why:  an order said `authorized` for ever once its money had been set aside, also when that had been given up or had gone back, and `refunded`
--       when a refund turned out to have failed. And it was said to be payable while nothing may be begun (0119).
-- Lock: functions are replaced; the rows of such orders are written, locked by id.
-- Time: one scan each of orders and refunds, which keeps nobody out.
--
-- checkout.given_up_v1(order): the rank of authorized money is taken back where no attempt of the order is authorized any more. The caller holds
--   the order's lock. Ranks of attempts stay: their moves go forward.
-- checkout.settle_authorized_v1, checkout.refund_news_v2: call it where an attempt is voided.
-- checkout.pay_v3: money set aside raises an order's rank where its attempt is authorized by it, not beside one that is voided or captured.
-- refunds.counted: an order's rank is what its refunds come to, also when one turns out not to be processed; money that it never accepted leaves
--   it as it is without that money.
-- checkout.payable_v3(order, user) → as v2 (0087): not open while an attempt is authorized, and whether its time to pay is over.

create function checkout.given_up_v1(p_order bigint) returns void language sql set search_path = pg_catalog, pg_temp as $$
  update orders.orders t set payment_rank = 0, version = t.version + 1, updated_at = now()
   where t.id = p_order and t.payment_rank = 2
     and not exists (select 1 from payments.payments p where p.order_id = t.id and p.status = 'authorized')
$$;

do $$
begin
  perform platform.edit_v1(array[
    -- the function, the text, what stands for it, how often it must be there
    'checkout.pay_v3', 'ok[at_] k, ', 'ok[at_] and ch[at_] k, ', '1',
    'checkout.settle_authorized_v1', 'values (p.id, ''authorized'', ''voided'', ''system'');',
    'values (p.id, ''authorized'', ''voided'', ''system'');
  perform checkout.given_up_v1(p.order_id);', '1',
    'checkout.refund_news_v2', 'coalesce(p_paid, p_amount), p_actor, p_request); end if;',
    'coalesce(p_paid, p_amount), p_actor, p_request); end if;
      perform checkout.given_up_v1(ord);', '1',
    'refunds.counted', 'is not distinct from ''accepted'' and p_delta > 0 then', 'is not distinct from ''accepted'' then', '1',
    'refunds.counted', 'case when back >= t.paid_minor then 5 else 4 end', 'case when back >= t.paid_minor then 5 when back > 0 then 4 else 3 end', '2',
    'refunds.counted', 't.payment_rank < case when back >= t.paid_minor then 5 when back > 0 then 4 else 3 end;',
    't.payment_rank <> case when back >= t.paid_minor then 5 when back > 0 then 4 else 3 end;
  else
    perform checkout.given_up_v1(q.order_id);', '1',
    'platform.invariants_of_refunds_v1', 'o.payment_rank < case when x.a >= o.paid_minor then 5 else 4 end',
    'o.payment_rank <> case when x.a >= o.paid_minor then 5 else 4 end', '1',
    'platform.invariants_of_refunds_v1', 'coalesce(x.a, 0) = 0 and not exists (select 1 from r where r.order_id = o.id and r.reversals > 0)',
    'coalesce(x.a, 0) = 0', '1',
    'platform.invariants_of_refunds_v2', 'o.payment_rank < case when x.a >= o.paid_minor then 5 else 4 end',
    'o.payment_rank <> case when x.a >= o.paid_minor then 5 else 4 end', '1',
    'platform.invariants_of_refunds_v2', 'coalesce(x.a, 0) = 0 and o.id not in (select r.order_id from r where r.reversals > 0)',
    'coalesce(x.a, 0) = 0', '1']);
end $$;

create function checkout.payable_v3(p_order bigint, p_user bigint)
returns table (status text, payment_method text, total bigint, currency text, is_open boolean, is_overdue boolean, state_code text, postal_code text)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select o.status, o.payment_method, o.total_minor, o.currency,
         o.status = 'pending_payment' and o.payment_rank < 3 and o.reserved_until > now()
           and not exists (select 1 from payments.payments p where p.order_id = o.id and p.status = 'authorized'),
         o.status = 'pending_payment' and o.reserved_until <= now(), o.shipping_address->>'state_code', o.shipping_address->>'postal_code'
    from orders.orders o where o.id = p_order and o.user_id = p_user
$$;

-- Orders that say too much already.
with x as (
  select o.id, 0 rank from orders.orders o
   where o.payment_rank = 2 and not exists (select 1 from payments.payments p where p.order_id = o.id and p.status = 'authorized')
  union all
  select o.id, case when y.back >= o.paid_minor then 5 when y.back > 0 then 4 else 3 end
    from (select q.order_id, sum(q.refunded_minor) back from payments.provider_payments q
           where q.verdict = 'accepted' and q.order_id in (select r.order_id from refunds.refunds r where r.reversals > 0) group by 1) y
    join orders.orders o on o.id = y.order_id and o.payment_rank >= 4),
o as (
  select t.id, x.rank from orders.orders t join x on x.id = t.id where t.payment_rank <> x.rank order by t.id for no key update of t)
update orders.orders t set payment_rank = o.rank, version = t.version + 1, updated_at = now() from o where t.id = o.id;
