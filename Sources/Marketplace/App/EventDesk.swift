// SPDX-License-Identifier: Apache-2.0
import Logging
import MarketHTTP
import Payments
import UVRuntime

/// Hands committed events on and begins what is scheduled, in the process that leads at it; works off the jobs that both leave, in
/// every process.
///
/// - Isolation: made and used on the first loop.
struct EventDesk: Sendable {
    private let lead: LeaderLease
    private let publisher: OutboxPublisher
    private let scheduler: JobScheduler
    private let jobs: JobRunner

    /// - Parameters:
    ///   - subscribers: who is told of events.
    ///   - ordersWait: whether orders or payments wait for the database; events make room for them.
    init(
        _ part: Shop.LoopParts, _ identity: ProcessIdentity, subscribers: [OutboxSubscriber],
        ordersWait: @escaping @Sendable () async -> Bool, logger: Logger
    ) {
        let (loop, pool) = (part.loop, part.pool)
        lead = LeaderLease(
            executor: loop, role: "outbox", instance: identity.instance, store: LeaseStore(postgres: pool),
            logger: logger)
        publisher = OutboxPublisher(
            executor: loop, pool: pool, subscribers: subscribers, ordersWait: ordersWait, logger: logger)
        scheduler = JobScheduler(
            executor: loop, postgres: pool,
            schedules: [OutboxReaper.schedule, ResumeProviderCalls.schedule, InboxReaper.schedule],
            logger: logger)
        let (delivery, reaper) = (OutboxDelivery(pool: pool, subscribers: subscribers), OutboxReaper(pool: pool))
        jobs = JobRunner(
            executor: loop, store: JobStore(postgres: pool),
            handlers: [
                OutboxDelivery.kind: { try await delivery.deliver($0) },
                OutboxReaper.kind: { _ in try await reaper.reap() },
            ], logger: logger)
    }

    /// Starts the timers. On the loop.
    func start(on loop: EventLoop) {
        let (lead, publisher, scheduler, jobs) = (lead, publisher, scheduler, jobs)
        _ = loop.schedule(every: Upkeep.beat) {
            loop.spawn {
                if await lead.renew() { await scheduler.tick() }
                await jobs.run()
            }
        }
        _ = loop.schedule(every: OutboxPublisher.pause) {
            loop.spawn {
                if await lead.isLeader { await publisher.run() }
            }
        }
    }

    /// Begins nothing more and lets another process lead.
    func stop() async {
        await publisher.stop()
        await jobs.stop()
        await lead.release()
    }
}
