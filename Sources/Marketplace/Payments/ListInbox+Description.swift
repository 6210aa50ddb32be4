// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension ListInbox {
    static let description = RouteDescription(
        tag: .admin, summary: "List events of the payment provider",
        text: """
            Newest first, those that want an eye unless told otherwise: `received`, `waiting`, `failed`, `conflict`. What ended well is \
            `processed`, `replayed` or `ignored`. `waiting` ones are matched again for 72 hours, then they fail.
            """,
        parameters: RouteParameter.page(sortedBy: "-received_at") + [
            .query("state", "A comma list of states.", .string(length: 1...100, example: "waiting,failed")),
            .query(
                "event_id", "One event, whatever its state.", .string(length: 1...128, example: "evt_RkT6hW3nZsLq0P")),
        ], answers: [.json(.ok, "A page.", .page(of: InboxEvent.schema))],
        problems: [.invalidCursor, .validationFailed])
}
