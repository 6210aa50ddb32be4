// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension ReplayInbox {
    static let description = RouteDescription(
        tag: .admin, summary: "Apply events of the payment provider again",
        text: """
            Any event may be named, any number of times: what was applied before does nothing (`duplicate`). A failed one that can be \
            applied now ends as `replayed`. An id that is not kept is `unknown`.
            """,
        body: .json(
            .object([
                .required(
                    "ids",
                    .array(of: .string(length: 1...128, example: "evt_RkT6hW3nZsLq0P"), count: 1...idsMax))
            ]).named("InboxReplay")),
        answers: [
            .json(
                .ok, "What became of each.",
                .object(
                    [
                        .required(
                            "results",
                            .array(
                                of: .object(
                                    [
                                        .required("id", .string(example: "evt_RkT6hW3nZsLq0P")),
                                        .required("outcome", .choice(outcomes, example: "applied")),
                                        .optional("before", .choice(of: InboxEvent.State.self, example: .failed)),
                                        .optional("state", .choice(of: InboxEvent.State.self, example: .replayed)),
                                    ], isClosed: true)))
                    ], isClosed: true))
        ], problems: [.outcomeUnknown])
}
