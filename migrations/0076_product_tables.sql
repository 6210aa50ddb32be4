-- SPDX-License-Identifier: Apache-2.0
-- Why:  imports and exports of products: a seller's own names of its products, by which rows of a table find them, and the order in
--       which an export goes through the products of a seller.
-- Lock: only a new object; SHARE on catalog.products while the index is built, SHARE ROW EXCLUSIVE for an instant (foreign keys).
-- Time: about a second for each 1,000,000 products.

-- Given by the import that made the product; a row that says it again means that product.
create table catalog.product_references (
  seller_id  bigint not null,
  reference  text   not null check (length(reference) between 1 and 200),
  product_id bigint not null unique references catalog.products (id),
  primary key (seller_id, reference)
);

create index products_of_seller on catalog.products (seller_id, id);
