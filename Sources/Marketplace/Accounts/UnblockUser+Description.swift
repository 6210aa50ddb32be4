// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension UnblockUser {
    static let description = RouteDescription(
        tag: .admin, summary: "Unblock a user",
        text: """
            The user logs in anew. A removal that the user has asked for and that has not happened goes on, and keeps the account \
            closed, unless `call_off_deletion` says otherwise; an account that was removed cannot be opened (409). Repeating it \
            changes nothing.
            """,
        body: .json(
            .object([
                .required("id", .id(UserID.self)),
                .required("note", .string(length: 1...2000, example: "The cards were the user's own.")),
                .optional("call_off_deletion", Schema.boolean(example: false).orNull.defaults(to: false)),
            ]).named("Unblock")),
        answers: [.json(.ok, "The user.", UserSchema.user, headers: [.etag])],
        problems: [.notFound, .illegalTransition])
}
