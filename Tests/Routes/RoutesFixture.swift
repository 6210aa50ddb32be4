// SPDX-License-Identifier: Apache-2.0
import Actors
public import HTTP
public import Logging
public import MarketCore
import MarketCrypto
public import MarketHTTP
public import Postgres
import Synchronization
public import TestSupport
public import UVRuntime

/// What the endpoints of any context stand on, over a real database of their own and without a server: a gate that knows whom
/// the test says it knows, keyed transactions, and routes that are called as connections do.
public final class RoutesFixture: Sendable {
    private struct NoHints: AnswerHints {
        func answer(for digest: Hash32) async -> (fingerprint: Hash32, answer: StoredAnswer)? { nil }
        func remember(_ digest: Hash32, _ fingerprint: Hash32, _ answer: StoredAnswer, for duration: Duration) {}
    }

    /// Who is what; everybody else is a customer.
    private final class People: Sendable {
        let roles = Mutex<[UserID: (roles: Roles, permissions: Permissions, company: CompanyID?)]>([:])
    }

    private struct NoSecret: Error {}

    /// The database itself, for scripts of many statements.
    public let database: TestDatabase
    public let loop: EventLoop
    public let pool: PostgresPool
    public let ids: IDGenerator
    public let gate: Gate
    public let transactions: KeyedTransactions
    public let cursors: CursorCodec
    public let mailTokens: MailTokens
    public let logger: Logger
    private let tokens: AccessTokens
    private let people: People
    private let states: UserStates
    private let routes = Mutex<InProcessRoutes?>(nil)

    private init(_ database: TestDatabase, _ loop: EventLoop) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let pool = PostgresPool(configuration: PostgresConfiguration(url: database.url, logger: logger), loop: loop)
        guard let secret = SecretKey([UInt8](repeating: 9, count: 32)),
            let ids = IDGenerator(worker: 1, clock: SystemClock())
        else { throw NoSecret() }
        let people = People()
        let states = UserStates(loop: loop) { sessions in
            people.roles.withLock { roles in
                Dictionary(
                    uniqueKeysWithValues: sessions.map {
                        (
                            $0,
                            UserState(
                                roles: roles[$0.user]?.roles ?? .customer,
                                permissions: roles[$0.user]?.permissions ?? [],
                                status: .active, isSessionOpen: true, company: roles[$0.user]?.company)
                        )
                    })
            }
        }
        let keys = IdempotencyDirectory(
            executor: loop, clock: loop, shardCount: 1, limits: IdempotencyLimits(), refusalsWaitingMax: 64,
            hints: NoHints(), journal: KeyStore { pool }, logger: logger)
        let waits = KeyWaits(clock: loop)
        tokens = await AccessTokens(secret: secret)
        gate = Gate(tokens: tokens, states: states, logger: logger)
        transactions = KeyedTransactions(
            pool: pool, calls: IdempotentCalls(keys: keys, waits: waits) { ids.nextRawValue() }, waits: waits,
            secrets: SecretAnswers(secret: secret))
        cursors = CursorCodec(secret: secret)
        mailTokens = MailTokens(secrets: [secret])
        (self.database, self.loop, self.pool) = (database, loop, pool)
        (self.ids, self.logger, self.people, self.states) = (ids, logger, people, states)
    }

    /// The routes that `send` calls.
    public func serve(_ routes: [Route]) {
        let made = InProcessRoutes(routes, middleware: [ErrorAnswers.middleware])
        self.routes.withLock { $0 = made }
    }

    /// Somebody's access token; from now on they have these roles and, where they are admins, permissions, and belong to this company
    /// alone.
    public func token(
        of user: Int64, roles: Roles = .customer, permissions: Permissions = [], company: Int64? = nil
    ) async throws -> String {
        let id = UserID(rawValue: user)
        people.roles.withLock { $0[id] = (roles, permissions, company.map { CompanyID(rawValue: $0) }) }
        return try await tokens.issue(user: id, session: SessionID(rawValue: user), audience: .all)
    }

    /// Has the gate look up anew who is what.
    public func forgetPeople() { states.forgetAll() }

    /// Sends a request; see `TestClient.send`.
    public func send(
        _ method: String, _ target: String, _ body: String? = nil, token: String? = nil, key: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> TestClient.Answer {
        guard let routes = routes.withLock({ $0 }) else { throw NoRoutes() }
        return await routes.send(method, target, body, token: token, key: key, headers: headers)
    }

    private struct NoRoutes: Error {}

    /// Runs several statements, one after the other.
    public func script(_ sql: String) async throws {
        for statement in sql.split(separator: ";\n") where !statement.allSatisfy(\.isWhitespace) {
            _ = try await pool.query(PostgresSQL(text: String(statement)))
        }
    }

    /// The cells of the only row, as text, with a bar between them.
    public func row(_ sql: String) async throws -> String {
        let row = try await pool.query(
            PostgresSQL(
                text: """
                    select string_agg(coalesce(value, ''), '|') from (\(sql)) x cross join json_each_text(row_to_json(x))
                    """)
        ).only()
        return try row.string(0)
    }

    /// Gives the body a fixture on a loop and a database of its own.
    public static func with(_ body: @escaping @Sendable (RoutesFixture) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let result: Result<Void, any Error>
            do {
                try await loop.run {
                    let fixture = try await RoutesFixture(database, loop)
                    let outcome: Result<Void, any Error>
                    do {
                        outcome = .success(try await body(fixture))
                    } catch {
                        outcome = .failure(error)
                    }
                    await fixture.pool.close()
                    try outcome.get()
                }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await group.shutdown()
            try result.get()
        }
    }
}
