// SPDX-License-Identifier: Apache-2.0
import Actors
import Catalog
import Foundation
import HTTP
import HTTPClient
import Logging
import MarketCore
import MarketCrypto
import MarketHTTP
import Orders
import Postgres
import Synchronization
import TestSupport
import Testing
import UVRuntime

@testable import Payments

/// The endpoints of payments over a real database of their own, with a scripted provider behind a real socket.
final class PaymentsFixture: Sendable {
    static let webhookSecret = "whsec_sandbox_1"
    static let keySecret = "sbx_key_secret_1"

    let database: TestDatabase
    let pool: PostgresPool
    let provider: ScriptedProvider
    let account: RazorpayAccount
    let checks: PaymentChecks
    /// The same work in another process.
    let secondChecks: PaymentChecks
    /// Another one, whose time is `time`.
    let timedChecks: PaymentChecks
    let time = HandClock()
    /// What works off late money, and the memory that it tells of units.
    let jobs: JobRunner
    let inventory: InventoryDirectory
    let changes = Changes()
    let reconciler: Reconciler
    let reconciliations: ReconciliationJobs
    private let ids: IDGenerator
    /// Who hears of refunds.
    let refunds = RefundListener()
    private let http: HTTPClient
    private let routers: Mutex<[Router]>
    private let tokens: AccessTokens

    var store: PaymentStore { PaymentStore(postgres: { [pool] in pool }, writer: { [pool] in pool }) }

    private init(_ database: TestDatabase, _ loop: EventLoop) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        self.database = database
        let pool = PostgresPool(configuration: PostgresConfiguration(url: database.url, logger: logger), loop: loop)
        self.pool = pool
        let provider = try await ScriptedProvider.start(on: loop)
        self.provider = provider
        let account = RazorpayAccount(
            keyID: "rzp_test_fixture", keySecret: Self.keySecret,
            webhookSecrets: ["whsec_older", Self.webhookSecret], baseURL: provider.url)
        self.account = account
        http = HTTPClient(loop: loop)
        let secret = try #require(SecretKey([UInt8](repeating: 9, count: 32)))
        tokens = await AccessTokens(secret: secret)
        let ids = try #require(IDGenerator(worker: 1, clock: SystemClock()))
        let keys = KeyStore { pool }
        let store = PaymentStore(postgres: { pool }, writer: { pool })
        let client = RazorpayClient(account: account, http: http)
        let news = PaymentNews(
            payments: PaymentActor(
                executor: loop, clock: loop, shardCount: 1, limits: PaymentLimits(), journal: store, logger: logger,
                random: { 7 }),
            inbox: ProviderInbox(
                executor: loop, pool: pool, ids: ids,
                refundNews: { [refunds] news, transaction in try await refunds.take(news, transaction) }),
            client: client, ids: ids,
            orderChanged: { [changes] id in changes.note(id) }, logger: logger)
        let providerOrders = ProviderOrders(executor: loop, client: client, logger: logger)
        let makeChecks = { (clock: any LoopClock) in
            PaymentChecks(
                executor: loop, clock: clock, store: store, news: news, client: client, providerOrders: providerOrders,
                logger: logger)
        }
        let checks = makeChecks(loop)
        self.checks = checks
        secondChecks = makeChecks(loop)
        timedChecks = makeChecks(time)
        let inventory = InventoryDirectory(
            executor: loop, clock: loop, shardCount: 1, limits: InventoryLimits(), journal: StockStore(client: pool))
        self.inventory = inventory
        let late = LatePayments(
            store: store, inventory: inventory, orderChanged: { [changes] id in changes.note(id) }, logger: logger)
        let reconciler = Reconciler(
            pool: pool, client: client, news: news, ids: ids, wait: { _ in }, logger: logger)
        self.reconciler = reconciler
        let reconciliations = ReconciliationJobs(
            executor: loop, clock: loop, pool: pool, reconciler: reconciler, ids: ids, logger: logger)
        self.reconciliations = reconciliations
        self.ids = ids
        let disputeCalls = DisputeCalls(
            pool: pool, client: client, ids: ids, orderChanged: { [changes] id in changes.note(id) }, logger: logger)
        jobs = JobRunner(
            executor: loop, store: JobStore(postgres: pool),
            handlers: Self.handlers(late, news, disputeCalls, reconciliations, pool, client, ids), logger: logger)
        let gate = Gate(tokens: tokens, states: Self.everybody(loop), logger: logger)
        let ports = Self.ports(pool)
        let made = [0, 1].map { _ in
            Self.router(loop, keys, ids, logger) { calls, waits in
                PaymentsDependencies(
                    pool: pool, gate: gate,
                    transactions: KeyedTransactions(
                        pool: pool, calls: calls, waits: waits, secrets: SecretAnswers(secret: secret)),
                    calls: calls, phased: PhasedCalls(pool: pool, calls: calls, waits: waits), store: store,
                    account: account, providerOrders: providerOrders, news: news, checks: checks,
                    disputeCalls: disputeCalls, ports: ports, ids: ids, secret: secret, clock: SystemClock(),
                    shopName: "MVE", cash: CashOnDelivery(maximum: 5_000_000, exceptions: ["AN"]), logger: logger)
            }
        }
        routers = Mutex(made)
    }

    /// What works off the jobs of payments.
    private static func handlers(
        _ late: LatePayments, _ news: PaymentNews, _ calls: DisputeCalls, _ reconciliations: ReconciliationJobs,
        _ pool: PostgresPool, _ client: RazorpayClient, _ ids: IDGenerator
    ) -> [String: JobRunner.Handler] {
        let settlements = BookSettlement(
            pool: pool, client: client, ids: ids, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return [
            LatePayments.kind: { try await late.settle($0) },
            CheckDisputes.kind: { try await CheckDisputes(news: news).run($0) },
            DisputeCalls.kind: { try await calls.run($0) },
            ReconciliationJobs.kind: { try await reconciliations.run($0) },
            BookSettlement.kind: { try await settlements.run($0) },
        ]
    }

    /// The endpoints as one process serves them.
    private static func router(
        _ loop: EventLoop, _ keys: KeyStore, _ ids: IDGenerator, _ logger: Logger,
        _ dependencies: (IdempotentCalls, KeyWaits) -> PaymentsDependencies
    ) -> Router {
        let waits = KeyWaits(clock: loop)
        let calls = IdempotentCalls(
            keys: IdempotencyDirectory(
                executor: loop, clock: loop, shardCount: 1, limits: IdempotencyLimits(), refusalsWaitingMax: 64,
                hints: NoHints(), journal: keys, logger: logger), waits: waits
        ) { ids.nextRawValue() }
        return Router(paymentRoutes(dependencies(calls, waits)), middleware: [ErrorAnswers.middleware])
    }

    /// Orders as they are, one buyer, and a refund of payment 7.
    private static func ports(_ pool: PostgresPool) -> PaymentPorts {
        let orders = OrderStore(postgres: { pool }, writer: { pool })
        return PaymentPorts(
            order: { id, user in
                try await orders.state(of: id, user: user).map {
                    PaidOrder(status: $0.status, paymentStatus: $0.paymentStatus)
                }
            }, buyer: { _ in Buyer(name: "Asha Rao", email: "asha@example.org", phone: "+919000000001") },
            refunds: { payments in
                let seventh = payments.filter { $0.rawValue == 7 }
                return Dictionary(uniqueKeysWithValues: seventh.map { ($0, [Array(#"{"id":"ref_1"}"#.utf8)]) })
            },
            owner: ordersOwner(orders) { company, user in
                try await pool.first(
                    "select 1 from companies.members where company_id = $1 and user_id = $2", company.rawValue,
                    user.rawValue) != nil
            })
    }

    /// Goes on as another process, which knows only what is in the database.
    func forgetAnswers() {
        routers.withLock { if $0.count > 1 { $0.removeFirst() } }
    }

    /// May do everything.
    static let admin: Int64 = 9001
    /// Users who are admins, and what they may do.
    static let admins: [Int64: Permissions] = [
        admin: .all, 9002: [], 9003: .ordersRead, 9004: .opsRead, 9005: .refundsWrite, 9006: .settlementsRead,
    ]

    /// Everybody who has a token is a customer with an open session, some are admins.
    private static func everybody(_ loop: EventLoop) -> UserStates {
        UserStates(loop: loop) { sessions in
            Dictionary(
                sessions.map { session in
                    let permissions = admins[session.user.rawValue]
                    return (
                        session,
                        UserState(
                            roles: permissions == nil ? .customer : [.customer, .admin], permissions: permissions ?? [],
                            status: .active, isSessionOpen: true)
                    )
                }
            ) { first, _ in first }
        }
    }

    /// Gives the body a fixture on a loop and a database of its own, with a small shop in it.
    static func with(_ body: @escaping @Sendable (PaymentsFixture) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let support = Repository.root.appendingPathComponent("Tests/SQL/support.sql")
            _ = try await database.sql(try String(contentsOf: support, encoding: .utf8))
            _ = try await database.sql("select t.shop(2, 4, 1, 50);")
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let outcome: Result<Void, any Error>
            do {
                try await loop.run {
                    let fixture = try await PaymentsFixture(database, loop)
                    let result: Result<Void, any Error>
                    do {
                        result = .success(try await body(fixture))
                    } catch {
                        result = .failure(error)
                    }
                    await fixture.http.close()
                    await fixture.pool.close()
                    await fixture.provider.stop()
                    try result.get()
                }
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            await group.shutdown()
            try outcome.get()
            #expect(try await database.sql("select name, value from platform.invariants_v4() where not ok;") == "")
        }
    }
}

/// Orders of which somebody was told that a payment changed them.
final class Changes: Sendable {
    private let noted = Mutex<[OrderID]>([])

    func note(_ order: OrderID) {
        noted.withLock { $0.append(order) }
    }

    var all: [OrderID] { noted.withLock { $0 } }
}

/// Takes news of refunds, and answers as a test tells it to; what it writes is in the event's transaction.
final class RefundListener: Sendable {
    /// Does what a test wants done with news, in their transaction.
    typealias Script = @Sendable (RefundNews, PostgresTransaction) async throws -> NewsVerdict

    private let heard = Mutex<[RefundNews]>([])
    private let script = Mutex<Script?>(nil)

    func take(_ news: RefundNews, _ transaction: PostgresTransaction) async throws -> NewsVerdict {
        heard.withLock { $0.append(news) }
        return try await script.withLock { $0 }?(news, transaction) ?? .unchanged
    }

    func use(_ new: Script?) {
        script.withLock { $0 = new }
    }

    var all: [RefundNews] { heard.withLock { $0 } }
}

private struct NoHints: AnswerHints {
    func answer(for digest: Hash32) async -> (fingerprint: Hash32, answer: StoredAnswer)? { nil }
    func remember(_ digest: Hash32, _ fingerprint: Hash32, _ answer: StoredAnswer, for duration: Duration) {}
}

// MARK: Reconciliation

extension PaymentsFixture {
    /// Begins a comparison of the hours around now.
    func beginReconciliation() async throws -> ReconciliationID {
        let (id, now) = (ids.next(IDKinds.Reconciliation.self), SystemClock().now())
        let span = try #require(ReconciledSpan(from: now - .seconds(3600), to: now + .seconds(3600)))
        try await reconciler.begin(span, id: id, origin: "command")
        return id
    }

    /// The whole of such a comparison.
    func reconcile() async throws -> Reconciliation {
        let id = try await beginReconciliation()
        return try #require(try await reconciler.advance(id, while: { true }))
    }
}

/// Time that passes when a test says so.
final class HandClock: LoopClock {
    private let nanoseconds = Atomic<UInt64>(1_000_000_000_000)

    var now: UInt64 { nanoseconds.load(ordering: .relaxed) }

    func advance(_ by: UInt64) { nanoseconds.add(by, ordering: .relaxed) }

    func schedule(after: Duration, _ action: @escaping @Sendable () -> Void) -> any ScheduledTimer {
        preconditionFailure("nobody waits for it")
    }
}

// MARK: Calls

extension PaymentsFixture {
    /// What an endpoint answered.
    struct Answer: Sendable {
        let response: HTTPResponse

        var status: Int { response.status.code }
        var json: JSONValue {
            get throws { try JSONDocument(parsing: response.body).root }
        }
        /// The problem's code; nil for an answer that is none.
        var code: String? { status >= 400 ? (try? json)?["code"]?.string : nil }
        var isReplay: Bool { response.header("Idempotent-Replayed") == "true" }
    }

    /// Calls an endpoint through parser and router.
    func call(
        _ method: String, _ target: String, _ body: String = "", user: Int64? = nil, key: String? = nil,
        headers: [String] = []
    ) async throws -> Answer {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: test", "Content-Length: \(body.utf8.count)"] + headers
        if !body.isEmpty { lines.append("Content-Type: application/json") }
        if let user {
            let token = try await tokens.issue(
                user: UserID(rawValue: user), session: SessionID(rawValue: user), audience: .all)
            lines.append("Authorization: Bearer \(token)")
        }
        if let key { lines.append("Idempotency-Key: \(key)") }
        let router = try #require(routers.withLock { $0.first })
        return Answer(response: await router.respond(to: lines.joined(separator: "\r\n") + "\r\n\r\n" + body))
    }

    func initiate(_ order: Int64, user: Int64? = nil, key: String? = nil) async throws -> Answer {
        try await call(
            "POST", "/api/payments/initiate/", #"{"order_id":"\#(OrderID(rawValue: order))"}"#, user: user ?? order,
            key: key)
    }

    /// Delivers a webhook, rightly signed unless told otherwise.
    func deliver(
        _ body: String, event: String? = "evt_1", secret: String = webhookSecret, signature: String? = nil
    ) async throws -> Answer {
        let code = signature ?? HMACSHA256(key: Array(secret.utf8)).code(body).hex
        return try await call(
            "POST", "/api/payments/webhook/", body,
            headers: ["X-Razorpay-Signature: \(code)"] + (event.map { ["x-razorpay-event-id: \($0)"] } ?? []))
    }

    /// A webhook's body about one payment.
    static func event(
        _ type: String, payment: String = "pay_Sbx1", order: String, amount: Int = 2000, status: String = "captured",
        currency: String = "INR"
    ) -> String {
        let entity = ScriptedProvider.payment(
            payment, order: order, amount: amount, status: status, currency: currency)
        return
            #"{"entity":"event","account_id":"acc_1","event":"\#(type)","contains":["payment"],"payload":{"payment":{"entity":\#(entity)}},"created_at":1789000003}"#
    }

    /// What SQL prints, unaligned, without the last line's end.
    func sql(_ text: String) async throws -> String {
        try await database.sql(text).trimmingCharacters(in: .newlines)
    }

    /// An unpaid order of two lines, 2,000 paise together, of the user with the same number.
    func order(_ id: Int64) async throws {
        let codes = try await sql(
            """
            select t.cart(\(id), \(id), array[100, 200]);
            select t.codes('[{"id":\(id),"key":"k\(id)","user":\(id),"cart":\(id),"lines":[[100,1],[200,1]]}]');
            """)
        #expect(codes.split(separator: "\n").last == "0")
    }

    /// An unpaid order whose checkout is open: the provider's order is `order_<id>`.
    func payableOrder(_ id: Int64) async throws {
        let code = try await sql("select t.payable(\(id), array[100, 200]);")
        #expect(code == "0")
    }

    /// How an order stands: status, rank of its payments, units reserved of its first variant.
    func state(_ order: Int64) async throws -> String {
        try await sql(
            """
            select o.status || ' ' || o.payment_rank || ' ' || s.reserved
              from orders.orders o, inventory.stock s where o.id = \(order) and s.variant_id = 100;
            """)
    }
}
