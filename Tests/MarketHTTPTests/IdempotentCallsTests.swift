// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import Synchronization
import Testing
import UVRuntime

@testable import MarketHTTP
@testable import Simulation

/// Who has a key in its hands, and what is waited for.
@Suite struct IdempotentCallsTests {
    /// A process of its own on a manual clock.
    private struct Place {
        let driver = Driver()
        let database: SimulatedDatabase
        let calls: IdempotentCalls
        let handlers = Handlers()

        init() {
            let executor = driver.executor
            database = SimulatedDatabase(
                executor: executor, clock: executor, dice: Dice(seed: 1),
                trace: Trace(executor: executor, isKept: false))
            let keys = IdempotencyDirectory(
                executor: executor, clock: executor, shardCount: 2, limits: IdempotencyLimits(), refusalsWaitingMax: 8,
                hints: SimulatedHints(clock: executor, dice: Dice(seed: 1)), journal: database, logger: .silent)
            calls = IdempotentCalls(keys: keys, waits: KeyWaits(clock: executor), newNumber: { 1 })
        }

        /// Starts a request whose handler takes ten milliseconds.
        func start(
            _ made: @escaping @Sendable (RequestContext) -> IdempotentCalls.Outcome
        ) throws -> Pending<HTTPResponse> {
            let request = try IdempotentCallsTests.request()
            let (calls, handlers, executor) = (calls, handlers, driver.executor)
            return driver.start {
                try await calls.run(request, as: principal, retention: retention) { _, _ in
                    handlers.begin()
                    await executor.pause(10)
                    handlers.end()
                    return made(request)
                }
            }
        }

        /// Starts a request that finds that what it asks for is so.
        func startWithoutEffect() throws -> Pending<HTTPResponse> {
            try start { request in
                let own = HTTPResponse(.ok, body: Array("there already".utf8))
                return .refused(StoredAnswer(own, to: request), own: own)
            }
        }

        /// Starts a request that is refused with what is not kept.
        func startUnkept() throws -> Pending<HTTPResponse> {
            let request = try IdempotentCallsTests.request()
            let (calls, handlers) = (calls, handlers)
            return driver.start {
                try await calls.run(request, as: principal, retention: retention) { _, _ in
                    handlers.begin()
                    handlers.end()
                    throw Problem(.invalidCredentials)
                }
            }
        }

        /// Another process takes the key.
        func takeElsewhere() throws -> KeyClaim {
            let claim = try IdempotencyHeader.claim(
                of: try IdempotentCallsTests.request(), principal: principal, retention: retention)
            let taken = try #require(claim)
            driver.executor.perform { database.assumeIsolated { $0.take(taken.digest) } }
            return taken
        }

        /// The other process ends its transaction.
        func letGo(_ claim: KeyClaim, finished answer: StoredAnswer?) {
            driver.executor.perform {
                database.assumeIsolated { database in
                    database.release(
                        claim.digest,
                        finished: answer.map {
                            .finished(fingerprint: claim.fingerprint, $0, remaining: .seconds(60))
                        })
                }
            }
        }
    }

    /// Counts the handlers that run.
    private final class Handlers: Sendable {
        private let running = Atomic<Int>(0)
        private let most = Atomic<Int>(0)
        private let all = Atomic<Int>(0)

        func begin() {
            all.add(1, ordering: .relaxed)
            most.max(running.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
        }

        func end() { running.subtract(1, ordering: .relaxed) }

        var count: Int { all.load(ordering: .relaxed) }
        var mostAtATime: Int { most.load(ordering: .relaxed) }
    }

    private static let principal = Principal.user(UserID(rawValue: 1))
    private static let retention = Duration.seconds(600)

    private static func request() throws -> RequestContext {
        let route = Route(.post, "/p/", name: "p", idempotency: .accepted) { _ in HTTPResponse(.noContent) }
        return try TestRequest.make(
            route, headers: ["Content-Type: application/json", "Idempotency-Key: one"], body: "{}")
    }

    private static func code(_ pending: Pending<HTTPResponse>) -> String? {
        guard case .failure(let problem as Problem)? = pending.result else { return nil }
        return problem.kind.code
    }

    /// A request that gives a key up gives it up once: a second time it would take it from the one that has it by then.
    @Test func duplicatesHaveTheKeyOneAfterTheOther() throws {
        let place = Place()
        let pending = try (0..<5).map { _ in try place.start { _ in .inProgress } }
        place.driver.advance(.seconds(1))
        #expect(pending.allSatisfy { Self.code($0) == "idempotency-in-progress" })
        #expect(place.handlers.count == 5)
        #expect(place.handlers.mostAtATime == 1)
    }

    /// A 2xx without an effect goes out once its row is there: where another process has the key, it waits for it (C5).
    @Test func whatIsSoAlreadyWaitsForTheOtherProcess() throws {
        let place = Place()
        let claim = try place.takeElsewhere()
        let pending = try place.startWithoutEffect()
        place.driver.advance(.seconds(9))
        #expect(pending.result == nil)
        let theirs = StoredAnswer(status: 201, fields: [], body: Array("made elsewhere".utf8))
        place.letGo(claim, finished: theirs)
        place.driver.advance(.seconds(1))
        #expect(pending.value?.status.code == 201 && pending.value?.body == theirs.body)
        #expect(place.handlers.count == 1)
    }

    /// A refusal that is not kept may be of the first run's making as well: a password that it changed.
    @Test func whatIsNotKeptIsSaidWhereNobodyHasFinished() throws {
        let place = Place()
        let theirs = StoredAnswer(status: 200, fields: [], body: Array("changed elsewhere".utf8))
        place.letGo(try place.takeElsewhere(), finished: theirs)
        let repeated = try place.startUnkept()
        place.driver.advance(.seconds(1))
        #expect(repeated.value?.body == theirs.body)
        #expect(repeated.value?.header("Idempotent-Replayed") == "true")
        let other = Place()
        for number in 1...2 {
            let refused = try other.startUnkept()
            other.driver.advance(.seconds(1))
            #expect(Self.code(refused) == "invalid-credentials")
            #expect(other.handlers.count == number, "who comes again is judged again")
        }
    }

    @Test func whatIsSoAlreadyIsSaidWhenTheOtherProcessGivesUp() throws {
        let place = Place()
        let claim = try place.takeElsewhere()
        let pending = try place.startWithoutEffect()
        place.driver.advance(.seconds(9))
        place.letGo(claim, finished: nil)
        place.driver.advance(.seconds(1))
        #expect(pending.value?.status.code == 200 && pending.value?.header("Idempotent-Replayed") == nil)
    }

    @Test func itWaitsTenSecondsAtMost() throws {
        let place = Place()
        _ = try place.takeElsewhere()
        let pending = try place.startWithoutEffect()
        place.driver.advance(.seconds(9))
        #expect(pending.result == nil)
        place.driver.advance(.seconds(2))
        #expect(Self.code(pending) == "idempotency-in-progress")
    }
}
