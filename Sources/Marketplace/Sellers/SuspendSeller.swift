// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/admin/sellers/suspend/`: nothing of the seller can be bought any more; its open orders go on, payouts wait.
struct SuspendSeller: Sendable {
    let dependencies: SellersDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let act = MoveSeller.Act<SellerActInput>(
            event: .suspend, type: { _ in "seller.suspended" }, read: SellerActInput.required, id: { $0.id },
            reason: { ($0.reasonCode, $0.note) }, judge: { _, _, _, _ in }, mail: nil)
        return try await MoveSeller(dependencies: dependencies).answer(act, request, caller)
    }
}

extension SellerActInput {
    /// Of an act that needs its reasons.
    @Sendable static func required(_ request: RequestContext) throws -> SellerActInput {
        try request.json { try read(&$0, needsReason: true) }
    }
}
