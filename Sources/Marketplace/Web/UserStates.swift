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

/// The live state of users, never more than a second old, so that a blocked account stops at once.
///
/// A remembered state is as old as its look-up; or, while the database tells of every change with its commit (``SharedChange/users(_:)``),
/// as old as the moment up to which we have heard everything (``heard(_:)``). Without news each session is looked up once a second.
///
/// Misses that arrive while a look-up is under way share the next one: the database sees one statement per round trip,
/// whatever the number of clients.
///
/// - Isolation: `state(of:)` from any loop; look-ups run on `loop`.
public final class UserStates: Sendable {
    /// How old an answer may be.
    public static let ageMax: Duration = .seconds(1)
    /// How long a look-up is believed at most, whatever is heard: for changes that nobody tells of, such as those of a restore that
    /// leaves triggers out. One look-up a minute costs nothing.
    public static let trustMax: Duration = .seconds(60)
    /// How many users are remembered, by two generations: those of the last half minute at a thousand new ones a second. Some 150 bytes
    /// each.
    static let cacheCapacity = 65_536
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

    /// Forgets everybody: changes may have been missed. States grow old by themselves again until something is heard.
    public func forgetAll() {
        cache.forgetAll()
    }

    /// Every change whose commit ended so long ago has been told of, and forgotten here: what is still remembered was true then.
    public func heard(_ ago: Duration) {
        cache.heard(ago)
    }
}

/// The remembered states. Not part of the mailbox, because hits must not queue.
private final class Cache: Sendable {
    private struct Entry {
        let session: SessionID
        let state: UserState
        let asOf: Timestamp
    }

    /// What is known of one user. Nearly everybody has one session, which then takes no memory of its own.
    private struct Entries {
        var first: Entry
        var others: [Entry] = []

        func of(_ session: SessionID) -> Entry? {
            first.session == session ? first : others.first { $0.session == session }
        }

        mutating func insert(_ entry: Entry) {
            if first.session == entry.session {
                first = entry
            } else {
                others.removeAll { $0.session == entry.session }
                // The oldest of the others goes: who logs in again and again may not fill the memory.
                if others.count == Self.othersMax { others.removeFirst() }
                others.append(entry)
            }
        }

        /// Without one session; nil when that was all.
        func without(_ session: SessionID) -> Entries? {
            let left = ([first] + others).filter { $0.session != session }
            return left.first.map { Entries(first: $0, others: Array(left.dropFirst())) }
        }

        static let othersMax = 7
    }

    private struct Contents {
        var entries = GenerationCache<UserID, Entries>(capacity: UserStates.cacheCapacity)
        /// Raised by every forgetting: an answer asked for before it is not remembered.
        var generation: UInt64 = 0
        /// Up to when all changes have been heard of; nil when they are not told.
        var heard: Timestamp?

        mutating func insert(_ entry: Entry, of user: UserID) {
            if var known = entries.value(for: user) {
                known.insert(entry)
                entries.insert(known, for: user)
            } else {
                entries.insert(Entries(first: entry), for: user)
            }
        }
    }

    private let clock: any WallClock
    private let contents = Mutex(Contents())

    init(clock: any WallClock) {
        self.clock = clock
    }

    func fresh(_ session: UserSession) -> UserState? {
        let now = clock.now()
        return contents.withLock { contents in
            guard let entry = contents.entries.value(for: session.user)?.of(session.session) else { return nil }
            let trusted = now - entry.asOf
            let age = contents.heard.map { min(trusted, now - $0) } ?? trusted
            // A clock that was set back makes an age negative: the entry could live for ever.
            guard age >= .zero, trusted >= .zero else { return nil }
            return age < UserStates.ageMax && trusted < UserStates.trustMax ? entry.state : nil
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
                    contents.insert(Entry(session: session.session, state: state, asOf: asOf), of: session.user)
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
            guard let known = contents.entries.value(for: session.user) else { return }
            contents.entries.remove(session.user)
            if let left = known.without(session.session) { contents.entries.insert(left, for: session.user) }
        }
    }

    func forget(_ user: UserID) {
        contents.withLock { contents in
            contents.generation += 1
            contents.entries.remove(user)
        }
    }

    func forgetAll() {
        contents.withLock { contents in
            contents.generation += 1
            contents.entries.removeAll()
            contents.heard = nil
        }
    }

    func heard(_ ago: Duration) {
        let now = clock.now()
        contents.withLock { $0.heard = now - ago }
    }
}
