// SPDX-License-Identifier: Apache-2.0
public import Actors
public import HTTP
public import MarketCore
public import MarketHTTP
public import Postgres

/// What the endpoints of refunds are made of: one set per loop.
public struct RefundsDependencies: Sendable {
    let pool: PostgresPool
    let gate: Gate
    let transactions: KeyedTransactions
    let cursors: CursorCodec
    let ids: IDGenerator
    /// Minor units above which a second admin decides.
    let secondAdminAbove: Int64
    /// Told, after the commit, of stock that came back.
    let restocked: @Sendable ([StockRow]) async -> Void

    /// Hands everything in.
    public init(
        pool: PostgresPool, gate: Gate, transactions: KeyedTransactions, cursors: CursorCodec, ids: IDGenerator,
        secondAdminAbove: Int64, restocked: @escaping @Sendable ([StockRow]) async -> Void
    ) {
        self.pool = pool
        self.gate = gate
        self.transactions = transactions
        self.cursors = cursors
        self.ids = ids
        self.secondAdminAbove = secondAdminAbove
        self.restocked = restocked
    }
}

/// The endpoints of refunds: admins', and buyers' own.
public func refundRoutes(_ dependencies: RefundsDependencies) -> [Route] {
    let gate = dependencies.gate
    let bodyMax = 64 * 1024
    return [
        gate.route(
            .post, "/api/admin/refund/", name: "admin.refund", role: .admin, permission: .refundsWrite,
            idempotency: .required, bodyMax: bodyMax, handler: RequestRefund(dependencies: dependencies).answer
        ).described(as: RequestRefund.description),
        gate.route(
            .get, ListRefunds.adminPath, name: "admin.refunds.list", role: .admin, permission: .ordersRead,
            query: ListRefunds.adminParameters, handler: ListRefunds(dependencies: dependencies).answerAdmin
        ).described(as: ListRefunds.adminDescription),
        gate.route(
            .get, "/api/admin/refunds/detail/", name: "admin.refunds.detail", role: .admin, permission: .ordersRead,
            query: ["id"], handler: ReadRefund(dependencies: dependencies).answerAdmin
        ).described(as: ReadRefund.adminDescription),
        gate.route(
            .post, "/api/admin/refunds/decide/", name: "admin.refunds.decide", role: .admin, permission: .refundsWrite,
            idempotency: .accepted, bodyMax: bodyMax, handler: DecideRefund(dependencies: dependencies).answer
        ).described(as: DecideRefund.description),
        gate.route(
            .post, "/api/admin/refunds/retry/", name: "admin.refunds.retry", role: .admin, permission: .refundsWrite,
            idempotency: .accepted, bodyMax: bodyMax, handler: RetryRefund(dependencies: dependencies).answer
        ).described(as: RetryRefund.description),
        gate.route(
            .get, ListRefunds.path, name: "refunds.list", role: .customer, query: ListRefunds.parameters,
            handler: ListRefunds(dependencies: dependencies).answerBuyer
        ).described(as: ListRefunds.description),
        gate.route(
            .get, "/api/refunds/detail/", name: "refunds.detail", role: .customer, query: ["id"],
            handler: ReadRefund(dependencies: dependencies).answerBuyer
        ).described(as: ReadRefund.description),
    ]
}

/// The refunds of an order, newest first, each a JSON object as admins see it: 200 at most, far more than an order is given back in.
public func refundsOfOrder(_ order: OrderID, in client: some PostgresClient) async throws -> [[UInt8]] {
    try await RefundStore.list(.init(order: order), after: nil, limit: 200, in: client).map { refund in
        var json = JSONWriter(capacity: 768)
        json.object { refund.writeMembers(for: .admin, to: &$0) }
        return json.bytes
    }
}

/// The refunds of payments, newest first, each a JSON object as their buyer sees it; whose they are is the caller's business.
public func refundsOfPayments(
    _ payments: [PaymentID], in client: some PostgresClient
) async throws -> [PaymentID: [[UInt8]]] {
    try await RefundStore.refunds(ofPayments: payments, in: client).mapValues { refunds in
        refunds.map { refund in
            var json = JSONWriter(capacity: 512)
            json.object { refund.writeMembers(for: .buyer, to: &$0) }
            return json.bytes
        }
    }
}
