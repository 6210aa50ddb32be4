// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension ListAddresses {
    static let description = RouteDescription(
        tag: .accounts, summary: "List the caller's addresses",
        text: "Oldest first; there are at most \(AccountsStore.addressesMax).",
        answers: [
            .json(
                .ok, "The addresses.",
                .object([.required("data", .array(of: UserSchema.address))], isClosed: true).named("Addresses"))
        ])
}
