-- SPDX-License-Identifier: Apache-2.0
-- Why:  filters by attributes, options, brands and prices walked the whole catalogue where hardly anything is as asked for; the words
--       that misspelt ones are corrected by were those of drafts too, and stayed for ever.
-- Lock: SHARE on catalog.products and catalog.variants while their indexes are built; ACCESS EXCLUSIVE for an instant on the words.
-- Time: about five seconds for each 100,000 products.

-- Without pending lists: filters never wait for one to be worked off.
create index products_attributes on catalog.products using gin (attributes jsonb_path_ops) with (fastupdate = off) where visible;
create index products_brand on catalog.products (brand) where visible;
create index variants_options on catalog.variants using gin (options jsonb_path_ops) with (fastupdate = off) where status = 'active';
create index variants_price on catalog.variants (price_minor) where status = 'active';
