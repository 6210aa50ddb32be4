// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import MarketCore
public import MarketHTTP
import Pictures
public import Postgres

/// The endpoints of accounts.
///
/// Passwords and tokens are small: 16 KiB bound every body but a picture's.
public func accountsRoutes(_ dependencies: AccountsDependencies) -> [Route] {
    let bodyMax = 16 * 1024
    let register = Register(dependencies: dependencies)
    let logIn = LogIn(dependencies: dependencies)
    let refresh = RefreshSession(dependencies: dependencies)
    let logOut = LogOut(dependencies: dependencies)
    let readProfile = ReadProfile(dependencies: dependencies)
    let updateProfile = UpdateProfile(dependencies: dependencies)
    return [
        Route(
            .post, "/api/auth/register/", name: "auth.register", idempotency: .accepted, bodyMax: bodyMax,
            handler: register.answer
        ).described(as: Register.description),
        Route(
            .post, "/api/auth/login/", name: "auth.login", idempotency: .accepted, bodyMax: bodyMax,
            handler: logIn.answer
        ).described(as: LogIn.description),
        Route(
            .post, "/api/auth/refresh/", name: "auth.refresh", idempotency: .accepted, bodyMax: bodyMax,
            handler: refresh.answer
        ).described(as: RefreshSession.description),
        dependencies.gate.claimsRoute(
            .post, "/api/auth/logout/", name: "auth.logout", idempotency: .accepted, bodyMax: bodyMax,
            handler: logOut.answer
        ).described(as: LogOut.description),
        dependencies.gate.route(.get, "/api/auth/profile/", name: "auth.profile", handler: readProfile.answer)
            .described(as: ReadProfile.description),
        dependencies.gate.route(
            .put, "/api/auth/profile/update/", name: "auth.profile.update", idempotency: .accepted, bodyMax: bodyMax,
            handler: updateProfile.answer
        ).described(as: UpdateProfile.description),
        dependencies.gate.route(
            .post, "/api/auth/profile/upload-avatar/", name: "auth.profile.upload-avatar", idempotency: .accepted,
            reads: .multipart(PictureForm.limits), bodyMax: PictureForm.bodyMax,
            handler: UploadAvatar(dependencies: dependencies).answer
        ).described(as: UploadAvatar.description),
    ] + proofRoutes(dependencies, bodyMax) + credentialRoutes(dependencies, bodyMax)
        + addressRoutes(dependencies, bodyMax) + adminUserRoutes(dependencies, bodyMax)
}

/// What is done with what a mail brought, by whoever has the mail.
private func proofRoutes(_ dependencies: AccountsDependencies, _ bodyMax: Int) -> [Route] {
    [
        Route(
            .post, "/api/auth/verify-email/", name: "auth.verify-email", idempotency: .accepted, bodyMax: bodyMax,
            handler: VerifyEmail(dependencies: dependencies).answer
        ).described(as: VerifyEmail.description),
        dependencies.gate.route(
            .post, "/api/auth/resend-verification/", name: "auth.resend-verification", idempotency: .accepted,
            bodyMax: bodyMax, handler: ResendVerification(dependencies: dependencies).answer
        ).described(as: ResendVerification.description),
        Route(
            .post, "/api/auth/password/forgot/", name: "auth.password.forgot", idempotency: .accepted,
            bodyMax: bodyMax, handler: ForgotPassword(dependencies: dependencies).answer
        ).described(as: ForgotPassword.description),
        Route(
            .post, "/api/auth/password/reset/", name: "auth.password.reset", idempotency: .accepted, bodyMax: bodyMax,
            handler: ResetPassword(dependencies: dependencies).answer
        ).described(as: ResetPassword.description),
    ]
}

/// What logged-in users do with what they log in by.
private func credentialRoutes(_ dependencies: AccountsDependencies, _ bodyMax: Int) -> [Route] {
    let gate = dependencies.gate
    return [
        gate.route(
            .put, "/api/auth/password/change/", name: "auth.password.change", idempotency: .accepted, bodyMax: bodyMax,
            handler: ChangePassword(dependencies: dependencies).answer
        ).described(as: ChangePassword.description),
        gate.route(
            .put, "/api/auth/email/change/", name: "auth.email.change", idempotency: .accepted, bodyMax: bodyMax,
            handler: ChangeEmail(dependencies: dependencies).answer
        ).described(as: ChangeEmail.description),
        gate.route(
            .post, "/api/auth/mfa/enroll/", name: "auth.mfa.enroll", idempotency: .accepted, bodyMax: bodyMax,
            handler: EnrollSecondFactor(dependencies: dependencies).answer
        ).described(as: EnrollSecondFactor.description),
        gate.route(
            .post, "/api/auth/mfa/verify/", name: "auth.mfa.verify", idempotency: .accepted, bodyMax: bodyMax,
            handler: VerifySecondFactor(dependencies: dependencies).answer
        ).described(as: VerifySecondFactor.description),
        gate.route(
            .post, "/api/auth/account/delete/", name: "auth.account.delete", idempotency: .accepted, bodyMax: bodyMax,
            handler: DeleteAccount(dependencies: dependencies).answer
        ).described(as: DeleteAccount.description),
        gate.route(
            .get, "/api/auth/sessions/", name: "auth.sessions", handler: ListSessions(dependencies: dependencies).answer
        ).described(as: ListSessions.description),
        gate.route(
            .post, "/api/auth/sessions/revoke/", name: "auth.sessions.revoke", idempotency: .accepted, bodyMax: bodyMax,
            handler: RevokeSession(dependencies: dependencies).answer
        ).described(as: RevokeSession.description),
    ]
}

/// Reads an address of a user's book, for orders that name one; nil for somebody else's.
public func accountsAddress(
    pool: PostgresPool
) -> @Sendable (AddressID, UserID) async throws -> PostalAddress? {
    { id, user in try await AccountsStore.address(id, of: user, in: pool.reads)?.postal }
}

/// What requests left for after them, by the kind of the job. The payloads hold what people typed: nothing is kept of a done one.
public func accountsJobs(pool: PostgresPool, tokens: MailTokens) -> [String: JobRunner.Handler] {
    let forgotten = ForgottenPasswords(pool: pool, proofs: ProofMails(tokens: tokens))
    return [ForgottenPasswords.kind: { try await forgotten.send($0) }]
}

/// Whom mails to a user go to: name, address and language; nil for an unknown user.
public func accountsMailbox(
    pool: PostgresPool
) -> @Sendable (UserID) async throws -> (name: String, email: String, locale: String)? {
    { id in
        try await AccountsStore.user(id, in: pool.reads).map { ($0.fullName, $0.email, $0.locale) }
    }
}

/// Looks up the live states of logged-in users; what `UserStates` is made with.
public func accountsUserStates(pool: PostgresPool) -> UserStates.Loader {
    { sessions in try await AccountsStore.liveStates(sessions, in: pool.reads) }
}

/// Reads who a user is, for contexts that write to or bill them; nil for an unknown user.
public func accountsContact(
    pool: PostgresPool
) -> @Sendable (UserID) async throws -> (name: String, email: String, phone: String?)? {
    { id in
        try await AccountsStore.user(id, in: pool.reads).map { ($0.fullName, $0.email, $0.phone) }
    }
}

/// Reads the full names of users, for contexts that show who wrote something; who is not there is left out.
public func accountsNames(
    pool: PostgresPool
) -> @Sendable ([UserID]) async throws -> [UserID: String] {
    { ids in try await AccountsStore.people(ids, in: pool.reads).mapValues { $0.name } }
}
