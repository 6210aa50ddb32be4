// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/admin/sellers/approve/`: a seller that waits, or is suspended, may sell.
struct ApproveSeller: Sendable {
    let dependencies: SellersDependencies

    private struct Input: Sendable {
        let act: SellerActInput
        let commission: Int?
        let isTrusted: Bool?
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let mover = MoveSeller(dependencies: dependencies)
        let act = MoveSeller.Act<Input>(
            event: .approve, type: { $0.status == .suspended ? "seller.reinstated" : "seller.approved" },
            read: Self.read, id: { $0.act.id }, reason: { (nil, $0.act.note) },
            judge: { input, seller, move, log in
                try mover.requireOther(seller, log)
                try await mover.requireVerified(seller, log)
                move.commission = input.commission.map(Int64.init)
                move.isTrusted = input.isTrusted
                if let isTrusted = input.isTrusted { try await log.trust(isTrusted, seller, note: input.act.note) }
            }, mail: .sellerApproved)
        let response = try await mover.answer(act, request, caller)
        // What was agreed on is a rule of the seller's now (a trigger of the ledger's writes it): every process asks anew.
        await dependencies.news.announce(.commissions)
        return response
    }

    @Sendable private static func read(_ request: RequestContext) throws -> Input {
        try request.json { body in
            Input(
                act: try SellerActInput.read(&body, needsReason: false),
                commission: body.optionalObject("commission_override") { $0.int("rate_bps", in: 0...5000) },
                isTrusted: body.optionalBool("trusted"))
        }
    }
}
