-- SPDX-License-Identifier: Apache-2.0
-- Why:  operators list provider events that ended well, too: processed ones and ignored ones, newest first, by keyset.
-- Lock: SHARE on payments.events while two indexes are built: no webhook is kept meanwhile, and the provider sends it again. Where that is too
--       long they are built beforehand, as docs/HACKING.md says, since nothing here minds that they are there.
-- Time: seconds per million events. An event is in one of the two, from when it ends.
create index if not exists events_processed on payments.events (received_at desc, event_id desc) where state = 'processed';
create index if not exists events_ignored on payments.events (received_at desc, event_id desc) where state = 'ignored';
