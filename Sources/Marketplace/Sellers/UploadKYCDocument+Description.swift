// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension UploadKYCDocument {
    static let description = RouteDescription(
        tag: .sellers, summary: "Upload a document",
        text: """
            PDF, JPEG or PNG by its content, at most 10 MiB. It is kept sealed and has no public address. It takes the place of one of its type that was not verified. A document whose last day, `valid_until`, is over in India is not taken. With `submit` everything is handed in once nothing is missing.
            """,
        body: .multipart(
            .object([
                .required("document_type", .choice(of: KYCDocumentType.self, example: .pan)),
                .required("file", .string(format: "binary", example: "%PDF-1.7")),
                .optional("number", .string(length: 1...60, example: "AAGCB7383J")),
                .optional("valid_until", .string(format: "date", example: "2031-03-31")),
                .optional("submit", .choice(["true", "false"])),
            ])),
        answers: [
            .json(
                .created, "The document, and what is missing.",
                .object(
                    [.required("document", SellerSchema.document), .required("kyc", SellerSchema.kyc)], isClosed: true))
        ],
        problems: [.notFound, .sellerNotActive, .illegalTransition, .validationFailed, .gstinTaken])
}
