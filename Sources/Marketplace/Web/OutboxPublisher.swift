// SPDX-License-Identifier: Apache-2.0
public import Logging
import MarketCore
internal import Metrics
public import Postgres
public import UVRuntime

/// Hands committed events to their subscribers, in order and once, for the process that leads.
///
/// A batch is one transaction: events are taken, what the subscribers make of them is written, and the cursor moves on. A crash loses all
/// of it or nothing, so that no event is lost and none has its effect twice. The database lets one transaction publish at a
/// time, also where two processes believe that they lead. Where the database was restored into another cluster, the cursor is made that
/// one's first.
///
/// A batch that fails is gone through event by event; one that fails alone for what it is, not for the state of the database, is owed as
/// a job (`outbox.deliver`), so that it holds up nobody. Later events of its object then pass it by: receivers that care have
/// the numbers.
///
/// - Isolation: an actor on the process's first loop.
public final actor OutboxPublisher: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let pool: PostgresPool
    private let clock: any LoopClock
    private let subscribers: [OutboxSubscriber]
    private let ordersWait: @Sendable () async -> Bool
    private let logger: Logger
    private var isRunning = false
    private var isStopped = false
    /// Events to be taken one by one, after a batch that failed.
    private var alone = 0
    /// Whether the last batch took longer than a statement may.
    private var isPatient = false
    /// The event that was taken alone last.
    private var lone: EventID?
    private let published = Counter(label: "mve_outbox_published_total")
    private let setAside = Counter(label: "mve_outbox_set_aside_total")

    /// Between looks where nothing waits: people hear of what happened within half a second, for four index look-ups a second.
    public static let pause: Duration = .milliseconds(250)
    /// Events of a transaction: it holds the locks of as many readers' counters, and is written again whole after a crash.
    static let batch = 200
    /// Events that are looked at in a transaction where a cursor is rebased: some tenths of a second.
    static let rebased = 10_000
    /// The longest rest between batches while orders or payments wait: as long as a batch takes, so that publishing has half of a
    /// connection's time then, and events never more than twice the time to wait.
    static let restMax: Duration = .milliseconds(250)

    /// Makes one; a timer calls `run`.
    ///
    /// - Parameters:
    ///   - clock: measures batches and rests; nil takes the executor's own.
    ///   - ordersWait: whether those who are answered wait for the database: they come first.
    public init(
        executor: LoopExecutor, clock: (any LoopClock)? = nil, pool: PostgresPool, subscribers: [OutboxSubscriber],
        ordersWait: @escaping @Sendable () async -> Bool = { false }, logger: Logger
    ) {
        guard let clock = clock ?? (executor as? any LoopClock) else {
            preconditionFailure("an executor without a clock needs one beside it")
        }
        self.executor = executor
        self.clock = clock
        self.pool = pool
        self.subscribers = subscribers
        self.ordersWait = ordersWait
        self.logger = logger
    }

    /// Hands on what waits; returns how many events. A call during a run does nothing.
    @discardableResult
    public func run() async -> Int {
        guard !isRunning, !isStopped else { return 0 }
        isRunning = true
        defer { isRunning = false }
        var count = 0
        while !isStopped {
            let limit = alone > 0 ? 1 : Self.batch
            let begun = clock.now
            do {
                let step = try await publish(limit)
                isPatient = false
                count += step.count
                if alone > 0 { alone -= 1 }
                if step.isLast { break }
                await makeRoom(after: .nanoseconds(Int64(clamping: clock.now &- begun)))
            } catch {
                guard await recover(from: error, limit) else { break }
            }
        }
        if count > 0 { published.increment(by: Int64(count)) }
        return count
    }

    /// Begins no further batch.
    public func stop() {
        isStopped = true
    }

    /// Rests as long as the last batch took where orders wait.
    private func makeRoom(after batch: Duration) async {
        guard await ordersWait() else { return }
        // Only an executor that has ended could throw here, and then nothing is begun any more.
        try? await clock.pause(for: min(batch, Self.restMax))
    }

    /// Hands on a batch. After the last page of a larger tick is asked again: others have come meanwhile.
    private func publish(_ limit: Int) async throws -> (count: Int, isLast: Bool) {
        var afterwards: [OutboxSubscriber.Afterwards] = []
        let isPatient = isPatient
        let step: (count: Int, isLast: Bool) = try await pool.withTransaction { transaction in
            guard let batch = try await OutboxStore.take(limit, isPatient: isPatient, in: transaction) else {
                return (0, true)
            }
            CrashPoint.reach(.outboxTaken)
            if limit == 1 { lone = batch.events.first?.id }
            afterwards = try await subscribers.take(batch.events, in: transaction)
            try await OutboxStore.markPublished(batch, in: transaction)
            CrashPoint.reach(.outboxHandedOn)
            return (batch.events.count, batch.isWhole && batch.events.count < limit)
        }
        if step.count > 0 { CrashPoint.reach(.outboxPublished) }
        for follow in afterwards { await follow() }
        return step
    }

    /// What to do after a batch that failed; false where nothing can be done now.
    private func recover(from error: any Error, _ limit: Int) async -> Bool {
        if OutboxStore.isForeign(error) { return await rebase() }
        guard Self.isAboutTheEvent(error) else {
            if (error as? PostgresError)?.errorClass == .canceled { isPatient = true }
            logger.warning("events were not handed on", metadata: ["reason": "\(error)"])
            return false
        }
        guard limit == 1 else {
            alone = limit
            return true
        }
        do {
            let isPatient = isPatient
            try await pool.withTransaction { transaction in
                // One that came in front of it meanwhile is not to blame: it is tried first.
                guard let batch = try await OutboxStore.take(1, isPatient: isPatient, in: transaction),
                    let event = batch.events.first, event.id == lone
                else { return }
                try await OutboxDelivery.owe(event, in: transaction)
                try await OutboxStore.markPublished(batch, in: transaction)
                logger.error(
                    "an event was set aside",
                    metadata: ["event": "\(event.id)", "type": "\(event.event.type)", "reason": "\(error)"])
            }
            setAside.increment()
            alone -= 1
            return true
        } catch {
            logger.warning("events were not handed on", metadata: ["reason": "\(error)"])
            return false
        }
    }

    /// Makes the cursor this cluster's; false where that cannot be done now. What was done of it stays.
    private func rebase() async -> Bool {
        logger.warning("the database was another cluster's: what was handed on is told apart anew")
        do {
            while !isStopped {
                let isDone = try await pool.withTransaction { try await OutboxStore.rebase(Self.rebased, in: $0) }
                guard let isDone else { break }
                if isDone { return true }
            }
        } catch {
            logger.warning("events were not handed on", metadata: ["reason": "\(error)"])
        }
        return false
    }

    /// Whether another event would not have failed.
    private static func isAboutTheEvent(_ error: any Error) -> Bool {
        guard let error = error as? PostgresError else { return true }
        return switch error.errorClass {
        case .constraint, .other: true
        case .serialization, .lockTimeout, .canceled, .connectionLost, .readOnly, .resources: false
        }
    }
}
