// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

/// What the health endpoints say of themselves.
enum HealthDescription {
    static let alive = RouteDescription(
        tag: .service, summary: "Whether the process lives",
        text: "Touches nothing: no database, no cache. Whether it can serve is `GET /api/health/ready/`.",
        answers: [.json(.ok, "It lives.", .object([.required("status", .constant("ok"))], isClosed: true))])

    static let ready = RouteDescription(
        tag: .service, summary: "Whether the server can serve",
        text: """
            For load balancers. Without Redis it is degraded, not unready; a server that is ending is unready, and so is one whose \
            clock is not the database's.
            """,
        answers: [
            .json(.ok, "It can.", state(["ready"], example: "ready", database: "ok")),
            .json(
                .serviceUnavailable, "It cannot: send requests elsewhere.",
                state(["unready", "draining"], example: "unready", database: "down")),
        ])

    private static func state(_ words: [String], example: String, database: String) -> Schema {
        .object(
            [
                .required("status", .choice(words, example: example)),
                .required(
                    "checks",
                    .object(
                        [
                            .required("postgres", .choice(["ok", "down"], example: database)),
                            .required("redis", .choice(["ok", "degraded"], example: "ok")),
                            .required("clock", .choice(["ok", "off"], example: "ok")),
                        ], isClosed: true)),
            ], isClosed: true)
    }
}
