-- SPDX-License-Identifier: Apache-2.0
-- Why:  pictures that users show of themselves and sellers of theirs: one row for each that was sent, as products have them (0035).
-- Lock: SHARE ROW EXCLUSIVE on accounts.users and sellers.sellers while each is read once for its index and its foreign key: writers
--       wait, readers do not.
-- Time: a second for some million users; sellers are few.
--
-- The file is written before the row, and is named by its content. A row whose time is over goes; a file that no row names goes
-- with the sweep of the public files. A picture that its user or seller shows has no end: expires_at is null.
-- Nothing could be named in the two columns until now: there was no picture to name.

create table accounts.images (
  id          bigint      primary key,
  user_id     bigint      not null references accounts.users (id),
  sent_sha256 bytea       not null check (octet_length(sent_sha256) = 32),   -- of what was sent: the same again is this row
  digest      bytea       not null check (octet_length(digest) = 32),        -- of what is kept: the file's name
  kind        text        not null check (kind in ('jpeg', 'webp')),
  width       int         not null check (width > 0),
  height      int         not null check (height > 0),
  expires_at  timestamptz,                                                   -- null while the user shows it
  created_at  timestamptz not null default now(),
  unique (user_id, sent_sha256)
);
create index images_expiring on accounts.images (expires_at) where expires_at is not null;
create index images_of_file on accounts.images (digest);

create table sellers.images (
  id          bigint      primary key,
  seller_id   bigint      not null references sellers.sellers (id),
  sent_sha256 bytea       not null check (octet_length(sent_sha256) = 32),
  digest      bytea       not null check (octet_length(digest) = 32),
  kind        text        not null check (kind in ('jpeg', 'webp')),
  width       int         not null check (width > 0),
  height      int         not null check (height > 0),
  expires_at  timestamptz,
  created_at  timestamptz not null default now(),
  unique (seller_id, sent_sha256)
);
create index images_expiring on sellers.images (expires_at) where expires_at is not null;
create index images_of_file on sellers.images (digest);

-- Who removes a picture asks whether anybody shows it.
create index users_of_avatar on accounts.users (avatar_image_id) where avatar_image_id is not null;
create index sellers_of_logo on sellers.sellers (logo_image_id) where logo_image_id is not null;
alter table accounts.users add constraint users_avatar foreign key (avatar_image_id) references accounts.images (id);
alter table sellers.sellers add constraint sellers_logo foreign key (logo_image_id) references sellers.images (id);
