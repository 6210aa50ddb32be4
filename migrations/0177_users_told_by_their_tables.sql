-- SPDX-License-Identifier: Apache-2.0
-- Why:  every request of a user looked its session up once a second, because who died after a commit told nobody of it: 6 µs of PostgreSQL
--       and a round trip for each order of somebody who was here a minute ago. Told with the commit, whoever wrote it, what is remembered
--       is as good as the news are fresh.
-- Lock: SHARE ROW EXCLUSIVE for an instant on users, sessions, second factors, members and companies: triggers are added.
-- Time: milliseconds.
--
-- What users may do is what a look-up of their sessions says (AccountsStore.liveStates): roles, permissions, status, whether the session is
-- open, the second factor, the only company. Each change of it notifies `mve_users` with '-1:user': sent by no worker, so that all hear it.
-- Notifying commits are serialised over the database (rule 13 of the hot path): these are rare, and no order or cart writes such a row. What
-- is often written beside them (last use of a session, step of a second factor, profile) notifies nobody.
--
-- A TRUNCATE tells nobody, nor does a restore that leaves triggers out: UserStates.trustMax is for those.
--
-- user_changed_v1(column): tells of the user whose number stands in that column, before and after.
create function accounts.user_changed_v1() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  was text := case when tg_op <> 'INSERT' then to_jsonb(old) ->> tg_argv[0] end;
  now_is text := case when tg_op <> 'DELETE' then to_jsonb(new) ->> tg_argv[0] end;
begin
  if was is not null then perform pg_notify('mve_users', '-1:' || was); end if;
  if now_is is distinct from was and now_is is not null then perform pg_notify('mve_users', '-1:' || now_is); end if;
  return null;
end $$;

create trigger users_told after update on accounts.users for each row
  when (old.roles is distinct from new.roles or old.permissions is distinct from new.permissions or old.status is distinct from new.status)
  execute function accounts.user_changed_v1('id');
create trigger users_gone after delete on accounts.users for each row execute function accounts.user_changed_v1('id');

create trigger sessions_told after update on accounts.sessions for each row
  when (old.revoked_at is distinct from new.revoked_at) execute function accounts.user_changed_v1('user_id');
-- One that was closed was told of then.
create trigger sessions_gone after delete on accounts.sessions for each row
  when (old.revoked_at is null) execute function accounts.user_changed_v1('user_id');

create trigger second_factors_told after update on accounts.second_factors for each row
  when (old.enrolled_at is distinct from new.enrolled_at) execute function accounts.user_changed_v1('user_id');
create trigger second_factors_made after insert on accounts.second_factors for each row
  when (new.enrolled_at is not null) execute function accounts.user_changed_v1('user_id');
create trigger second_factors_gone after delete on accounts.second_factors for each row
  when (old.enrolled_at is not null) execute function accounts.user_changed_v1('user_id');

create trigger members_told after insert or update or delete on companies.members for each row
  execute function accounts.user_changed_v1('user_id');

-- members_of_company_changed_v1: a company that may buy now, or not any more, is news of its members.
create function companies.members_of_company_changed_v1() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_notify('mve_users', '-1:' || m.user_id) from companies.members m where m.company_id = new.id;
  return null;
end $$;

create trigger companies_told after update on companies.companies for each row
  when (old.status is distinct from new.status) execute function companies.members_of_company_changed_v1();

-- company_of_member_v1: who becomes a member while the company's state changes is told of it, too: one of the two waits for the other, and the
-- state's trigger sees the member.
create function companies.company_of_member_v1() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform 1 from companies.companies c where c.id = new.company_id order by c.id for share;
  return new;
end $$;

create trigger members_beside_company before insert or update on companies.members for each row
  execute function companies.company_of_member_v1();
