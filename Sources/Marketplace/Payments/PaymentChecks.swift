// SPDX-License-Identifier: Apache-2.0
import Actors
public import Logging
import MarketCore
public import UVRuntime

/// Asks the provider about attempts that have not ended: webhooks get lost, and calls die half-way.
///
/// - Isolation: an actor on the loop of the provider's client.
public final actor PaymentChecks: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let store: PaymentStore
    private let news: PaymentNews
    private let captures: CaptureAuthorized
    private let providerOrders: ProviderOrders
    private let logger: Logger
    private var isSweeping = false
    /// When a buyer last made us ask, by attempt.
    private var asked: [PaymentID: UInt64] = [:]

    /// Attempts of one sweep: their calls run one after another, so that checks take one connection of the provider's 32.
    static let batch = 32
    /// A buyer's refresh asks the provider about one attempt this often at most.
    static let refreshPause: UInt64 = 5_000_000_000
    /// Attempts remembered for that; past it the oldest are forgotten, and may be asked about sooner.
    static let askedMax = 4096

    /// Puts the parts together; a timer calls `sweep`.
    public init(
        executor: LoopExecutor, clock: any LoopClock, store: PaymentStore, news: PaymentNews, client: RazorpayClient,
        providerOrders: ProviderOrders, logger: Logger
    ) {
        self.executor = executor
        self.clock = clock
        self.store = store
        self.news = news
        captures = CaptureAuthorized(store: store, client: client, news: news, logger: logger)
        self.providerOrders = providerOrders
        self.logger = logger
    }

    /// Asks about all attempts that are due; returns about how many. A call during a sweep does nothing.
    @discardableResult
    public func sweep() async -> Int {
        guard !isSweeping else { return 0 }
        isSweeping = true
        defer { isSweeping = false }
        var count = 0
        do {
            while true {
                let due = try await store.takeDueChecks(limit: Self.batch)
                for check in due { await ask(check) }
                count += due.count
                if due.count < Self.batch { break }
            }
            try await matchWaitingEvents()
            return count
        } catch {
            logger.warning("looking for attempts to check failed", metadata: ["reason": "\(error)"])
            return count
        }
    }

    /// A webhook can overtake our own commit: what came too early is applied once its payment is there.
    private func matchWaitingEvents() async throws {
        for event in try await store.takeMatchedEvents(limit: Self.batch) {
            do {
                _ = try await news.receive(RazorpayEvent(body: event.body), event, requestID: nil)
            } catch {
                // Its next match brings it; the others do not wait for it.
                logger.warning(
                    "matching an event failed", metadata: ["event_id": "\(event.id)", "reason": "\(error)"])
            }
        }
        for event in try await store.giveUpWaitingEvents(limit: Self.batch) {
            logger.error(
                "an event found no payment of ours in 72 hours",
                metadata: ["event_id": "\(event.id)", "type": "\(event.type)"])
        }
    }

    /// Asks about one attempt because its buyer wants to know; at most every 5 s.
    func refresh(_ payment: PaymentID) async {
        let now = clock.now
        if let last = asked[payment], now &- last < Self.refreshPause { return }
        if asked.count >= Self.askedMax {
            asked = asked.filter { now &- $0.value < Self.refreshPause }
            if asked.count >= Self.askedMax { asked.removeAll() }
        }
        asked[payment] = now
        do {
            if let check = try await store.check(payment) { await ask(check) }
        } catch {
            logger.warning("reading an attempt failed", metadata: ["payment": "\(payment)", "reason": "\(error)"])
        }
    }

    private func ask(_ check: PaymentCheck) async {
        do {
            if let order = check.providerOrder {
                for payment in try await news.askAll(ofOrder: order, source: "poller") {
                    try await captures.settle(payment)
                }
            } else if check.status == "created" {
                try await complete(check)
            }
        } catch {
            // The next question of its schedule, or the next webhook, brings it.
            logger.warning(
                "asking the provider failed", metadata: ["payment": "\(check.payment)", "reason": "\(error)"])
        }
    }

    /// An intent whose call never answered: the provider is asked by receipt, and the order made if it has none.
    private func complete(_ check: PaymentCheck) async throws {
        let order = try await providerOrders.order(
            for: PaymentIntent(
                payment: check.payment, order: check.order, amount: check.amount, payable: .zero, mayExist: true))
        try await store.initiated(check.payment, providerOrder: order.id, in: store.postgres())
    }
}
