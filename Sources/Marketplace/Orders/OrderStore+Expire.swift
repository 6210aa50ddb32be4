// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import MarketHTTP
import Postgres

extension OrderStore {
    /// Ends at most `limit` unpaid orders that are past their time by the database's clock.
    ///
    /// - Parameter skippingLocked: leaves orders alone whose stock rows somebody keeps locked, instead of waiting for them.
    /// - Returns: the orders that ended, and the stock rows that got units back.
    func expire(
        limit: Int, skippingLocked: Bool = false
    ) async throws(JournalError) -> (orders: [OrderID], stock: [StockRow]) {
        do {
            let rows = try await writer().query(
                skippingLocked
                    ? "select kind, idx, code, a, b, c, d, e, bytes1, bytes2, bytes3 from checkout.expire_unlocked_v1($1)"
                    : "select kind, idx, code, a, b, c, d, e, bytes1, bytes2, bytes3 from checkout.expire_v1($1)",
                Int32(clamping: limit))
            var orders: [OrderID] = []
            var stock: [StockRow] = []
            for row in rows {
                switch try row.int16(0) {
                case 0: orders.append(OrderID(rawValue: try row.int64(3)))
                case 2: stock.append(try PlaceRows.stock(row))
                default: break
                }
            }
            return (orders, stock)
        } catch {
            throw JournalError(error)
        }
    }
}
