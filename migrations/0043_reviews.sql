-- SPDX-License-Identifier: Apache-2.0
-- Why:  reviews of what was delivered: one for each order line, with votes, reports, media, and counters that lists and cards are read from.
-- Lock: only new objects.
-- Time: milliseconds.
--
-- Counters follow every change of a review in its own transaction, by trigger: the product's row first, then the seller's, so that two
-- changes never wait for each other in a ring (a transaction changes one review). Whoever keeps a copy of them (catalog.products,
-- sellers.sellers) is told by a job `review.rating`, one for each change, owed by the same transaction.
-- A review that its author deletes stays as a row that nothing shows: it keeps its order line taken.

create schema reviews;

create table reviews.reviews (
  id               bigint      primary key,
  order_line_id    bigint      not null unique,
  user_id          bigint      not null,
  product_id       bigint      not null,
  seller_id        bigint      not null,
  rating           smallint    not null check (rating between 1 and 5),
  title            text        check (length(title) between 1 and 120),
  body             text        check (length(body) between 1 and 5000),
  status           text        not null check (status in ('pending', 'published', 'rejected', 'hidden')),
  reason_code      text        check (length(reason_code) <= 40),    -- why it waits, was rejected or hidden
  reason_note      text        check (length(reason_note) <= 1000),
  deleted_at       timestamptz,
  shown            boolean     generated always as (status = 'published' and deleted_at is null) stored,
  media_count      smallint    not null default 0 check (media_count between 0 and 6),
  helpful_count    int         not null default 0 check (helpful_count >= 0),
  report_count     int         not null default 0 check (report_count >= 0),
  response         text        check (length(response) between 1 and 2000),
  response_at      timestamptz,
  response_user_id bigint,
  event_seq        int         not null default 0,
  version          bigint      not null default 1,
  created_at       timestamptz not null default now(),
  edited_at        timestamptz,
  check ((response is null) = (response_at is null) and (response is null) = (response_user_id is null))
) with (fillfactor = 85);
create index reviews_product_newest on reviews.reviews (product_id, created_at desc, id desc) where shown;
create index reviews_product_rating on reviews.reviews (product_id, rating, id) where shown;
create index reviews_product_helpful on reviews.reviews (product_id, helpful_count desc, id desc) where shown;
create index reviews_seller_newest on reviews.reviews (seller_id, created_at desc, id desc) where shown;
create index reviews_seller_rating on reviews.reviews (seller_id, rating, id) where shown;
create index reviews_seller_helpful on reviews.reviews (seller_id, helpful_count desc, id desc) where shown;
create index reviews_product_stars on reviews.reviews (product_id, rating, created_at desc, id desc) where shown;
create index reviews_seller_stars on reviews.reviews (seller_id, rating, created_at desc, id desc) where shown;
create index reviews_product_media on reviews.reviews (product_id, created_at desc, id desc) where shown and media_count > 0;
create index reviews_seller_media on reviews.reviews (seller_id, created_at desc, id desc) where shown and media_count > 0;
create index reviews_kept on reviews.reviews (created_at, id) where deleted_at is null;
create index reviews_product_kept on reviews.reviews (product_id, created_at, id) where deleted_at is null;
create index reviews_seller_kept on reviews.reviews (seller_id, created_at, id) where deleted_at is null;
create index reviews_moderation on reviews.reviews (status, created_at, id) where deleted_at is null;
create index reviews_reported on reviews.reviews (created_at, id) where deleted_at is null and report_count > 0;

create table reviews.history (
  review_id   bigint      not null,
  id          bigint      generated always as identity,
  at          timestamptz not null default now(),
  from_status text        not null,
  to_status   text        not null,
  event       text        not null,
  actor       text        not null,          -- 'user:<id>', 'system'
  reason      text,
  request_id  text,
  primary key (review_id, id)
);

create table reviews.votes (
  review_id  bigint      not null,
  user_id    bigint      not null,
  created_at timestamptz not null default now(),
  primary key (review_id, user_id)
);

create table reviews.reports (
  review_id   bigint      not null,
  user_id     bigint      not null,
  reason_code text        not null check (length(reason_code) <= 40),
  note        text        check (length(note) <= 1000),
  created_at  timestamptz not null default now(),
  primary key (review_id, user_id)
);

-- Pictures and videos. One that no review has is gone a day after it came, or was let go of.
create table reviews.media (
  id            bigint      primary key,
  user_id       bigint      not null,
  order_line_id bigint,                        -- only for a review of this line
  review_id     bigint,
  position      smallint    not null default 0,
  kind          text        not null check (kind in ('image', 'video')),
  digest        bytea       not null check (octet_length(digest) = 32),   -- of the published file, which is named after it
  url           text        not null,
  thumbnails    jsonb       not null default '{}',                        -- by the longer side
  size          bigint      not null check (size > 0),
  width         int,
  height        int,
  created_at    timestamptz not null default now()                        -- or let go of
);
create index media_digest on reviews.media (digest);
create index media_of_review on reviews.media (review_id, position, id) where review_id is not null;
create index media_unattached on reviews.media (created_at) where review_id is null;
create index media_unattached_of_user on reviews.media (user_id) where review_id is null;

-- Of a product, or of everything that a seller has sold.
create table reviews.counters (
  subject      text   not null check (subject in ('product', 'seller')),
  subject_id   bigint not null,
  ones         int    not null default 0 check (ones >= 0),
  twos         int    not null default 0 check (twos >= 0),
  threes       int    not null default 0 check (threes >= 0),
  fours        int    not null default 0 check (fours >= 0),
  fives        int    not null default 0 check (fives >= 0),
  rating_count int    generated always as (ones + twos + threes + fours + fives) stored,
  rating_sum   bigint generated always as (ones + 2 * twos::bigint + 3 * threes::bigint + 4 * fours::bigint + 5 * fives::bigint) stored,
  primary key (subject, subject_id)
) with (fillfactor = 70);

-- count_v1 takes one review of rating p_minus away and adds one of rating p_plus; null is none. Locks: the subject's row.
create function reviews.count_v1(p_subject text, p_id bigint, p_minus smallint, p_plus smallint) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  insert into reviews.counters (subject, subject_id) values (p_subject, p_id) on conflict do nothing;
  update reviews.counters set
    ones   = ones   + coalesce((p_plus = 1)::int, 0) - coalesce((p_minus = 1)::int, 0),
    twos   = twos   + coalesce((p_plus = 2)::int, 0) - coalesce((p_minus = 2)::int, 0),
    threes = threes + coalesce((p_plus = 3)::int, 0) - coalesce((p_minus = 3)::int, 0),
    fours  = fours  + coalesce((p_plus = 4)::int, 0) - coalesce((p_minus = 4)::int, 0),
    fives  = fives  + coalesce((p_plus = 5)::int, 0) - coalesce((p_minus = 5)::int, 0)
   where subject = p_subject and subject_id = p_id
$$;

-- What a review is about never changes.
create function reviews.review_changed() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare before smallint; after smallint;
begin
  if tg_op = 'UPDATE' then
    if (new.product_id, new.seller_id, new.order_line_id, new.user_id)
       is distinct from (old.product_id, old.seller_id, old.order_line_id, old.user_id) then
      raise exception 'review %: what it is about cannot change', old.id using errcode = '23514';
    end if;
    if old.shown then before := old.rating; end if;
  end if;
  if new.shown then after := new.rating; end if;
  if before is distinct from after then
    perform reviews.count_v1('product', new.product_id, before, after);
    perform reviews.count_v1('seller', new.seller_id, before, after);
    insert into platform.jobs (kind, key, payload)
    values ('review.rating', new.id || ':' || new.version, jsonb_build_object('product', new.product_id, 'seller', new.seller_id));
  end if;
  return null;
end $$;
create trigger review_changed after insert or update on reviews.reviews
  for each row execute function reviews.review_changed();

-- reviews.invariants_v1() → (name, ok, value) as platform.invariants_v1(): counters equal their rows at every moment. Reads whole tables.
create function reviews.invariants_v1() returns table (name text, ok boolean, value bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with shown as (
    select s.subject, s.subject_id, count(*) filter (where r.rating = 1) ones, count(*) filter (where r.rating = 2) twos,
           count(*) filter (where r.rating = 3) threes, count(*) filter (where r.rating = 4) fours, count(*) filter (where r.rating = 5) fives
      from reviews.reviews r cross join lateral (values ('product', r.product_id), ('seller', r.seller_id)) s(subject, subject_id)
     where r.shown group by 1, 2),
  checks(name, value) as (
    select 'reviews.counters_equal_their_reviews', (
      select count(*) from reviews.counters c full join shown s using (subject, subject_id)
       where (coalesce(c.ones, 0), coalesce(c.twos, 0), coalesce(c.threes, 0), coalesce(c.fours, 0), coalesce(c.fives, 0))
             is distinct from (coalesce(s.ones, 0), coalesce(s.twos, 0), coalesce(s.threes, 0), coalesce(s.fours, 0), coalesce(s.fives, 0)))
    union all select 'reviews.helpful_equals_votes', (
      select count(*) from reviews.reviews r
        left join (select review_id, count(*) n from reviews.votes group by 1) v on v.review_id = r.id
       where r.helpful_count <> coalesce(v.n, 0))
    union all select 'reviews.reported_equals_reports', (
      select count(*) from reviews.reviews r
        left join (select review_id, count(*) n from reviews.reports group by 1) v on v.review_id = r.id
       where r.report_count <> coalesce(v.n, 0))
    union all select 'reviews.media_equal_their_rows', (
      select count(*) from reviews.reviews r
        left join (select review_id, count(*) n from reviews.media where review_id is not null group by 1) v on v.review_id = r.id
       where r.media_count <> coalesce(v.n, 0))
    union all select 'reviews.history_ends_with_the_state', (
      select count(*) from reviews.reviews r
        left join lateral (select to_status from reviews.history h where h.review_id = r.id order by h.id desc limit 1) h on true
       where coalesce(h.to_status, 'pending') <> case when r.deleted_at is null then r.status else 'deleted' end)
    union all select 'reviews.events_are_gap_free', (
      select count(*) from reviews.reviews r
        left join (select aggregate_id, count(*) n, min(seq) low, max(seq) top from platform.outbox where aggregate_type = 'review' group by 1) e
          on e.aggregate_id = r.id
       where r.event_seq <> coalesce(e.n, 0) or (e.n > 0 and (e.low <> 1 or e.top <> r.event_seq))))
  select name, value = 0, value from checks
$$;
