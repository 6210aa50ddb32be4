-- SPDX-License-Identifier: Apache-2.0
-- Why:  what people are told: notifications, the counter of unread ones, and who reads what of an event.
-- Lock: new objects; SHARE on accounts.users while the index of admins is built (few rows are in it, all are read).
-- Time: seconds for ten million users.

create schema notifications;

-- One row for everybody who was ever told something. last_seq numbers a user's notifications without gaps, in the order of their commits: whoever
-- has seen one has seen all before it, so a stream goes on where it broke off.
create table notifications.counters (
  user_id  bigint primary key,
  unread   int    not null default 0 check (unread >= 0),
  last_seq bigint not null default 0 check (last_seq >= 0)
) with (fillfactor = 70);

-- notice names the row of the program's table of notices that it came from, data what its text needs; ids in it are numbers.
create table notifications.notifications (
  id         bigint      primary key,
  user_id    bigint      not null,
  seq        bigint      not null check (seq >= 1),
  event_id   bigint      not null,
  notice     text        not null check (length(notice) <= 100),
  data       jsonb       not null,
  created_at timestamptz not null default clock_timestamp(),
  read_at    timestamptz,
  unique (user_id, seq),
  unique (event_id, user_id, notice)
) with (fillfactor = 80);
create index notifications_unread on notifications.notifications (user_id, seq) where read_at is null;

-- Admins are found by what they may do.
create index users_admins on accounts.users (id) where roles @> '{admin}'::text[];

-- tell_v1: notifications of events; arrays are aligned, in the order in which each user is to see them. → the users who have something new.
--   p_keep  the newest that a user keeps; older ones go, read or not.
-- What was told of an event already is not told again. Locks: the users' counters, by user.
create function notifications.tell_v1(p_ids bigint[], p_users bigint[], p_events bigint[], p_notices text[], p_data text[], p_keep int)
returns setof bigint language plpgsql set search_path = pg_catalog, pg_temp as $$
declare told bigint[];
begin
  insert into notifications.counters (user_id) select distinct u from unnest(p_users) u order by u on conflict (user_id) do nothing;
  perform 1 from notifications.counters c where c.user_id = any (p_users) order by c.user_id for no key update;
  with given as (
    select * from unnest(p_ids, p_users, p_events, p_notices, p_data) with ordinality g(id, usr, event, notice, data, ord)
     where not exists (select 1 from notifications.notifications n where n.event_id = g.event and n.user_id = g.usr and n.notice = g.notice)),
  made as (
    insert into notifications.notifications (id, user_id, seq, event_id, notice, data)
    select g.id, g.usr, c.last_seq + row_number() over (partition by g.usr order by g.ord), g.event, g.notice, g.data::jsonb
      from given g join notifications.counters c on c.user_id = g.usr
    returning user_id),
  counted as (select user_id, count(*) n from made group by user_id),
  moved as (
    update notifications.counters c set unread = c.unread + x.n, last_seq = c.last_seq + x.n from counted x where c.user_id = x.user_id
    returning c.user_id)
  select array_agg(user_id order by user_id) into told from moved;
  if told is null then return; end if;
  with gone as (
    delete from notifications.notifications n using notifications.counters c
     where c.user_id = any (told) and n.user_id = c.user_id and n.seq <= c.last_seq - p_keep returning n.user_id, n.read_at)
  update notifications.counters c set unread = c.unread - x.n
    from (select user_id, count(*) n from gone where read_at is null group by user_id) x where c.user_id = x.user_id;
  return query select unnest(told);
end $$;

-- mark_read_v1(user, ids) → (updated, unread). What is read already, unknown or another's changes nothing. Locks: the user's counter.
create function notifications.mark_read_v1(p_user bigint, p_ids bigint[]) returns table (updated int, unread int)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare n int; left_over int;
begin
  perform 1 from notifications.counters c where c.user_id = p_user order by c.user_id for no key update;
  update notifications.notifications t set read_at = clock_timestamp()
   where t.user_id = p_user and t.id = any (p_ids) and t.read_at is null;
  get diagnostics n = row_count;
  update notifications.counters c set unread = c.unread - n where c.user_id = p_user returning c.unread into left_over;
  return query select n, coalesce(left_over, 0);
end $$;

-- mark_all_read_v1(user, before; null: now) → (updated, unread). What was not there yet when it was asked stays unread, whatever it waited for.
create function notifications.mark_all_read_v1(p_user bigint, p_before timestamptz) returns table (updated int, unread int)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare n int; left_over int; newest bigint;
begin
  select max(t.seq) into newest from notifications.notifications t
   where t.user_id = p_user and t.read_at is null and (p_before is null or t.created_at <= p_before);
  perform 1 from notifications.counters c where c.user_id = p_user order by c.user_id for no key update;
  update notifications.notifications t set read_at = clock_timestamp()
   where t.user_id = p_user and t.read_at is null and t.seq <= newest;
  get diagnostics n = row_count;
  update notifications.counters c set unread = c.unread - n where c.user_id = p_user returning c.unread into left_over;
  return query select n, coalesce(left_over, 0);
end $$;

-- forget_v1: nothing of a user who is removed stays. Locks: the counter.
create function notifications.forget_v1(p_user bigint) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform 1 from notifications.counters c where c.user_id = p_user order by c.user_id for update;
  delete from notifications.notifications n where n.user_id = p_user;
  delete from notifications.counters c where c.user_id = p_user;
end $$;

-- checkout.notice_readers_v1: who reads certain notices, and what these people want; arrays are aligned, one element for each notice of an event.
--   p_audiences    'buyer'  the buyer: p_users, else of p_orders, else of p_seller_orders
--                  'user'   p_users
--                  'seller' the members of p_sellers, else of p_seller_orders, else of the seller of p_products
--                  'admin'  admins with p_permissions
--   p_kinds        what preferences call it
-- → (no, user, in_app, email, product's title, seller's business name): no counts from 1; one row for each reader, none for removed accounts.
create function checkout.notice_readers_v1(p_audiences text[], p_kinds text[], p_permissions text[], p_users bigint[], p_orders bigint[],
                                           p_seller_orders bigint[], p_sellers bigint[], p_products bigint[], p_variants bigint[])
returns table (no int, user_id bigint, in_app boolean, email boolean, product text, business text)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with a as materialized (
    select u.ord::int as no, u.audience, u.kind, u.permission, u.usr, u.ord_id, u.so, u.sel,
           coalesce(u.prod, (select v.product_id from catalog.variants v where v.id = u.var)) as prod
      from unnest(p_audiences, p_kinds, p_permissions, p_users, p_orders, p_seller_orders, p_sellers, p_products, p_variants)
           with ordinality u(audience, kind, permission, usr, ord_id, so, sel, prod, var, ord)),
  b as materialized (
    select a.*, coalesce(a.sel, (select s.seller_id from orders.seller_orders s where s.id = a.so),
                         (select p.seller_id from catalog.products p where p.id = a.prod)) as seller from a),
  r as (
    select b.no, coalesce(b.usr, (select o.user_id from orders.orders o where o.id = b.ord_id),
                          (select o.user_id from orders.seller_orders s join orders.orders o on o.id = s.order_id where s.id = b.so)) as usr
      from b where b.audience = 'buyer'
    union all select b.no, b.usr from b where b.audience = 'user'
    union all select b.no, s.owner_user_id from b join sellers.sellers s on s.id = b.seller where b.audience = 'seller'
    union all select b.no, x.id from b join accounts.users x on x.roles @> '{admin}'::text[] and x.permissions && array[b.permission, 'super']
               where b.audience = 'admin')
  select r.no, u.id, coalesce((u.notification_preferences -> b.kind ->> 'in_app')::boolean, true),
         coalesce((u.notification_preferences -> b.kind ->> 'email')::boolean, true),
         (select p.title from catalog.products p where p.id = b.prod), (select s.business_name from sellers.sellers s where s.id = b.seller)
    from r join b on b.no = r.no join accounts.users u on u.id = r.usr and u.deleted_at is null
   order by r.no, u.id
$$;

-- What somebody wants to be told of: {"order": {"in_app": true, "email": false}}; what is not in it is wanted. null for no such user.
create function checkout.notification_preferences_v1(p_user bigint) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp as $$
  select u.notification_preferences from accounts.users u where u.id = p_user
$$;

-- set_notification_preferences_v1: all of them at once. Locks: the user.
create function checkout.set_notification_preferences_v1(p_user bigint, p_preferences jsonb) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  update accounts.users u set notification_preferences = p_preferences, version = u.version + 1, updated_at = now()
   where u.id = p_user and u.notification_preferences is distinct from p_preferences
$$;

-- platform.invariants_of_notifications_v1() → (name, value): value counts the offenders.
create function platform.invariants_of_notifications_v1() returns table (name text, value bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select 'notifications.counters_equal_rows', count(*)
    from notifications.counters c
    full join (select n.user_id, count(*) filter (where n.read_at is null) unread, max(n.seq) top from notifications.notifications n group by 1) x
      on x.user_id = c.user_id
   where coalesce(c.unread, 0) <> coalesce(x.unread, 0) or coalesce(x.top, 0) > coalesce(c.last_seq, 0)
  union all
  select 'notifications.newest_is_kept', count(*)
    from notifications.counters c
   where c.last_seq > 0 and not exists (select 1 from notifications.notifications n where n.user_id = c.user_id and n.seq = c.last_seq)
$$;
