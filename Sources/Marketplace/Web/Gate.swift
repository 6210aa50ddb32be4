// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import Logging
public import MarketCore
import UVRuntime

/// Stands before every route that wants to know who asks: reads the bearer token, looks up the user's live state and checks
/// the role that the route was declared with.
///
/// Checks run from cheap to dear: token (401), audience (403 `wrong-audience`, before anything is loaded), account (403
/// `account-blocked`, whose sessions are closed as well), session (401), role, second factor and permission (403 `forbidden`).
///
/// - Isolation: callable from any loop.
public struct Gate: Sendable {
    /// Answers a logged-in user.
    public typealias UserHandler = @Sendable (RequestContext, Caller) async throws -> HTTPResponse
    /// Looks at the head of a long body, from a caller who has the role: what it throws is the answer, and the body is not taken.
    public typealias Admission = @Sendable (RequestContext, Caller) async throws -> Void
    /// Answers anybody, and knows who it is if a token was sent.
    public typealias OpenHandler = @Sendable (RequestContext, Caller?) async throws -> HTTPResponse

    private let tokens: AccessTokens
    private let states: UserStates
    private let limiter: RateLimiter?
    private let adminsNeedSecondFactor: Bool
    private let logger: Logger

    /// Makes a gate over tokens and live states.
    ///
    /// - Parameters:
    ///   - limiter: nil where nobody is slowed down.
    ///   - adminsNeedSecondFactor: whether routes for admins are closed to those who have not enrolled a second factor.
    public init(
        tokens: AccessTokens, states: UserStates, limiter: RateLimiter? = nil, adminsNeedSecondFactor: Bool = false,
        logger: Logger
    ) {
        self.tokens = tokens
        self.states = states
        self.limiter = limiter
        self.adminsNeedSecondFactor = adminsNeedSecondFactor
        self.logger = logger
    }

    // MARK: Routes

    /// A route for users with all of `role`; an empty role admits every logged-in user. A route for admins names the
    /// `permission` that it needs besides.
    ///
    /// A route with long bodies judges them by their heads, `admission` last: whoever has no tokens left is not worth listening to.
    /// Where it does not support idempotency keys, a request with one is refused once the caller is known (contract C8, C10).
    public func route(
        _ method: HTTPMethod, _ path: String, name: String, role: Roles = [], permission: Permissions = [],
        query: [String]? = [], idempotency: Route.Idempotency = .ignored, reads: BodyReading = .whole,
        bodyMax: Int? = nil, admission: Admission? = nil, handler: @escaping UserHandler
    ) -> Route {
        precondition(
            permission.isEmpty == (role != .admin),
            "permissions are those of admins, and every route of theirs needs one")
        let access = role.isEmpty ? "any" : (role.names + permission.names).joined(separator: "+")
        let route = Route(
            method, path, name: name, access: access, query: query, idempotency: idempotency, reads: reads,
            bodyMax: bodyMax
        ) { request in
            let caller = try await caller(of: request, role: role, permission: permission)
            return try await limited(request, caller.user) {
                try IdempotencyHeader.refuseUnsupported(request)
                return try await handler(request, caller)
            }
        }
        guard reads.isLong else { return route }
        // A stranger's upload is refused by its head; whether the caller still may is asked again once it has come.
        return route.admitting { request in
            let caller = try await caller(of: request, role: role, permission: permission)
            if let limiter, let policy = RateLimitPolicy.of(request.route) {
                try limiter.refuseIfEmpty(policy, .user(caller.user))
            }
            try await admission?(request, caller)
        }
    }

    /// A route for everybody, personal to whoever sends a token. A token that is not accepted, or whose user has not all of `role`, is
    /// refused, not overlooked.
    public func openRoute(
        _ method: HTTPMethod, _ path: String, name: String, role: Roles = [], query: [String]? = [],
        idempotency: Route.Idempotency = .ignored, reads: BodyReading = .whole, bodyMax: Int? = nil,
        handler: @escaping OpenHandler
    ) -> Route {
        Route(
            method, path, name: name, access: (["optional"] + role.names).joined(separator: "+"), query: query,
            idempotency: idempotency, reads: reads, bodyMax: bodyMax
        ) { request in
            let caller = try await optionalCaller(of: request, role: role)
            return try await limited(request, caller?.user) {
                try IdempotencyHeader.refuseUnsupported(request)
                return try await handler(request, caller)
            }
        }
    }

    /// A route for whoever once had a session, whatever has become of it since: for logging out, which may happen twice.
    public func claimsRoute(
        _ method: HTTPMethod, _ path: String, name: String, idempotency: Route.Idempotency,
        bodyMax: Int = Route.bodyMaxDefault,
        handler: @escaping @Sendable (RequestContext, AccessClaims) async throws -> HTTPResponse
    ) -> Route {
        Route(method, path, name: name, access: "any", idempotency: idempotency, bodyMax: bodyMax) { request in
            let claims = try await claims(of: request)
            return try await limited(request, claims.user) { try await handler(request, claims) }
        }
    }

    /// Answers if the user's bucket, or the address's where there is no user, has a token (contract C8: before the key).
    private func limited(
        _ request: RequestContext, _ user: UserID?, _ answer: () async throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        guard let limiter, let policy = RateLimitPolicy.of(request.route) else { return try await answer() }
        return try await limiter.limited(policy, user.map { .user($0) } ?? .address(of: request), answer)
    }

    // MARK: Callers

    /// The caller, who must have all of `role` and `permission`.
    ///
    /// - Throws: `Problem` 401 `token-missing`, `token-invalid`, `token-expired`; 403 `wrong-audience`, `account-blocked`,
    ///   `forbidden`; 503 when the database cannot say.
    public func caller(
        of request: RequestContext, role: Roles = [], permission: Permissions = []
    ) async throws -> Caller {
        guard let token = try Self.bearerToken(of: request) else { throw Self.missing }
        return try await caller(token: token, role: role, permission: permission)
    }

    /// The caller, who must have all of `role`, or nil when no token was sent.
    public func optionalCaller(of request: RequestContext, role: Roles = []) async throws -> Caller? {
        guard let token = try Self.bearerToken(of: request) else { return nil }
        return try await caller(token: token, role: role, permission: [])
    }

    /// Who asks for what everybody may see, and known callers see in their own way; nil for whoever is not known, with a token that is not
    /// accepted as without one.
    ///
    /// - Throws: `Problem` 503 when the database cannot say.
    /// - Cost: without a token nothing; with one whose state is remembered a hash and two look-ups in memory.
    public func knownCaller(of request: RequestContext) async throws -> Caller? {
        guard request.headerBytes("Authorization") != nil else { return nil }
        do {
            return try await optionalCaller(of: request)
        } catch let problem as Problem where [401, 403].contains(problem.kind.status.code) {
            return nil
        }
    }

    /// What the token says.
    private func claims(of request: RequestContext) async throws -> AccessClaims {
        guard let token = try Self.bearerToken(of: request) else { throw Self.missing }
        return try await claims(token: token)
    }

    private func claims(token: [UInt8]) async throws -> AccessClaims {
        do throws(AccessTokenError) {
            return try await tokens.verify(token)
        } catch {
            throw Self.refusal(error)
        }
    }

    private func caller(token: [UInt8], role: Roles, permission: Permissions) async throws -> Caller {
        let claims = try await claims(token: token)
        guard claims.audience.admits(role) || role.isEmpty else { throw Problem(.wrongAudience) }
        guard let state = try await state(of: UserSession(user: claims.user, session: claims.session)) else {
            throw Self.refusal(.invalid)
        }
        guard state.status != .blocked else { throw Problem(.accountBlocked) }
        guard state.isSessionOpen else { throw Self.refusal(.invalid) }
        guard state.roles.isSuperset(of: role) else { throw Problem(.forbidden) }
        if adminsNeedSecondFactor, role.contains(.admin), !state.hasSecondFactor {
            throw Problem(.forbidden, detail: "Enrol a second factor first.")
        }
        guard state.permissions.isSuperset(of: permission) else { throw Problem(.forbidden) }
        return Caller(
            user: claims.user, session: claims.session, audience: claims.audience, roles: state.roles,
            permissions: state.permissions, company: state.company, expiresAt: claims.expiresAt)
    }

    /// Whether somebody whom a route without a role has admitted may still be here: the account is not blocked and the session open. Where the
    /// database cannot say, nothing has changed.
    public func stillAdmits(_ caller: Caller) async -> Bool {
        do {
            guard let state = try await states.state(of: caller.userSession) else { return false }
            return state.status != .blocked && state.isSessionOpen
        } catch {
            logger.warning("user state look-up failed", metadata: ["reason": "\(error)"])
            return true
        }
    }

    /// Whether somebody who was given a signed address may still use it: the account is not blocked, the session is open, and the
    /// role and the permission are there.
    ///
    /// - Throws: `Problem` 503 when the database cannot say.
    public func admits(_ session: UserSession, role: Roles, permission: Permissions) async throws -> Bool {
        guard let state = try await state(of: session) else { return false }
        return state.status != .blocked && state.isSessionOpen && state.roles.isSuperset(of: role)
            && state.permissions.isSuperset(of: permission)
    }

    private func state(of session: UserSession) async throws -> UserState? {
        do {
            return try await states.state(of: session)
        } catch MailboxError.overloaded {
            throw Problem(.overloaded, headers: [.retryAfter(seconds: 1)])
        } catch {
            logger.warning("user state look-up failed", metadata: ["reason": "\(error)"])
            throw Problem(.dependencyUnavailable, headers: [.retryAfter(seconds: 1)])
        }
    }

    /// The credentials of the `Bearer` scheme, whose name is compared without case (RFC 6750, RFC 9110 §11.1).
    static func bearerToken(of request: RequestContext) throws -> [UInt8]? {
        guard let (value, isRepeated) = request.soleHeader("Authorization") else { return nil }
        let scheme: StaticString = "bearer "
        let hasScheme = scheme.withUTF8Buffer { scheme in
            value.count > scheme.count
                && zip(value, scheme).allSatisfy { $0 == $1 || ($0 | 0x20 == $1 && (0x41...0x5A).contains($0)) }
        }
        guard !isRepeated, hasScheme else { throw refusal(.invalid) }
        let token = value.dropFirst(scheme.utf8CodeUnitCount).drop { $0 == UInt8(ascii: " ") }
        guard !token.isEmpty else { throw refusal(.invalid) }
        return Array(token)
    }

    private static var missing: Problem {
        Problem(.tokenMissing, headers: [.authenticate("Bearer realm=\"mve\"")])
    }

    private static func refusal(_ error: AccessTokenError) -> Problem {
        switch error {
        case .expired:
            Problem(
                .tokenExpired,
                headers: [.authenticate("Bearer realm=\"mve\", error=\"invalid_token\", error_description=\"expired\"")]
            )
        case .invalid:
            Problem(.tokenInvalid, headers: [.authenticate("Bearer realm=\"mve\", error=\"invalid_token\"")])
        }
    }
}
