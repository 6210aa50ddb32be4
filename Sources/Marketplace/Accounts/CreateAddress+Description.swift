// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension CreateAddress {
    static let description = RouteDescription(
        tag: .accounts, summary: "Add an address",
        text: """
            The PIN code must be one of the state. The first address becomes the default for shipping and billing unless the body \
            says otherwise. Orders keep a copy of their own.
            """,
        body: .json(UserSchema.newAddress(isComplete: true).named("NewUserAddress")),
        answers: [.json(.created, "The address.", UserSchema.address, headers: [.etag])])
}
