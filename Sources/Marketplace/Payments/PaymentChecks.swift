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
    private var isMatching = false
    /// When a buyer last made us ask, by attempt.
    private var asked: [PaymentID: UInt64] = [:]

    /// Attempts, or events, that are taken at a time.
    static let batch = 32
    /// Questions at a time. A provider that answers in 200 ms is asked twenty a second, which leaves most of its limits, and of the 32
    /// connections to it, to buyers; of one that does not answer, four attempts have heard after eight seconds.
    static let atOnce = 4
    /// When an attempt is asked about again whose question was not answered.
    static let awayPause: Duration = .seconds(30)
    /// A buyer's refresh asks the provider about one attempt this often at most.
    static let refreshPause: UInt64 = 5_000_000_000
    /// Attempts remembered for that; past it the oldest are forgotten, and may be asked about sooner.
    static let askedMax = 4096

    /// Puts the parts together; timers call `sweep` and `match`.
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

    /// Asks about all attempts that are due, those with authorized money first; returns about how many. A call during a sweep does nothing.
    ///
    /// While the provider does not answer, asking the others is of no use, and a question without an answer is none of the schedule: the
    /// sweep ends, and their steps are given back.
    @discardableResult
    public func sweep() async -> Int {
        guard !isSweeping else { return 0 }
        isSweeping = true
        defer { isSweeping = false }
        var count = 0
        do {
            while true {
                let due = try await store.takeDueChecks(limit: Self.batch)
                let left = await ask(due)
                count += due.count - left.unasked.count
                guard left.unanswered.isEmpty else {
                    try await store.putBack(left.unanswered, after: Self.awayPause)
                    try await store.putBack(left.unasked, after: .zero)
                    break
                }
                if due.count < Self.batch { break }
            }
            return count
        } catch {
            logger.warning("looking for attempts to check failed", metadata: ["reason": "\(error)"])
            return count
        }
    }

    /// Asks about some attempts, `atOnce` of them at a time; none is begun any more once the provider is away.
    private func ask(_ due: [PaymentCheck]) async -> (unanswered: [PaymentCheck], unasked: [PaymentCheck]) {
        await withTaskGroup(of: PaymentCheck?.self) { group in
            var rest = due[...]
            var unanswered: [PaymentCheck] = []
            for check in rest.prefix(Self.atOnce) {
                group.addTask { await self.ask(check) ? nil : check }
            }
            rest = rest.dropFirst(Self.atOnce)
            while let missed = await group.next() {
                if let missed { unanswered.append(missed) }
                guard unanswered.isEmpty, let check = rest.popFirst() else { continue }
                group.addTask { await self.ask(check) ? nil : check }
            }
            return (unanswered, Array(rest))
        }
    }

    /// Applies what came too early and has its payment now, a webhook can overtake our own commit; gives up what waited for too long. Needs no
    /// provider, so it does not wait for one. A call during another does nothing.
    public func match() async {
        guard !isMatching else { return }
        isMatching = true
        defer { isMatching = false }
        do {
            try await matchWaitingEvents()
        } catch {
            logger.warning("looking for events that wait failed", metadata: ["reason": "\(error)"])
        }
    }

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
            if let check = try await store.check(payment) { _ = await ask(check) }
        } catch {
            logger.warning("reading an attempt failed", metadata: ["payment": "\(payment)", "reason": "\(error)"])
        }
    }

    /// - Returns: false where the provider is away: it was not reached, or did not answer.
    private func ask(_ check: PaymentCheck) async -> Bool {
        do {
            if let order = check.providerOrder {
                for payment in try await news.askAll(ofOrder: order, source: "poller") {
                    try await captures.settle(payment)
                }
            } else if check.status == "created" {
                try await complete(check)
            }
            return true
        } catch {
            // The next question, or the next webhook, brings it.
            logger.warning(
                "asking the provider failed", metadata: ["payment": "\(check.payment)", "reason": "\(error)"])
            guard let failure = error as? RazorpayError else { return true }
            return failure.kind != .notDone && failure.kind != .unknown
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
