-- SPDX-License-Identifier: Apache-2.0
-- Why:  platform.invariants_v1(), what must hold at every moment; also stands in for the foreign keys the hot tables do without.
-- Lock: only new objects. Calling it takes no row locks and reads whole tables: minutes apart, or at a test's end.
-- Time: milliseconds.
--
-- platform.invariants_v1() → (name, ok, value): value counts the offenders, ok = (value = 0). One snapshot: run it as one statement.

create function platform.invariants_v1()
returns table (name text, ok boolean, value bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with checks(name, value) as (
    select 'stock.reserved_is_held_plus_committed', (
      select count(*) from inventory.stock s
      full join (select v, sum(q) q from inventory.reservations r cross join lateral unnest(r.variant_ids, r.quantities) u(v, q)
                  where r.state in ('held', 'committed') group by v) x on x.v = s.variant_id
      where coalesce(s.reserved, 0) <> coalesce(x.q, 0))
    union all select 'stock.available_not_negative', (select count(*) from inventory.stock where on_hand < reserved or reserved < 0)
    union all select 'stock.every_variant_has_a_row', (
      select count(*) from catalog.variants v where not exists (select 1 from inventory.stock s where s.variant_id = v.id))
    union all select 'stock.sellable_matches_catalog', (
      select count(*) from inventory.stock s join catalog.variants v on v.id = s.variant_id join catalog.products p on p.id = v.product_id
       where s.sellable is distinct from (v.status = 'active' and p.visible) or s.product_id <> v.product_id)
    union all select 'products.seller_selling_matches_seller', (
      select count(*) from catalog.products p join sellers.sellers s on s.id = p.seller_id
       where p.seller_selling is distinct from (s.status = 'active' and not s.on_holiday))
    union all select 'keys.one_order_per_key', (
      select count(*) from (select k.digest from platform.idempotency_keys k
                             join orders.orders o on o.key_digest = k.digest and o.created_at >= k.created_at
                            group by k.digest having count(*) > 1) x)
    union all select 'orders.key_row_within_retention', (
      select count(*) from orders.orders o where o.created_at + make_interval(secs => o.key_retention_s) > now()
         and not exists (select 1 from platform.idempotency_keys k where k.digest = o.key_digest and k.state = 1))
    union all select 'orders.total_is_sum_of_seller_orders', (
      select count(*) from orders.orders o left join (select order_id, sum(total_minor) t from orders.seller_orders group by order_id) s
          on s.order_id = o.id where s.t is distinct from o.total_minor)
    union all select 'seller_orders.total_is_sum_of_lines', (
      select count(*) from orders.seller_orders s left join (select seller_order_id, sum(total_minor) t from orders.order_lines group by 1) l
          on l.seller_order_id = s.id where l.t is null or l.t + s.shipping_minor <> s.total_minor)
    union all select 'seller_orders.have_an_order', (
      select count(*) from orders.seller_orders s where not exists (select 1 from orders.orders o where o.id = s.order_id))
    union all select 'lines.have_a_seller_order', (
      select count(*) from orders.order_lines l
       where not exists (select 1 from orders.seller_orders s where s.id = l.seller_order_id and s.order_id = l.order_id))
    union all select 'reservations.one_per_seller_order_with_its_units', (
      select count(*) from (select seller_order_id, variant_id, sum(quantity) q from orders.order_lines group by 1, 2) l
      full join (select r.seller_order_id, v, sum(q) q from inventory.reservations r
                 cross join lateral unnest(r.variant_ids, r.quantities) u(v, q) group by 1, 2) r
             on r.seller_order_id = l.seller_order_id and r.v = l.variant_id where l.q is distinct from r.q)
    union all select 'reservations.state_fits_the_order', (
      select count(*) from inventory.reservations r join orders.orders o on o.id = r.order_id
       where (o.status = 'pending_payment') <> (r.state = 'held')
          or (o.status in ('confirmed', 'processing') and r.state not in ('committed', 'consumed', 'released'))
          or (o.status = 'pending_payment' and r.expires_at <> o.reserved_until))
    union all select 'orders.confirmed_is_paid', (
      select count(*) from orders.orders o where o.payment_method = 'razorpay' and o.status in ('confirmed', 'processing', 'completed')
         and (o.paid_minor < o.total_minor or o.total_minor > (select coalesce(sum(p.captured_minor), 0) from payments.payments p
                                                                where p.order_id = o.id and p.currency = o.currency)))
    union all select 'orders.paid_is_sum_of_accepted', (
      select count(*) from orders.orders o left join (select order_id, sum(amount_minor) t from payments.provider_payments
                                                       where verdict = 'accepted' group by 1) p on p.order_id = o.id
       where o.paid_minor <> coalesce(p.t, 0))
    union all select 'orders.carts_moved_on', (
      select count(*) from orders.orders o join carts.carts c on c.id = o.cart_id where c.version <= o.cart_version)
    union all select 'payments.have_an_order', (
      select count(*) from payments.payments p where not exists (select 1 from orders.orders o where o.id = p.order_id))
    union all select 'payments.captured_is_sum_of_provider_payments', (
      select count(*) from payments.payments p left join (select payment_id, currency, sum(amount_minor) t from payments.provider_payments
                                                           where rank >= 3 group by 1, 2) q on q.payment_id = p.id and q.currency = p.currency
       where p.captured_minor <> coalesce(q.t, 0))
    union all select 'payments.attempt_has_the_highest_rank', (
      select count(*) from payments.payments p join (select payment_id, max(rank) r from payments.provider_payments group by 1) q
          on q.payment_id = p.id where p.rank < q.r)
    union all select 'ledger.entries_balance', (
      select count(*) from ledger.entries e left join (select entry_id, sum(debit_minor) d, sum(credit_minor) c from ledger.lines group by 1) l
          on l.entry_id = e.id where l.d is null or l.d <> l.c)
    union all select 'ledger.lines_have_an_entry', (
      select count(*) from ledger.lines l where not exists (select 1 from ledger.entries e where e.id = l.entry_id))
    union all select 'ledger.each_capture_is_booked_once', (
      select count(*) from payments.provider_payments q
      full join (select e.reference, sum(l.debit_minor) d from ledger.entries e join ledger.lines l on l.entry_id = e.id
                  where e.kind = 'payment_captured' group by 1) e on e.reference = q.provider || ':' || q.provider_payment_id
       where (q.rank >= 3 and q.amount_minor > 0 and e.d is distinct from q.amount_minor)
          or (e.reference is not null and (q.rank is null or q.rank < 3)))
    union all select 'outbox.order_events_are_gap_free', (   -- of the last hour: older ones may have been cleared away
      select count(*) from orders.orders o left join (select aggregate_id, count(*) n, max(seq) top from platform.outbox
                                                       where aggregate_type = 'order' group by 1) x on x.aggregate_id = o.id
       where o.created_at > now() - interval '1 hour' and (x.n is distinct from o.event_seq or x.top <> o.event_seq)))
  select name, value = 0, value from checks
$$;
