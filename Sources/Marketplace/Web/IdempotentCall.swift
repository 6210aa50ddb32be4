// SPDX-License-Identifier: Apache-2.0
public import Actors
public import HTTP
public import MarketCore

/// Runs write endpoints under their idempotency key (contract part C).
///
/// The key row commits with the effect, in the endpoint's own transaction; this type claims the key in the process, joins
/// duplicates, and turns outcomes into answers.
public struct IdempotentCalls: Sendable {
    private let keys: IdempotencyDirectory
    private let waits: KeyWaits
    private let newNumber: @Sendable () -> Int64

    /// What an endpoint made of its request.
    public enum Outcome: Sendable {
        /// The answer was committed under the key, with its effect. `own` is what the endpoint said itself: it answers the
        /// request, with all that is not stored; only repetitions get what is.
        case committed(StoredAnswer, own: HTTPResponse)
        /// The answer had no effect: it is kept under the key and written behind, or before it goes out when it is a 2xx.
        case refused(StoredAnswer, own: HTTPResponse)
        /// The answer is not kept; a retry runs again.
        case unstored(HTTPResponse)
        /// The transaction, or a look at `level`, found the key used before. `remaining` is how long its row lives on, where that was
        /// read.
        case known(
            fingerprint: Hash32, answer: StoredAnswer, remaining: Duration? = nil, level: KeyLevel = .postgres)
        /// Another process works on the key.
        case inProgress
    }

    /// Makes the door to the keys of this process.
    ///
    /// - Parameters:
    ///   - waits: how endpoints wait for keys that other processes work on.
    ///   - newNumber: ids for the internal keys of requests without one.
    public init(keys: IdempotencyDirectory, waits: KeyWaits, newNumber: @escaping @Sendable () -> Int64) {
        self.keys = keys
        self.waits = waits
        self.newNumber = newNumber
    }

    /// Runs `body` under the request's key, or under an internal one when there is none.
    ///
    /// - Parameters:
    ///   - retention: how long the answer is kept; contract C12.
    ///   - honoursIfMatch: whether `If-Match` is a part of what the request asks for.
    ///   - body: gets the claim and whether the client sent it; refuses by throwing a `Problem`.
    /// - Throws: `Problem`; whatever `body` throws that is none.
    public func run(
        _ request: RequestContext, as principal: Principal, retention: Duration, honoursIfMatch: Bool = false,
        _ body: @Sendable (KeyClaim, _ isClients: Bool) async throws -> Outcome
    ) async throws -> HTTPResponse {
        let clients = try IdempotencyHeader.claim(
            of: request, principal: principal, retention: retention, honoursIfMatch: honoursIfMatch)
        guard let claim = clients else {
            return try await withoutKey(request, principal, retention, body)
        }
        switch try await keys.begin(claim) {
        case .replay(let answer): return HTTPResponse(answer, isReplay: true)
        case .reused: throw Self.reused
        case .inProgress: throw Self.inProgress
        case .execute: break
        }
        // From here on a passing time limit means an unknown outcome, and the work completes.
        request.effectBegins()
        let outcome: Outcome
        do {
            outcome = try await execute(request, claim, body)
        } catch let error as ReusedKey {
            await keys.abandon(claim)
            await keys.count(.reused, at: error.level)
            throw Self.reused
        } catch {
            await keys.abandon(claim)
            throw error
        }
        // It gives the key up, once: the next request may have it already when this one refuses.
        return try await settle(claim, outcome)
    }

    /// Refusals count as answers of the endpoint, but only once nobody else has finished the key: after a restart or in
    /// another process the first run's effect may be the very cause of the refusal (an emptied cart, a password that was changed).
    private func execute(
        _ request: RequestContext, _ claim: KeyClaim, _ body: @Sendable (KeyClaim, Bool) async throws -> Outcome
    ) async throws -> Outcome {
        let outcome: Outcome
        do {
            outcome = try await body(claim, true)
        } catch let problem as Problem where problem.status.code < 500 && !Self.isOfThisLayer(problem) {
            guard StoredAnswer.isStorable(status: problem.status.code) else {
                return try await finished(claim) { throw problem }
            }
            let own = problem.response(to: request)
            outcome = .refused(StoredAnswer(own, to: request), own: own)
        }
        guard case .refused(let answer, let own) = outcome else { return outcome }
        return try await finished(claim) {
            answer.status < 300 ? try await write(claim, answer, own) : outcome
        }
    }

    /// What somebody else has finished under the key, or what is made of it where nobody has.
    private func finished(
        _ claim: KeyClaim, otherwise: () async throws -> Outcome?
    ) async throws -> Outcome {
        try await untilFree { () async throws -> Outcome? in
            switch try Self.outcome(of: claim, try await keys.row(claim), at: .postgres) {
            case .inProgress?: nil
            case let known?: known
            case nil: try await otherwise()
            }
        }
    }

    /// Looks at a key again and again while another process works on it, at most as long as the contract says (C5).
    ///
    /// - Parameter look: nil while the key is busy; holds nothing that others wait for once it has returned.
    public func untilFree(_ look: () async throws -> Outcome?) async throws -> Outcome {
        try await waits.untilFree(look) ?? .inProgress
    }

    /// What another process or an earlier life finished under a client's key; nil when nobody did.
    public func known(_ claim: KeyClaim) async throws -> Outcome? {
        let (found, level) = try await keys.lookUp(claim)
        return try Self.outcome(of: claim, found, at: level)
    }

    private static func outcome(
        of claim: KeyClaim, _ found: IdempotencyDirectory.Found, at level: KeyLevel
    ) throws -> Outcome? {
        switch found {
        case .nothing: nil
        case .answer(let answer, let remaining):
            .known(fingerprint: claim.fingerprint, answer: answer, remaining: remaining, level: level)
        case .reused: throw ReusedKey(level: level)
        case .inProgress: .inProgress
        }
    }

    /// That something is so already is no refusal: it goes out once its row is there, and never beside another answer.
    ///
    /// - Returns: nil while somebody works on the key.
    private func write(_ claim: KeyClaim, _ answer: StoredAnswer, _ own: HTTPResponse) async throws -> Outcome? {
        switch try await keys.write(claim, answer) {
        case .stored: .committed(answer, own: own)
        case .row(let fingerprint, let answer, let remaining):
            .known(fingerprint: fingerprint, answer: answer, remaining: remaining)
        case .skipped: nil
        }
    }

    /// What the request met is counted here, once, since only now it is known.
    private func settle(_ claim: KeyClaim, _ outcome: Outcome) async throws -> HTTPResponse {
        switch outcome {
        case .committed(let answer, let own):
            await keys.count(.new, at: .memory)
            await keys.finish(claim, answer)
            return own
        case .refused(let answer, let own):
            await keys.count(.new, at: .memory)
            await keys.finishRefusal(claim, answer)
            return own
        case .unstored(let response):
            await keys.abandon(claim)
            return response
        case .known(let fingerprint, let answer, let remaining, let level):
            guard fingerprint == claim.fingerprint else {
                await keys.count(.reused, at: level)
                await keys.finishReused(claim)
                throw Self.reused
            }
            await keys.count(.replayed, at: level)
            await keys.finishKnown(claim, answer, remaining: remaining)
            return HTTPResponse(answer, isReplay: true)
        case .inProgress:
            await keys.count(.inProgress, at: .postgres)
            await keys.abandon(claim)
            throw Self.inProgress
        }
    }

    private func withoutKey(
        _ request: RequestContext, _ principal: Principal, _ retention: Duration,
        _ body: @Sendable (KeyClaim, Bool) async throws -> Outcome
    ) async throws -> HTTPResponse {
        let form = try RequestFingerprint(of: request)
        let claim = KeyClaim(
            digest: IdempotencyScope.digest(internalRequest: newNumber()),
            fingerprint: IdempotencyHeader.fingerprint(of: request, body: form), retention: retention,
            user: principal.userID)
        request.effectBegins()
        switch try await body(claim, false) {
        case .committed(_, let own), .refused(_, let own): return own
        case .known(_, let answer, _, _): return HTTPResponse(answer, isReplay: false)
        case .unstored(let response): return response
        case .inProgress: throw Self.inProgress
        }
    }

    /// What this layer says of a key is no answer of the endpoint and is never kept under it (contract C6).
    private static func isOfThisLayer(_ problem: Problem) -> Bool {
        [ProblemCode.idempotencyInProgress, .idempotencyKeyReused].contains { $0.rawValue == problem.kind.code }
    }

    /// 409: the key belongs to another request.
    private static var reused: Problem {
        Problem(.idempotencyKeyReused, detail: "The key was used with another request.")
    }

    private static var inProgress: Problem {
        Problem(
            .idempotencyInProgress, detail: "A request with this key is still running.",
            headers: [.retryAfter(seconds: 1)])
    }
}

/// The key belongs to another request, found while this one was executed; it becomes a 409.
struct ReusedKey: Error {
    /// Where that was found.
    let level: KeyLevel
}
