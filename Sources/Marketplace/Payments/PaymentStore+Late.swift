// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import MarketHTTP
import Postgres

/// What became of money that came after its order had ended.
struct LateMoney: Sendable {
    /// The kinds of end; raw values are the function's codes.
    enum End: Int16, Sendable {
        /// The order lives again.
        case revived = 0
        /// It did already.
        case wasRevived = 1
        /// The money is owed back.
        case refundOwed = 2
        /// It was already.
        case refundWasOwed = 3
        /// There is no late capture of that name.
        case unknown = 4
    }

    let end: End
    let order: OrderID
    /// The rows that gave units.
    let stock: [StockRow]
}

extension PaymentStore {
    /// Tries to reserve again what a late payment paid for; see `checkout.revive_v1`.
    func revive(provider: String, payment: String) async throws -> LateMoney {
        let rows = try await postgres().query(
            "select kind, idx, code, a, b, c, d, e from checkout.revive_v1($1, $2)", provider, payment)
        var stock: [StockRow] = []
        var head: (LateMoney.End, OrderID)?
        for row in rows {
            let code = try row.int16(2)
            switch try row.int16(0) {
            case 0:
                let order = OrderID(rawValue: try row.int64(3))
                head = LateMoney.End(rawValue: code).map { ($0, order) }
            case 2:
                stock.append(
                    StockRow(
                        variant: VariantID(rawValue: try row.int64(3)), onHand: try row.int(4),
                        reserved: try row.int(5), version: try row.int64(6), offerVersion: try row.int64(7),
                        sellable: code == 1))
            default: break
            }
        }
        guard let (end, order) = head else { throw JournalError.fault("revive_v1 answers nothing that is known") }
        return LateMoney(end: end, order: order, stock: stock)
    }
}
