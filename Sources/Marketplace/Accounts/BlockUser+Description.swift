// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension BlockUser {
    static let description = RouteDescription(
        tag: .admin, summary: "Block a user",
        text: """
            Sessions end at once. With `cancel_open_orders` orders that wait for their payment are given up within seconds; paid \
            ones go on. Blocking again changes nothing; an account that was removed cannot be blocked (409). Nobody \
            blocks themselves or the last admin who may do everything (403).
            """,
        body: .json(
            .object([
                .required("id", .id(UserID.self)),
                .required("reason_code", .string(length: 1...60, pattern: "^[a-z][a-z0-9_]*$", example: "fraud")),
                .required("note", .string(length: 1...2000, example: "Chargebacks on three cards.")),
                .optional("cancel_open_orders", Schema.boolean(example: false).orNull.defaults(to: false)),
            ]).named("Block")),
        answers: [.json(.ok, "The user.", UserSchema.user, headers: [.etag])],
        problems: [.notFound, .illegalTransition])
}
