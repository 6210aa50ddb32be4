// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/auth/profile/`: the user with default addresses and what other contexts know.
struct ReadProfile: Sendable {
    let dependencies: AccountsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        // The primary's shared reads: a profile that was just changed is read as it is now.
        let reads = dependencies.pool.reads
        async let addressesRead = AccountsStore.defaultAddresses(of: caller.user, in: reads)
        async let extrasRead = dependencies.ports.profileExtras(caller.user)
        let user = try await AccountsStore.user(caller.user, in: reads)
        let (addresses, extras) = (try await addressesRead, try await extrasRead)
        guard let user else { throw Problem(.tokenInvalid, headers: [.authenticate("Bearer realm=\"mve\"")]) }
        var response = HTTPResponse.json { json in
            user.writeMembers(to: &json)
            json.object("default_addresses") { json in
                json.field("shipping", addresses.first { $0.isDefaultShipping })
                json.field("billing", addresses.first { $0.isDefaultBilling })
            }
            extras.write(to: &json)
        }
        // The tag names the user's version, for If-Match; extras change without it, so a profile is always sent whole.
        response.headers.append(user.entityTag.header)
        return response
    }
}
