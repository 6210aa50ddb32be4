// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import MarketCore

/// Who did something that is written down.
public enum AuditActor: Sendable {
    /// An admin, acting as one.
    case admin(UserID, ip: String)
    /// Anybody else with an account; without an address for what a job does on somebody's behalf.
    case user(UserID, ip: String?)
    /// A timer or a job of ours.
    case system

    /// The caller of a request: as an admin where the route asks for one.
    public init(_ caller: Caller, of request: RequestContext) {
        let isAdmin = request.route.access.hasPrefix("admin")
        self =
            isAdmin
            ? .admin(caller.user, ip: request.clientAddress) : .user(caller.user, ip: request.clientAddress)
    }

    /// As it is stored.
    var columns: (type: String, id: Int64?, ip: String?) {
        switch self {
        case .admin(let id, let ip): ("admin", id.rawValue, ip)
        case .user(let id, let ip): ("user", id.rawValue, ip)
        case .system: ("system", nil, nil)
        }
    }
}

/// One act: a row of the audit log.
public struct AuditRecord: Sendable {
    /// What was done, such as `user.blocked`.
    public var action: String
    /// By whom.
    public var actor: AuditActor
    /// To what kind of object, such as `user`.
    public var entityType: String
    /// To which.
    public var entityID: Int64
    /// What the act changed, as it was: a JSON object.
    public var before: [UInt8]?
    /// What the act changed, as it is now: a JSON object.
    public var after: [UInt8]?
    /// Why, in the actor's words.
    public var reason: String?
    /// The request; nil for what a timer does.
    public var requestID: String?

    /// States an act.
    public init(
        action: String, actor: AuditActor, entityType: String, entityID: Int64, before: [UInt8]? = nil,
        after: [UInt8]? = nil, reason: String? = nil, requestID: String? = nil
    ) {
        self.action = action
        self.actor = actor
        self.entityType = entityType
        self.entityID = entityID
        self.before = before
        self.after = after
        self.reason = reason
        self.requestID = requestID
    }
}
