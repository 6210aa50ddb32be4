// SPDX-License-Identifier: Apache-2.0
public import Logging
public import MarketCore
import MarketHTTP
public import Postgres
public import UVRuntime

/// Removes closed accounts whose orders have ended.
///
/// The leader looks once a minute; what two do at once is done once, because the row says so.
///
/// - Isolation: an actor on the process's first loop.
public final actor AccountDeletions: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let pool: PostgresPool
    private let hasOpenOrders: @Sendable (UserID) async throws -> Bool
    private let forget: @Sendable (UserID, _ email: String, PostgresTransaction) async throws -> Void
    private let logger: Logger
    private var isSweeping = false
    private var nextSweep: UInt64 = 0
    private let clock: any LoopClock

    /// How often it looks.
    static let pause: Duration = .seconds(60)
    /// Accounts that are read at a time.
    static let batch = 100
    /// Stored answers that are forgotten by one statement.
    static let keysMax: Int32 = 500

    /// Makes one; a timer calls `sweepWhenDue`.
    ///
    /// - Parameter forget: removes what other contexts keep of a user, in the transaction that removes the account.
    public init(
        executor: LoopExecutor, clock: any LoopClock, pool: PostgresPool, logger: Logger,
        forget: @escaping @Sendable (UserID, _ email: String, PostgresTransaction) async throws -> Void = { _, _, _ in
        },
        hasOpenOrders: @escaping @Sendable (UserID) async throws -> Bool
    ) {
        self.executor = executor
        self.clock = clock
        self.pool = pool
        self.hasOpenOrders = hasOpenOrders
        self.forget = forget
        self.logger = logger
    }

    /// Looks, unless it did within the last minute.
    public func sweepWhenDue() async {
        guard clock.now >= nextSweep else { return }
        nextSweep = clock.now + Self.pause.wholeMilliseconds * 1_000_000
        await sweep()
    }

    /// Removes all that can be removed; returns how many. A call during a sweep does nothing.
    @discardableResult
    public func sweep() async -> Int {
        guard !isSweeping else { return 0 }
        isSweeping = true
        defer { isSweeping = false }
        var removed = 0
        var last = UserID(rawValue: .min)
        do {
            while true {
                let users = try await AccountsStore.waitingForDeletion(after: last, limit: Self.batch, in: pool)
                for user in users {
                    if await removeIfFree(user) { removed += 1 }
                }
                guard users.count == Self.batch, let end = users.last else { return removed }
                last = end
            }
        } catch {
            // Found again by the next sweep.
            logger.warning("accounts to remove were not found", metadata: ["reason": "\(error)"])
            return removed
        }
    }

    /// Removes an account that nothing holds; one that cannot be removed must not keep the others waiting.
    private func removeIfFree(_ user: UserID) async -> Bool {
        do {
            guard try await !hasOpenOrders(user) else { return false }
            return try await remove(user)
        } catch {
            // Tried again by the next sweep.
            logger.warning("an account was not removed", metadata: ["user": "\(user)", "reason": "\(error)"])
            return false
        }
    }

    private func remove(_ user: UserID) async throws -> Bool {
        // Before the row says that it is done: a crash in between begins anew.
        while try await KeyStore.forget(of: user, limit: Self.keysMax, in: pool) == Int(Self.keysMax) {}
        return try await pool.withTransaction { transaction in
            let person = try await AccountsStore.people([user], in: transaction)[user]
            guard let person, try await AccountsStore.anonymise(user, in: transaction) else { return false }
            try await forget(user, person.email, transaction)
            try await UserEvents.append("user.deleted", of: user, in: transaction)
            try await AuditLog.append(
                AuditRecord(action: "user.deleted", actor: .system, entityType: "user", entityID: user.rawValue),
                in: transaction)
            return true
        }
    }
}
