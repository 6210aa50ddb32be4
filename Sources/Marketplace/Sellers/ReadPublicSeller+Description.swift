// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Pictures

extension ReadPublicSeller {
    static let description = RouteDescription(
        tag: .sellers, summary: "Read a seller as buyers see it",
        text: """
            Only sellers that sell; never their state, contact or money.
            """,
        parameters: [
            .query(
                "slug", "The name in addresses.", .string(length: 1...120, example: "kaveri-traders"), isRequired: true),
            .ifNoneMatch,
        ],
        answers: [
            .json(
                .ok, "The seller.",
                .object(
                    [
                        .required("id", .id(SellerID.self)), .required("slug", .string(example: "kaveri-traders")),
                        .required("business_name", .string(example: "Kaveri Traders")),
                        .required("rating", SellerSchema.rating),
                        .optional("about", .string(example: "Household goods since 1987.")),
                        .optional("logo", Picture.schema),
                        .optional("return_policy", SellerSchema.returnPolicy),
                        .optional("holiday", SellerSchema.holiday), .required("member_since", .timestamp),
                    ], isClosed: true
                ).named("PublicSeller"), headers: [.etag, .publicCaching]),
            .empty(.notModified, "The client has it already.", headers: [.etag, .publicCaching]),
        ],
        problems: [.notFound, .validationFailed])
}
