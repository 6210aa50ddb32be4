// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import Synchronization
import TestSupport
import Testing
import UVRuntime

@testable import MarketHTTP

/// Routes behind the limiter of one process, on a clock that the test turns.
@Suite(.timeLimit(.minutes(1))) struct RateLimiterTests {
    /// A limiter with a manual clock, and what it answers.
    struct Fixture: Sendable {
        let clock = ManualExecutor()
        let limiter: RateLimiter

        init(
            _ policies: String = "", shared: (any SharedRateLimits)? = nil, tokens: AccessTokens? = nil
        ) throws {
            let budgets = policies.isEmpty ? RateLimitBudgets.standard : try RateLimitBudgets(parsing: policies)
            let secret = try #require(SecretKey([UInt8](repeating: 5, count: 32)))
            limiter = RateLimiter(
                memory: RateLimitMemory(budgets, slotCount: 1024), clock: clock, shared: shared, secret: secret,
                tokens: tokens)
        }

        /// Sends to a route behind the middleware and says how it went.
        func send(_ route: Route, headers: [String] = [], address: String = "192.0.2.1") async throws -> Outcome {
            let router = Router([route], middleware: [ErrorAnswers.middleware, limiter.middleware])
            let request = try TestRequest.make(
                router.routes[0], headers: headers, address: address, proxies: ["192.0.2.9"])
            do {
                let answer = try await TestRequest.answer(router.routes[0], request)
                return Outcome(status: answer.status.code, headers: answer.headers)
            } catch let problem as Problem {
                return Outcome(status: problem.status.code, code: problem.kind.code, headers: problem.headers)
            }
        }

        func takes(_ policy: RateLimitPolicy, _ subject: RateLimitSubject) async -> Bool {
            do {
                _ = try await limiter.limited(policy, subject) { .noContent }
                return true
            } catch {
                return false
            }
        }
    }

    struct Outcome {
        let status: Int
        var code: String?
        let headers: [HTTPHeader]

        subscript(name: String) -> String? { headers.first { $0.name == name }?.value }
    }

    private static func route(_ method: HTTPMethod = .get, _ name: String = "list", access: String = "none") -> Route {
        Route(method, "/x/", name: name, access: access) { _ in .noContent }
    }

    @Test func tellsTheBudgetOnEveryAnswerAndRefusesPastIt() async throws {
        let fixture = try Fixture()
        for left in (0..<3).reversed() {
            let answer = try await fixture.send(Self.route(.post, "auth.register"))
            #expect(answer.status == 204)
            #expect(answer["RateLimit-Policy"] == "\"register\";q=3;w=60")
            #expect(answer["RateLimit"] == "\"register\";r=\(left);t=\((3 - left) * 20)")
            #expect(answer["Retry-After"] == nil)
        }
        let refused = try await fixture.send(Self.route(.post, "auth.register"))
        #expect(refused.status == 429)
        #expect(refused.code == "rate-limited")
        #expect(refused["Retry-After"] == "20")
        #expect(refused["RateLimit"] == "\"register\";r=0;t=60")
        #expect(refused["RateLimit-Policy"] == "\"register\";q=3;w=60")
        fixture.clock.advance(by: .milliseconds(19_500))
        #expect(try await fixture.send(Self.route(.post, "auth.register"))["Retry-After"] == "1")
        fixture.clock.advance(by: .milliseconds(500))
        let later = try await fixture.send(Self.route(.post, "auth.register"))
        #expect(later.status == 204)
    }

    @Test func refusalsOfHandlersTellItToo() async throws {
        let fixture = try Fixture()
        let known = try await fixture.send(Route(.get, "/x/", name: "x") { _ in throw Problem(.notFound) })
        #expect(known.status == 404)
        #expect(known["RateLimit"] == "\"read\";r=299;t=1")
        let full = try await fixture.send(Route(.get, "/x/", name: "x") { _ in throw MailboxError.overloaded })
        #expect(full.status == 503)
        #expect(full["RateLimit"] == "\"read\";r=298;t=1")
    }

    @Test func countsByAddressBehindOurProxiesOnly() async throws {
        let fixture = try Fixture("read 1/min")
        let first = try await fixture.send(Self.route(), headers: ["X-Forwarded-For: 198.51.100.1"])
        #expect(first.status == 204)
        // The peer is no proxy of ours: what it writes there makes no new bucket.
        let forged = try await fixture.send(Self.route(), headers: ["X-Forwarded-For: 198.51.100.2"])
        #expect(forged.status == 429)
        for client in ["198.51.100.1", "198.51.100.2", "2001:db8::1", "2001:db8:0:1::1"] {
            let proxied = try await fixture.send(
                Self.route(), headers: ["X-Forwarded-For: \(client)"], address: "192.0.2.9")
            #expect(proxied.status == 204, "\(client)")
        }
        let neighbour = try await fixture.send(
            Self.route(), headers: ["X-Forwarded-For: 2001:db8::ffff"], address: "192.0.2.9")
        #expect(neighbour.status == 429)
    }

    @Test func leavesToTheGateWhatKnowsItsCaller() async throws {
        let fixture = try Fixture("read 1/min")
        for access in ["any", "customer", "optional"] {
            for _ in 0..<3 {
                let answer = try await fixture.send(Self.route(access: access))
                #expect(answer.status == 204)
                #expect(answer.headers.isEmpty)
            }
        }
    }

    /// Where anybody may ask, whoever sends a valid token is counted as themselves, and everybody else by address.
    @Test func countsTheUserWhoseTokenComesAlong() async throws {
        let secret = try #require(SecretKey([UInt8](repeating: 5, count: 32)))
        let tokens = await AccessTokens(secret: secret)
        func field(_ user: Int64) async throws -> [String] {
            let token = try await tokens.issue(
                user: UserID(rawValue: user), session: SessionID(rawValue: user), audience: .all)
            return ["Authorization: Bearer \(token)"]
        }
        let fixture = try Fixture("read 1/min\nwrite 1/min", tokens: tokens)
        // Two users and a stranger behind one address.
        for headers in [try await field(1), try await field(2), []] {
            #expect(try await fixture.send(Self.route(), headers: headers).status == 204)
            #expect(try await fixture.send(Self.route(), headers: headers).status == 429)
            #expect(try await fixture.send(Self.route(.post, "x"), headers: headers).status == 204)
        }
        // The same user from elsewhere is the same user.
        let elsewhere = try await fixture.send(Self.route(), headers: try await field(1), address: "192.0.2.7")
        #expect(elsewhere.status == 429)
        // What is no valid token makes no new bucket.
        for wrong in ["Bearer x.y.z", "Basic eDp5", "Bearer"] {
            let refused = try await fixture.send(Self.route(), headers: ["Authorization: \(wrong)"])
            #expect(refused.status == 429, "\(wrong)")
        }
    }

    /// Passwords are guessed from an address, whatever token comes along.
    @Test func theSmallBudgetsLookAtNoToken() async throws {
        let secret = try #require(SecretKey([UInt8](repeating: 5, count: 32)))
        let tokens = await AccessTokens(secret: secret)
        let fixture = try Fixture("login 1/min", tokens: tokens)
        for user in 1...2 as ClosedRange<Int64> {
            let token = try await tokens.issue(
                user: UserID(rawValue: user), session: SessionID(rawValue: user), audience: .all)
            let answer = try await fixture.send(
                Self.route(.post, "auth.login"), headers: ["Authorization: Bearer \(token)"])
            #expect(answer.status == (user == 1 ? 204 : 429))
        }
    }

    @Test func exemptRoutesAreNotCounted() async throws {
        let fixture = try Fixture("read 1/min\nwrite 1/min")
        for _ in 0..<5 {
            let hook = try await fixture.send(
                Route(.post, "/hook/", name: "payments.webhook", isRateLimited: false) { _ in .noContent })
            #expect(hook.status == 204)
            #expect(hook.headers.isEmpty)
        }
        let health = try await fixture.send(Route.immediate(.get, "/h/", name: "health") { _ in .noContent })
        #expect(health.headers.isEmpty)
    }

    /// An account's bucket says the same for those that exist and those that do not, and shows nothing of its state.
    @Test func anAccountsBucketIsNoOracle() async throws {
        let fixture = try Fixture()
        for account in ["asha@example.org", "nobody@example.org"] {
            for _ in 0..<10 { try await fixture.limiter.admitLogIn(to: account) }
            for spelling in [account, account.uppercased()] {
                let problem = await #expect(throws: Problem.self) {
                    try await fixture.limiter.admitLogIn(to: spelling)
                }
                #expect(problem?.kind.code == "rate-limited")
                #expect(problem?.headers == [.retryAfter(seconds: 360)])
            }
        }
        fixture.clock.advance(by: .seconds(359))
        await #expect(throws: Problem.self) { try await fixture.limiter.admitLogIn(to: "asha@example.org") }
        fixture.clock.advance(by: .seconds(1))
        try await fixture.limiter.admitLogIn(to: "asha@example.org")
    }

    /// Redis that can be taken away: what the process counts meanwhile, Redis learns with the next question.
    private final class Shared: SharedRateLimits {
        let isAway = Mutex(false)
        let questions = Mutex<[UInt64]>([])

        func take(
            _ policy: RateLimitPolicy, _ budget: RateLimitBudget, of subject: RateLimitSubject, want: Int, debt: UInt64
        ) async -> (granted: Int, debt: UInt64)? {
            if isAway.withLock({ $0 }) { return nil }
            questions.withLock { $0.append(debt) }
            let granted = min(want, Int((budget.window - debt) / budget.interval))
            return (granted, debt + UInt64(granted) * budget.interval)
        }
    }

    @Test func countsAloneWhileTheSharedBucketsAreAway() async throws {
        let shared = Shared()
        let fixture = try Fixture(shared: shared)
        let subject = RateLimitSubject.user(UserID(rawValue: 1))
        #expect(await fixture.takes(.login, subject))
        shared.isAway.withLock { $0 = true }
        for _ in 0..<3 { #expect(await fixture.takes(.login, subject)) }
        shared.isAway.withLock { $0 = false }
        #expect(await fixture.takes(.login, subject))
        #expect(await !fixture.takes(.login, subject))
        // The second question told of all four, and the refusal was known without a third.
        #expect(shared.questions.withLock { $0 } == [0, 48_000_000_000])
    }

    @Test func ordinaryRequestsAskSeldom() async throws {
        let shared = Shared()
        let fixture = try Fixture(shared: shared)
        let subject = RateLimitSubject.user(UserID(rawValue: 1))
        for _ in 0..<300 { #expect(await fixture.takes(.read, subject)) }
        #expect(await !fixture.takes(.read, subject))
        #expect(shared.questions.withLock { $0.count } <= 13)
    }
}
