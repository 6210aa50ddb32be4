// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension SubmitEvidence {
    static let description = RouteDescription(
        tag: .admin, summary: "Answer a dispute with evidence",
        text: """
            A draft may be changed; what is submitted is looked at by the buyer's bank, and wants a document at least. Documents are \
            uploaded at the provider and named by its ids. Only while the dispute is open or evidence is required (409 otherwise). \
            `amount` is what is contested, in minor units; all of it unless it is given.
            """,
        body: .json(
            .object([
                .required("id", .id(DisputeID.self)),
                .required("action", .choice(of: Action.self, example: .submit)),
                .required("summary", .string(length: 1...1000, example: "Delivered on 12 November, signed for.")),
                .optional("amount", Schema.integer(1...Int.max, example: 259_800).orNull),
                .optional(
                    "documents",
                    Schema.array(
                        of: .object([
                            .required("kind", .choice(of: Kind.self, example: .shippingProof)),
                            .required(
                                "document_id",
                                .string(length: 1...64, pattern: "^[A-Za-z0-9_]+$", example: "doc_RkT8d2nWqYc8Jd")),
                        ]), count: 0...documentsMax
                    ).orNull),
            ]).named("DisputeEvidence")),
        answers: [.json(.ok, "The dispute.", DisputeSchema.dispute)],
        problems: [.notFound, .illegalTransition, .paymentProviderUnavailable])
}
