-- SPDX-License-Identifier: Apache-2.0
-- Why:  events are found by the order of the provider that they name, where no payment of ours leads to them: admins see them with their order.
-- Lock: SHARE on payments.events while an index over few rows is built: no webhook is kept meanwhile.
-- Time: a second per million events.

-- Events that wait, were ignored or contradict us; one that was applied has a payment of ours. Costs applied events nothing.
create index events_unmatched_of_order on payments.events (provider_order_id) where state <> 'processed' and provider_order_id is not null;
