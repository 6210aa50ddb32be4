// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/addresses/set-default/`: an address becomes the default for shipping or billing.
struct SetDefaultAddress: Sendable {
    let dependencies: AccountsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            let (text, use) = try request.json { body in
                (body.string("id", length: 1...64), body.choice("for", of: AccountsStore.AddressUse.self))
            }
            guard let id = AddressID(text) else { throw Problem(.notFound) }
            return (id, use)
        } _: { transaction, input in
            _ = try await AccountsStore.lockAddresses(of: caller.user, in: transaction)
            // Somebody else's is not set, and the default that it would have replaced comes back with the refusal.
            try await AccountsStore.setDefault(input.1, true, input.0, of: caller.user, in: transaction)
            guard let address = try await AccountsStore.address(input.0, of: caller.user, in: transaction) else {
                throw Problem(.notFound)
            }
            return address.response()
        }
    }
}
