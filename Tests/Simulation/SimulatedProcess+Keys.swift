// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import Synchronization
import UVRuntime

/// What an endpoint made of its request, as in `IdempotentCalls`.
enum CallOutcome: Sendable {
    case committed(Response)
    case refused(Response)
    case known(fingerprint: Hash32, answer: StoredAnswer, remaining: Duration? = nil)
    case inProgress
}

extension SimulatedProcess {
    static let retention = Duration.seconds(86_400)

    /// Runs `body` under a key, or under an internal one: the order of steps is `IdempotentCalls.run`'s.
    func idempotent(
        _ digest: Hash32?, _ fingerprint: Hash32, user: UserID?, retention: Duration = SimulatedProcess.retention,
        _ body: @Sendable (KeyClaim, _ isClients: Bool) async throws -> CallOutcome
    ) async throws -> Response {
        guard let digest else { return try await withoutKey(fingerprint, user, retention, body) }
        let claim = KeyClaim(digest: digest, fingerprint: fingerprint, retention: retention, user: user)
        let arrived = executor.now
        let isUnsettled = await keys.isWritingBehind(digest)
        switch try await keys.begin(claim) {
        case .replay(let answer):
            var response = Response(answer)
            // It was kept before this request came, or decided while it waited for its twin.
            response.isProvisional = isUnsettled || refusedAt.withLock { $0[digest] ?? 0 } >= arrived
            return response
        case .reused: throw Refusal.reused
        case .inProgress: throw Refusal.inProgress
        case .execute: break
        }
        let outcome: CallOutcome
        do {
            outcome = try await execute(claim, body)
        } catch {
            await keys.abandon(claim)
            throw error
        }
        return try await settle(claim, outcome)
    }

    private func execute(
        _ claim: KeyClaim, _ body: @Sendable (KeyClaim, Bool) async throws -> CallOutcome
    ) async throws -> CallOutcome {
        let outcome: CallOutcome
        do {
            outcome = try await body(claim, true)
        } catch let refusal as Refusal where StoredAnswer.isStorable(status: refusal.status) {
            outcome = .refused(refusal.response)
        }
        guard case .refused(let own) = outcome else { return outcome }
        return try await untilFree { () async throws -> CallOutcome? in
            switch try callOutcome(of: claim, try await keys.row(claim)) {
            case .inProgress?: nil
            case let known?: known
            case nil: own.status < 300 ? try await write(claim, own) : outcome
            }
        }
    }

    /// Looks again while another process works on a key, as `KeyWaits`.
    func untilFree(_ look: () async throws -> CallOutcome?) async throws -> CallOutcome {
        let deadline = executor.now &+ 10_000_000_000
        var pause = 5
        while true {
            if let outcome = try await look() { return outcome }
            guard executor.now < deadline else { return .inProgress }
            await executor.pause(pause)
            pause = min(pause * 2, 100)
        }
    }

    /// What others finished under the key.
    func known(_ claim: KeyClaim) async throws -> CallOutcome? {
        try callOutcome(of: claim, try await keys.lookUp(claim).found)
    }

    private func callOutcome(of claim: KeyClaim, _ found: IdempotencyDirectory.Found) throws -> CallOutcome? {
        switch found {
        case .nothing: nil
        case .answer(let answer, let remaining):
            .known(fingerprint: claim.fingerprint, answer: answer, remaining: remaining)
        case .reused: throw Refusal.reused
        case .inProgress: .inProgress
        }
    }

    private func write(_ claim: KeyClaim, _ response: Response) async throws -> CallOutcome? {
        switch try await keys.write(claim, StoredAnswer(response)) {
        case .stored: .committed(response)
        case .row(let fingerprint, let answer, let remaining):
            .known(fingerprint: fingerprint, answer: answer, remaining: remaining)
        case .skipped: nil
        }
    }

    private func settle(_ claim: KeyClaim, _ outcome: CallOutcome) async throws -> Response {
        switch outcome {
        case .committed(let response):
            await keys.finish(claim, StoredAnswer(response))
            return response
        case .refused(let response):
            refusedAt.withLock { $0[claim.digest] = executor.now }
            await keys.finishRefusal(claim, StoredAnswer(response))
            return response
        case .known(let fingerprint, let answer, let remaining):
            guard fingerprint == claim.fingerprint else {
                await keys.finishReused(claim)
                throw Refusal.reused
            }
            await keys.finishKnown(claim, answer, remaining: remaining)
            return Response(answer)
        case .inProgress:
            await keys.abandon(claim)
            throw Refusal.inProgress
        }
    }

    private func withoutKey(
        _ fingerprint: Hash32, _ user: UserID?, _ retention: Duration,
        _ body: @Sendable (KeyClaim, Bool) async throws -> CallOutcome
    ) async throws -> Response {
        let claim = KeyClaim(
            digest: .internalKey(newNumber()), fingerprint: fingerprint, retention: retention, user: user)
        switch try await body(claim, false) {
        case .committed(let response), .refused(let response): return response
        case .known(_, let answer, _): return Response(answer)
        case .inProgress: throw Refusal.inProgress
        }
    }
}

extension Response {
    init(_ answer: StoredAnswer) {
        self.init(
            status: answer.status, problem: answer.fields.first?.value,
            body: String(decoding: answer.body, as: UTF8.self))
    }
}

extension StoredAnswer {
    init(_ response: Response) {
        self.init(
            status: response.status, fields: response.problem.map { [Field(name: "problem", value: $0)] } ?? [],
            body: Array(response.body.utf8))
    }
}
