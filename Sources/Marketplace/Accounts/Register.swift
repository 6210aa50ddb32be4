// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/auth/register/`: a new account with its first session.
///
/// The password is hashed whether the address is free or not, so that the answer's time does not tell.
struct Register: Sendable {
    let dependencies: AccountsDependencies

    struct Input: Sendable {
        let email: EmailAddress
        let password: String
        let fullName: String
        let phone: String?
        let locale: String?
        let audience: Audience
    }

    private struct Prepared: Sendable {
        let input: Input
        let passwordHash: String
        let user: UserID
        let session: SessionID
        let tokens: SessionTokens
    }

    @Sendable func answer(_ request: RequestContext) async throws -> HTTPResponse {
        let cart = GuestCart(of: request, dependencies)
        return try await dependencies.unlessBlocked(try await cart.told { try await opened(request, cart) })
    }

    private func opened(_ request: RequestContext, _ cart: GuestCart) async throws -> HTTPResponse {
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
        if let objection = PasswordPolicy.objection(to: input.password, email: input.email) {
            throw Problem(
                .weakPassword, detail: "The password \(objection).",
                errors: [.init(pointer: "/password", code: "weak-password", message: objection)])
        }
        let hash = try await dependencies.hasher.make(input.password)
        let user: UserID = dependencies.ids.next()
        let session: SessionID = dependencies.ids.next()
        let tokens = SessionTokens(
            access: try await dependencies.tokens.issue(user: user, session: session, audience: input.audience),
            refresh: RefreshToken(random: dependencies.random))
        return Prepared(input: input, passwordHash: hash, user: user, session: session, tokens: tokens)
    }

    private func commit(_ prepared: Prepared, _ transaction: PostgresTransaction) async throws -> HTTPResponse {
        let input = prepared.input
        let user = try await AccountsStore.insert(
            id: prepared.user, email: input.email, passwordHash: prepared.passwordHash, fullName: input.fullName,
            phone: input.phone, locale: input.locale, in: transaction)
        guard let user else {
            throw Problem(
                .emailTaken, detail: "An account with this mail address exists.",
                errors: [.init(pointer: "/email", code: "email-taken", message: "is taken")])
        }
        try await AccountsStore.open(
            prepared.session, user: user.id, audience: input.audience, deviceName: nil,
            refresh: prepared.tokens.refresh,
            in: transaction)
        try await OutboxStore.append(Self.event(user), in: transaction)
        try await dependencies.proofs.send(
            .verifyEmail, .welcome, to: user.id, name: user.fullName, email: user.email, locale: user.locale,
            in: transaction)
        return .json(.created) { json in
            json.field("user", user)
            json.field("tokens", prepared.tokens)
        }
    }

    private static func event(_ user: User) -> OutboxEvent {
        var json = JSONWriter()
        json.object { json in
            json.field("user_id", user.id.rawValue)
            json.field("locale", user.locale)
        }
        return OutboxEvent(
            type: "user.registered", aggregateType: "user", aggregateID: user.id.rawValue, sequence: 1,
            payload: json.bytes)
    }

    private static func read(_ request: RequestContext) throws -> Input {
        let input = try request.json { body -> Input? in
            let email = body.parsed("email", length: 1...254, placeholder: EmailAddress?.none) { EmailAddress($0) }
            let password = body.string("password", length: 1...1024)
            let fullName = body.trimmedString("full_name", length: 1...200)
            let phone = body.optionalParsed("phone", length: 1...32) { AccountFields.phone($0) }
            let locale = body.optionalParsed("locale", length: 1...16) { AccountFields.locale($0) }
            let audience = body.optionalChoice("audience", of: AccountFields.RegistrationAudience.self)
            guard let email else { return nil }
            return Input(
                email: email, password: password, fullName: fullName, phone: phone, locale: locale,
                audience: audience?.audience ?? .all)
        }
        // Nil means that the address was wrong, and that has thrown already.
        guard let input else { throw Problem(.validationFailed) }
        return input
    }
}
