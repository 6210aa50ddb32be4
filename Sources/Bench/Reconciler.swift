// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// An order that was asked for, and what the server said.
struct SentOrder: Equatable, Sendable {
    let key: String
    let user: UserID
    let total: Int64
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
    /// Lines of every order of the run.
    let lines: Int
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
        if row.lines != lines { found.append("\(row.id) has \(row.lines) lines, expected \(lines)") }
        return found
    }

    /// The whole check against the database.
    ///
    /// - Parameters:
    ///   - users: everybody who may have ordered in this run.
    ///   - since: the database's clock before the first order.
    /// - Throws: `PostgresError`.
    func mismatches(in store: BenchStore, users: [UserID], since: Int64) async throws -> [String] {
        var found = mismatches(with: try await store.orders(of: users, since: since))
        let units = try await store.reservedUnits()
        if units.stock != units.reservations {
            found.append("stock says \(units.stock) units are reserved, reservations hold \(units.reservations)")
        }
        found += try await store.brokenInvariants().map { "invariant \($0) does not hold" }
        return found
    }
}
