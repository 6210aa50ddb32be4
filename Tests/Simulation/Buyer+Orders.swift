// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import UVRuntime

extension Buyer {
    /// Orders what is in the cart, in one of the ways in which people do.
    func order() async {
        for _ in 0..<4 {
            let view = await cart()
            guard !view.units.isEmpty else { return }
            var request = OrderRequest(
                user: user, key: Int(numbers.next()), cartVersion: view.version, expectedTotal: view.total)
            let way = plan.isFlashSale ? 0 : dice.below(10)
            switch way {
            case 5: request.key = nil
            case 6:  // A double click.
                let again = request
                spawn { _ = await $0.persist(again) }
            case 7:  // Two tabs, each with its own key.
                var other = request
                other.key = Int(numbers.next())
                let twin = other
                spawn { _ = await $0.persist(twin) }
            case 8:  // The key with another body, before or meanwhile.
                var other = request
                other.note = 1
                let twin = other
                spawn { _ = await $0.persist(twin) }
            case 9 where dice.chance(perMille: 500):  // Gone before the answer.
                let last = request
                spawn { _ = await $0.send(last, patience: 1) }
                return
            default: break
            }
            let response = await persist(request)
            switch response.problem {
            case nil:
                if let order = await database.acknowledged(response, request) { await after(order) }
                return
            case "insufficient-stock": return
            default: continue  // Look again and order anew, under a new key.
            }
        }
    }

    /// Asks until there is a final answer.
    func persist(_ request: OrderRequest) async -> Response {
        while true {
            doing = "ordering version \(request.cartVersion) under key \(request.key ?? 0)"
            if let response = await send(request, patience: patience) { return response }
            await pause(dice.number(5...40))
        }
    }

    /// Asks once; nil when there is no final answer.
    func send(_ request: OrderRequest, patience: Int) async -> Response? {
        let digest = request.key.map { Hash32.key($0, of: 1) }
        if let digest { book.asks(digest, request.fingerprint) }
        let (sent, ttl) = (clock.now, plan.ttl)
        let reply = await cluster.ask(cluster.pick(home: home), patience: patience) {
            try await $0.createOrder(request, ttl: ttl)
        }
        guard let response = reply.final else { return nil }
        trace.note { "\(user): key \(request.key ?? 0): \(response.status) \(response.body)" }
        if let digest { await book.hears(response, digest, request.fingerprint, sent: sent) }
        if response.problem == nil { _ = await database.acknowledged(response, request) }
        return response
    }

    /// Pays, cancels, does both at once, or lets the time pass.
    private func after(_ order: OrderID) async {
        if plan.isFlashSale { return }
        let (wantsToPay, wantsToCancel) = (dice.chance(perMille: 700), dice.chance(perMille: 120))
        if wantsToCancel {
            spawn { buyer in
                await buyer.pause(buyer.dice.number(0...60))
                let user = buyer.user
                _ = await buyer.cluster.ask(buyer.cluster.pick(), patience: buyer.patience) {
                    try await $0.cancelOrder(order, of: user)
                }
            }
        }
        guard wantsToPay else { return }
        for _ in 0..<6 {
            doing = "paying \(order)"
            let reply = await cluster.ask(cluster.pick(), patience: patience) { try await $0.initiatePayment(order) }
            guard case .success(let made) = reply else {
                await pause(dice.number(5...40))
                continue
            }
            if let made { await provider.pay(made, dice.pick(SimulatedProvider.Plan.allCases)) }
            return
        }
    }
}
