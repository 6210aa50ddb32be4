// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension UpdateSeller {
    static let description = RouteDescription(
        tag: .sellers, summary: "Change one's own seller",
        text: """
            An absent member is left as it is; `null` ends a holiday and takes the logo away. A logo is a picture that was sent to `/api/sellers/upload-logo/`; what it replaces is gone after 24 hours, unless it is named again. A change of `bank`, `gstin` or `legal_name` has to be proved anew: the documents of it expire, payouts wait for 24 hours, and the owner is written. The GSTIN has to be of the seller's PAN and of the state of the first pickup address: who moves to another state gives both at once.
            """,
        parameters: [.ifMatch],
        body: .json(
            .object([
                .optional("business_name", SellerSchema.businessName.orNull),
                .optional("legal_name", SellerSchema.legalName.orNull),
                .optional("gstin", SellerSchema.gstin.orNull), .optional("contact", SellerSchema.contact.orNull),
                .optional(
                    "pickup_addresses",
                    Schema.array(of: .newAddress, count: 1...SellerFields.addressesMax).orNull),
                .optional("holiday", SellerSchema.holiday.orNull),
                .optional("return_policy", SellerSchema.returnPolicy.orNull),
                .optional("bank", SellerSchema.newBank.orNull),
                .optional("about", Schema.string(length: 0...5000, example: "Household goods since 1987.").orNull),
                .optional("logo_image_id", Schema.id(ImageID.self).orNull.example(.null)),
                .optional("expected_version", Schema.version.orNull),
            ]).named("SellerChange")),
        answers: [.json(.ok, "The seller as it is now.", SellerSchema.seller, headers: [.etag])],
        problems: [.notFound, .versionConflict, .gstinTaken, .sellerNotActive])
}
