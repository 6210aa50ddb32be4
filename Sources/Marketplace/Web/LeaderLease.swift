// SPDX-License-Identifier: Apache-2.0
public import Logging
internal import Metrics
public import Postgres
public import UVRuntime

/// One process of many does the work that one is enough for, as long as it lives.
///
/// Leadership saves work and decides nothing: two leaders for a moment (a process that was stopped and continued) do the
/// same work twice, and every statement of theirs is conditional.
///
/// - Isolation: an actor on the process's first loop.
public final actor LeaderLease: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let role: String
    private let instance: PostgresUUID
    private let store: LeaseStore
    private let logger: Logger
    private let gauge: Gauge
    private var isAsking = false
    private var hasEnded = false
    /// Whether this process leads, as it last heard.
    public private(set) var isLeader = false

    /// A leader that says nothing for so long is followed by another: five missed renewals.
    public static let lifetimeSeconds: Int32 = 5

    /// Makes a lease that is not held.
    ///
    /// - Parameters:
    ///   - role: what is led, such as `upkeep`.
    ///   - instance: this process, unlike any other.
    public init(executor: LoopExecutor, role: String, instance: PostgresUUID, store: LeaseStore, logger: Logger) {
        self.executor = executor
        self.role = role
        self.instance = instance
        self.store = store
        self.logger = logger
        gauge = Gauge(label: "mve_leader", dimensions: [("role", role)])
    }

    /// Takes or keeps the lead; for a timer, about once a second.
    ///
    /// - Returns: whether this process leads now. Who cannot ask does not lead.
    public func renew() async -> Bool {
        guard !isAsking, !hasEnded else { return isLeader }
        isAsking = true
        defer { isAsking = false }
        let before = isLeader
        do {
            let leads = try await store.lead(role, instance, lifetime: Self.lifetimeSeconds)
            isLeader = leads && !hasEnded
        } catch {
            isLeader = false
            logger.warning("asking for the lead failed", metadata: ["role": "\(role)", "reason": "\(error)"])
        }
        if isLeader != before { logger.info(isLeader ? "leads" : "leads no more", metadata: ["role": "\(role)"]) }
        gauge.record(isLeader ? 1 : 0)
        return isLeader
    }

    /// Lets the next one lead at once, for good; at the end of the process.
    public func release() async {
        hasEnded = true
        guard isLeader else { return }
        isLeader = false
        do {
            try await store.release(role, instance)
        } catch {
            logger.debug("the lead runs out by itself", metadata: ["reason": "\(error)"])
        }
    }
}
