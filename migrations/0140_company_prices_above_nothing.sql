-- SPDX-License-Identifier: Apache-2.0
-- Why:  a price list of a company's could say a price of nothing: no other price may.
-- Lock: ACCESS EXCLUSIVE on catalog.price_list_entries for the moment of the change: rows that are there are not looked at, and stay as they are
--       until somebody writes other tiers.
-- Time: milliseconds, whatever the size.

alter table catalog.price_list_entries add constraint price_list_entries_above_nothing
  check (not jsonb_path_exists(tiers, '$[*].price_minor ? (@ < 1)')) not valid;
