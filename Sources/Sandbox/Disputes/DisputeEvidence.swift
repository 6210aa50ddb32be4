// SPDX-License-Identifier: Apache-2.0
import HTTP

/// What a merchant says against a dispute, as a draft or handed in.
struct DisputeEvidence: Sendable {
    /// Members that have ids of documents.
    static let proofs = [
        "shipping_proof", "billing_proof", "cancellation_proof", "customer_communication", "proof_of_service",
        "explanation_letter", "refund_confirmation", "access_activity_log", "refund_cancellation_policy",
        "term_and_conditions",
    ]
    /// Documents of one kind.
    private static let documentsMax = 20

    struct Other: Sendable {
        let type: String
        let documents: [String]
    }

    var amount: Int64?
    var summary: String?
    private var documents: [String: [String]] = [:]
    private var others: [Other] = []
    /// Unix seconds; nil for a draft.
    var submittedAt: Int64?

    /// Nothing yet.
    init() {}

    /// Whether there is a document.
    var hasDocument: Bool {
        documents.values.contains { !$0.isEmpty } || others.contains { !$0.documents.isEmpty }
    }

    /// Takes over what a request has; what it does not have stays.
    ///
    /// - Throws: for documents that `isKnown` does not know.
    mutating func merge(
        _ fields: RequestFields, amountMax: Int64, isKnown: (String) -> Bool
    ) throws(ProviderError) {
        amount = try fields.integer("amount", in: 1...amountMax) ?? amount
        summary = try fields.text("summary", max: 1000) ?? summary
        for name in Self.proofs {
            guard let value = fields.member(name) else { continue }
            documents[name] = try Self.ids(value, name, isKnown)
        }
        guard let list = fields.member("others") else { return }
        guard let elements = list.elements, elements.count <= Self.documentsMax else {
            throw .invalid("others", "The others must be an array.")
        }
        others = try elements.map { (element) throws(ProviderError) in
            let other = try RequestFields(element)
            try other.allow(only: ["type", "document_ids"])
            return Other(
                type: try RequestFields.required("type", other.text("type", max: 64)),
                documents: try Self.ids(
                    RequestFields.required("document_ids", other["document_ids"]), "document_ids", isKnown))
        }
    }

    private static func ids(
        _ value: JSONValue, _ name: String, _ isKnown: (String) -> Bool
    ) throws(ProviderError) -> [String] {
        guard let elements = value.elements, elements.count <= documentsMax else {
            throw .invalid(name, "The \(name) must be an array of document ids.")
        }
        return try elements.map { (element) throws(ProviderError) in
            guard let id = element.string, isKnown(id) else {
                throw .invalid(name, "The \(name) has an id of a document that does not exist.")
            }
            return id
        }
    }
}

extension DisputeEvidence: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("amount", amount)
            json.field("summary", summary)
            for name in Self.proofs {
                json.key(dynamic: name)
                json.value(documents[name])
            }
            json.array("others") { json in
                for other in others {
                    json.object { json in
                        json.field("type", other.type)
                        json.field("document_ids", other.documents)
                    }
                }
            }
            json.field("submitted_at", submittedAt)
        }
    }
}
