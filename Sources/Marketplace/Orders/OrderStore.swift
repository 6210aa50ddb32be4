// SPDX-License-Identifier: Apache-2.0
public import Actors
public import MarketCore
import MarketHTTP
public import Postgres

/// Orders in PostgreSQL. Whatever moves stock goes through the batch functions of schema `checkout`.
public struct OrderStore: OrderJournal {
    let postgres: @Sendable () -> any PostgresClient
    let writer: @Sendable () -> any PostgresClient

    /// Makes a store.
    ///
    /// - Parameters:
    ///   - postgres: reads, on the calling loop.
    ///   - writer: the connections of the batches, two a process.
    public init(
        postgres: @escaping @Sendable () -> any PostgresClient, writer: @escaping @Sendable () -> any PostgresClient
    ) {
        self.postgres = postgres
        self.writer = writer
    }

    public func keys(_ digests: [Hash32]) async throws(JournalError) -> [Hash32: KeyState] {
        try await KeyStore(pool: postgres).keys(digests)
    }

    public func place(_ orders: [PlaceOrder], check: StockCheck) async throws(JournalError) -> PlacedBatch {
        do {
            let rows = try await writer().query(
                """
                select kind, idx, code, a, b, c, d, e, bytes1, bytes2, bytes3 from checkout.place_v5(
                  $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                  $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41,
                  $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $52, $53, $54, $55, $56)
                """, with: PlaceParameters(orders).encoded(check))
            return try PlaceRows(rows, orders: orders).batch
        } catch {
            throw JournalError(error)
        }
    }
}
