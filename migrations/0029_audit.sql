-- SPDX-License-Identifier: Apache-2.0
-- Why:  who did what to what: a row for each act of an admin and each change of state, in the transaction of the act.
-- Lock: only new objects.
-- Time: milliseconds.

-- id follows insertion, not commit, like the outbox's. before and after are what the act changed, secrets taken out before they come
-- here. seq, prev_hash and hash are assigned afterwards, once, over committed rows, by whoever leads; null is the tail not chained yet.
create table platform.audit (
  id          bigint      generated always as identity primary key,
  at          timestamptz not null default now(),
  actor_type  text        not null check (actor_type in ('admin', 'user', 'system')),
  actor_id    bigint,
  actor_ip    text        check (length(actor_ip) <= 64),
  action      text        not null check (action ~ '^[a-z_]+(\.[a-z_]+)+$' and length(action) <= 80),
  entity_type text        not null check (length(entity_type) between 1 and 40),
  entity_id   bigint      not null,
  before      jsonb,
  after       jsonb,
  reason      text        check (length(reason) <= 2000),
  request_id  text        check (length(request_id) <= 40),
  seq         bigint      unique,
  prev_hash   bytea       check (octet_length(prev_hash) = 32),
  hash        bytea       check (octet_length(hash) = 32),
  check ((actor_type = 'system') = (actor_id is null)),
  check ((seq is null) = (hash is null))
);
create index audit_of_entity on platform.audit (entity_type, entity_id, id);
create index audit_of_actor on platform.audit (actor_id, id) where actor_id is not null;
create index audit_unchained on platform.audit (id) where seq is null;

-- Nothing is changed or removed, by nobody, short of taking the triggers away; a row is put into the chain once.
create function platform.keep_audit_v1() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'UPDATE' and old.seq is null and new.seq is not null
     and row(new.id, new.at, new.actor_type, new.actor_id, new.actor_ip, new.action, new.entity_type, new.entity_id, new.before,
             new.after, new.reason, new.request_id)
         is not distinct from
         row(old.id, old.at, old.actor_type, old.actor_id, old.actor_ip, old.action, old.entity_type, old.entity_id, old.before,
             old.after, old.reason, old.request_id) then
    return new;
  end if;
  raise exception 'platform.audit is append-only' using errcode = '42501';
end $$;
create trigger audit_rows before update or delete on platform.audit for each row execute function platform.keep_audit_v1();
create trigger audit_table before truncate on platform.audit for each statement execute function platform.keep_audit_v1();
