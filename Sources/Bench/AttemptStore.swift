// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

/// Opens payment attempts in bulk, with the two functions through which the server opens each: the rows are the server's own.
struct AttemptStore: Sendable {
    /// Of a connection that may write.
    let client: any PostgresClient

    /// What the functions take at once.
    private static let chunk = 512

    /// An attempt for each order that is still to be paid, at a provider's order that no provider knows.
    ///
    /// An attempt gets its order's number: both come from one generator, which never gives one twice.
    /// - Throws: `BenchError` when an order cannot be paid, `PostgresError`.
    func open(_ orders: [(order: OrderID, user: UserID)]) async throws -> [OpenAttempt] {
        var opened: [OpenAttempt] = []
        opened.reserveCapacity(orders.count)
        var start = 0
        while start < orders.count {
            let some = orders[start..<min(start + Self.chunk, orders.count)]
            opened += try await openChunk(Array(some))
            start += some.count
        }
        return opened
    }

    private func openChunk(_ orders: [(order: OrderID, user: UserID)]) async throws -> [OpenAttempt] {
        let ids = orders.map(\.order.rawValue)
        let rows = try await client.query(
            "select idx, code, b from checkout.initiate_v1($1, $2, $3, 'razorpay')", ids,
            orders.map(\.user.rawValue), ids)
        var attempts: [OpenAttempt] = []
        for row in rows {
            let (index, code) = (try row.int(0) - 1, try row.int16(1))
            guard code == 0 else {
                throw BenchError.unreachable("\(orders[index].order) cannot be paid: initiate_v1 says \(code)")
            }
            let order = orders[index].order
            attempts.append(
                OpenAttempt(
                    id: PaymentID(rawValue: order.rawValue), order: order, amount: try row.int64(2),
                    providerOrder: "order_Bench" + String(order.rawValue, radix: 16)))
        }
        let recorded = try await client.query(
            "select count(*) from checkout.initiated_v1($1, $2) where code = 0", attempts.map(\.id.rawValue),
            attempts.map(\.providerOrder)
        ).only().int(0)
        guard recorded == orders.count else {
            throw BenchError.unreachable("\(orders.count - recorded) attempts could not be opened")
        }
        return attempts
    }
}
