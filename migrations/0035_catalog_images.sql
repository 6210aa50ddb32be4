-- SPDX-License-Identifier: Apache-2.0
-- Why:  the pictures of products: one row for each image that a seller has sent, and which products use it.
-- Lock: only new objects; SHARE ROW EXCLUSIVE on catalog.products and sellers.sellers for an instant (foreign keys).
-- Time: milliseconds.
--
-- The file is written before the row, and is named by its content. A row whose time is over goes; a file that no row names goes
-- with the sweep of the public files. An image that a product shows, or that its open revision proposes, has no end.

create table catalog.images (
  id          bigint      primary key,
  seller_id   bigint      not null references sellers.sellers (id),
  sent_sha256 bytea       not null check (octet_length(sent_sha256) = 32),   -- of what was sent: the same again is this row
  digest      bytea       not null check (octet_length(digest) = 32),        -- of what is kept: the file's name
  kind        text        not null check (kind in ('jpeg', 'webp')),
  width       int         not null check (width > 0),
  height      int         not null check (height > 0),
  alt         text        check (length(alt) between 1 and 300),
  expires_at  timestamptz,                                                   -- null while a product uses it
  created_at  timestamptz not null default now(),
  unique (seller_id, sent_sha256)
);
create index images_expiring on catalog.images (expires_at) where expires_at is not null;
create index images_unused_of_seller on catalog.images (seller_id) where expires_at is not null;
create index images_of_file on catalog.images (digest);

create table catalog.image_uses (
  product_id bigint not null references catalog.products (id),
  image_id   bigint not null references catalog.images (id),
  primary key (product_id, image_id)
);
create index uses_of_image on catalog.image_uses (image_id);
