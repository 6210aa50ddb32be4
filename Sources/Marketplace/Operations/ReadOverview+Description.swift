// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ReadOverview {
    private static func count(_ example: Int) -> Schema { .integer(0...Int.max, example: example) }

    private static let answering = Schema.object(
        [
            .required(
                "latency_us",
                .object(
                    [.required("p50", count(420).orNull), .required("p99", count(2600).orNull)], isClosed: true)),
            .required(
                "mailboxes",
                .array(
                    of: .object(
                        [
                            .required("actor", .string(length: 1...40, example: "order")),
                            .required("waiting", count(0)),
                        ],
                        isClosed: true))),
            .required(
                "pools",
                .array(
                    of: .object(
                        [
                            .required("name", .string(length: 1...40, example: "requests")),
                            .required("idle", count(3)), .required("busy", count(1)), .required("waiting", count(0)),
                        ], isClosed: true))),
        ], isClosed: true)

    private static let node = Schema.object(
        [
            .required("worker", .integer(0...IDLayout.workerMax, example: 3)), .required("lease_until", .timestamp),
            .required("leads", .boolean(example: true)),
        ], isClosed: true)

    private static let invariant = Schema.object(
        [
            .required("name", .string(length: 1...100, example: "stock.available_not_negative")),
            .required("ok", .boolean(example: true)),
            .required("value", count(0).says("Rows that broke it, by the worst look at it.")),
            .required("since", .timestamp.orNull),
        ], isClosed: true)

    private static let overview = Schema.object(
        [
            .required("orders_per_second", .number(0...Int.max, example: "0.350").says("Of the last minute.")),
            .required("open_payments", count(4)),
            .required(
                "reservations",
                .object([.required("held", count(6)), .required("oldest_seconds", count(410))], isClosed: true)),
            .required(
                "inbox", .object([.required("waiting", count(0)), .required("lag_seconds", count(0))], isClosed: true)),
            .required("outbox", .object([.required("lag_seconds", count(0))], isClosed: true)),
            .required("answering", answering), .required("nodes", .array(of: node)),
            .required("invariants", .array(of: invariant)),
        ], isClosed: true
    ).named("Overview")

    static let description = RouteDescription(
        tag: .admin, summary: "Look at the whole shop",
        text: """
            What the database says of all processes, and under `answering` what the process says of itself that answered: times of its \
            requests of the last minute (those that wait by design left out), messages that wait in its mailboxes, and the connections \
            to the database of the loop that answered. `nodes` are the processes that serve; one leads, which does what one does for \
            all. `invariants` are looked at all the time, in slices.
            """,
        answers: [.json(.ok, "The shop.", overview)])
}
