-- SPDX-License-Identifier: Apache-2.0
-- Notifications: told once, numbered without gaps, counted as they are; and who reads what.
select t.shop(2, 2, 1, 5);
insert into accounts.users (id, email, email_folded, password_hash, full_name, roles, permissions, notification_preferences, deleted_at)
select x.id, 'u' || x.id || '@example.org', 'u' || x.id || '@example.org', '-', 'U' || x.id, x.roles::text[], x.perms::text[], x.prefs::jsonb, x.gone
  from (values (1, '{customer}', '{}', '{"order":{"email":false}}', null), (2, '{customer,seller}', '{}', '{}', null),
               (3, '{admin}', '{refunds:write}', '{"refund":{"in_app":false}}', null), (4, '{admin}', '{super}', '{}', null),
               (5, '{admin}', '{orders:read}', '{}', null), (6, '{customer}', '{}', '{}', now())) x(id, roles, perms, prefs, gone);
update sellers.sellers set owner_user_id = 2 where id = 2;
select t.cart(11, 1, array[100::bigint]);
select t.place('[{"id":21,"key":"k","user":1,"cart":11,"lines":[[100,1]]}]');

create function t.tell(users bigint[], events bigint[], keep int default 1000) returns text language sql as $$
  select coalesce(string_agg(x::text, ','), '-')
    from notifications.tell_v1((select array_agg(nextval('t.ids')) from unnest(users)), users, events,
                               (select array_agg('order.confirmed'::text) from unnest(users)), (select array_agg('{}'::text) from unnest(users)), keep) x
$$;
create function t.rows_of(usr bigint) returns text language sql as $$
  select c.unread || '/' || c.last_seq || ' ' || (select coalesce(string_agg(seq || case when read_at is null then '' else 'r' end, ' ' order by seq), '-')
                                                    from notifications.notifications n where n.user_id = usr)
    from notifications.counters c where c.user_id = usr
$$;
create function t.holds() returns text language sql as $$
  select string_agg(name || ' ' || value, ', ' order by name) from platform.invariants_of_notifications_v1()
$$;

select t.eq('told', t.tell('{1,2,1}', '{7,7,8}'), '1,2');
select t.eq('once', t.tell('{1,2,1}', '{7,7,8}'), '-');
select t.eq('numbered', t.rows_of(1) || '; ' || t.rows_of(2), '2/2 1 2; 1/1 1');
select t.eq('a new one beside an old', t.tell('{1,1}', '{8,9}') || ' ' || t.rows_of(1), '1 3/3 1 2 3');
select t.eq('read', (select updated || ' ' || unread from notifications.mark_read_v1(1, (select array_agg(id) from notifications.notifications where seq <= 1))), '1 2');
select t.eq('again, and others', (select updated || ' ' || unread from notifications.mark_read_v1(1, (select array_agg(id) from notifications.notifications where seq <= 1))), '0 2');
select t.eq('of nobody', (select updated || ' ' || unread from notifications.mark_read_v1(99, '{1}')), '0 0');
select t.eq('another''s stays', t.rows_of(2), '1/1 1');
update notifications.notifications set created_at = now() - interval '1 hour' where user_id = 1 and seq = 2;
select t.eq('before', (select updated || ' ' || unread from notifications.mark_all_read_v1(1, now() - interval '30 minutes')), '1 1');
select t.eq('all', (select updated || ' ' || unread from notifications.mark_all_read_v1(1, null)), '1 0');
select t.eq('nothing', (select updated || ' ' || unread from notifications.mark_all_read_v1(1, null)), '0 0');
select t.eq('bounded', t.tell('{1,1,1}', '{10,11,12}', 2) || ' ' || t.rows_of(1), '1 2/6 5 6');
select t.eq('bounded, read ones first', (select updated::text from notifications.mark_all_read_v1(1, null)) || t.tell('{1}', '{13}', 2) || ' ' || t.rows_of(1), '21 1/7 6r 7');
select t.eq('holds', t.holds(), 'notifications.counters_equal_rows 0, notifications.newest_is_kept 0');
update notifications.counters set unread = 5 where user_id = 2;
select t.eq('broken', t.holds(), 'notifications.counters_equal_rows 1, notifications.newest_is_kept 0');
update notifications.counters set unread = 1 where user_id = 2;
select notifications.forget_v1(1);
select t.eq('forgotten', (select count(*) from notifications.notifications where user_id = 1) || coalesce(t.rows_of(1), '-'), '0-');

create function t.readers(audience text, kind text, permission text, usr bigint, ord bigint, so bigint, sel bigint, prod bigint, var bigint)
returns text language sql as $$
  select coalesce(string_agg(user_id || case when in_app then '' else ' not here' end || case when email then '' else ' no mail' end
                             || coalesce(' ' || product, '') || coalesce(' ' || business, ''), ', ' order by user_id), '-')
    from checkout.notice_readers_v2(array[audience], array[kind], array[permission], array[usr], array[ord], array[so], array[sel], array[prod], array[var])
$$;
select t.eq('buyer by order', t.readers('buyer', 'order', null, null, 21, null, null, null, null), '1 no mail');
select t.eq('buyer by part', t.readers('buyer', 'payment', null, null, null, (select id from orders.seller_orders), null, null, null), '1 Seller 2');
select t.eq('buyer by name', t.readers('buyer', 'order', null, 2, 21, null, null, null, null), '2');
select t.eq('seller by part', t.readers('seller', 'seller_order', null, null, null, (select id from orders.seller_orders), null, null, null), '2 Seller 2');
select t.eq('seller by variant', t.readers('seller', 'stock', null, null, null, null, null, null, 100), '2 Product 1 Seller 2');
select t.eq('seller without members', t.readers('seller', 'stock', null, null, null, null, 1, null, null), '-');
select t.eq('admins', t.readers('admin', 'refund', 'refunds:write', null, null, null, null, null, null), '3 not here, 4');
select t.eq('removed', t.readers('user', 'review', null, 6, null, null, null, null, null), '-');
select t.eq('two at once', (select string_agg(no || ':' || user_id, ' ' order by no, user_id)
  from checkout.notice_readers_v2('{user,admin}', '{order,order}', '{null,orders:read}', '{1,null}', '{null,null}', '{null,null}', '{null,null}', '{null,null}', '{null,null}')), '1:1 2:4 2:5');

select checkout.set_notification_preferences_v1(2, '{"stock":{"email":false}}');
select checkout.set_notification_preferences_v1(2, '{"stock":{"email":false}}');
select t.eq('preferences', checkout.notification_preferences_v1(2)::text || ' ' || (select version from accounts.users where id = 2), '{"stock": {"email": false}} 2');
