// SPDX-License-Identifier: Apache-2.0
public import Actors
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
    private let journal: any KeyJournal
    private let secrets: SecretAnswers

    /// Marks a stored answer whose body is sealed; never sent.
    private static let sealedMark = StoredAnswer.Field(name: "x-sealed", value: "1")

    /// Puts the parts together.
    public init(pool: PostgresPool, calls: IdempotentCalls, journal: any KeyJournal, secrets: SecretAnswers) {
        self.pool = pool
        self.calls = calls
        self.journal = journal
        self.secrets = secrets
    }

    /// Answers a request in one transaction, at most once per key.
    ///
    /// - Parameters:
    ///   - principal: whose key it is.
    ///   - isSecret: the answer holds tokens: it is stored encrypted, for a minute (contract C9).
    ///   - honoursIfMatch: whether `If-Match` is a part of what the request asks for.
    ///   - prepare: everything before the transaction: reading the body, hashing.
    ///   - body: the effect. A `Problem` that it throws undoes the effect and is kept under the key where it may be; an answer
    ///     that it returns commits whatever its status.
    ///   - afterCommit: follows an effect with a 2xx that was executed by this call; must not fail.
    public func run<Prepared: Sendable>(
        _ request: RequestContext, as principal: Principal, isSecret: Bool = false, honoursIfMatch: Bool = false,
        prepare: @Sendable () async throws -> Prepared,
        _ body: @Sendable (PostgresTransaction, Prepared) async throws -> HTTPResponse,
        afterCommit: @Sendable (Prepared) async -> Void = { _ in }
    ) async throws -> HTTPResponse {
        let retention = isSecret ? SecretAnswers.retention : IdempotencyHeader.retention
        let response = try await calls.run(
            request, as: principal, retention: retention, honoursIfMatch: honoursIfMatch
        ) { claim, isClients in
            let prepared = try await prepare()
            let outcome = try await execute(request, isClients ? claim : nil, isSecret, prepared, body)
            if Self.isDone(outcome) { await afterCommit(prepared) }
            return outcome
        }
        return isSecret ? try opened(response, request, principal) : response
    }

    private static func isDone(_ outcome: IdempotentCalls.Outcome) -> Bool {
        switch outcome {
        case .committed(let answer): (200...299).contains(answer.status)
        case .unstored(let response): (200...299).contains(response.status.code)
        case .refused, .known, .inProgress: false
        }
    }

    private func execute<Prepared: Sendable>(
        _ request: RequestContext, _ claim: KeyClaim?, _ isSecret: Bool, _ prepared: Prepared,
        _ body: @Sendable (PostgresTransaction, Prepared) async throws -> HTTPResponse
    ) async throws -> IdempotentCalls.Outcome {
        guard let claim else {
            return .unstored(try await pool.withTransaction { try await body($0, prepared) })
        }
        do {
            let outcome = try await pool.withTransaction { transaction in
                let outcome = try await underKey(request, claim, isSecret, transaction) { try await body($0, prepared) }
                CrashPoint.reach(.keyedExecuted)
                CrashPoint.reach(.keyedCommitSent, EventLoop.afterFlush)
                return outcome
            }
            CrashPoint.reach(.keyedCommitted)
            return outcome
        } catch let error as PostgresError where error.outcome == .unknown {
            // The reply to COMMIT was lost: the row tells, if the transaction made it.
            if case .finished(let fingerprint, let answer)? = try await journal.keys([claim.digest])[claim.digest] {
                return .known(fingerprint: fingerprint, answer: answer)
            }
            throw error
        }
    }

    private func underKey(
        _ request: RequestContext, _ claim: KeyClaim, _ isSecret: Bool, _ transaction: PostgresTransaction,
        _ body: @Sendable (PostgresTransaction) async throws -> HTTPResponse
    ) async throws -> IdempotentCalls.Outcome {
        let row = KeyRowStore(transaction: transaction)
        switch try await claimed(claim, row) {
        case .finished(let fingerprint, let answer)?: return .known(fingerprint: fingerprint, answer: answer)
        case .started(let fingerprint)? where fingerprint != claim.fingerprint:
            throw Problem(.idempotencyKeyReused, detail: "The key was used with another request.")
        case .started?: return .inProgress
        case nil: break
        }
        CrashPoint.reach(.keyedClaimed)
        try await row.mark()
        var response: HTTPResponse
        do {
            response = try await body(transaction)
        } catch let problem as Problem where StoredAnswer.isStorable(status: problem.status.code) {
            try await row.undo()
            response = problem.response(requestID: request.requestID)
        }
        guard StoredAnswer.isStorable(status: response.status.code) else {
            try await row.release(claim)
            return .unstored(response)
        }
        var answer = StoredAnswer(response, keepsCookies: isSecret)
        if isSecret {
            let sealed = secrets.seal(answer, digest: claim.digest)
            answer = StoredAnswer(status: sealed.status, fields: [Self.sealedMark], body: sealed.body)
        }
        try await row.finish(claim, answer)
        return .committed(answer)
    }

    private func claimed(_ claim: KeyClaim, _ row: KeyRowStore) async throws -> KeyState? {
        do throws(PostgresError) {
            return try await row.claim(claim)
        } catch {
            guard error.errorClass == .lockTimeout else { throw error }
            throw Problem(
                .idempotencyInProgress, detail: "A request with this key is still running.",
                headers: [.retryAfter(seconds: 1)])
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
