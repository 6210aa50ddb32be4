-- SPDX-License-Identifier: Apache-2.0
-- Why:  jobs that were done long ago are removed; this index finds them. Those of payments stay: that they were owed once is what
--       keeps money from going back twice (checkout.revive_v1 looks for them).
-- Lock: SHARE on platform.jobs while the index is built: jobs cannot be owed or claimed meanwhile.
-- Time: seconds for a million jobs.

create index jobs_done on platform.jobs (updated_at) where state = 'done' and kind not like 'payment.%';
