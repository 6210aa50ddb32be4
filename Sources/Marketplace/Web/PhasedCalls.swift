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
    /// For so long it is tried to give a claim back; later its lease has nearly run out by itself.
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
            let intent: Intent
            let claimed: Claimed?
            switch try await waits.untilFree({ () async throws -> FirstPhase<Intent>? in
                try await firstPhase(isClients ? claim : nil, begin)
            }) {
            case .begun(let made, let under)?: (intent, claimed) = (made, under)
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

    /// A claim that was committed, and the number that tells it from later ones of the same key.
    private struct Claimed: Sendable {
        let claim: KeyClaim
        let number: Int64
    }

    private enum FirstPhase<Intent: Sendable>: Sendable {
        case begun(Intent, under: Claimed?)
        case ended(IdempotentCalls.Outcome)
    }

    /// - Returns: nil where another request has the claim.
    private func firstPhase<Intent: Sendable>(
        _ claim: KeyClaim?, _ begin: @Sendable (PostgresTransaction) async throws -> Intent
    ) async throws -> FirstPhase<Intent>? {
        // No transaction has this number.
        let number = Atomic<Int64>(0)
        do {
            return try await claimAndBegin(claim, number, begin)
        } catch is KeyRowStore.Busy {
            return nil
        } catch let error as PostgresError where error.outcome == .unknown {
            // Perhaps the claim is committed, and nobody will go on with it.
            let ours = number.load(ordering: .relaxed)
            if let claim, ours != 0 { await release(Claimed(claim: claim, number: ours)) }
            throw error
        }
    }

    private func claimAndBegin<Intent: Sendable>(
        _ claim: KeyClaim?, _ claimed: borrowing Atomic<Int64>,
        _ begin: @Sendable (PostgresTransaction) async throws -> Intent
    ) async throws -> FirstPhase<Intent>? {
        try await pool.withTransaction { transaction in
            if let claim {
                switch try await KeyRowStore(transaction: transaction).claim(claim, lease: Self.lease) {
                case .finished(let fingerprint, let answer, let remaining):
                    return .ended(.known(fingerprint: fingerprint, answer: answer, remaining: remaining))
                case .busyWithAnother: throw ReusedKey(level: .postgres)
                case .busy: return nil
                case .ours(let number): claimed.store(number, ordering: .relaxed)
                }
            }
            CrashPoint.reach(.phasedClaimed)
            let intent = try await begin(transaction)
            CrashPoint.reach(.phasedIntentWritten)
            CrashPoint.reach(.phasedIntentSent, EventLoop.afterFlush)
            let number = claimed.load(ordering: .relaxed)
            return .begun(intent, under: claim.map { Claimed(claim: $0, number: number) })
        }
    }

    private func lastPhase<Intent: Sendable, Result: Sendable>(
        _ request: RequestContext, _ claimed: Claimed?, _ intent: Intent, _ result: Result,
        _ finish: @Sendable (PostgresTransaction, Intent, Result) async throws -> HTTPResponse
    ) async throws -> IdempotentCalls.Outcome {
        let outcome: IdempotentCalls.Outcome = try await pool.withTransaction { transaction in
            let response = try await finish(transaction, intent, result)
            if response.undoesItsEffect { throw UndoneAnswer(response: response) }
            guard let claimed else { return .unstored(response) }
            let row = KeyRowStore(transaction: transaction)
            guard StoredAnswer.isStorable(status: response.status.code) else {
                try await row.releaseClaimed(claimed.claim, number: claimed.number)
                return .unstored(response)
            }
            let answer = StoredAnswer(response, to: request)
            // Not ours any more: whoever took the claim over stores what it found, which is the same effect.
            guard try await row.finishClaimed(claimed.claim, answer) else { return .unstored(response) }
            CrashPoint.reach(.phasedResultWritten)
            CrashPoint.reach(.phasedResultSent, EventLoop.afterFlush)
            return .committed(answer, own: response)
        }
        CrashPoint.reach(.phasedResultCommitted)
        return outcome
    }

    /// Gives the claim back, so that a retry need not wait for the lease; where the database is away, once it is back.
    private func release(_ claimed: Claimed) async {
        guard let loop = EventLoop.currentLoop, !(await isReleased(claimed)) else { return }
        let deadline = loop.now &+ Self.releasing.wholeMilliseconds &* 1_000_000
        loop.spawn {
            while loop.now < deadline {
                do {
                    try await loop.sleep(for: Self.releasePause)
                } catch {
                    return  // The loop ends; the lease runs out by itself.
                }
                if await isReleased(claimed) { return }
            }
        }
    }

    private func isReleased(_ claimed: Claimed) async -> Bool {
        do {
            try await pool.withTransaction {
                try await KeyRowStore(transaction: $0).releaseClaimed(claimed.claim, number: claimed.number)
            }
            return true
        } catch {
            return false
        }
    }
}
