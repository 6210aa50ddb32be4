// SPDX-License-Identifier: Apache-2.0
import Actors
public import HTTP
public import MarketCore
public import Postgres
import UVRuntime

/// Runs write endpoints whose whole effect is one transaction: the key row commits with it, or neither does.
///
/// Work that must not hold a connection (hashing a password, signing a token) is prepared before the transaction begins.
///
/// - Isolation: call it on the pool's loop.
public struct KeyedTransactions: Sendable {
    private let pool: PostgresPool
    private let calls: IdempotentCalls
    private let waits: KeyWaits
    private let secrets: SecretAnswers

    /// Marks a stored answer whose body is sealed; never sent.
    private static let sealedMark = StoredAnswer.Field(name: "x-sealed", value: "1")

    /// Puts the parts together.
    public init(pool: PostgresPool, calls: IdempotentCalls, waits: KeyWaits, secrets: SecretAnswers) {
        self.pool = pool
        self.calls = calls
        self.waits = waits
        self.secrets = secrets
    }

    /// Answers a request in one transaction, at most once per key.
    ///
    /// - Parameters:
    ///   - principal: whose key it is.
    ///   - retention: how long the answer is kept; longer on routes that move money.
    ///   - isSecret: the answer holds tokens, or the request what proves who asks: the answer is stored encrypted, for a minute
    ///     (contract C9), and looked for before anything is prepared.
    ///   - honoursIfMatch: whether `If-Match` is a part of what the request asks for.
    ///   - retries: how often all of `body` runs again where the database ends a deadlock with it; it must bear that.
    ///   - prepare: everything before the transaction: reading the body, hashing.
    ///   - body: the effect. A `Problem` that it throws undoes the effect and is kept under the key where it may be; an answer
    ///     that it returns commits, unless it is a 5xx: that undoes everything.
    ///   - afterCommit: follows an effect with a 2xx that was executed by this call; must not fail.
    public func run<Prepared: Sendable>(
        _ request: RequestContext, as principal: Principal, retention: Duration = IdempotencyHeader.retention,
        isSecret: Bool = false, honoursIfMatch: Bool = false, retries: Int = 0,
        prepare: @Sendable () async throws -> Prepared,
        _ body: @Sendable (PostgresTransaction, Prepared) async throws -> HTTPResponse,
        afterCommit: @Sendable (Prepared) async -> Void = { _ in }
    ) async throws -> HTTPResponse {
        let retention = isSecret ? SecretAnswers.retention : retention
        let options = PostgresTransactionOptions(retries: retries)
        let response = try await calls.run(
            request, as: principal, retention: retention, honoursIfMatch: honoursIfMatch
        ) { claim, isClients in
            // What proves who asks is used up by the first run: asked for again, it would be refused and counted as a guess.
            if isSecret, isClients, case let known? = try await calls.known(claim), case .known = known { return known }
            let prepared = try await prepare()
            let outcome =
                if isClients {
                    try await underKey(request, claim, isSecret, options) { try await body($0, prepared) }
                } else {
                    try await withoutKey(options) { try await body($0, prepared) }
                }
            if Self.isDone(outcome) { await afterCommit(prepared) }
            return outcome
        }
        return isSecret ? try opened(response, request, principal) : response
    }

    private static func isDone(_ outcome: IdempotentCalls.Outcome) -> Bool {
        switch outcome {
        case .committed(_, let own), .unstored(let own): (200...299).contains(own.status.code)
        case .refused, .known, .inProgress: false
        }
    }

    private func withoutKey(
        _ options: PostgresTransactionOptions,
        _ body: @Sendable (PostgresTransaction) async throws -> HTTPResponse
    ) async throws -> IdempotentCalls.Outcome {
        do {
            return .unstored(
                try await pool.withTransaction(options) { transaction in
                    let response = try await body(transaction)
                    if response.undoesItsEffect { throw UndoneAnswer(response: response) }
                    return response
                })
        } catch let undone as UndoneAnswer {
            return .unstored(undone.response)
        }
    }

    private func underKey(
        _ request: RequestContext, _ claim: KeyClaim, _ isSecret: Bool, _ options: PostgresTransactionOptions,
        _ body: @Sendable (PostgresTransaction) async throws -> HTTPResponse
    ) async throws -> IdempotentCalls.Outcome {
        let outcome = try await waits.untilFree { () async throws -> IdempotentCalls.Outcome? in
            try await execute(request, claim, isSecret, options, body)
        }
        return outcome ?? .inProgress
    }

    /// - Returns: nil where somebody works on the key.
    private func execute(
        _ request: RequestContext, _ claim: KeyClaim, _ isSecret: Bool, _ options: PostgresTransactionOptions,
        _ body: @Sendable (PostgresTransaction) async throws -> HTTPResponse
    ) async throws -> IdempotentCalls.Outcome? {
        var executed: IdempotentCalls.Outcome?
        do {
            try await pool.withTransaction(options) { transaction in
                executed = try await execute(request, claim, isSecret, body, in: transaction)
                CrashPoint.reach(.keyedExecuted)
                CrashPoint.reach(.keyedCommitSent, EventLoop.afterFlush)
            }
            CrashPoint.reach(.keyedCommitted)
            return executed
        } catch is KeyRowStore.Busy {
            return nil
        } catch let undone as UndoneAnswer {
            return .unstored(undone.response)
        } catch let error as PostgresError where error.outcome == .unknown {
            return try await afterLostCommit(claim, executed, error)
        }
    }

    private func execute(
        _ request: RequestContext, _ claim: KeyClaim, _ isSecret: Bool,
        _ body: @Sendable (PostgresTransaction) async throws -> HTTPResponse, in transaction: PostgresTransaction
    ) async throws -> IdempotentCalls.Outcome? {
        let row = KeyRowStore(transaction: transaction)
        switch try await row.claim(claim) {
        case .ours: break
        case .finished(let fingerprint, let answer, let remaining):
            return .known(fingerprint: fingerprint, answer: answer, remaining: remaining)
        case .busyWithAnother: throw ReusedKey(level: .postgres)
        case .busy: return nil
        }
        CrashPoint.reach(.keyedClaimed)
        try await row.mark()
        var response: HTTPResponse
        do {
            response = try await body(transaction)
        } catch let problem as Problem where StoredAnswer.isStorable(status: problem.status.code) {
            try await row.undo()
            response = problem.response(to: request)
        }
        if response.undoesItsEffect { throw UndoneAnswer(response: response) }
        guard StoredAnswer.isStorable(status: response.status.code) else {
            try await row.release(claim)
            return .unstored(response)
        }
        var answer = StoredAnswer(response, to: request, keepsCookies: isSecret)
        if isSecret {
            let sealed = secrets.seal(answer, digest: claim.digest)
            answer = StoredAnswer(status: sealed.status, fields: [Self.sealedMark], body: sealed.body)
        }
        try await row.finish(claim, answer)
        return .committed(answer, own: response)
    }

    /// The reply to COMMIT was lost. Executing again, or saying that nothing was done, is right only once the transaction is
    /// surely over (hot path rule 7): its backend keeps the key's lock until then.
    private func afterLostCommit(
        _ claim: KeyClaim, _ executed: IdempotentCalls.Outcome?, _ lost: PostgresError
    ) async throws -> IdempotentCalls.Outcome? {
        let ours: StoredAnswer
        switch executed {
        case .committed(let answer, _)?: ours = answer
        // Nothing was written.
        case .known?, nil: return executed
        // What is not stored leaves no row to tell.
        case .unstored?, .refused?, .inProgress?: throw lost
        }
        let state = try await waits.untilFree { () async throws -> KeyRowStore.Claim?? in
            do {
                let state = try await pool.withTransaction {
                    try await KeyRowStore(transaction: $0).settled(claim)
                }
                if case .busy? = state { return nil }
                return .some(state)
            } catch is PostgresError {
                return nil  // The database is away: asked again until the waiting ends.
            }
        }
        switch state {
        case .some(.finished(_, let answer, _)) where answer == ours: return executed
        case .some(.finished(let fingerprint, let answer, let remaining)):
            return .known(fingerprint: fingerprint, answer: answer, remaining: remaining)
        case .some(.busyWithAnother): throw ReusedKey(level: .postgres)
        case .some(nil): throw PostgresError(.connectionLost, outcome: .notExecuted, "the transaction was rolled back")
        case .some(.busy), .some(.ours), nil: throw lost
        }
    }

    /// The answer as the client may read it.
    private func opened(
        _ response: HTTPResponse, _ request: RequestContext, _ principal: Principal
    ) throws -> HTTPResponse {
        guard response.headers.contains(where: { $0.name == Self.sealedMark.name }) else { return response }
        let claim = try IdempotencyHeader.claim(
            of: request, principal: principal, retention: SecretAnswers.retention)
        let sealed = StoredAnswer(status: response.status.code, fields: [], body: response.body)
        guard let claim, let answer = secrets.open(sealed, digest: claim.digest) else {
            // Sealed under a secret that has been changed since: the minute will pass.
            throw Problem(
                .idempotencyInProgress, detail: "The stored answer cannot be read any more.",
                headers: [.retryAfter(seconds: 60)])
        }
        return HTTPResponse(answer, isReplay: response.header("Idempotent-Replayed") != nil)
    }
}

/// Carries an answer out of a transaction that it undoes.
struct UndoneAnswer: Error {
    let response: HTTPResponse
}

extension HTTPResponse {
    /// A failure of ours leaves no effect, whether it was thrown or returned (contract C6).
    var undoesItsEffect: Bool { status.code >= 500 }
}
