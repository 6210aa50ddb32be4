-- SPDX-License-Identifier: Apache-2.0
-- Why:  what the catalogue shows of a seller. The catalogue's statements name only its own schemas; this view is the one
--       window to sellers, with the columns that a product card and an offer need and no others.
-- Lock: only a new view.
-- Time: milliseconds.

create view catalog.seller_cards as
  select id, slug, business_name as name, state_code, rating_count, rating_sum from sellers.sellers;
