// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ReadKYCDocument {
    static let ownerDescription = RouteDescription(
        tag: .sellers, summary: "Read one's own document",
        text: """
            Another seller's document is 404.
            """,
        parameters: [.query("id", "The document.", .id(KYCDocumentID.self), isRequired: true)],
        answers: [
            RouteAnswer(
                .ok, "The document, to be saved.",
                contents: ["application/pdf", "image/jpeg", "image/png"].map { ($0, Schema.string(example: "octets")) })
        ],
        problems: [.notFound, .validationFailed])

    static let adminDescription = RouteDescription(
        tag: .sellers, summary: "Read a document as a reviewer",
        text: """
            Under the address that another answer gave this admin, for five minutes and while the admin is logged in and may see sellers. \
            Each look is written down.
            """,
        parameters: [
            .query("id", "The document.", .id(KYCDocumentID.self), isRequired: true),
            .query("admin", "Whom the address was given.", .id(UserID.self), isRequired: true),
            .query("session", "On which login.", .id(SessionID.self), isRequired: true),
            .query("expires", "Seconds since 1970.", .integer(0...Int.max, example: 1_795_000_000), isRequired: true),
            .query("signature", "Over the others.", .string(example: "q8Zr1mVt5c0L2pXw7yBn4dKs"), isRequired: true),
        ],
        answers: [
            RouteAnswer(
                .ok, "The document, to be saved.",
                contents: ["application/pdf", "image/jpeg", "image/png"].map { ($0, Schema.string(example: "octets")) })
        ],
        problems: [.notFound, .forbidden])
}
