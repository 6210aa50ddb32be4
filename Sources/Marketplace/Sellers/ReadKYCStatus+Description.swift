// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ReadKYCStatus {
    static let status = Schema.object(
        [
            .required("status", .choice(of: KYCStatus.self, example: .submitted)),
            .required("seller_status", .choice(of: SellerStatus.self, example: .pendingApproval)),
            .required("documents", .array(of: SellerSchema.document)), .required("missing", SellerSchema.missing),
            .required(
                "reasons",
                .array(
                    of: .object(
                        [
                            .required("document_type", .choice(of: KYCDocumentType.self, example: .addressProof)),
                            .optional("reason_code", .string(example: "unreadable")),
                            .optional("note", .string(example: "The number cannot be read.")),
                        ], isClosed: true))),
        ], isClosed: true
    ).named("KYCState")

    static let description = RouteDescription(
        tag: .sellers, summary: "Read how far the examination is",
        text: """
            Every document, what is missing for this type of seller, and why documents were turned down.
            """,
        answers: [.json(.ok, "How far it has come.", status)],
        problems: [.notFound])
}
