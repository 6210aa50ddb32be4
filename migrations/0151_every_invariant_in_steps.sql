-- SPDX-License-Identifier: Apache-2.0
-- Why:  mve check knew of invariants that the servers never looked at and mve_invariant_ok did not name: those of reviews, that all debits equal
--       all credits, and that the ledger's snapshots equal its lines. They are looked at in steps as well.
-- Lock: only new objects; rows more in platform.invariant_progress.
-- Time: milliseconds.
--
-- platform.invariants_step_v5(area, limit 1…20000) → (checked, finished): the areas of invariants_step_v4, and
--   ledger_lines      as before, and that debits equal credits in each slice of whole entries
--   ledger_sums       the lines up to snapshot_progress.through by their entry, added up by account; at the end of a round the sums are compared
--                     with ledger.snapshots. Where those went on meanwhile, so does the round.
--   reviews           reviews by id, and that a review that is shown has its counters
--   review_products, review_sellers   counters by subject, each with the reviews that it counts: as many as it has, by index
-- weaker than in mve check: lines of the last hour are in no snapshot, and a round begins with what it finds.
-- platform.invariants_state_v5() → (name, ok, value, since): the names of mve check, all of them.

-- What a round has added up so far. Logged, since its place in platform.invariant_progress is.
create table platform.invariant_ledger_sums (
  account      text   primary key,
  debit_minor  bigint not null,
  credit_minor bigint not null,
  lines        bigint not null
) with (fillfactor = 50);

insert into platform.invariant_progress (area) select unnest('{ledger_sums,reviews,review_products,review_sellers}'::text[]);

-- Of certain reviews, by index only.
create function reviews.invariants_of_reviews_v1(p_reviews bigint[]) returns table (name text, value bigint)
language sql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
  with r as materialized (select * from reviews.reviews where id = any (p_reviews))
  select 'reviews.counters_equal_their_reviews', count(*)
    from r cross join lateral (values ('product', r.product_id), ('seller', r.seller_id)) s(subject, subject_id)
   where r.shown and not exists (select 1 from reviews.counters c where c.subject = s.subject and c.subject_id = s.subject_id)
  union all select 'reviews.helpful_equals_votes', count(*)
    from r left join (select v.review_id, count(*) n from reviews.votes v where v.review_id = any (p_reviews) group by 1) v on v.review_id = r.id
   where r.helpful_count <> coalesce(v.n, 0)
  union all select 'reviews.reported_equals_reports', count(*)
    from r left join (select v.review_id, count(*) n from reviews.reports v where v.review_id = any (p_reviews) group by 1) v on v.review_id = r.id
   where r.report_count <> coalesce(v.n, 0)
  union all select 'reviews.media_equal_their_rows', count(*)
    from r left join (select v.review_id, count(*) n from reviews.media v where v.review_id = any (p_reviews) group by 1) v on v.review_id = r.id
   where r.media_count <> coalesce(v.n, 0)
  union all select 'reviews.history_ends_with_the_state', count(*)
    from r left join lateral (select h.to_status from reviews.history h where h.review_id = r.id order by h.id desc limit 1) h on true
   where coalesce(h.to_status, 'pending') <> case when r.deleted_at is null then r.status else 'deleted' end
  union all select 'reviews.events_are_gap_free', count(*)   -- of the last hour: older ones may have been cleared away
    from r cross join lateral (select count(*) n, min(e.seq) low, max(e.seq) top from platform.outbox e
                                where e.aggregate_type = 'review' and e.aggregate_id = r.id) e
   where r.created_at > now() - interval '1 hour' and (r.event_seq <> e.n or (e.n > 0 and (e.low <> 1 or e.top <> r.event_seq)))
$$;

-- Of the counters of certain products or sellers.
create function reviews.invariants_of_counters_v1(p_subject text, p_ids bigint[]) returns table (name text, value bigint)
language sql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
  with r as (
    select r.product_id id, r.rating from reviews.reviews r where p_subject = 'product' and r.shown and r.product_id = any (p_ids)
    union all
    select r.seller_id, r.rating from reviews.reviews r where p_subject = 'seller' and r.shown and r.seller_id = any (p_ids)),
  x as (
    select r.id, count(*) filter (where r.rating = 1) ones, count(*) filter (where r.rating = 2) twos, count(*) filter (where r.rating = 3) threes,
           count(*) filter (where r.rating = 4) fours, count(*) filter (where r.rating = 5) fives from r group by 1)
  select 'reviews.counters_equal_their_reviews', count(*)
    from reviews.counters c left join x on x.id = c.subject_id
   where c.subject = p_subject and c.subject_id = any (p_ids)
     and (c.ones, c.twos, c.threes, c.fours, c.fives)
         is distinct from (coalesce(x.ones, 0), coalesce(x.twos, 0), coalesce(x.threes, 0), coalesce(x.fours, 0), coalesce(x.fives, 0))
$$;

-- A slice of ledger_sums for invariants_step_v5, which holds the area's row.
create function platform.invariants_ledger_sums_step(p_position bigint, p_limit int, out checked int, out last bigint, out finished boolean)
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
declare first constant bigint := -9223372036854775808; ids bigint[]; upto bigint; offenders bigint;
begin
  select p.through into upto from ledger.snapshot_progress p;
  last := p_position;
  -- A round begins; or the snapshots were begun anew and have not come so far.
  if last = first or last > upto then
    delete from platform.invariant_ledger_sums;
    last := first;
  end if;
  -- Whole entries: the last one, which the limit may have cut, waits for the next step.
  select array_agg(x.entry_id), max(x.entry_id) into ids, upto
    from (select l.entry_id from ledger.lines l where l.entry_id > last and l.entry_id <= upto order by l.entry_id limit p_limit) x;
  checked := coalesce(cardinality(ids), 0);
  finished := checked < p_limit;
  if not finished and ids[1] < upto then upto := upto - 1; end if;
  insert into platform.invariant_ledger_sums as t (account, debit_minor, credit_minor, lines)
  select l.account, sum(l.debit_minor), sum(l.credit_minor), count(*) from ledger.lines l
   where l.entry_id > last and l.entry_id <= upto and l.account not like 'order\_funds:%' group by l.account order by l.account
  on conflict (account) do update set debit_minor = t.debit_minor + excluded.debit_minor,
    credit_minor = t.credit_minor + excluded.credit_minor, lines = t.lines + excluded.lines;
  last := coalesce(upto, last);
  if not finished then return; end if;
  -- One statement, so that snapshots and their progress fit; all accounts at once, but order_funds a few for each seller.
  select case when not exists (select 1 from ledger.lines l where l.entry_id > last and l.entry_id <= p.through) then (
           select count(*) from ledger.snapshots s full join platform.invariant_ledger_sums x on x.account = s.account
            where (s.debit_minor, s.credit_minor, s.lines) is distinct from (x.debit_minor, x.credit_minor, x.lines)) end
    into offenders from ledger.snapshot_progress p;
  finished := offenders is not null;
  perform platform.invariants_found('ledger_sums', '{ledger.snapshots_equal_lines}', array[offenders]);
end $$;

create function platform.invariants_step_v5(p_area text, p_limit int, out checked int, out finished boolean)
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
declare
  first constant bigint := -9223372036854775808;
  g platform.invariant_progress; ids bigint[]; last bigint; bound int := p_limit; kind text;
begin
  if p_area is null or p_area not in ('ledger_lines', 'ledger_sums', 'reviews', 'review_products', 'review_sellers') then   -- an unknown one is refused there
    select s.checked, s.finished into checked, finished from platform.invariants_step_v4(p_area, p_limit) s;
    return;
  end if;
  if p_limit is null or p_limit not between 1 and 20000 then
    raise exception 'invariants_step_v5: limit outside 1…20000' using errcode = '22023';
  end if;
  checked := 0; finished := true;
  select * into g from platform.invariant_progress p where p.area = p_area order by p.area for update skip locked;
  if not found then return; end if;

  if p_area = 'ledger_lines' then
    -- Before the step, which may end the round. An entry that the limit cuts is read to its end.
    select max(x.entry_id) into last from (select l.entry_id from ledger.lines l where l.entry_id > g.position order by l.entry_id limit p_limit) x;
    perform platform.invariants_found(p_area, '{ledger.debits_equal_credits}', array[(
      select coalesce(abs(sum(l.debit_minor) - sum(l.credit_minor)), 0)::bigint from ledger.lines l where l.entry_id > g.position and l.entry_id <= last)]);
    select s.checked, s.finished into checked, finished from platform.invariants_step_v4(p_area, p_limit) s;
    return;
  end if;

  if p_area = 'ledger_sums' then
    select s.checked, s.last, s.finished into checked, last, finished from platform.invariants_ledger_sums_step(g.position, p_limit) s;
  elsif p_area = 'reviews' then
    select array_agg(x.id), max(x.id) into ids, last from (select r.id from reviews.reviews r where r.id > g.position order by r.id limit p_limit) x;
    perform platform.invariants_found(p_area, array_agg(f.name), array_agg(f.value)) from reviews.invariants_of_reviews_v1(coalesce(ids, '{}')) f;
  else
    -- Each is compared with all that it counts.
    bound := greatest(p_limit / 20, 1);
    kind := case p_area when 'review_products' then 'product' else 'seller' end;
    select array_agg(x.subject_id), max(x.subject_id) into ids, last from (
      select c.subject_id from reviews.counters c where c.subject = kind and c.subject_id > g.position order by c.subject_id limit bound) x;
    perform platform.invariants_found(p_area, array_agg(f.name), array_agg(f.value)) from reviews.invariants_of_counters_v1(kind, coalesce(ids, '{}')) f;
  end if;
  if p_area <> 'ledger_sums' then
    checked := coalesce(cardinality(ids), 0);
    finished := checked < bound;
  end if;
  update platform.invariant_progress p
     set position = case when finished then first else last end, round = p.round + finished::int, updated_at = now() where p.area = p_area;
end $$;

create function platform.invariants_state_v5() returns table (name text, ok boolean, value bigint, since timestamptz)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select * from platform.invariants_state_v4()
  union all
  select n, count(f.name) = 0, coalesce(max(f.value), 0), max(f.found_at)
    from unnest('{ledger.debits_equal_credits,ledger.snapshots_equal_lines,reviews.counters_equal_their_reviews,reviews.helpful_equals_votes,
reviews.reported_equals_reports,reviews.media_equal_their_rows,reviews.history_ends_with_the_state,reviews.events_are_gap_free}'::text[]) n
    left join (platform.invariant_findings f join platform.invariant_progress g on g.area = f.area and f.round >= g.round - 1) on f.name = n
   group by n
$$;
