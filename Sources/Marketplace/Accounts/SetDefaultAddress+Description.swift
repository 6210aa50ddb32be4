// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension SetDefaultAddress {
    static let description = RouteDescription(
        tag: .accounts, summary: "Make an address the default",
        text: "In place of the one that was the default for this use before.",
        body: .json(
            .object([
                .required("id", .id(AddressID.self)),
                .required("for", .choice(of: AccountsStore.AddressUse.self, example: .shipping)),
            ]).named("DefaultAddress")),
        answers: [.json(.ok, "The address.", UserSchema.address, headers: [.etag])], problems: [.notFound])
}
