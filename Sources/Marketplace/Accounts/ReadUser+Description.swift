// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ReadUser {
    static let description = RouteDescription(
        tag: .admin, summary: "Read a user",
        text: "With addresses, open sessions, the newest orders, companies, seller, and the history of blocks.",
        parameters: [.query("id", "The user.", .id(UserID.self), isRequired: true)],
        answers: [.json(.ok, "The user.", UserSchema.adminDetail, headers: [.etag])], problems: [.notFound])
}
