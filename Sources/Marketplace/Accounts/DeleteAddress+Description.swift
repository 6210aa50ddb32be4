// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension DeleteAddress {
    static let description = RouteDescription(
        tag: .accounts, summary: "Remove an address", text: "Orders keep their copy.",
        body: .json(.object([.required("id", .id(AddressID.self))]).named("AddressChoice")),
        answers: [.empty(.noContent, "The address is gone.")], problems: [.notFound])
}
