// SPDX-License-Identifier: Apache-2.0
import HTTP
import HTTPClient
import Logging
import MarketCore
import MarketCrypto
import UVRuntime

/// The provider: orders, payments and webhooks of one test account, in memory.
///
/// Whatever a call changes, it changes without an await in between; webhooks are sent by tasks of their own afterwards.
///
/// - Isolation: an actor on its loop.
final actor PaymentProvider: LoopActor {
    nonisolated var executor: LoopExecutor { loop }
    nonisolated let loop: EventLoop
    nonisolated let clock: SandboxClock
    nonisolated let configuration: SandboxConfiguration
    nonisolated let logger: Logger

    let ids: IDSource
    /// Signs what a checkout returns.
    let checkoutKey: HMACSHA256
    var book: OrderBook
    var webhooks: WebhookBook
    var idempotency: IdempotencyBook
    /// What happens by itself, later.
    var agenda = Agenda()
    /// The earliest moment that a task of the agenda waits for.
    var agendaWake: Timestamp?
    var faults = FaultPlan()
    var log: CallLog
    /// Callers of the log that wait for its next entry.
    var logWaiters: [LogWaiter] = []

    let client: HTTPClient
    let slots: SendSlots
    /// Tasks that send webhooks or wait for the agenda.
    private var taskCount = 0
    private var endWaiters: [LoopContinuation<Void>] = []

    init(_ configuration: SandboxConfiguration, on loop: EventLoop, logger: Logger) {
        self.configuration = configuration
        self.loop = loop
        self.logger = logger
        clock = SandboxClock(
            loop: loop, from: configuration.time.now(), rate: configuration.clockRate)
        ids = IDSource(configuration.random)
        checkoutKey = HMACSHA256(key: Array(configuration.keySecret.utf8))
        book = OrderBook(ids: ids, limits: configuration.limits)
        webhooks = WebhookBook(secret: configuration.webhookSecret, limits: configuration.limits)
        idempotency = IdempotencyBook(limits: configuration.limits)
        log = CallLog(limits: configuration.limits)
        var settings = HTTPClientConfiguration()
        settings.concurrentMax = configuration.limits.webhookSends
        settings.userAgent = "Razorpay-Webhook/v1"
        // An acknowledgement is its status; what else comes is not looked at.
        settings.responseBytesMax = 1 << 20
        client = HTTPClient(loop: loop, configuration: settings)
        slots = SendSlots(executor: loop, count: configuration.limits.webhookSends)
    }

    /// The time of the sandbox in Unix seconds.
    var seconds: Int64 { clock.now.seconds }

    // MARK: Changes

    /// Something happens that makes up to `count` events: room for them first, then the change, then they are sent.
    func happen<Entity>(
        events count: Int = PaymentProvider.eventsPerOccurrence,
        _ change: (inout OrderBook) throws(ProviderError) -> (Entity, [EventDraft])
    ) throws(ProviderError) -> Entity {
        try webhooks.requireRoom(for: count)
        let (entity, events) = try change(&book)
        emit(events)
        return entity
    }

    // MARK: Tasks

    /// Starts a task that sends webhooks or waits for the agenda; at most one for each occurrence and for each event that
    /// waits, as many again for each of its replays, and one for each item of the agenda.
    func startTask(_ body: @escaping (isolated PaymentProvider) async -> Void) {
        taskCount += 1
        Task {
            await body(self)
            taskCount -= 1
            if taskCount == 0 {
                for waiter in endWaiters { waiter.resume() }
                endWaiters = []
            }
        }
    }

    /// Wakes everyone who waits for time or for the log, so that their answers can go out.
    func endWaiting() {
        clock.stop()
        wakeLogWaiters()
    }

    /// Ends every delivery and closes the connections. What was not delivered is lost, like all the rest.
    func close() async throws {
        endWaiting()
        await client.close()
        try await withLoopContinuation { continuation in
            if taskCount == 0 {
                continuation.resume()
            } else {
                endWaiters.append(continuation)
            }
        }
    }
}
