// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import Logging
public import MarketCore
public import MarketCrypto
public import MarketHTTP
public import Postgres

/// What the payments' endpoints are made of.
public struct PaymentsDependencies: Sendable {
    let pool: PostgresPool
    let gate: Gate
    let transactions: KeyedTransactions
    let calls: IdempotentCalls
    let phased: PhasedCalls
    let store: PaymentStore
    let account: RazorpayAccount
    let providerOrders: ProviderOrders
    let news: PaymentNews
    let checks: PaymentChecks
    let ports: PaymentPorts
    let ids: IDGenerator
    let clock: any WallClock
    /// Whom the buyer pays, as the checkout shows it.
    let shopName: String
    /// What may be paid at the door.
    let cash: CashOnDelivery
    let cursors: CursorCodec
    let disputeCalls: DisputeCalls
    let logger: Logger

    /// Hands everything in.
    public init(
        pool: PostgresPool, gate: Gate, transactions: KeyedTransactions, calls: IdempotentCalls, phased: PhasedCalls,
        store: PaymentStore, account: RazorpayAccount, providerOrders: ProviderOrders, news: PaymentNews,
        checks: PaymentChecks, disputeCalls: DisputeCalls, ports: PaymentPorts, ids: IDGenerator, secret: SecretKey,
        clock: any WallClock, shopName: String, cash: CashOnDelivery, logger: Logger
    ) {
        self.cash = cash
        self.pool = pool
        self.transactions = transactions
        self.disputeCalls = disputeCalls
        cursors = CursorCodec(secret: secret)
        self.gate = gate
        self.calls = calls
        self.phased = phased
        self.store = store
        self.account = account
        self.providerOrders = providerOrders
        self.news = news
        self.checks = checks
        self.ports = ports
        self.ids = ids
        self.clock = clock
        self.shopName = shopName
        self.logger = logger
    }
}

/// The endpoints of payments: the buyers', the provider's webhook, the admins'.
public func paymentRoutes(_ dependencies: PaymentsDependencies) -> [Route] {
    let gate = dependencies.gate
    return [
        gate.route(.post, "/api/payments/initiate/", name: "payments.initiate", role: .customer, idempotency: .accepted)
        {
            try await InitiatePayment(dependencies: dependencies).handle($0, $1)
        }.described(as: InitiatePayment.description),
        gate.route(.post, "/api/payments/verify/", name: "payments.verify", role: .customer, idempotency: .accepted) {
            try await VerifyPayment(dependencies: dependencies).handle($0, $1)
        }.described(as: VerifyPayment.description),
        gate.route(
            .get, "/api/payments/status/", name: "payments.status", role: .customer,
            query: ["payment_id", "order_id", "refresh"]
        ) {
            try await ReadPayments(dependencies: dependencies).status($0, $1)
        }.described(as: ReadPayments.description),
        gate.route(
            .get, ListPayments.path, name: "payments.history", role: .customer, query: ListPayments.parameters,
            handler: ListPayments(dependencies: dependencies).answer
        ).described(as: ListPayments.description),
        gate.route(
            .get, "/api/payments/methods/", name: "payments.methods", role: .customer, query: ["order_id"],
            handler: ListMethods(dependencies: dependencies).answer
        ).described(as: ListMethods.description),
        // Signed instead of authenticated; limited by the signature and the body's size.
        Route(
            .post, "/api/payments/webhook/", name: "payments.webhook", access: "signature",
            bodyMax: ReceiveWebhook.bodyMax, isRateLimited: false
        ) {
            try await ReceiveWebhook(dependencies: dependencies).handle($0)
        }.described(as: ReceiveWebhook.description),
    ] + paymentAdminRoutes(dependencies)
}
