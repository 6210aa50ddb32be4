// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListUsers {
    static let description = RouteDescription(
        tag: .admin, summary: "List users",
        text: """
            Newest first. `q` is the beginning of a mail address, or a part of a telephone number or a name; of these, too, the \
            beginning where it has not three letters or digits in a row.
            """,
        parameters: RouteParameter.page(sortedBy: "-created_at") + [
            .query("role", "Users who may be this.", UserSchema.roles),
            .query("status", "Users in this state.", .choice(of: UserStatus.self, example: .active)),
            .query("q", "A part of something of them.", .string(length: 2...100, example: "asha")),
            .query("created_from", "Not before.", time), .query("created_to", "Before.", time),
        ], answers: [.json(.ok, "The page.", .page(of: UserSchema.adminSummary))],
        problems: [.invalidCursor, .validationFailed])

    private static let time = Schema.string(format: "date-time", example: "2026-11-01T00:00:00Z")
}
