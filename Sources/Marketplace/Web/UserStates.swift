// SPDX-License-Identifier: Apache-2.0
public import MarketCore
import Synchronization
public import UVRuntime

/// What the database says about a logged-in user at the moment of a request.
public struct UserState: Hashable, Sendable {
    /// What the user may be.
    public let roles: Roles
    /// The admin permissions, such as `orders:read`; empty for others.
    public let permissions: Permissions
    /// Whether the account may be used.
    public let status: UserStatus
    /// Whether the login session is still open: not logged out, not revoked.
    public let isSessionOpen: Bool
    /// Whether the account has enrolled a second factor.
    public let hasSecondFactor: Bool
    /// The company that the user buys for unless another is named: the only one that they belong to, if they may buy for it.
    public let company: CompanyID?

    /// Makes a state.
    public init(
        roles: Roles, permissions: Permissions, status: UserStatus, isSessionOpen: Bool, hasSecondFactor: Bool = false,
        company: CompanyID? = nil
    ) {
        self.roles = roles
        self.permissions = permissions
        self.status = status
        self.isSessionOpen = isSessionOpen
        self.hasSecondFactor = hasSecondFactor
        self.company = company
    }
}

/// A user on one of its sessions.
public struct UserSession: Hashable, Sendable {
    /// Who.
    public let user: UserID
    /// On which login.
    public let session: SessionID

    /// Names a session of a user.
    public init(user: UserID, session: SessionID) {
        self.user = user
        self.session = session
    }
}

/// The live state of users, remembered for at most a second so that a blocked account stops at once.
///
/// Misses that arrive while a look-up is under way share the next one: the database sees one statement per round trip,
/// whatever the number of clients.
///
/// - Isolation: `state(of:)` from any loop; look-ups run on `loop`.
public final class UserStates: Sendable {
    /// How old an answer may be, counted from the moment its look-up began.
    public static let ageMax: Duration = .seconds(1)
    /// How many sessions are remembered: as many as can be active within a second.
    static let cacheCapacity = 32_768
    /// 8,192 may wait: two thirds of the connections a server takes. 512 keys are one cheap index scan. Two look-ups at a time,
    /// so that one that hangs does not hold up every request of a user.
    static let limits = BatchingMailbox<UserSession, UserState?>.Limits(capacity: 8192, batch: 512, inFlight: 2)

    /// Looks up the states of sessions; a user or session that does not exist is left out.
    public typealias Loader = @Sendable ([UserSession]) async throws -> [UserSession: UserState]

    private let cache: Cache
    private let mailbox: BatchingMailbox<UserSession, UserState?>

    /// Makes an empty memory over a look-up.
    public init(loop: EventLoop, clock: any WallClock = SystemClock(), load: @escaping Loader) {
        let cache = Cache(clock: clock)
        self.cache = cache
        mailbox = BatchingMailbox(executor: loop, limits: Self.limits, clock: loop) { sessions in
            await cache.fill(sessions, load)
        }
    }

    /// The state of a user on a session; nil when there is no such user or session.
    ///
    /// - Throws: what the look-up throws; `MailboxError` when too many wait.
    public func state(of session: UserSession) async throws -> UserState? {
        if let known = cache.fresh(session) { return known }
        return try await mailbox.send(session)
    }

    /// Forgets one session, which has just been closed.
    public func forget(_ session: UserSession) {
        cache.forget(session)
    }

    /// Forgets one user, whose roles, status or sessions have just been changed.
    public func forget(_ user: UserID) {
        cache.forget(user)
    }

    /// Forgets everybody: changes may have been missed.
    public func forgetAll() {
        cache.forgetAll()
    }
}

/// The remembered states. Not part of the mailbox, because hits must not queue.
private final class Cache: Sendable {
    private struct Entry {
        let state: UserState
        let asOf: Timestamp
    }

    private struct Contents {
        var entries = GenerationCache<UserSession, Entry>(capacity: UserStates.cacheCapacity)
        /// Raised by every forgetting: an answer asked for before it is not remembered.
        var generation: UInt64 = 0
    }

    private let clock: any WallClock
    private let contents = Mutex(Contents())

    init(clock: any WallClock) {
        self.clock = clock
    }

    func fresh(_ session: UserSession) -> UserState? {
        let now = clock.now()
        return contents.withLock { contents in
            guard let entry = contents.entries.value(for: session) else { return nil }
            let age = now - entry.asOf
            // A clock that was set back makes an age negative: the entry could live for ever.
            return age >= .zero && age < UserStates.ageMax ? entry.state : nil
        }
    }

    func fill(_ sessions: [UserSession], _ load: UserStates.Loader) async -> [Result<UserState?, any Error>] {
        let asOf = clock.now()
        let generation = contents.withLock { $0.generation }
        do {
            let states = try await load(Array(Set(sessions)))
            contents.withLock { contents in
                guard contents.generation == generation else { return }
                for (session, state) in states {
                    contents.entries.insert(Entry(state: state, asOf: asOf), for: session)
                }
            }
            return sessions.map { .success(states[$0]) }
        } catch {
            return sessions.map { _ in .failure(error) }
        }
    }

    func forget(_ session: UserSession) {
        contents.withLock { contents in
            contents.generation += 1
            contents.entries.remove(session)
        }
    }

    func forget(_ user: UserID) {
        contents.withLock { contents in
            contents.generation += 1
            contents.entries.removeAll { session, _ in session.user == user }
        }
    }

    func forgetAll() {
        contents.withLock { contents in
            contents.generation += 1
            contents.entries.removeAll()
        }
    }
}
