// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension RegisterSeller {
    static let description = RouteDescription(
        tag: .sellers, summary: "Become a seller",
        text: """
            The caller becomes the owner of a draft, and a seller with the same token. PAN and account are kept sealed and shown masked. Every one of `categories` has to be there.
            """,
        body: .json(
            .object([
                .required("business_name", SellerSchema.businessName), .required("legal_name", SellerSchema.legalName),
                .required("type", SellerSchema.type), .optional("gstin", SellerSchema.gstin.orNull),
                .required("pan", SellerSchema.pan), .required("contact", SellerSchema.contact),
                .required("pickup_address", .newAddress), .required("bank", SellerSchema.newBank),
                .optional("categories", Schema.array(of: .id(CategoryID.self), count: 0...50).orNull),
                .required("accepted_terms_version", .string(length: 1...40, example: "2026-11")),
            ]).named("NewSeller")),
        answers: [.json(.created, "The draft, and what it must prove.", SellerSchema.registered, headers: [.etag])],
        problems: [.sellerExists, .gstinTaken, .validationFailed])
}
