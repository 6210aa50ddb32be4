// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import MarketCore
public import MarketHTTP
public import Postgres

/// The endpoints of accounts.
///
/// Passwords and tokens are small: 16 KiB bound every body.
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
    ]
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
    { ids in try await AccountsStore.names(of: ids, in: pool.reads) }
}
