// SPDX-License-Identifier: Apache-2.0
public import HTTP
import MarketCore
public import MarketCrypto
public import UVRuntime

/// Counts requests against budgets and refuses what is too much: 429 `rate-limited` with Retry-After.
///
/// Stands behind authentication and before the idempotency key: a 429 never uses up a key. Processes share their buckets in
/// Redis. The small budgets ask there for each request; reads and writes take tokens in advance. While Redis is away each
/// process counts by itself, and its next question tells Redis what it counted.
///
/// - Isolation: used on its loop.
public struct RateLimiter: Sendable {
    private let memory: RateLimitMemory
    private let clock: any LoopClock
    private let shared: (any SharedRateLimits)?
    private let accounts: HMACSHA256
    private let tokens: AccessTokens?

    /// - Parameters:
    ///   - memory: of the process.
    ///   - clock: of the loop.
    ///   - shared: nil where there is one process.
    ///   - secret: the names of accounts are hashed with a key made of it.
    ///   - tokens: tells whose token came to a route that asks for none; nil where all of these are limited by address.
    public init(
        memory: RateLimitMemory, clock: any LoopClock, shared: (any SharedRateLimits)?, secret: SecretKey,
        tokens: AccessTokens? = nil
    ) {
        self.memory = memory
        self.clock = clock
        self.shared = shared
        self.tokens = tokens
        accounts = HMACSHA256(key: secret.key(for: "rate-limit-account"))
    }

    /// Limits the routes that know no caller: by the user whose valid token came along, else by address. Those that do are limited by
    /// `Gate`, which knows who it is.
    public var middleware: Middleware {
        { route, next in
            guard let policy = RateLimitPolicy.of(route), route.access == "none" else { return next }
            return { request in
                try await limited(policy, await subject(of: request, policy)) { try await next(request) }
            }
        }
    }

    /// Whose bucket counts where nobody has to say who asks. A token's signature and times are looked at and nothing else: whatever
    /// has become of its session, it is one user's.
    ///
    /// - Cost: without a token nothing; with one that was seen before a hash and a look-up.
    private func subject(of request: RequestContext, _ policy: RateLimitPolicy) async -> RateLimitSubject {
        // The small budgets guard passwords: whoever asks there counts as where they ask from.
        if policy.isLeased, let tokens, request.headerBytes("Authorization") != nil,
            let token = try? Gate.bearerToken(of: request), let claims = try? await tokens.verify(token)
        {
            return .user(claims.user)
        }
        return .address(of: request)
    }

    /// Answers a request if its bucket has a token, and tells how the bucket stands, in refusals too.
    ///
    /// - Throws: `Problem` 429 `rate-limited`; what `answer` throws.
    func limited(
        _ policy: RateLimitPolicy, _ subject: RateLimitSubject, _ answer: () async throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        let isAllowed = await take(policy, subject)
        let table = memory[policy]
        let now = clock.now
        let standing = table.with { $0.standing(subject.slotKey, now: now) }
        let headers = fields(policy, standing)
        guard isAllowed else {
            throw Self.refusal(afterSeconds: max(1, standing.untilNext), headers)
        }
        do {
            var response = try await answer()
            response.headers += headers
            return response
        } catch {
            guard var problem = error as? Problem ?? ErrorAnswers.problem(for: error) else { throw error }
            problem.headers += headers
            throw problem
        }
    }

    /// Refuses a request whose bucket is known to be empty, and takes nothing: for long bodies, which are not worth receiving then.
    ///
    /// - Throws: `Problem` 429 `rate-limited`.
    func refuseIfEmpty(_ policy: RateLimitPolicy, _ subject: RateLimitSubject) throws {
        let table = memory[policy]
        let now = clock.now
        guard table.with({ $0.isEmpty(subject.slotKey, now: now) }) else { return }
        table.countRefusal()
        let standing = table.with { $0.standing(subject.slotKey, now: now) }
        throw Self.refusal(afterSeconds: max(1, standing.untilNext), fields(policy, standing))
    }

    /// Takes a token that is at hand for a request without an `Authorization` field, without asking anybody.
    ///
    /// - Returns: the fields that tell how the bucket stands; nil where no token is at hand, and `middleware` has to ask or refuse.
    public func admitAtOnce(_ request: RequestContext) -> [HTTPHeader]? {
        guard let policy = RateLimitPolicy.of(request.route) else { return [] }
        let table = memory[policy]
        let key = RateLimitSubject.address(of: request).slotKey
        let now = clock.now
        let standing: RateLimitStanding? = table.with {
            guard case .allowed = $0.look(key, now: now) else { return nil }
            return $0.standing(key, now: now)
        }
        return standing.map { fields(policy, $0) }
    }

    private func fields(_ policy: RateLimitPolicy, _ standing: RateLimitStanding) -> [HTTPHeader] {
        [
            HTTPHeader("RateLimit-Policy", memory[policy].announcement),
            HTTPHeader("RateLimit", "\"\(policy.rawValue)\";r=\(standing.remaining);t=\(standing.untilFull)"),
        ]
    }

    /// Counts an attempt to log in to an account, whether it exists or not.
    ///
    /// What others did to the account must not show: the refusal is that of an address, its time a constant, and the bucket
    /// does not stand in `RateLimit`.
    ///
    /// - Throws: `Problem` 429 `rate-limited`.
    public func admitLogIn(to account: String) async throws {
        guard await take(.loginAccount, .account(account, key: accounts)) else {
            let interval = memory[.loginAccount].budget.interval
            throw Self.refusal(afterSeconds: Int((interval + 999_999_999) / 1_000_000_000), [])
        }
    }

    /// Takes a token; false when there is none.
    private func take(_ policy: RateLimitPolicy, _ subject: RateLimitSubject) async -> Bool {
        let table = memory[policy]
        let key = subject.slotKey
        let now = clock.now
        var verdict = table.with { $0.look(key, now: now) }
        if case .asks(let want, let debt) = verdict {
            if let (granted, left) = await shared?.take(policy, table.budget, of: subject, want: want, debt: debt) {
                let now = clock.now
                verdict = table.with { $0.settle(key, granted: granted, debt: left, now: now) }
            } else {
                verdict = table.with { $0.takeAlone(key, now: now) }
            }
        }
        guard verdict == .allowed else {
            table.countRefusal()
            return false
        }
        return true
    }

    private static func refusal(afterSeconds seconds: Int, _ headers: [HTTPHeader]) -> Problem {
        Problem(.rateLimited, detail: "Too many requests.", headers: [.retryAfter(seconds: seconds)] + headers)
    }
}
