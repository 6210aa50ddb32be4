// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ReviewKYCDocument {
    static let description = RouteDescription(
        tag: .sellers, summary: "Decide about a document",
        text: """
            With the last required one the seller counts as examined. A rejection needs a reason.
            """,
        body: .json(
            .object([
                .required("document_id", .id(KYCDocumentID.self)),
                .required("decision", .choice(of: Decision.self, example: .verified)),
                .optional(
                    "reason_code", Schema.string(length: 1...60, pattern: "^[a-z0-9_-]+$", example: "unreadable").orNull
                ),
                .optional("note", Schema.string(length: 0...2000, example: "The number cannot be read.").orNull),
            ])),
        answers: [
            .json(
                .ok, "The document, and how far the seller is.",
                .object(
                    [.required("document", SellerSchema.document), .required("kyc", SellerSchema.kyc)], isClosed: true))
        ],
        problems: [.notFound, .illegalTransition, .fourEyesRequired, .gstinTaken])
}
