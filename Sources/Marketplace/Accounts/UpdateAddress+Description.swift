// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension UpdateAddress {
    static let description = RouteDescription(
        tag: .accounts, summary: "Change an address",
        text: """
            An absent member is left as it is; `null` clears `label`, `line2` and `gstin`. With `If-Match` or `expected_version` \
            only that version is changed.
            """,
        parameters: [.ifMatch],
        body: .json(UserSchema.newAddress(isComplete: false).named("AddressChange")),
        answers: [.json(.ok, "The address as it is now.", UserSchema.address, headers: [.etag])],
        problems: [.notFound, .versionConflict])
}
