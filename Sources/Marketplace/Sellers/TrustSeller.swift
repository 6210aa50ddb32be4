// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/sellers/set-trusted/`: whether what a seller changes of its products is live without a review.
///
/// - Errors: 404 `not-found`; 403 `four-eyes-required` for the admin's own seller; 409 `illegal-transition` for a closed one. What is
///   so already is answered as it is.
struct TrustSeller: Sendable {
    let dependencies: SellersDependencies

    private struct Input: Sendable {
        let id: SellerID
        let isTrusted: Bool
        let note: String
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            try Self.read(request)
        } _: { transaction, input in
            let log = SellerLog(request: request, caller: caller, transaction: transaction)
            guard let seller = try await SellerStore.lock(input.id, in: transaction) else {
                throw SellersDependencies.noSeller
            }
            try MoveSeller(dependencies: dependencies).requireOther(seller, log)
            guard seller.status != .closed else {
                throw SellersDependencies.illegal(seller.status.rawValue, [])
            }
            if seller.isTrusted != input.isTrusted {
                try await SellerStore.setTrusted(seller.id, input.isTrusted, in: transaction)
                try await log.trust(input.isTrusted, seller, note: input.note)
            }
            return try await ReadSeller(dependencies: dependencies).response(
                seller.id, for: caller.userSession, in: transaction)
        }
    }

    private static func read(_ request: RequestContext) throws -> Input {
        try request.json { body in
            let text = body.string("id", length: 1...64)
            // Another kind of id names nothing.
            return Input(
                id: SellerID(text) ?? SellerID(rawValue: 0), isTrusted: body.bool("trusted"),
                note: body.string("note", length: 1...2000))
        }
    }
}
