-- SPDX-License-Identifier: Apache-2.0
-- Why:  admins find people by any part of a name or a telephone number, not by its beginning alone: a family name, the last digits.
--       Shorter than three letters or digits it is the beginning still, by the indexes of 0030.
-- Lock: SHARE on accounts.users while the indexes are built: registrations, log-ins that renew a hash and changes of profiles wait.
-- Time: ten seconds and 60 MB per million users.

create index users_by_part_of_name on accounts.users using gin (lower(full_name) gin_trgm_ops);
create index users_by_part_of_phone on accounts.users using gin (phone gin_trgm_ops) where phone is not null;
