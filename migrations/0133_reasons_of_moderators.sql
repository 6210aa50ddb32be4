-- SPDX-License-Identifier: Apache-2.0
-- Why:  moderators name any reason, as long as those of sellers and products may be; reviews kept forty characters of it.
-- Lock: ACCESS EXCLUSIVE on reviews.reviews for a change of the catalogue; no row is read: whatever passed the narrower check passes
--       this one.
-- Time: milliseconds.

alter table reviews.reviews
  drop constraint reviews_reason_code_check,
  add constraint reviews_reason_code_check check (length(reason_code) <= 60) not valid;
