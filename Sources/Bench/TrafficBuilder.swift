// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres
import Redis
import UVRuntime

/// Makes the traffic of a scenario out of what was found in the shop.
struct TrafficBuilder: Sendable {
    let settings: LoadSettings
    let supplies: Supplies
    let loop: EventLoop
    var attempts: AttemptStore?
    var redis: RedisClient?
    var webhookSecret: String?
    /// Names the run in keys and notes.
    let run: String
    let seed: UInt64
    /// The database's clock before the run, in microseconds since 1970.
    let since: Int64

    private var requests: RequestBytes { RequestBytes(authority: settings.target.authority) }

    /// - Parameter buyers: of this traffic alone.
    /// - Throws: `BenchError.usage` when something is missing that only the caller can give.
    func traffic(for scenario: Scenario, buyers: [Buyer]) throws -> sending any Traffic {
        if scenario.needsBuyers, buyers.isEmpty {
            throw BenchError.usage("\(scenario.name) needs buyers: give --tokens")
        }
        switch scenario.kind {
        case .hello(let path):
            return GetTraffic(scenario.name, kinds: [([requests.get(path)], 1)], seed: seed)
        case .browse(let pages):
            return GetTraffic(scenario.name, kinds: pages.map { (opened($0), $0.share) }, seed: seed)
        case .cart(let linesHeld):
            if let linesHeld, supplies.variants.count < linesHeld {
                throw BenchError.usage("\(scenario.name) wants \(linesHeld) SKUs with ample stock: mve seed --skus")
            }
            return CartTraffic(
                scenario.name, buyers: buyers, variants: supplies.variants, linesHeld: linesHeld, requests: requests,
                run: "\(run)-\(scenario.name)", seed: seed)
        case .order(let mix):
            guard !(settings.isPrefilled && mix.isMixed) else {
                throw BenchError.usage("--prefilled measures orders alone; \(scenario.name) fills carts too")
            }
            return orders(scenario.name, mix, buyers)
        case .replay(let mix, let level, let keys):
            let keys = settings.preparedMax ?? keys
            if level != .memory, settings.prepareTarget == nil, keys < ReplayTraffic.keysBeyondMemory {
                throw BenchError.usage(
                    "\(keys) keys stay in the server's memory: \(ReplayTraffic.keysBeyondMemory) are needed (--prepare), or "
                        + "another server that places the orders (--prepare-url)")
            }
            if level != .memory, redis == nil {
                throw BenchError.usage(
                    "\(scenario.name) looks at Redis's counters: give --redis, REDIS_URL or MVE_DATA_DIR")
            }
            return ReplayTraffic(
                scenario.name, orders: orders(scenario.name, mix, buyers), level: level,
                keys: keys, redis: redis,
                preparing: settings.prepareTarget.map { target in
                    (0..<settings.connections).map { _ in LoadConnection(to: target, on: loop, keepsBodies: true) }
                } ?? [])
        case .webhook(let mix):
            guard let attempts, let webhookSecret else {
                throw BenchError.usage(
                    "\(scenario.name) signs events: give --webhook-secret or RAZORPAY_WEBHOOK_SECRETS")
            }
            return WebhookTraffic(
                scenario.name, orders: orders(scenario.name, mix, buyers), attempts: attempts, secret: webhookSecret,
                count: settings.preparedMax, now: since / 1_000_000)
        case .mix:
            let parts = try scenario.parts()
            let hands = deal(buyers, to: parts.filter { $0.scenario.needsBuyers }.count)
            var hand = 0
            var kinds: [(traffic: any Traffic, share: Int)] = []
            for part in parts {
                kinds.append(
                    (try traffic(for: part.scenario, buyers: part.scenario.needsBuyers ? hands[hand] : []), part.share))
                if part.scenario.needsBuyers { hand += 1 }
            }
            return MixTraffic(scenario.name, kinds: kinds, seed: seed)
        }
    }

    private func orders(_ name: String, _ mix: OrderMix, _ buyers: [Buyer]) -> OrderTraffic {
        OrderTraffic(
            name, mix: mix,
            carts: BuyerCarts(
                buyers, variants: supplies.variants(for: mix), lines: mix.lines, isPrefilled: settings.isPrefilled,
                requests: requests, seed: seed),
            run: "\(run)-\(name)", since: since)
    }

    /// Parts of a mix share no buyer: each knows what its own ordered.
    private func deal(_ buyers: [Buyer], to count: Int) -> [[Buyer]] {
        var hands = Array(repeating: [Buyer](), count: count)
        for (index, buyer) in buyers.enumerated() where count > 0 { hands[index % count].append(buyer) }
        return hands
    }

    private func opened(_ page: Page) -> [[UInt8]] {
        for (mark, values) in supplies.places where page.path.contains(mark) {
            return values.map { requests.get(page.path.replacing(mark, with: $0)) }
        }
        return [requests.get(page.path)]
    }
}

extension Scenario {
    /// Whether somebody with a session has to send the requests.
    var needsBuyers: Bool {
        switch kind {
        case .hello, .browse: false
        case .cart, .order, .replay, .webhook: true
        case .mix: (try? parts().contains { $0.scenario.needsBuyers }) ?? true
        }
    }

    /// Whether nothing but the server is touched.
    var isAlone: Bool {
        if case .hello = kind { true } else { false }
    }

    /// Whether somebody reads the answers' bodies.
    var keepsBodies: Bool {
        switch kind {
        case .hello, .browse: false
        case .cart, .order, .replay, .webhook, .mix: true
        }
    }
}
