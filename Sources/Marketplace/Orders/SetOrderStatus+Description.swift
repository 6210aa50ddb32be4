// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension SetOrderStatus {
    static let description = RouteDescription(
        tag: .admin, summary: "Set what a carrier has not reported",
        text: "The states of carriers only, by the moves that there are; the reason is written down for admins.",
        parameters: [.ifMatch],
        body: .json(
            .object([
                .required("id", .id(SellerOrderID.self)),
                .required("status", .choice(of: Target.self, example: .delivered)),
                .required(
                    "reason", .string(length: 1...1000, example: "The carrier's proof of delivery came by mail.")),
                .optional("expected_version", Schema.version.orNull),
            ])),
        answers: [.json(.ok, "The part as it is now.", OrderSchema.soldPart, headers: [.etag])],
        problems: [.notFound, .illegalTransition, .versionConflict])
}
