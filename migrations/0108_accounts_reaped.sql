-- SPDX-License-Identifier: Apache-2.0
-- Why:  failed log-ins that count for nothing any more are removed; this index finds them. Expired refresh tokens and proofs have theirs.
--       Counting a failure stays a change of the row alone (HOT) but for the first one of each window.
-- Lock: SHARE on accounts.login_failures while the index is built: failed log-ins wait.
-- Time: seconds for a million addresses.

create index login_failures_begun on accounts.login_failures (window_start);
