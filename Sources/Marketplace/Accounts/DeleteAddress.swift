// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/addresses/delete/`: removes an address. Orders keep their copy.
struct DeleteAddress: Sendable {
    let dependencies: AccountsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            let text = try request.json { $0.string("id", length: 1...64) }
            guard let id = AddressID(text) else { throw Problem(.notFound) }
            return id
        } _: { transaction, id in
            guard try await AccountsStore.remove(id, of: caller.user, in: transaction) else { throw Problem(.notFound) }
            return .noContent
        }
    }
}
