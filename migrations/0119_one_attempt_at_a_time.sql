-- SPDX-License-Identifier: Apache-2.0
-- Why:  while money of an order was set aside (authorized) a second attempt could be opened, and the customer be asked to pay twice. And a
--       failed try that was told after the capture wrote its failure and its method over those of the payment that counts.
-- Lock: functions are replaced.
-- Time: milliseconds.
--
-- checkout.initiate_v1, checkout.initiate_v2: code 5 (not payable) while an attempt of the order is authorized, until it is captured or
--   voided; its reservation is not extended then.
-- checkout.pay_v3: method and failure are those of the message that moves the attempt, and of a further failed try while nothing better
--   has come.

do $$
declare name text;
begin
  foreach name in array '{checkout.initiate_v1,checkout.initiate_v2}'::text[] loop
    perform platform.edit_v1(array[
      name, 'when t.status <> ''pending_payment'' or t.payment_method <> ''razorpay'' then 5',
      'when t.status <> ''pending_payment'' or t.payment_method <> ''razorpay'' or w.held then 5', '1',
      name, 'and t.payment_method = ''razorpay'' and not t.extended', 'and t.payment_method = ''razorpay'' and w.held is null and not t.extended', '1',
      name, 'left join payments.payments p on p.order_id = t.id and p.status in (''created'', ''initiated'');',
      'left join payments.payments p on p.order_id = t.id and p.status in (''created'', ''initiated'')
    left join lateral (select true held from payments.payments y where y.order_id = t.id and y.status = ''authorized'' limit 1) w on true;', '1']);
  end loop;
  perform platform.edit_v1(array[
    'checkout.pay_v3', 'method = coalesce(x.me, t.method),',
    'method = case when x.ch or (x.ac = 1 and t.rank <= 1) then coalesce(x.me, t.method) else t.method end,', '1',
    'checkout.pay_v3', 'failure_code = case when x.ac = 1 then x.ec when x.ch then null else t.failure_code end',
    'failure_code = case when x.ac = 1 and t.rank <= 1 then x.ec when x.ch then null else t.failure_code end', '1',
    'checkout.pay_v3', 'failure_message = case when x.ac = 1 then x.et when x.ch then null else t.failure_message end',
    'failure_message = case when x.ac = 1 and t.rank <= 1 then x.et when x.ch then null else t.failure_message end', '1']);
end $$;
