// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/addresses/list/`: the caller's address book, oldest first, whole.
struct ListAddresses: Sendable {
    let dependencies: AccountsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let addresses = try await AccountsStore.addresses(of: caller.user, in: dependencies.pool.reads)
        return .json { json in
            json.array("data") { json in
                for address in addresses { json.value(address) }
            }
        }
    }
}
