// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres

/// `POST /api/auth/login/`: a new session for who knows the password.
///
/// Unknown addresses, wrong passwords and locked addresses get the same answer; an unknown address takes the same time as a
/// wrong password, because a password is always verified against something.
struct LogIn: Sendable {
    let dependencies: AccountsDependencies

    private struct Input: Sendable {
        let email: String
        let password: String
        let audience: Audience
        let deviceName: String?
        /// A code of the second factor, or a recovery code.
        let otp: String?
    }

    private struct Prepared: Sendable {
        let input: Input
        let emailHash: [UInt8]
        let user: UserID
        let session: SessionID
        let tokens: SessionTokens
        /// The stored hash that the password was right for.
        let passwordHash: String
        /// What replaces it, when the cost has changed since.
        let rehash: String?
        let secondFactor: SecondFactorCheck
    }

    /// The account is not any more what the log-in was judged by: its password was set, or it was blocked, while the hash was computed.
    private struct Overtaken: Error {}

    @Sendable func answer(_ request: RequestContext) async throws -> HTTPResponse {
        // Before the key, as every rate limit; what is no address is refused below without a look at a password.
        if let email = (try? request.parsedJSON())?.root["email"]?.string {
            try await dependencies.limiter?.admitLogIn(to: email)
        }
        let cart = GuestCart(of: request, dependencies)
        return try await dependencies.unlessBlocked(try await cart.told { try await opened(request, cart) })
    }

    /// Judges once more by what the account has become: the reason is told as to who comes later, and whose hash another log-in has only
    /// brought to today's cost is let in.
    private func opened(_ request: RequestContext, _ cart: GuestCart) async throws -> HTTPResponse {
        for _ in 0..<Self.judgementsMax {
            do {
                return try await judged(request, cart)
            } catch is Overtaken {
                continue
            }
        }
        throw Self.refusal
    }

    /// Who is overtaken twice within two hashes is not the one whose account it is.
    private static let judgementsMax = 2

    private func judged(_ request: RequestContext, _ cart: GuestCart) async throws -> HTTPResponse {
        let principal = dependencies.principals.principal(of: request, caller: nil, acceptsClientToken: false)
        return try await dependencies.transactions.run(
            request, as: principal, isSecret: true, retries: GuestCart.retries
        ) {
            try await prepare(request)
        } _: { transaction, prepared in
            let response = try await commit(prepared, transaction)
            try await cart.join(prepared.user, in: transaction)
            return response
        }
    }

    private func prepare(_ request: RequestContext) async throws -> Prepared {
        let input = try Self.read(request)
        let email = input.email.lowercased()
        let emailHash = SHA256.hash(email).bytes
        let credentials = try await AccountsStore.credentials(
            of: email, emailHash: emailHash, in: dependencies.pool.reads)
        // A locked address is refused before the work of a hash, whether it is known or not.
        guard !credentials.isLocked else { throw Self.refusal }
        let isRight = try await dependencies.hasher.verify(
            input.password, against: credentials.account?.passwordHash)
        guard let account = credentials.account, isRight else {
            try await AccountsStore.countFailure(emailHash, in: dependencies.pool)
            throw Self.refusal
        }
        guard account.status != .blocked else { throw Problem(.accountBlocked) }
        guard account.roles.isSuperset(of: input.audience.requiredRole) else { throw Problem(.forbidden) }
        let secondFactor = try await SecondFactorCheck.judge(input.otp, of: account.id, dependencies)
        guard let secondFactor else {
            // Guesses count; that one is asked for does not.
            if input.otp != nil { try await AccountsStore.countFailure(emailHash, in: dependencies.pool) }
            throw SecondFactorCheck.refusal
        }
        var rehash: String?
        if PasswordHash.needsRehash(account.passwordHash, cost: dependencies.hasher.cost) {
            rehash = try await dependencies.hasher.make(input.password)
        }
        let session: SessionID = dependencies.ids.next()
        let tokens = SessionTokens(
            access: try await dependencies.tokens.issue(user: account.id, session: session, audience: input.audience),
            refresh: RefreshToken(random: dependencies.random))
        return Prepared(
            input: input, emailHash: emailHash, user: account.id, session: session, tokens: tokens,
            passwordHash: account.passwordHash, rehash: rehash, secondFactor: secondFactor)
    }

    private func commit(_ prepared: Prepared, _ transaction: PostgresTransaction) async throws -> HTTPResponse {
        // Whoever set the password or blocked the account has ended the sessions that there were: one more would outlive it.
        guard let account = try await AccountsStore.lock(prepared.user, in: transaction),
            account.passwordHash == prepared.passwordHash, account.status != .blocked
        else { throw Overtaken() }
        guard try await prepared.secondFactor.take(of: prepared.user, in: transaction) else {
            throw SecondFactorCheck.refusal
        }
        try await AccountsStore.open(
            prepared.session, user: prepared.user, audience: prepared.input.audience,
            deviceName: prepared.input.deviceName, refresh: prepared.tokens.refresh, in: transaction)
        try await AccountsStore.forgetFailures(prepared.emailHash, in: transaction)
        if let rehash = prepared.rehash {
            try await AccountsStore.replaceHash(of: prepared.user, prepared.passwordHash, by: rehash, in: transaction)
        }
        return .json(prepared.tokens)
    }

    /// The same for every reason.
    static var refusal: Problem {
        Problem(
            .invalidCredentials, detail: "Mail address or password is wrong.",
            headers: [.authenticate("Bearer realm=\"mve\"")])
    }

    private static func read(_ request: RequestContext) throws -> Input {
        try request.json { body in
            Input(
                email: body.string("email", length: 1...254), password: body.string("password", length: 1...1024),
                audience: body.optionalChoice("audience", of: AccountFields.LoginAudience.self)?.audience ?? .all,
                deviceName: body.optionalTrimmedString("device_name", length: 1...200),
                otp: body.optionalString("otp", length: 1...16))
        }
    }
}
