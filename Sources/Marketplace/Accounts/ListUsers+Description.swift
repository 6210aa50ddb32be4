// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListUsers {
    static let description = RouteDescription(
        tag: .admin, summary: "List users",
        text: "Newest first. `q` is the beginning of a mail address, a telephone number or a name.",
        parameters: RouteParameter.page + [
            .query("role", "Users who may be this.", UserSchema.roles),
            .query("status", "Users in this state.", .choice(of: UserStatus.self, example: .active)),
            .query("q", "What something of them begins with.", .string(length: 2...100, example: "asha")),
            .query("created_from", "Not before.", time), .query("created_to", "Before.", time),
        ], answers: [.json(.ok, "The page.", .page(of: UserSchema.adminSummary))],
        problems: [.invalidCursor, .validationFailed])

    private static let time = Schema.string(format: "date-time", example: "2026-11-01T00:00:00Z")
}
