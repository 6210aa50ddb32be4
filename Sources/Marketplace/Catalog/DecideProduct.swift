// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/products/approve/` and `…/reject/`: decides about exactly the revision that was looked at.
///
/// - Errors: as ``ProductDecision/carryOut(_:_:)``.
struct DecideProduct: Sendable {
    let isApproved: Bool
    let dependencies: ProductsDependencies

    private struct Work: Sendable {
        let decision: ProductDecision
        let writing: ProductWriting
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            Work(
                decision: try request.json { try ProductDecision.read(&$0, isApproved: isApproved) },
                writing: ProductWriting(ids: dependencies.ids))
        } _: { transaction, work in
            let act = ProductAct(transaction: transaction, caller: caller, request: request)
            return try await work.decision.carryOut(act, work.writing).response()
        } afterCommit: { work in
            await dependencies.ports.changed(work.writing.changed)
        }
    }
}
