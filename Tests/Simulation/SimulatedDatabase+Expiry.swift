// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import UVRuntime

extension SimulatedDatabase {
    /// `checkout.expire_v1`: orders that others have locked are found again next time.
    func expire(
        limit: Int, by client: ProcessLife?
    ) async throws(JournalError) -> (orders: [OrderID], stock: [StockRow]) {
        let call = try await arrive(client)
        let ended = try await expireDue(limit)
        try await depart(call)
        return ended
    }

    private func expireDue(_ limit: Int) async throws(JournalError) -> (orders: [OrderID], stock: [StockRow]) {
        var transaction = begin()
        defer { end(transaction) }
        var due: [OrderID] = []
        for id in orders.keys.sorted() where due.count < limit {
            guard isDue(id), tryLock(.order(id), in: &transaction) else { continue }
            due.append(id)
        }
        return try await endUnpaid(due, .expired, &transaction)
    }

    private func isDue(_ id: OrderID) -> Bool {
        guard let row = orders[id] else { return false }
        return row.status == .pendingPayment && row.reservedUntil <= now
    }

    /// `checkout.cancel_v1` for one order: 0 ended, 1 not found, 2 not in pending payment.
    func cancel(
        _ id: OrderID, of user: UserID, by client: ProcessLife?
    ) async throws(JournalError) -> (code: Int, stock: [StockRow]) {
        let call = try await arrive(client)
        let ended = try await cancelOpen(id, user)
        try await depart(call)
        return ended
    }

    private func cancelOpen(
        _ id: OrderID, _ user: UserID
    ) async throws(JournalError) -> (code: Int, stock: [StockRow]) {
        guard let row = orders[id], row.order.user == user else { return (1, []) }
        var transaction = begin()
        defer { end(transaction) }
        try await lock(.order(id), in: &transaction)
        guard orders[id]?.status == .pendingPayment else { return (2, []) }
        return (0, try await endUnpaid([id], .cancelled, &transaction).stock)
    }

    /// Units move only by what a reservation's transition returns.
    private func endUnpaid(
        _ ids: [OrderID], _ status: OrderRow.Status, _ transaction: inout Transaction
    ) async throws(JournalError) -> (orders: [OrderID], stock: [StockRow]) {
        await pause()
        try check(transaction)
        let ended = ids.filter { orders[$0]?.status == .pendingPayment }
        var back: [VariantID: Int] = [:]
        for id in ended where reservations[id]?.state == .held {
            for (variant, quantity) in reservations[id]?.units ?? [] { back[variant, default: 0] += quantity }
        }
        for variant in back.keys.sorted() { try await lock(.stock(variant), in: &transaction) }
        for id in ended {
            orders[id]?.status = status
            orders[id]?.version += 1
            orders[id]?.eventSequence += 1
            publish("order.\(status)", "order \(id)", orders[id]?.eventSequence ?? 0)
            if reservations[id]?.state == .held {
                reservations[id]?.state = status == .expired ? .expired : .released
            }
            for payment in payments.values where payment.order == id {
                if payment.status == .created || payment.status == .initiated {
                    payments[payment.id]?.status = .expired
                }
            }
            trace.note { "commit \(id) \(status)" }
        }
        for variant in back.keys.sorted() { change(variant) { $0.reserved -= back[variant] ?? 0 } }
        return (ended, back.keys.sorted().compactMap { stock[$0] })
    }
}
