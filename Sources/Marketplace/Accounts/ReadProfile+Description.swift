// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension ReadProfile {
    static let description = RouteDescription(
        tag: .accounts, summary: "Read the caller's profile",
        text: "The user with the default addresses, companies and seller. The `ETag` names the user's version alone.",
        answers: [.json(.ok, "The profile.", UserSchema.profile, headers: [.etag])])
}
