// SPDX-License-Identifier: Apache-2.0
import Actors
public import HTTP
public import MarketCore
public import Postgres
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
    /// Longer than a handler may take, so that a claim is taken over only when its request is gone.
    static let lease: Duration = .seconds(60)

    /// Puts the parts together.
    public init(pool: PostgresPool, calls: IdempotentCalls) {
        self.pool = pool
        self.calls = calls
    }

    /// Answers a request in two transactions with a call between them, at most once per key.
    ///
    /// - Parameters:
    ///   - begin: the first transaction; a `Problem` undoes it, and the key with it.
    ///   - call: the call to the provider, after the first commit. When it throws, the key is free again and the intent stays.
    ///   - finish: the second transaction; its answer is stored under the key.
    ///   - afterCommit: follows the second commit.
    public func run<Intent: Sendable, Result: Sendable>(
        _ request: RequestContext, as principal: Principal, retention: Duration,
        begin: @Sendable (PostgresTransaction) async throws -> Intent,
        call: @Sendable (Intent) async throws -> Result,
        finish: @Sendable (PostgresTransaction, Intent, Result) async throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        try await calls.run(request, as: principal, retention: retention) { claim, isClients in
            let claimed = isClients ? claim : nil
            let intent: Intent
            switch try await firstPhase(claimed, begin) {
            case .begun(let made): intent = made
            case .ended(let outcome): return outcome
            }
            CrashPoint.reach(.phasedIntentCommitted)
            let result: Result
            do {
                result = try await call(intent)
                CrashPoint.reach(.phasedCallDone)
            } catch {
                if let claimed { try await release(claimed) }
                throw error
            }
            return try await lastPhase(claimed, intent, result, finish)
        }
    }

    private enum FirstPhase<Intent: Sendable> {
        case begun(Intent)
        case ended(IdempotentCalls.Outcome)
    }

    private func firstPhase<Intent: Sendable>(
        _ claim: KeyClaim?, _ begin: @Sendable (PostgresTransaction) async throws -> Intent
    ) async throws -> FirstPhase<Intent> {
        try await pool.withTransaction { transaction in
            if let claim {
                switch try await KeyRowStore(transaction: transaction).claim(claim, lease: Self.lease) {
                case .finished(let fingerprint, let answer)?:
                    return .ended(.known(fingerprint: fingerprint, answer: answer))
                case .started(let fingerprint)? where fingerprint != claim.fingerprint:
                    throw Problem(.idempotencyKeyReused, detail: "The key was used with another request.")
                case .started?: return .ended(.inProgress)
                case nil: break
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
        _ claim: KeyClaim?, _ intent: Intent, _ result: Result,
        _ finish: @Sendable (PostgresTransaction, Intent, Result) async throws -> HTTPResponse
    ) async throws -> IdempotentCalls.Outcome {
        let outcome: IdempotentCalls.Outcome = try await pool.withTransaction { transaction in
            let response = try await finish(transaction, intent, result)
            guard let claim, StoredAnswer.isStorable(status: response.status.code) else {
                return .unstored(response)
            }
            let answer = StoredAnswer(response)
            // Not ours any more: whoever took the claim over stores what it found, which is the same effect.
            guard try await KeyRowStore(transaction: transaction).finishClaimed(claim, answer) else {
                return .unstored(response)
            }
            CrashPoint.reach(.phasedResultWritten)
            CrashPoint.reach(.phasedResultSent, EventLoop.afterFlush)
            return .committed(answer)
        }
        CrashPoint.reach(.phasedResultCommitted)
        return outcome
    }

    private func release(_ claim: KeyClaim) async throws {
        try await pool.withTransaction { try await KeyRowStore(transaction: $0).releaseClaimed(claim) }
    }
}
