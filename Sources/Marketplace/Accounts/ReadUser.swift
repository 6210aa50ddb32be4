// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/admin/users/detail/`: all that the shop knows of a user.
struct ReadUser: Sendable {
    let dependencies: AccountsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let texts = request.query.values("id")
        guard texts.count == 1, let text = texts.first else {
            throw Problem(.malformedRequest, detail: "The parameter id is given once.")
        }
        guard let id = UserID(text) else { throw Problem(.notFound) }
        let reads = dependencies.pool.reads
        guard let user = try await AccountsStore.user(id, in: reads) else { throw Problem(.notFound) }
        let addresses = try await AccountsStore.addresses(of: id, in: reads)
        let sessions = try await AccountsStore.sessions(of: id, in: reads)
        let blocks = try await AccountsStore.blocks(of: id, in: reads)
        let orders = try await dependencies.ports.lastOrders(id)
        let extras = try await dependencies.ports.profileExtras(id)
        var response = HTTPResponse.json { json in
            user.writeMembers(to: &json)
            json.array("addresses") { json in
                for address in addresses { json.value(address) }
            }
            json.array("sessions") { json in
                for session in sessions { session.write(to: &json, current: nil) }
            }
            json.array("last_orders") { json in
                for order in orders { json.value(order) }
            }
            extras.write(to: &json)
            json.array("blocks") { json in
                for block in blocks { json.value(block) }
            }
        }
        response.headers.append(user.entityTag.header)
        return response
    }
}
