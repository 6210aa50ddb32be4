// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListOutbox {
    /// An event as subscribers are told of it.
    private static let event = Schema.object(
        [
            .required("id", .id(EventID.self)), .required("type", .string(length: 1...100, example: "order.confirmed")),
            .required("created_at", .timestamp),
            .required(
                "aggregate",
                .object(
                    [
                        .required("type", .string(length: 1...40, example: "order")),
                        .required("id", .string(length: 1...64, example: "ord_01jd3k5v8x9ya")),
                        .required("seq", .integer(1...Int.max, example: 2).says("Without gaps within the object.")),
                    ], isClosed: true)),
            .required("data", .object([]).says("What happened; its members depend on the type.")),
        ], isClosed: true
    ).named("Event")

    static let description = RouteDescription(
        tag: .admin, summary: "List events of the outbox",
        text: """
            Events that wait to be handed on, the oldest first, or those that were and are not cleared away yet, the newest first. They \
            wait for less than a second unless something is wrong.
            """,
        parameters: RouteParameter.page + [
            .query(
                "state", "Which.", .choice(State.allCases.map(\.rawValue), example: "waiting").defaults(to: "waiting"))
        ],
        answers: [.json(.ok, "The page.", .page(of: event))], problems: [.invalidCursor])
}
