// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/sellers/profile/`: the caller's own seller, what it must still prove, and its money.
struct ReadSellerProfile: Sendable {
    let dependencies: SellersDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let reads = dependencies.pool.reads
        guard let seller = try await SellerStore.seller(ownedBy: caller.user, in: reads) else {
            throw SellersDependencies.noSeller
        }
        let balance = try await SellerStore.balance(of: seller.id, in: reads)
        return try await dependencies.response(seller.id, in: reads) { progress, json in
            progress.writeRequirements(to: &json)
            balance.write(to: &json)
        }
    }
}

extension SellerBalance {
    /// `"balance":{…}`
    func write(to json: inout JSONWriter) {
        json.object("balance") { json in
            json.field("pending", Money(minor: pending, currency: .inr))
            json.field("available", Money(minor: available, currency: .inr))
            json.field("on_hold", Money(minor: onHold, currency: .inr))
        }
    }
}
