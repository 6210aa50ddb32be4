// SPDX-License-Identifier: Apache-2.0
import Accounts
import Actors
import HTTP
import Logging
import MarketCore
import MarketCrypto
import MarketHTTP
import Media
import Pictures
import Postgres
import Synchronization
import TestSupport
import Testing
import UVRuntime

/// The endpoints of Accounts over a real database of their own, called without a server.
final class AccountsFixture: Sendable {
    /// What an endpoint answered.
    struct Answer: Sendable {
        let status: Int
        let headers: [HTTPHeader]
        let body: [UInt8]

        var json: JSONValue {
            get throws { try JSONDocument(parsing: body).root }
        }

        /// The problem's code; nil for an answer that is none.
        var code: String? { status >= 400 ? (try? json)?["code"]?.string : nil }
        var isReplay: Bool { headers.contains { $0.name == "Idempotent-Replayed" } }
    }

    private struct NoHints: AnswerHints {
        func answer(for digest: Hash32) async -> (fingerprint: Hash32, answer: StoredAnswer)? { nil }
        func remember(_ digest: Hash32, _ fingerprint: Hash32, _ answer: StoredAnswer, for duration: Duration) {}
    }

    let pool: PostgresPool
    /// Where the database is, and the loop of the endpoints.
    let url: String
    let loop: EventLoop
    let clock = ManualClock()
    let tokens: AccessTokens
    let states: UserStates
    let clients: ClientTokens
    let merges = Mutex<[(client: Hash32, user: UserID)]>([])
    /// How often those who remember carts were told.
    let cartsTold = Mutex(0)
    /// Whether the last admin of others wants to leave.
    let isNeeded = Mutex(false)
    /// Whether carts cannot be merged now.
    let isCartBroken = Mutex(false)
    /// Where the files of pictures are.
    let folder = TestFolder()
    let mailTokens: MailTokens
    let news = HeardNews()
    private let routes: Mutex<[Route]>

    private init(_ database: TestDatabase, _ loop: EventLoop) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        (url, self.loop) = (database.url, loop)
        pool = PostgresPool(configuration: PostgresConfiguration(url: database.url, logger: logger), loop: loop)
        let secret = try #require(SecretKey([UInt8](repeating: 9, count: 32)))
        tokens = await AccessTokens(secret: secret, clock: clock)
        states = UserStates(loop: loop, clock: clock, load: accountsUserStates(pool: pool))
        clients = ClientTokens(secret: secret)
        mailTokens = MailTokens(secrets: [secret])
        routes = Mutex([])
        try restart(loop, secret, logger)
    }

    /// Makes the endpoints anew, as a process does that knows only what the database knows.
    private func restart(_ loop: EventLoop, _ secret: SecretKey, _ logger: Logger) throws {
        let pool = pool
        let store = KeyStore { pool }
        let directory = IdempotencyDirectory(
            executor: loop, clock: loop, shardCount: 1, limits: IdempotencyLimits(), refusalsWaitingMax: 64,
            hints: NoHints(), journal: store, logger: logger)
        let ids = try #require(IDGenerator(worker: 1, clock: SystemClock()))
        let calls = IdempotentCalls(keys: directory, waits: KeyWaits(clock: loop)) { ids.nextRawValue() }
        let ports = AccountsPorts(
            mergeCart: { [unowned self] client, user, transaction in
                if isCartBroken.withLock({ $0 }) { throw Problem(.dependencyUnavailable) }
                // Only a transaction that has opened the session may take the cart over.
                let sessions = try await transaction.query(
                    "select count(*) from accounts.sessions where user_id = $1", user.rawValue
                ).only().int64(0)
                guard sessions > 0 else { throw Problem(.forbidden) }
                merges.withLock { $0.append((client, user)) }
                return [CartID(rawValue: 3)]
            },
            cartsMerged: { [unowned self] _ in cartsTold.withLock { $0 += 1 } },
            profileExtras: { _ in
                ProfileExtras(seller: (SellerID(rawValue: 5), "active"), unreadNotifications: 3)
            },
            orderCounts: { users in Dictionary(uniqueKeysWithValues: users.map { ($0, 7) }) },
            lastOrders: { _ in
                [
                    AccountOrder(
                        id: OrderID(rawValue: 6), status: "confirmed", total: Money(minor: 259_800, currency: .inr),
                        createdAt: Timestamp(seconds: 0))
                ]
            },
            leave: { [unowned self] _, _ in
                if isNeeded.withLock({ $0 }) { throw Problem(.illegalTransition) }
            })
        let made = accountsRoutes(
            AccountsDependencies(
                pool: pool, gate: Gate(tokens: tokens, states: states, logger: logger), tokens: tokens, states: states,
                principals: Principals(secret: secret, clients: clients), clients: clients,
                transactions: KeyedTransactions(
                    pool: pool, calls: calls, waits: KeyWaits(clock: loop), secrets: SecretAnswers(secret: secret)),
                hasher: try PasswordHasher(loop: loop, cost: .cheapest), ids: ids, mailTokens: mailTokens,
                secondFactors: SecondFactors(secrets: [secret]), news: news,
                clock: clock, cursors: CursorCodec(secret: secret), ports: ports,
                pictures: PictureDesk(
                    files: FileStore(directory: folder.path, keys: PrivateFileKeys(secret)),
                    images: ImageProcessor(loop: loop), ids: ids), logger: logger))
        routes.withLock { $0 = made }
        self.remake.withLock { $0 = { [unowned self] in try restart(loop, secret, logger) } }
    }

    private let remake = Mutex<(@Sendable () throws -> Void)?>(nil)

    /// Forgets everything that is not in the database.
    func forgetMemory() throws {
        states.forgetAll()
        try remake.withLock { $0 }?()
    }

    /// Calls an endpoint.
    func call(
        _ method: HTTPMethod, _ path: String, _ body: String = "", headers: [String] = [], token: String? = nil,
        key: String? = nil, address: String = "192.0.2.1", query: String = ""
    ) async throws -> Answer {
        try await send(
            method, path, Array(body.utf8), headers: headers, token: token, key: key, address: address, query: query)
    }

    /// Calls an endpoint with a body of octets.
    func send(
        _ method: HTTPMethod, _ path: String, _ body: [UInt8], headers: [String] = [], token: String?, key: String?,
        address: String = "192.0.2.1", query: String = ""
    ) async throws -> Answer {
        let route = try #require(routes.withLock { $0.first { $0.method == method && $0.path == path } })
        var headers = headers
        if let token { headers.append("Authorization: Bearer \(token)") }
        if let key { headers.append("Idempotency-Key: \(key)") }
        let request = try TestRequest.make(
            route, headers: headers, body: body, target: query.isEmpty ? nil : "\(path)?\(query)", address: address)
        let handler = ErrorAnswers.middleware(route) { try await TestRequest.answer(route, $0) }
        let response: HTTPResponse
        do {
            response = try await handler(request)
        } catch let problem as Problem {
            response = problem.response(to: request)
        }
        return Answer(status: response.status.code, headers: response.headers, body: response.body)
    }

    /// Registers somebody and gives their tokens.
    func register(
        _ email: String = "asha@example.org", password: String = "correct horse battery"
    ) async throws -> (user: UserID, access: String, refresh: String) {
        let answer = try await call(
            .post, "/api/auth/register/",
            #"{"email":"\#(email)","password":"\#(password)","full_name":"Asha Rao"}"#)
        #expect(answer.status == 201)
        let json = try answer.json
        let user = try #require(json["user"]?["id"]?.string.flatMap { UserID($0) })
        return (
            user, try #require(json["tokens"]?["access"]?.string), try #require(json["tokens"]?["refresh"]?.string)
        )
    }

    func logIn(_ email: String, _ password: String, extra: String = "") async throws -> Answer {
        try await call(.post, "/api/auth/login/", #"{"email":"\#(email)","password":"\#(password)"\#(extra)}"#)
    }

    func refresh(_ token: String, key: String? = nil) async throws -> Answer {
        try await call(.post, "/api/auth/refresh/", #"{"refresh":"\#(token)"}"#, key: key)
    }

    /// The mails that are owed, oldest first.
    func mails() async throws -> [Mail] {
        try await pool.query(
            "select payload from platform.jobs where kind = 'mail.send' order by created_at, (payload->>'template')"
        ).map { try #require(Mail(payload: try $0.bytes(0))) }
    }

    /// What the newest mail of a template says in the place of its secret.
    func secret(of template: MailTemplate) async throws -> String {
        let token = try #require(try await mails().last { $0.template == template }?.token)
        return try #require(mailTokens.text(of: token))
    }

    /// Does what requests left for after them.
    func runJobs() async throws {
        let runner = JobRunner(
            executor: pool.loop, store: JobStore(postgres: pool),
            handlers: accountsJobs(pool: pool, tokens: mailTokens), logger: Logger(label: "test"))
        await runner.run()
    }

    /// The whole number in the only column of the only row.
    func count(_ sql: PostgresSQL) async throws -> Int {
        try await pool.query(sql).only().int(0)
    }

    /// Gives the body a fixture on a loop and a database of its own.
    static func with(_ body: @escaping @Sendable (AccountsFixture) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            do {
                try await loop.run {
                    let fixture = try await AccountsFixture(database, loop)
                    do {
                        try await body(fixture)
                    } catch {
                        await fixture.pool.close()
                        throw error
                    }
                    await fixture.pool.close()
                }
            } catch {
                await group.shutdown()
                throw error
            }
            await group.shutdown()
        }
    }
}
