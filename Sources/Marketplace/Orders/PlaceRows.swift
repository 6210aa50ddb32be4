// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import MarketHTTP
import Postgres

/// The result rows of `checkout.place_v5`: outcomes (kind 0), bad lines (kind 1), stock rows (kind 2).
struct PlaceRows {
    let batch: PlacedBatch

    init(_ rows: PostgresRows, orders: [PlaceOrder]) throws {
        var outcomes = [PlaceOutcome?](repeating: nil, count: orders.count)
        var refusals: [Int: [LineRefusal]] = [:]
        var stock: [StockRow] = []
        for row in rows {
            switch try row.int16(0) {
            case 1: refusals[try row.int(1), default: []].append(try Self.refusal(row))
            case 2: stock.append(try Self.stock(row))
            default: break
            }
        }
        for row in rows where try row.int16(0) == 0 {
            let index = try row.int(1)
            guard orders.indices.contains(index - 1) else { throw JournalError.fault("place_v5 answers for no order") }
            outcomes[index - 1] = try Self.outcome(row, refusals[index] ?? [])
        }
        batch = PlacedBatch(
            outcomes: try outcomes.map {
                guard let outcome = $0 else { throw JournalError.fault("place_v5 left an order without an outcome") }
                return outcome
            }, stock: stock)
    }

    private static func outcome(_ row: PostgresRow, _ refusals: [LineRefusal]) throws -> PlaceOutcome {
        let code = try row.int16(2)
        switch code {
        case 0: return .placed
        case 1: return .busy
        case 2:
            guard let fingerprint = Hash32(try row.bytes(8)), let answer = try answer(row) else {
                throw JournalError.fault("a key row cannot be read")
            }
            return .known(fingerprint: fingerprint, answer: answer)
        case 3:
            return .sameCartOrder(OrderID(rawValue: try row.int64(3)), try row.int64(4) == 0 ? nil : try answer(row))
        case 4: return .cartMoved
        case 5...7: return .refused(refusals)
        // Deadline and totals are made by us: a wrong one is our mistake, found by the function's own check.
        default: throw JournalError.data("place_v5 refuses an order's own figures (code \(code))")
        }
    }

    private static func answer(_ row: PostgresRow) throws -> StoredAnswer? {
        try StoredAnswer(row, status: 4, fields: 9, body: 10)
    }

    private static func refusal(_ row: PostgresRow) throws -> LineRefusal {
        let reason: LineRefusal.Reason =
            switch try row.int16(2) {
            case 6: .priceChanged
            case 7: .sellerUnavailable
            default: .insufficientStock
            }
        return LineRefusal(
            variant: VariantID(rawValue: try row.int64(3)), reason: reason, requested: try row.int(6),
            available: max(0, try row.int(4)))
    }

    static func stock(_ row: PostgresRow) throws -> StockRow {
        // A variant that has no row has nothing to sell, whatever version is asked for.
        let isMissing = try row.int16(2) == 2
        return StockRow(
            variant: VariantID(rawValue: try row.int64(3)), onHand: try row.int(4), reserved: try row.int(5),
            version: try row.int64(6), offerVersion: isMissing ? .max : try row.int64(7),
            sellable: try row.int16(2) == 1)
    }
}
