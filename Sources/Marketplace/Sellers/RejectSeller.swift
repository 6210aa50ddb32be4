// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/admin/sellers/reject/`: a seller that waits is turned down, with what it is told and whether it may try again.
struct RejectSeller: Sendable {
    let dependencies: SellersDependencies

    private struct Input: Sendable {
        let act: SellerActInput
        let mayResubmit: Bool
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let act = MoveSeller.Act<Input>(
            event: .reject, type: { _ in "seller.rejected" }, read: Self.read, id: { $0.act.id },
            reason: { ($0.act.reasonCode, $0.act.note) },
            judge: { input, _, move, _ in move.mayResubmit = input.mayResubmit }, mail: .sellerRejected)
        return try await MoveSeller(dependencies: dependencies).answer(act, request, caller)
    }

    @Sendable private static func read(_ request: RequestContext) throws -> Input {
        try request.json { body in
            Input(
                act: try SellerActInput.read(&body, needsReason: true),
                mayResubmit: body.optionalBool("allow_resubmit") ?? true)
        }
    }
}
