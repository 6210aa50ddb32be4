-- SPDX-License-Identifier: Apache-2.0
-- Why:  what operators look for in the inbox.
-- Lock: SHARE on payments.events for an index over few rows.
-- Time: seconds per million events.

create index events_wanting on payments.events (received_at desc, event_id desc) where state in ('received', 'waiting', 'failed', 'replayed');
