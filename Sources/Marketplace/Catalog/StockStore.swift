// SPDX-License-Identifier: Apache-2.0
public import Actors
public import MarketCore
import MarketHTTP
public import Postgres

/// Reads committed stock for the inventory actors.
///
/// - Isolation: called on the loop that the client belongs to; the client reads from the primary.
public struct StockStore: StockJournal {
    private let client: any PostgresClient

    /// Makes a store over a client of the inventory's loop.
    public init(client: any PostgresClient) {
        self.client = client
    }

    public func stock(of variants: [VariantID]) async throws(JournalError) -> [StockRow] {
        do {
            var parameters = PostgresParameters()
            parameters.appendArray(variants) { $0.rawValue }
            let rows = try await client.query(
                """
                select variant_id, on_hand, reserved, version, offer_version, sellable
                  from inventory.stock where variant_id = any($1)
                """, with: parameters)
            var stock: [StockRow] = []
            stock.reserveCapacity(rows.count)
            for row in rows {
                stock.append(
                    StockRow(
                        variant: VariantID(rawValue: try row.int64(0)), onHand: try row.int(1),
                        reserved: try row.int(2),
                        version: try row.int64(3), offerVersion: try row.int64(4), sellable: try row.bool(5)))
            }
            return stock
        } catch {
            throw JournalError(error)
        }
    }

    public func unlocked(among variants: [VariantID]) async throws(JournalError) -> Set<VariantID> {
        do {
            var parameters = PostgresParameters()
            parameters.appendArray(variants) { $0.rawValue }
            // Its own locks end with the statement.
            let rows = try await client.query(
                """
                select variant_id from inventory.stock where variant_id = any($1)
                 order by variant_id for no key update skip locked
                """, with: parameters)
            return Set(try rows.map { VariantID(rawValue: try $0.int64(0)) })
        } catch {
            throw JournalError(error)
        }
    }
}
