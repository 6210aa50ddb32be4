// SPDX-License-Identifier: Apache-2.0
import HTTP
import Logging
import MarketCore
import MarketCrypto
import MarketHTTP
import Synchronization
import Testing
import UVRuntime

@Suite struct GateTests {
    private struct Down: Error {}

    /// A gate over one user whose state the test sets, and the loop it lives on.
    private final class Fixture: Sendable {
        let clock = ManualClock()
        let tokens: AccessTokens
        let states: UserStates
        let gate: Gate
        let user = UserID(rawValue: 7)
        let session = SessionID(rawValue: 8)
        let state = Mutex<UserState?>(nil)
        let isDown = Mutex(false)
        let lookups = Mutex(0)
        private let source: Source

        private final class Source: Sendable {
            let load = Mutex<(@Sendable () throws -> UserState?)?>(nil)
        }

        init(_ loop: EventLoop) async throws {
            let secret = try #require(SecretKey([UInt8](repeating: 3, count: 32)))
            tokens = await AccessTokens(secret: secret, clock: clock)
            let source = Source()
            self.source = source
            states = UserStates(loop: loop, clock: clock) { sessions in
                let state = try source.load.withLock { $0 }?()
                return Dictionary(uniqueKeysWithValues: sessions.compactMap { session in state.map { (session, $0) } })
            }
            gate = Gate(tokens: tokens, states: states, logger: Logger(label: "test"))
            source.load.withLock { load in
                load = { [unowned self] in
                    lookups.withLock { $0 += 1 }
                    if isDown.withLock({ $0 }) { throw Down() }
                    return state.withLock { $0 }
                }
            }
        }

        func token(_ audience: Audience = .all) async throws -> String {
            try await tokens.issue(user: user, session: session, audience: audience)
        }

        func set(
            _ roles: Roles, _ status: UserStatus = .active, permissions: [String] = [], isSessionOpen: Bool = true,
            hasSecondFactor: Bool = false
        ) {
            let new = UserState(
                roles: roles, permissions: Permissions(names: permissions), status: status,
                isSessionOpen: isSessionOpen, hasSecondFactor: hasSecondFactor)
            state.withLock { $0 = new }
            states.forgetAll()
        }

        /// The code of the problem that a route with this role answers with, or the status when there is none.
        func outcome(role: Roles, headers: [String]) async throws -> String {
            let route = gate.route(
                .get, "/secret/", name: "secret", role: role, permission: Self.permission(role)
            ) { _, caller in .text(caller.user.description) }
            return try await Self.outcome(route, headers)
        }

        /// Every route of admins has one.
        static func permission(_ role: Roles) -> Permissions { role == .admin ? .usersRead : [] }

        static func outcome(_ route: Route, _ headers: [String]) async throws -> String {
            do {
                let answer = try await TestRequest.answer(route, TestRequest.make(route, headers: headers))
                return String(decoding: answer.body, as: UTF8.self)
            } catch let problem as Problem {
                if problem.status == .unauthorized {
                    #expect(problem.headers.contains { $0.name == "WWW-Authenticate" })
                }
                return problem.kind.code
            }
        }
    }

    private func withFixture(_ body: @escaping @Sendable (Fixture) async throws -> Void) async throws {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        do {
            try await loop.run { try await body(Fixture(loop)) }
        } catch {
            await group.shutdown()
            throw error
        }
        await group.shutdown()
    }

    @Test func admitsWhoHasTheRole() async throws {
        try await withFixture { fixture in
            fixture.set([.customer, .seller])
            let bearer = "Authorization: Bearer " + (try await fixture.token())
            for role in [Roles(), .customer, .seller] {
                let outcome = try await fixture.outcome(role: role, headers: [bearer])
                #expect(outcome == fixture.user.description)
            }
            let outcome = try await fixture.outcome(role: .admin, headers: [bearer])
            #expect(outcome == "forbidden")
            #expect(fixture.lookups.withLock { $0 } == 1)
        }
    }

    @Test func admitsAdminsByPermission() async throws {
        try await withFixture { fixture in
            let route = fixture.gate.route(
                .get, "/secret/", name: "secret", role: .admin, permission: .usersWrite
            ) { _, _ in .text("done") }
            #expect(route.access == "admin+users:write")
            let bearer = "Authorization: Bearer " + (try await fixture.token())
            let cases: [(roles: Roles, permissions: [String], outcome: String)] = [
                (.customer, ["super"], "forbidden"), (.admin, [], "forbidden"),
                (.admin, ["users:read", "unknown:write"], "forbidden"), (.admin, ["users:write"], "done"),
                (.admin, ["super"], "done"),
            ]
            for (roles, permissions, expected) in cases {
                fixture.set(roles, permissions: permissions)
                let outcome = try await Fixture.outcome(route, [bearer])
                #expect(outcome == expected, "\(roles.names) \(permissions)")
            }
        }
    }

    @Test func keepsAdminsWithoutASecondFactorOutWhereOneIsNeeded() async throws {
        try await withFixture { fixture in
            let strict = Gate(
                tokens: fixture.tokens, states: fixture.states, adminsNeedSecondFactor: true,
                logger: Logger(label: "test"))
            let bearer = "Authorization: Bearer " + (try await fixture.token())
            func outcome(_ role: Roles) async throws -> String {
                try await Fixture.outcome(
                    strict.route(
                        .get, "/secret/", name: "secret", role: role, permission: Fixture.permission(role)
                    ) { _, _ in .text("done") }, [bearer])
            }
            fixture.set([.customer, .admin], permissions: ["super"])
            let (admin, customer) = (try await outcome(.admin), try await outcome(.customer))
            #expect(admin == "forbidden" && customer == "done")
            fixture.set([.customer, .admin], permissions: ["super"], hasSecondFactor: true)
            let enrolled = try await outcome(.admin)
            #expect(enrolled == "done")
        }
    }

    @Test func refusesNarrowedTokensBeforeLoadingAnything() async throws {
        try await withFixture { fixture in
            fixture.set([.customer, .seller])
            let bearer = "Authorization: Bearer " + (try await fixture.token(.customer))
            let refused = try await fixture.outcome(role: .seller, headers: [bearer])
            #expect(refused == "wrong-audience")
            #expect(fixture.lookups.withLock { $0 } == 0)
            let admitted = try await fixture.outcome(role: .customer, headers: [bearer])
            #expect(admitted == fixture.user.description)
            let anyRole = try await fixture.outcome(role: [], headers: [bearer])
            #expect(anyRole == fixture.user.description)
        }
    }

    @Test func stopsBlockedAccountsAndClosedSessions() async throws {
        try await withFixture { fixture in
            let bearer = "Authorization: Bearer " + (try await fixture.token())
            let unknown = try await fixture.outcome(role: [], headers: [bearer])
            #expect(unknown == "token-invalid")
            fixture.set(.customer)
            let admitted = try await fixture.outcome(role: [], headers: [bearer])
            #expect(admitted == fixture.user.description)
            fixture.set(.customer, .blocked)
            let blocked = try await fixture.outcome(role: [], headers: [bearer])
            #expect(blocked == "account-blocked")
            fixture.set(.customer, isSessionOpen: false)
            let closed = try await fixture.outcome(role: [], headers: [bearer])
            #expect(closed == "token-invalid")
            fixture.set(.customer, .pendingVerification)
            let pending = try await fixture.outcome(role: [], headers: [bearer])
            #expect(pending == fixture.user.description)
        }
    }

    @Test func readsTheFieldStrictly() async throws {
        try await withFixture { fixture in
            fixture.set(.customer)
            let token = try await fixture.token()
            let cases: [(headers: [String], outcome: String)] = [
                ([], "token-missing"), (["Authorization: Basic YTpi"], "token-invalid"),
                (["Authorization: Bearer"], "token-invalid"), (["Authorization: Bearer x"], "token-invalid"),
                (["Authorization: Bearer \(token)", "Authorization: Bearer \(token)"], "token-invalid"),
                (["Authorization: Bearer\(token)"], "token-invalid"),
                (["authorization: bEARER  \(token)"], fixture.user.description),
            ]
            for (headers, expected) in cases {
                let outcome = try await fixture.outcome(role: [], headers: headers)
                #expect(outcome == expected, "\(headers)")
            }
            fixture.clock.advance(by: .seconds(3600))
            let expired = try await fixture.outcome(role: [], headers: ["Authorization: Bearer \(token)"])
            #expect(expired == "token-expired")
        }
    }

    @Test func openRoutesKnowWhoAsksAndRefuseBadTokens() async throws {
        try await withFixture { fixture in
            fixture.set(.customer)
            let route = fixture.gate.openRoute(.get, "/open/", name: "open") { _, caller in
                .text(caller?.user.description ?? "nobody")
            }
            #expect(route.access == "optional")
            let anonymous = try await Fixture.outcome(route, [])
            #expect(anonymous == "nobody")
            let known = try await Fixture.outcome(route, ["Authorization: Bearer " + (try await fixture.token())])
            #expect(known == fixture.user.description)
            let wrong = try await Fixture.outcome(route, ["Authorization: Bearer x"])
            #expect(wrong == "token-invalid")
        }
    }

    /// Nobody has to be anybody, but whoever says who they are has to be of the role, with a token that is not narrowed to another.
    @Test func openRoutesMayBeOfARole() async throws {
        try await withFixture { fixture in
            let route = fixture.gate.openRoute(.get, "/open/", name: "open", role: .customer) { _, caller in
                .text(caller?.user.description ?? "nobody")
            }
            #expect(route.access == "optional+customer")
            let anonymous = try await Fixture.outcome(route, [])
            #expect(anonymous == "nobody")
            let user = fixture.user.description
            let cases: [(Roles, Audience, String)] = [
                (.customer, .all, user), (.customer, .customer, user), ([.customer, .seller], .all, user),
                ([.customer, .seller], .seller, "wrong-audience"), ([.customer, .admin], .admin, "wrong-audience"),
                (.seller, .all, "forbidden"),
            ]
            for (roles, audience, expected) in cases {
                fixture.set(roles)
                fixture.states.forgetAll()
                let outcome = try await Fixture.outcome(
                    route, ["Authorization: Bearer " + (try await fixture.token(audience))])
                #expect(outcome == expected, "\(roles) \(audience)")
            }
        }
    }

    @Test func longBodiesAreNotTakenFromWhoIsRefusedAnyway() async throws {
        try await withFixture { fixture in
            let secret = try #require(SecretKey([UInt8](repeating: 5, count: 32)))
            let clock = ManualExecutor()
            let limiter = RateLimiter(
                memory: RateLimitMemory(try RateLimitBudgets(parsing: "write 2/min")), clock: clock, shared: nil,
                secret: secret)
            let gate = Gate(
                tokens: fixture.tokens, states: fixture.states, limiter: limiter, logger: Logger(label: "test"))
            let mayUpload = Mutex(true)
            let route = gate.route(
                .post, "/long/", name: "long", role: .seller, reads: .multipart(),
                admission: { _, _ in if !mayUpload.withLock({ $0 }) { throw Problem(.sellerNotActive) } }
            ) { _, _ in .text("done") }
            fixture.set([.customer, .seller])
            let bearer = "Authorization: Bearer " + (try await fixture.token())
            func admission() async throws -> String {
                do {
                    try await TestRequest.admit(route, TestRequest.make(route, headers: [bearer]))
                    return "admitted"
                } catch let problem as Problem {
                    return problem.kind.code
                }
            }
            for _ in 0..<5 {
                let admitted = try await admission()
                #expect(admitted == "admitted", "a look takes no token")
            }
            mayUpload.withLock { $0 = false }
            let inactive = try await admission()
            #expect(inactive == "seller-not-active")
            mayUpload.withLock { $0 = true }
            for _ in 0..<2 {
                let answer = try await Fixture.outcome(route, [bearer])
                #expect(answer == "done")
            }
            let limited = try await admission()
            #expect(limited == "rate-limited")
            clock.advance(by: .seconds(30))
            let later = try await admission()
            #expect(later == "admitted")
            fixture.set(.customer)
            let stranger = try await admission()
            #expect(stranger == "forbidden")
        }
    }

    @Test func saysWhenTheDatabaseCannot() async throws {
        try await withFixture { fixture in
            fixture.isDown.withLock { $0 = true }
            let bearer = "Authorization: Bearer " + (try await fixture.token())
            let outcome = try await fixture.outcome(role: [], headers: [bearer])
            #expect(outcome == "dependency-unavailable")
        }
    }
}
