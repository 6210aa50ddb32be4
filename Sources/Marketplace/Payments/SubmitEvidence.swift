// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres

/// `POST /api/admin/disputes/evidence/`: answers a dispute, as a draft at the provider or handed in for good.
///
/// Intent, audit row and key commit first; then the provider is told, then its answer is written down with ours. What undoes
/// each step: as in `AcceptDispute`. The same evidence again is the same act and changes nothing.
struct SubmitEvidence: Sendable {
    let dependencies: PaymentsDependencies

    /// What a document shows; the provider's own words.
    enum Kind: String, CaseIterable {
        case shippingProof = "shipping_proof"
        case billingProof = "billing_proof"
        case cancellationProof = "cancellation_proof"
        case customerCommunication = "customer_communication"
        case proofOfService = "proof_of_service"
        case explanationLetter = "explanation_letter"
        case refundConfirmation = "refund_confirmation"
        case accessActivityLog = "access_activity_log"
        case refundCancellationPolicy = "refund_cancellation_policy"
        case termAndConditions = "term_and_conditions"
    }

    enum Action: String, CaseIterable { case draft, submit }

    /// Documents of one answer.
    static let documentsMax = 20

    private struct Input: Sendable {
        let id: DisputeID?
        let action: Action
        let summary: String
        let amount: Int64?
        let documents: [(kind: Kind, id: String)]
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.answer(dispute: request, caller) { dispute in
            let input = try Self.read(request)
            if let amount = input.amount, amount > dispute.amount.minor {
                throw Problem(
                    .validationFailed,
                    errors: [.init(pointer: "/amount", code: "too-large", message: "more than is disputed")])
            }
            let body = Self.evidence(input, of: dispute)
            return DisputeAct(
                action: input.action == .submit ? .submit : .draft, body: body,
                digest: String(SHA256.hash(body).hex.prefix(12)), reason: input.summary, dispute: dispute)
        } id: {
            try Self.read(request).id
        }
    }

    /// As the provider wants it: documents by what they show.
    private static func evidence(_ input: Input, of dispute: Dispute) -> [UInt8] {
        var json = JSONWriter(capacity: 512)
        json.object { json in
            json.field("amount", input.amount ?? dispute.amount.minor)
            json.field("summary", input.summary)
            for kind in Kind.allCases {
                let ids = input.documents.filter { $0.kind == kind }.map(\.id)
                guard !ids.isEmpty else { continue }
                json.array(kind.name) { json in
                    for id in ids { json.value(id) }
                }
            }
            json.field("action", input.action.rawValue)
        }
        return json.bytes
    }

    private static func read(_ request: RequestContext) throws -> Input {
        try request.json { body in
            let documents =
                body.optionalArray("documents", count: 0...documentsMax) {
                    (document: inout JSONInput) -> (kind: Kind, id: String) in
                    let kind = document.choice("kind", of: Kind.self)
                    let id = document.string("document_id", length: 1...64)
                    if !id.isEmpty && !RazorpayID.isValid(id) {
                        document.fail("document_id", code: "invalid", message: "not an id of the provider")
                    }
                    return (kind: kind, id: id)
                } ?? []
            let action = body.choice("action", of: Action.self)
            if action == .submit && documents.isEmpty {
                body.fail("documents", code: "required", message: "evidence is handed in with a document at least")
            }
            return Input(
                id: DisputeID(body.string("id", length: 1...64)), action: action,
                summary: body.parsed("summary", length: 1...1000, placeholder: "") {
                    $0.allSatisfy(\.isWhitespace) ? nil : $0
                },
                amount: body.optionalInt("amount", in: 1...Int.max).map(Int64.init), documents: documents)
        }
    }
}

extension SubmitEvidence.Kind {
    /// The same word, as a member's name.
    fileprivate var name: StaticString {
        switch self {
        case .shippingProof: "shipping_proof"
        case .billingProof: "billing_proof"
        case .cancellationProof: "cancellation_proof"
        case .customerCommunication: "customer_communication"
        case .proofOfService: "proof_of_service"
        case .explanationLetter: "explanation_letter"
        case .refundConfirmation: "refund_confirmation"
        case .accessActivityLog: "access_activity_log"
        case .refundCancellationPolicy: "refund_cancellation_policy"
        case .termAndConditions: "term_and_conditions"
        }
    }
}
