// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import Logging
import MarketCore
import Synchronization
import Testing
import UVRuntime

@testable import MarketHTTP
@testable import Simulation

/// The simulation knows no HTTP, so it has the steps of `IdempotentCalls` in its own words: both must tell clients the same and
/// leave the same behind, whatever an endpoint makes of its request and whatever the database knows of the key.
@Suite struct SimulatedCallTests {
    /// What the database knows of the key before.
    enum Known: CaseIterable {
        case nothing, finished, finishedForAnother, started, startedForAnother, heldByAnother
    }

    /// What the endpoint makes of its request.
    enum Made: CaseIterable {
        case committed, thereAlready, refused, known, knownOfAnother, inProgress, overloaded, broken
    }

    /// What came of three requests of one key, the last one a second later.
    struct Told: Equatable {
        var answers: [String] = []
        var runs = 0
        var row = ""
    }

    private static let other = Hash32.test(99)
    private static let stored = StoredAnswer(status: 201, fields: [], body: Array("made before".utf8))

    @Test(arguments: Known.allCases, Made.allCases)
    func tellsTheSame(known: Known, made: Made) throws {
        let (real, simulated) = (
            try Self.real(known, made, isKeyed: true), try Self.simulated(known, made, isKeyed: true)
        )
        #expect(real == simulated)
        #expect(real.answers.count == 3)
    }

    @Test(arguments: Made.allCases)
    func tellsTheSameWithoutAKey(made: Made) throws {
        let (real, simulated) = (
            try Self.real(.nothing, made, isKeyed: false), try Self.simulated(.nothing, made, isKeyed: false)
        )
        #expect(real == simulated)
        #expect(real.runs == 3, "every request is a new one")
    }

    // MARK: both sides

    private static let route = Route(.post, "/p/", name: "p", idempotency: .accepted) { _ in HTTPResponse(.noContent) }
    private static let principal = Principal.user(UserID(rawValue: 1))
    private static let retention = Duration.seconds(600)

    private static func request(isKeyed: Bool) throws -> RequestContext {
        try TestRequest.make(
            route, headers: ["Content-Type: application/json"] + (isKeyed ? ["Idempotency-Key: one"] : []),
            body: #"{"quantity":1}"#)
    }

    private static func real(_ known: Known, _ made: Made, isKeyed: Bool) throws -> Told {
        let place = try Place(known)
        let keys = IdempotencyDirectory(
            executor: place.driver.executor, clock: place.driver.executor, shardCount: 2, limits: IdempotencyLimits(),
            refusalsWaitingMax: 8, hints: SimulatedHints(clock: place.driver.executor, dice: Dice(seed: 1)),
            journal: place.database, logger: .silent)
        let calls = IdempotentCalls(
            keys: keys, waits: KeyWaits(clock: place.driver.executor), newNumber: { 1 })
        let runs = place.runs
        return try place.ask {
            let request = try request(isKeyed: isKeyed)
            let response = try await calls.run(request, as: principal, retention: retention) { claim, _ in
                runs.more()
                return try answer(made, claim, request)
            }
            return (response.status.code, String(decoding: response.body, as: UTF8.self))
        }
    }

    private static func answer(
        _ made: Made, _ claim: KeyClaim, _ request: RequestContext
    ) throws -> IdempotentCalls.Outcome {
        func text(_ text: String, _ status: HTTPStatus) -> HTTPResponse {
            HTTPResponse(status, body: Array(text.utf8))
        }
        switch made {
        case .committed:
            let own = text("committed", .created)
            return .committed(StoredAnswer(own, to: request), own: own)
        case .thereAlready:
            let own = text("there already", .ok)
            return .refused(StoredAnswer(own, to: request), own: own)
        case .refused: throw Problem(.cartChanged, detail: "The cart changed.")
        case .known: return .known(fingerprint: claim.fingerprint, answer: stored)
        case .knownOfAnother: return .known(fingerprint: other, answer: stored)
        case .inProgress: return .inProgress
        case .overloaded: throw Problem(.overloaded)
        case .broken: throw JournalError.conflict
        }
    }

    private static func simulated(_ known: Known, _ made: Made, isKeyed: Bool) throws -> Told {
        let place = try Place(known)
        let (executor, dice) = (place.driver.executor, Dice(seed: 1))
        let trace = Trace(executor: executor, isKept: false)
        let process = SimulatedProcess(
            life: ProcessLife(number: 1), executor: executor, database: place.database,
            provider: SimulatedProvider(
                executor: executor, clock: executor, dice: dice, trace: trace, activity: Activity()),
            hints: SimulatedHints(clock: executor, dice: dice), limits: ProcessLimits(), dice: dice, trace: trace)
        let (claim, runs) = (place.claim, place.runs)
        return try place.ask {
            let response = try await process.idempotent(
                isKeyed ? claim.digest : nil, claim.fingerprint, user: principal.userID, retention: retention
            ) { claim, _ in
                runs.more()
                return try answer(made, claim)
            }
            return (response.status, response.body)
        }
    }

    private static func answer(_ made: Made, _ claim: KeyClaim) throws -> CallOutcome {
        switch made {
        case .committed: return .committed(Response(status: 201, body: "committed"))
        case .thereAlready: return .refused(Response(status: 200, body: "there already"))
        case .refused: throw Refusal(status: 409, code: "cart-changed")
        case .known: return .known(fingerprint: claim.fingerprint, answer: stored)
        case .knownOfAnother: return .known(fingerprint: other, answer: stored)
        case .inProgress: return .inProgress
        case .overloaded: throw Refusal(status: 503, code: "overloaded")
        case .broken: throw JournalError.conflict
        }
    }

    /// A database that knows something of the key.
    private struct Place {
        let driver = Driver()
        let database: SimulatedDatabase
        let claim: KeyClaim
        let runs = Runs()

        init(_ known: Known) throws {
            let request = try SimulatedCallTests.request(isKeyed: true)
            let claim = try #require(
                try IdempotencyHeader.claim(of: request, principal: principal, retention: retention))
            let executor = driver.executor
            let database = SimulatedDatabase(
                executor: executor, clock: executor, dice: Dice(seed: 1),
                trace: Trace(executor: executor, isKept: false))
            (self.claim, self.database) = (claim, database)
            executor.perform {
                database.assumeIsolated { database in
                    let (digest, own) = (claim.digest, claim.fingerprint)
                    switch known {
                    case .nothing: break
                    case .finished: database.keys[digest] = KeyRow(fingerprint: own, answer: stored, expires: .max)
                    case .finishedForAnother:
                        database.keys[digest] = KeyRow(fingerprint: other, answer: stored, expires: .max)
                    case .started: database.keys[digest] = KeyRow(fingerprint: own, answer: nil, expires: .max)
                    case .startedForAnother:
                        database.keys[digest] = KeyRow(fingerprint: other, answer: nil, expires: .max)
                    case .heldByAnother: database.take(digest)
                    }
                }
            }
        }

        func ask(_ body: @escaping @Sendable () async throws -> (Int, String)) throws -> Told {
            var told = Told()
            for _ in 0..<2 { told.answers.append(try once(body)) }
            driver.advance(.seconds(1))
            told.answers.append(try once(body))
            driver.advance(.seconds(1))
            told.runs = runs.count
            let (database, claim) = (database, claim)
            told.row = driver.executor.perform {
                database.assumeIsolated { database in
                    database.keys[claim.digest].map { row in
                        let answer = row.answer.map { Self.sign($0.status, String(decoding: $0.body, as: UTF8.self)) }
                        return "\(row.fingerprint == claim.fingerprint) \(answer ?? "started")"
                    } ?? "none"
                }
            }
            return told
        }

        private func once(_ body: @escaping @Sendable () async throws -> (Int, String)) throws -> String {
            try driver.ask {
                do {
                    let (status, text) = try await body()
                    return Self.sign(status, text)
                } catch let problem as Problem {
                    return Self.sign(problem.status.code, problem.kind.code)
                } catch let refusal as Refusal {
                    return Self.sign(refusal.status, refusal.code)
                } catch {
                    return "\(error)"
                }
            }
        }

        /// What matters of an answer; of a problem, its code.
        private static func sign(_ status: Int, _ text: String) -> String {
            text.contains("cart-changed") ? "\(status) cart-changed" : "\(status) \(text)"
        }
    }

    private final class Runs: Sendable {
        private let state = Atomic<Int>(0)

        func more() { state.add(1, ordering: .relaxed) }
        var count: Int { state.load(ordering: .relaxed) }
    }
}
