// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import UVRuntime

/// What buyers are up to.
struct BuyerPlan: Sendable {
    var rounds: Int
    var variants: [VariantID]
    /// Only one unit of the first variant, ordered until there is an answer.
    var isFlashSale: Bool
    var ttl: Duration
}

/// A person with a browser: fills a cart, orders it, pays or not, and repeats what was not answered.
actor Buyer: LoopActor {
    nonisolated let executor: LoopExecutor
    let clock: ManualExecutor
    let user: UserID
    let plan: BuyerPlan
    let cluster: Cluster
    let database: SimulatedDatabase
    let provider: SimulatedProvider
    let book: AnswerBook
    let dice: Dice
    let trace: Trace
    let numbers: Numbers
    /// The process that a balancer sends this person to.
    let home: Int?
    let activity: Activity
    /// Tasks of this person that are not through yet.
    private(set) var busy = 0
    var doing = "nothing yet"

    init(
        _ user: Int64, _ plan: BuyerPlan, cluster: Cluster, database: SimulatedDatabase, provider: SimulatedProvider,
        book: AnswerBook, numbers: Numbers, activity: Activity
    ) {
        executor = cluster.executor
        clock = cluster.executor
        self.user = UserID(rawValue: user)
        self.plan = plan
        self.cluster = cluster
        self.database = database
        self.provider = provider
        self.book = book
        self.numbers = numbers
        self.activity = activity
        dice = cluster.dice
        trace = cluster.trace
        home = cluster.dice.chance(perMille: 500) ? cluster.dice.below(cluster.count) : nil
    }

    var owner: CartOwner { .user(user) }

    func start() {
        spawn { buyer in
            for _ in 0..<buyer.plan.rounds { await buyer.round() }
        }
    }

    /// Another tab of the same person.
    func spawn(_ body: @escaping @Sendable (isolated Buyer) async -> Void) {
        busy += 1
        activity.clients.increase()
        _ = Task {
            await body(self)
            busy -= 1
            activity.clients.decrease()
        }
    }

    private func round() async {
        await pause(dice.number(0...40))
        if plan.isFlashSale {
            await change(.add(plan.variants[0], 1), isKeyed: true)
        } else {
            for _ in 0..<dice.number(1...2) { await change(intent(), isKeyed: dice.chance(perMille: 600)) }
            if dice.chance(perMille: 120) { spawn { await $0.change($0.intent(), isKeyed: true) } }
            if dice.chance(perMille: 60) { await merge() }
        }
        await order()
    }

    private func intent() -> SimulatedDatabase.CartIntent {
        let variant = dice.pick(plan.variants)
        return dice.chance(perMille: 700) ? .add(variant, dice.number(1...2)) : .set(variant, dice.number(1...3))
    }

    // MARK: carts

    func change(_ intent: SimulatedDatabase.CartIntent, isKeyed: Bool) async {
        let tag = Int(numbers.next())
        var request = CartRequest(owner: owner, key: isKeyed ? tag : nil, tag: tag, intent: intent)
        if dice.chance(perMille: 150) { request.expectedVersion = await cart().version }
        await database.means(request)
        _ = await persist(request)
    }

    /// Repeats a change until it is answered. Without a key it may be made more than once.
    func persist(_ request: CartRequest) async -> Response {
        doing = "changing a cart, \(request.tag)"
        let digest = request.key.map { Hash32.key($0, of: 2) }
        if let digest { book.asks(digest, request.fingerprint) }
        while true {
            let sent = clock.now
            let reply = await cluster.ask(cluster.pick(home: home), patience: patience) {
                try await $0.changeCart(request)
            }
            if let response = reply.final {
                trace.note { "\(user): cart change \(request.tag): \(response.status) \(response.body)" }
                if let digest { await book.hears(response, digest, request.fingerprint, sent: sent) }
                if response.status == 200 { await database.acknowledged(request) }
                return response
            }
            await pause(dice.number(5...40))
        }
    }

    private func merge() async {
        let guest = CartOwner.token(.of([5, UInt64(user.rawValue)]))
        let tag = Int(numbers.next())
        let request = CartRequest(owner: guest, key: tag, tag: tag, intent: .add(dice.pick(plan.variants), 1))
        await database.means(request)
        _ = await persist(request)
        let owner = owner
        while true {
            doing = "merging carts"
            let reply = await cluster.ask(cluster.pick(home: home), patience: patience) {
                try await $0.mergeCart(guest, into: owner)
            }
            if reply.final != nil { return }
            await pause(dice.number(5...40))
        }
    }

    /// The cart as some process shows it, which may be an older one.
    func cart() async -> CartView {
        let (owner, fresh) = (owner, plan.isFlashSale || dice.chance(perMille: 600))
        while true {
            doing = "reading the cart"
            let reply = await cluster.ask(cluster.pick(home: home), patience: patience) {
                try await $0.readCart(owner, fresh: fresh)
            }
            if case .success(let view) = reply { return view }
            await pause(dice.number(5...40))
        }
    }

    var patience: Int { dice.chance(perMille: 200) ? dice.number(3...20) : dice.number(60...400) }

    func pause(_ milliseconds: Int) async {
        await clock.pause(milliseconds)
    }
}
