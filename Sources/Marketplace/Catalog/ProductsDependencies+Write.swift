// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP
import Postgres

extension ProductsDependencies {
    /// How often an act runs again that the database ended to resolve a deadlock: prices, pictures and stock of a product are
    /// written by imports and orders too.
    static let retries = 3

    /// Answers a request that writes products, in one transaction and at most once per key; others are told after the commit.
    ///
    /// - Parameters:
    ///   - prepare: everything before the transaction.
    ///   - body: the effect; it may run again from its beginning.
    func write<Prepared: Sendable>(
        _ request: RequestContext, by caller: Caller, honoursIfMatch: Bool = false,
        prepare: @Sendable () async throws -> Prepared,
        _ body: @Sendable (ProductAct, ProductWriting, Prepared) async throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        let writing = ProductWriting(ids: ids)
        return try await transactions.run(
            request, as: caller.principal, honoursIfMatch: honoursIfMatch, retries: Self.retries, prepare: prepare
        ) { transaction, prepared in
            writing.begin()
            return try await body(
                ProductAct(transaction: transaction, caller: caller, request: request), writing, prepared)
        } afterCommit: { _ in
            await ports.changed(writing.changed)
        }
    }
}
