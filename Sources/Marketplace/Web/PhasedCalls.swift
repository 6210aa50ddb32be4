// SPDX-License-Identifier: Apache-2.0
import Actors
public import HTTP
public import MarketCore
public import Postgres
import Synchronization
import UVRuntime

/// Runs write endpoints that call a provider in the middle: claim and intent commit first, then the call, then the result
/// with the answer (contract C11). No connection, row or lock is held across the call.
///
/// A request that dies between the two leaves a claim whose lease runs out; the same request then takes it over, and the
/// intent it finds is the one that was committed.
///
/// - Isolation: call it on the pool's loop.
public struct PhasedCalls: Sendable {
    private let pool: PostgresPool
    private let calls: IdempotentCalls
    private let waits: KeyWaits
    /// Longer than a handler may take, so that a claim is taken over only when its request is gone.
    static let lease: Duration = .seconds(60)
    /// A claim is given back only while nobody else can have taken it over: well within the lease.
    private static let releasing: Duration = .seconds(45)
    private static let releasePause: Duration = .milliseconds(500)

    /// Puts the parts together.
    public init(pool: PostgresPool, calls: IdempotentCalls, waits: KeyWaits) {
        self.pool = pool
        self.calls = calls
        self.waits = waits
    }

    /// Answers a request in two transactions with a call between them, at most once per key.
    ///
    /// - Parameters:
    ///   - begin: the first transaction; a `Problem` undoes it, and the key with it.
    ///   - call: the call to the provider, after the first commit. When it throws, the key is free again and the intent stays.
    ///   - finish: the second transaction; its answer is stored under the key. A 5xx undoes it, and the key is free again.
    public func run<Intent: Sendable, Result: Sendable>(
        _ request: RequestContext, as principal: Principal, retention: Duration,
        begin: @Sendable (PostgresTransaction) async throws -> Intent,
        call: @Sendable (Intent) async throws -> Result,
        finish: @Sendable (PostgresTransaction, Intent, Result) async throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        try await calls.run(request, as: principal, retention: retention) { claim, isClients in
            let claimed = isClients ? claim : nil
            let intent: Intent
            switch try await waits.untilFree({ () async throws -> FirstPhase<Intent>? in
                try await firstPhase(claimed, begin)
            }) {
            case .begun(let made)?: intent = made
            case .ended(let outcome)?: return outcome
            case nil: return .inProgress
            }
            CrashPoint.reach(.phasedIntentCommitted)
            let result: Result
            do {
                result = try await call(intent)
                CrashPoint.reach(.phasedCallDone)
            } catch {
                if let claimed { await release(claimed) }
                throw error
            }
            do {
                return try await lastPhase(request, claimed, intent, result, finish)
            } catch {
                // If it was committed all the same, the row is finished and stays.
                if let claimed { await release(claimed) }
                if let undone = error as? UndoneAnswer { return .unstored(undone.response) }
                throw error
            }
        }
    }

    private enum FirstPhase<Intent: Sendable>: Sendable {
        case begun(Intent)
        case ended(IdempotentCalls.Outcome)
    }

    /// - Returns: nil where another request has the claim.
    private func firstPhase<Intent: Sendable>(
        _ claim: KeyClaim?, _ begin: @Sendable (PostgresTransaction) async throws -> Intent
    ) async throws -> FirstPhase<Intent>? {
        let isOurs = Atomic<Bool>(false)
        do {
            return try await claimAndBegin(claim, isOurs, begin)
        } catch is KeyRowStore.Busy {
            return nil
        } catch let error as PostgresError where error.outcome == .unknown {
            // Perhaps the claim is committed, and nobody will go on with it.
            if let claim, isOurs.load(ordering: .relaxed) { await release(claim) }
            throw error
        }
    }

    private func claimAndBegin<Intent: Sendable>(
        _ claim: KeyClaim?, _ isOurs: borrowing Atomic<Bool>,
        _ begin: @Sendable (PostgresTransaction) async throws -> Intent
    ) async throws -> FirstPhase<Intent>? {
        try await pool.withTransaction { transaction in
            if let claim {
                switch try await KeyRowStore(transaction: transaction).claim(claim, lease: Self.lease) {
                case .finished(let fingerprint, let answer, let remaining):
                    return .ended(.known(fingerprint: fingerprint, answer: answer, remaining: remaining))
                case .busyWithAnother: throw IdempotentCalls.reused
                case .busy: return nil
                case .ours: isOurs.store(true, ordering: .relaxed)
                }
            }
            CrashPoint.reach(.phasedClaimed)
            let intent = try await begin(transaction)
            CrashPoint.reach(.phasedIntentWritten)
            CrashPoint.reach(.phasedIntentSent, EventLoop.afterFlush)
            return .begun(intent)
        }
    }

    private func lastPhase<Intent: Sendable, Result: Sendable>(
        _ request: RequestContext, _ claim: KeyClaim?, _ intent: Intent, _ result: Result,
        _ finish: @Sendable (PostgresTransaction, Intent, Result) async throws -> HTTPResponse
    ) async throws -> IdempotentCalls.Outcome {
        let outcome: IdempotentCalls.Outcome = try await pool.withTransaction { transaction in
            let response = try await finish(transaction, intent, result)
            if response.undoesItsEffect { throw UndoneAnswer(response: response) }
            guard let claim else { return .unstored(response) }
            let row = KeyRowStore(transaction: transaction)
            guard StoredAnswer.isStorable(status: response.status.code) else {
                try await row.releaseClaimed(claim)
                return .unstored(response)
            }
            let answer = StoredAnswer(response, to: request)
            // Not ours any more: whoever took the claim over stores what it found, which is the same effect.
            guard try await row.finishClaimed(claim, answer) else { return .unstored(response) }
            CrashPoint.reach(.phasedResultWritten)
            CrashPoint.reach(.phasedResultSent, EventLoop.afterFlush)
            return .committed(answer, own: response)
        }
        CrashPoint.reach(.phasedResultCommitted)
        return outcome
    }

    /// Gives the claim back, so that a retry need not wait for the lease; where the database is away, once it is back.
    private func release(_ claim: KeyClaim) async {
        guard let loop = EventLoop.currentLoop, !(await isReleased(claim)) else { return }
        let deadline = loop.now &+ Self.releasing.wholeMilliseconds &* 1_000_000
        loop.spawn {
            while loop.now < deadline {
                do {
                    try await loop.sleep(for: Self.releasePause)
                } catch {
                    return  // The loop ends; the lease runs out by itself.
                }
                if await isReleased(claim) { return }
            }
        }
    }

    private func isReleased(_ claim: KeyClaim) async -> Bool {
        do {
            try await pool.withTransaction { try await KeyRowStore(transaction: $0).releaseClaimed(claim) }
            return true
        } catch {
            return false
        }
    }
}
