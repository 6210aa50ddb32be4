// SPDX-License-Identifier: Apache-2.0
public import MarketCore

/// The logged-in user of a request, as the database knows them now.
public struct Caller: Hashable, Sendable {
    /// Who.
    public let user: UserID
    /// On which login.
    public let session: SessionID
    /// What the token is for.
    public let audience: Audience
    /// What the user may be.
    public let roles: Roles
    /// The admin permissions.
    public let permissions: Permissions
    /// The company that the user buys for unless another is named; nil where there is none, or more than one.
    public let company: CompanyID?
    /// When the token ends.
    public let expiresAt: Timestamp

    /// Makes a caller.
    public init(
        user: UserID, session: SessionID, audience: Audience, roles: Roles, permissions: Permissions = [],
        company: CompanyID? = nil, expiresAt: Timestamp = Timestamp(microseconds: .max)
    ) {
        self.user = user
        self.session = session
        self.audience = audience
        self.roles = roles
        self.permissions = permissions
        self.company = company
        self.expiresAt = expiresAt
    }

    /// The owner of this caller's idempotency keys and carts.
    public var principal: Principal { .user(user) }

    /// The session of this login.
    public var userSession: UserSession { UserSession(user: user, session: session) }
}
