// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization

/// The cart that a client filled before it logged in, as the token of its request names it: taken over by the transaction that opens
/// the session, so that there is no log-in without it and no merge without a log-in.
///
/// - Isolation: one for each request.
final class GuestCart: Sendable {
    /// How often a log-in runs again that the database ended to resolve a deadlock: its carts are written by orders, too.
    static let retries = 3

    private let client: Hash32?
    private let ports: AccountsPorts
    private let written = Mutex<[CartID]>([])

    init(of request: RequestContext, _ dependencies: AccountsDependencies) {
        client = request.header(ClientTokens.header).flatMap { dependencies.clients.client(of: $0) }
        ports = dependencies.ports
    }

    /// Takes the cart over, in the transaction of the log-in.
    func join(_ user: UserID, in transaction: PostgresTransaction) async throws {
        guard let client else { return }
        let merged = try await ports.mergeCart(client, user, transaction)
        written.withLock { $0 += merged }
    }

    /// Runs the log-in; who remembers the carts is told when it has ended, even where nobody knows how.
    func told(_ logIn: () async throws -> HTTPResponse) async throws -> HTTPResponse {
        let response: HTTPResponse
        do {
            response = try await logIn()
        } catch {
            await tell()
            throw error
        }
        await tell()
        return response
    }

    private func tell() async {
        let carts = written.withLock { $0 }
        if !carts.isEmpty { await ports.cartsMerged(carts) }
    }
}
