// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

/// An order that was asked for, and what the server said.
struct SentOrder: Equatable, Sendable {
    let key: String
    let user: UserID
    let total: Int64
    /// As `LineList` writes them.
    let lines: String
    var outcome: Outcome

    enum Outcome: Equatable, Sendable {
        /// Acknowledged: from here on it must exist.
        case acknowledged(OrderAnswer)
        /// Refused with a code: it must not exist.
        case refused(String)
        /// No answer, or one that leaves it open: it may exist, once.
        case inDoubt
    }
}

/// Compares what the server acknowledged with what the database holds after a run.
struct Reconciler {
    let sent: [SentOrder]

    /// Everything that does not fit, one sentence each.
    func mismatches(with stored: [StoredOrder]) -> [String] {
        var found: [String] = []
        let byKey = Dictionary(grouping: stored.filter { $0.note != nil }) { $0.note ?? "" }
        let known = Set(sent.map(\.key))
        for order in stored where !(order.note.map(known.contains) ?? false) {
            found.append("\(order.id) of \(order.user) was ordered by nobody in this run")
        }
        var acknowledged: [OrderID: String] = [:]
        for order in sent {
            let rows = byKey[order.key] ?? []
            if rows.count > 1 {
                let ids = rows.map(\.id).sorted().map(\.description).joined(separator: ", ")
                found.append("key \(order.key) made \(rows.count) orders: \(ids)")
            }
            switch order.outcome {
            case .acknowledged(let answer):
                if let other = acknowledged.updateValue(order.key, forKey: answer.id) {
                    found.append("\(answer.id) was acknowledged to keys \(other) and \(order.key)")
                }
                guard let row = rows.first(where: { $0.id == answer.id }) else {
                    found.append("\(answer.id) was acknowledged to key \(order.key) and is not stored under it")
                    continue
                }
                found += differences(row, order, answer)
            case .refused(let code):
                if let row = rows.first {
                    found.append("\(row.id) is stored, but key \(order.key) was refused: \(code)")
                }
            case .inDoubt:
                found.append("key \(order.key) was never answered")
            }
        }
        return found
    }

    private func differences(_ row: StoredOrder, _ order: SentOrder, _ answer: OrderAnswer) -> [String] {
        var found: [String] = []
        if row.user != order.user { found.append("\(row.id) belongs to \(row.user), not to \(order.user)") }
        if answer.total != order.total {
            found.append("\(row.id) was acknowledged with total \(answer.total), expected \(order.total)")
        }
        if row.total != order.total {
            found.append("\(row.id) is stored with total \(row.total), expected \(order.total)")
        }
        if row.lines != order.lines { found.append("\(row.id) has lines \(row.lines), expected \(order.lines)") }
        if row.reserved != row.units {
            found.append("\(row.id) has \(row.units) units, and reservations of \(row.reserved)")
        }
        if row.sellerTotal != row.total {
            found.append("\(row.id) has total \(row.total), its seller orders \(row.sellerTotal)")
        }
        return found
    }

    /// What is wrong when so many units were on sale, one for each order: all must be sold, none twice, and only what was sold
    /// out may be refused.
    func mismatches(selling units: Int) -> [String] {
        var sold = 0
        var found: [String] = []
        for order in sent {
            switch order.outcome {
            case .acknowledged: sold += 1
            case .refused("insufficient-stock"), .inDoubt: break
            case .refused(let code): found.append("key \(order.key) was refused with \(code), not insufficient-stock")
            }
        }
        let expected = min(units, sent.count)
        if sold != expected { found.append("\(sold) of \(units) units were sold to \(sent.count) orders") }
        return found
    }

    /// What does not fit in the whole database, whoever ordered.
    ///
    /// - Throws: `PostgresError`.
    static func mismatches(in store: BenchStore) async throws(PostgresError) -> [String] {
        var found: [String] = []
        let units = try await store.reservedUnits()
        if units.stock != units.reservations {
            found.append("stock says \(units.stock) units are reserved, reservations hold \(units.reservations)")
        }
        for name in try await store.brokenInvariants() { found.append("invariant \(name) does not hold") }
        return found
    }
}
