-- SPDX-License-Identifier: Apache-2.0
-- Why:  sellers, as far as selling needs them: who they are, whether they sell now.
-- Lock: only new objects.
-- Time: milliseconds.

create schema sellers;

create table sellers.sellers (
  id             bigint      primary key,
  owner_user_id  bigint      unique references accounts.users (id),
  slug           text        not null unique check (length(slug) between 1 and 120),
  business_name  text        not null check (length(business_name) between 1 and 200),
  status         text        not null default 'draft'
                 check (status in ('draft', 'pending_approval', 'active', 'suspended', 'rejected', 'closed')),
  state_code     text        check (length(state_code) between 1 and 3),   -- where goods leave from: decides CGST+SGST or IGST
  holiday_from   timestamptz,
  holiday_to     timestamptz,
  on_holiday     boolean     not null default false,    -- maintained: by the trigger on change, by apply_holidays_v1 as time passes
  trusted        boolean     not null default false,
  rating_count   int         not null default 0 check (rating_count >= 0),
  rating_sum     bigint      not null default 0 check (rating_sum >= 0),
  version        bigint      not null default 1,
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  check ((holiday_from is null) = (holiday_to is null) and (holiday_from is null or holiday_to > holiday_from))
) with (fillfactor = 85);
create index sellers_newest on sellers.sellers (created_at desc, id desc);

create function sellers.holiday_changed() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  new.on_holiday := coalesce(now() >= new.holiday_from and now() < new.holiday_to, false);
  return new;
end $$;
create trigger holiday_changed before insert or update of holiday_from, holiday_to on sellers.sellers
  for each row execute function sellers.holiday_changed();

-- apply_holidays_v1 lets holidays begin and end; to be called about once a minute; returns the sellers it changed.
-- Locks: those sellers, then (by the triggers of 0005) their products, then their stock rows in variant order.
create function sellers.apply_holidays_v1() returns setof bigint
language sql set search_path = pg_catalog, pg_temp as $$
  update sellers.sellers s set on_holiday = not s.on_holiday, version = version + 1, updated_at = now()
   where s.on_holiday <> coalesce(now() >= s.holiday_from and now() < s.holiday_to, false)
  returning s.id
$$;
