// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/admin/sellers/reinstate/`: a suspended seller sells again.
struct ReinstateSeller: Sendable {
    let dependencies: SellersDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let mover = MoveSeller(dependencies: dependencies)
        let act = MoveSeller.Act<SellerActInput>(
            event: .reinstate, type: { _ in "seller.reinstated" }, read: SellerActInput.required, id: { $0.id },
            reason: { ($0.reasonCode, $0.note) },
            judge: { _, seller, move, log in
                try mover.requireOther(seller, log)
                try await mover.requireVerified(seller, log)
                // Why it was suspended is history now.
                (move.reasonCode, move.note) = (nil, nil)
            }, mail: .sellerApproved)
        return try await mover.answer(act, request, caller)
    }
}
