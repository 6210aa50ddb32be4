// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ReleaseOrder {
    static let description = RouteDescription(
        tag: .orders, summary: "Give an unpaid order up",
        text: "Cancels an order that waits for its payment; its units are free at once.",
        parameters: [.ifMatch],
        body: .json(
            .object([.required("id", .id(OrderID.self)), .optional("expected_version", Schema.version.orNull)])),
        answers: [.json(.ok, "The cancelled order.", OrderSchema.order, headers: [.etag])],
        problems: [.notFound, .illegalTransition, .versionConflict])
}
