// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import UVRuntime

/// The payment provider: makes orders, lets people pay, and says so late, often, never and out of order.
actor SimulatedProvider: LoopActor {
    nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let dice: Dice
    private let trace: Trace
    private var orders: [String: Int64] = [:]
    private var payments: [String: Payment] = [:]
    private var paymentsMade = 0
    private var eventsMade = 0
    private let activity: Activity
    private var failuresPerMille = 0
    private var deliver: (@Sendable (ProviderNews) async -> Bool)?

    struct Payment {
        let order: String
        let amount: Int64
        var rank: Int16
    }

    /// How a person pays.
    enum Plan: CaseIterable {
        case plain, direct, failsFirst, authorizedOnly, wrongAmount, twice, late, unknown, twoBodies
    }

    init(executor: LoopExecutor, clock: any LoopClock, dice: Dice, trace: Trace, activity: Activity) {
        self.executor = executor
        self.clock = clock
        self.dice = dice
        self.trace = trace
        self.activity = activity
    }

    func attach(_ deliver: @escaping @Sendable (ProviderNews) async -> Bool, failuresPerMille: Int) {
        self.deliver = deliver
        self.failuresPerMille = failuresPerMille
    }

    func heal() {
        failuresPerMille = 0
    }

    /// Lets go of the processes, which have it too.
    func detach() {
        deliver = nil
    }

    /// One order per receipt; nil when it cannot be reached, done or not.
    func makeOrder(receipt: PaymentID, amount: Int64) async -> String? {
        await pause(dice.number(0...5))
        if dice.chance(perMille: failuresPerMille) { return nil }
        let name = "order_\(receipt)"
        orders[name] = amount
        await pause(dice.number(0...5))
        return dice.chance(perMille: failuresPerMille) ? nil : name
    }

    /// What was paid on an order, as the poller and verify are told.
    func said(of order: String) -> [ProviderNews] {
        payments.filter { $0.value.order == order }.sorted { $0.key < $1.key }.compactMap { name, payment in
            PaymentMessage.Kind(rawValue: payment.rank).map {
                ProviderNews(kind: $0, event: nil, order: order, payment: name, amount: payment.amount)
            }
        }
    }

    /// Captured payments of orders that are known here.
    var captured: [(payment: String, order: String)] {
        payments.filter { $0.value.rank == 3 && orders[$0.value.order] != nil }.map { ($0.key, $0.value.order) }
    }

    /// A person pays, or tries to.
    func pay(_ order: String, _ plan: Plan) {
        guard let amount = orders[order] else { return }
        switch plan {
        case .plain: make(order, amount, [.authorized, .captured])
        case .direct: make(order, amount, [.captured])
        case .authorizedOnly: make(order, amount, [.authorized])
        case .failsFirst:
            make(order, amount, [.failed])
            make(order, amount, [.authorized, .captured])
        case .wrongAmount: make(order, amount + 1, [.authorized, .captured])
        case .twice:
            make(order, amount, [.authorized, .captured])
            make(order, amount, [.captured])
        case .late: make(order, amount, [.failed, .authorized, .captured], after: 500)
        case .unknown: make("order_nobody", amount, [.captured])
        case .twoBodies:
            make(order, amount, [.authorized, .captured])
            let event = event(.ignored)
            send(ProviderNews(kind: .ignored, event: event, order: order, payment: "pay_0", amount: 1), after: 0)
            let twin = PaymentMessage.Event(id: event.id, type: "other", bodyHash: .of([9]), body: [9])
            send(ProviderNews(kind: .ignored, event: twin, order: order, payment: "pay_0", amount: 1), after: 1)
        }
    }

    private func make(_ order: String, _ amount: Int64, _ steps: [PaymentMessage.Kind], after: Int = 0) {
        paymentsMade += 1
        let name = "pay_\(paymentsMade)"
        payments[name] = Payment(order: order, amount: amount, rank: steps.last?.rawValue ?? 0)
        trace.note { "provider: \(name) of \(order), \(amount)" }
        for step in steps {
            let news = ProviderNews(kind: step, event: event(step), order: order, payment: name, amount: amount)
            // The provider says so at least once, or never: then the poller finds it.
            let times = dice.chance(perMille: 150) ? 0 : dice.number(1...5)
            for _ in 0..<min(times, 3) { send(news, after: after + dice.number(0...60)) }
            if step == .captured, dice.chance(perMille: 300) {
                let paid = ProviderNews(
                    kind: step, event: event(step), order: order, payment: name, amount: amount)
                send(paid, after: after + dice.number(0...60))
            }
        }
    }

    private func event(_ kind: PaymentMessage.Kind) -> PaymentMessage.Event {
        eventsMade += 1
        return PaymentMessage.Event(
            id: "evt_\(eventsMade)", type: "\(kind)", bodyHash: .of([8, UInt64(eventsMade)]),
            body: [UInt8(eventsMade & 0xFF)])
    }

    /// Delivers until it is acknowledged.
    private func send(_ news: ProviderNews, after: Int) {
        activity.deliveries.increase()
        _ = Task {
            await pause(after)
            while let deliver, await !deliver(news) { await pause(dice.number(10...80)) }
            activity.deliveries.decrease()
        }
    }

    func pause(_ milliseconds: Int) async {
        await clock.pause(milliseconds)
    }
}
