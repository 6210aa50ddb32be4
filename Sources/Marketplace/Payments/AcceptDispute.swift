// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/disputes/accept/`: gives in: the disputed money is the buyer's.
///
/// Intent, audit row and key commit first; then the provider is told, then its answer is written down with ours. What undoes
/// each step: a refusal rolls the first commit back; after it the intent stands until it is known what the provider made
/// of it, here or in its job. Accepting again changes nothing.
struct AcceptDispute: Sendable {
    let dependencies: PaymentsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.answer(dispute: request, caller) { dispute in
            let note = try Self.read(request).note
            return DisputeAct(action: .accept, body: Array("{}".utf8), digest: nil, reason: note, dispute: dispute)
        } id: {
            try Self.read(request).id
        }
    }

    private static func read(_ request: RequestContext) throws -> (id: DisputeID?, note: String) {
        try request.json { body in
            (
                DisputeID(body.string("id", length: 1...64)),
                body.parsed("note", length: 1...2000, placeholder: "") { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
            )
        }
    }
}
