// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// Buyers in turn, and how their carts are had: filled through the API, or read as they are.
///
/// - Isolation: of the traffic that owns it.
final class BuyerCarts {
    let buyers: [Buyer]
    let requests: RequestBytes
    private let variants: [VariantID]
    private let lines: Int
    private let isPrefilled: Bool
    private var random: SeededRandom
    /// Buyers without a prepared cart, by index; taken from the front.
    private var idle: [Int]
    private var idleStart = 0
    /// Filling carts; measured in the mixed mode, otherwise counted to explain why fewer were prepared.
    var tally = Tally()

    /// - Parameters:
    ///   - lines: of each cart, one unit each.
    ///   - isPrefilled: carts are taken as they are, each once.
    init(
        _ buyers: [Buyer], variants: [VariantID], lines: Int, isPrefilled: Bool, requests: RequestBytes, seed: UInt64
    ) {
        self.buyers = buyers
        self.variants = variants
        self.lines = lines
        self.isPrefilled = isPrefilled
        self.requests = requests
        random = SeededRandom(seed: seed)
        idle = Array(buyers.indices)
    }

    /// Whether a buyer is left for this round.
    var hasIdle: Bool { idleStart < idle.count }

    func takeBuyer() -> Int? {
        guard idleStart < idle.count else { return nil }
        defer { idleStart += 1 }
        if idleStart > 4096, idleStart * 2 > idle.count {
            idle.removeFirst(idleStart)
            idleStart = 0
        }
        return idle[idleStart]
    }

    /// A buyer whose order was answered may order again, but a seeded cart is used once.
    func release(_ buyer: Int) {
        if !isPrefilled { idle.append(buyer) }
    }

    /// Whether nobody's cart could be had, for a reason that all share: a wrong token, a server that fails.
    var isHopeless: Bool {
        tally.ok == 0 && tally.requests >= 100 && !tally.refusals.keys.contains { $0.hasPrefix("cart-") }
    }

    /// Why there are no carts.
    var shortage: BenchError {
        let counts = "\(tally.refusals) \(tally.errors)"
        guard tally.errors.isEmpty, tally.refusals.keys.allSatisfy({ $0.hasPrefix("cart-") }) else {
            return .unreachable("no cart can be had: \(counts)")
        }
        return .usage(
            "no buyer is left with a cart of \(lines) lines: \(counts); mve seed --skus N --buyers N fills carts")
    }

    /// A cart as the mode wants it; nil when there is none, which is counted.
    func cart(of buyer: Int, on connection: LoadConnection) async throws(ExchangeFailure) -> CartAnswer? {
        isPrefilled ? try await read(buyer, on: connection) : try await fill(buyer, on: connection, start: .max)
    }

    /// Takes a buyer's cart as it is; nil when it does not hold what the seed put there, which is counted.
    private func read(_ buyer: Int, on connection: LoadConnection) async throws(ExchangeFailure) -> CartAnswer? {
        let exchange = try await connection.exchange(requests.readCart(token: buyers[buyer].token))
        guard exchange.answer.status == 200, let cart = CartAnswer(exchange.answer.body) else {
            note(exchange.answer)
            return nil
        }
        guard cart.items.count == lines else {
            tally.add(.refused(cart.items.isEmpty ? "cart-empty" : "cart-of-other-lines"))
            return nil
        }
        tally.add(.ok(exchange, since: exchange.sentAt))
        return cart
    }

    /// Puts lines into a buyer's cart; nil when the server refused, which is counted.
    ///
    /// A cart in which something was left, by a refused order or an earlier run, is emptied and filled again.
    func fill(
        _ buyer: Int, on connection: LoadConnection, start: UInt64
    ) async throws(ExchangeFailure) -> CartAnswer? {
        let token = buyers[buyer].token
        let wanted = chooseVariants()
        for attempt in 1...2 {
            let exchange = try await connection.exchange(requests.addToCart(wanted, token: token))
            guard exchange.answer.status == 200, let cart = CartAnswer(exchange.answer.body) else {
                note(exchange.answer)
                return nil
            }
            if cart.items.count == wanted.count, cart.units == Int64(wanted.count) {
                tally.add(.ok(exchange, since: min(start, exchange.sentAt)))
                return cart
            }
            guard attempt == 1 else { break }
            let cleared = try await connection.exchange(requests.clearCart(token: token))
            guard cleared.answer.status == 200 else {
                note(cleared.answer)
                return nil
            }
        }
        tally.add(.failed("cart-not-as-filled"))
        return nil
    }

    private func note(_ answer: ResponseParser.Answer) {
        tally.add(
            (400..<500).contains(answer.status)
                ? .refused(RefusalCode.of(answer)) : .failed("status-\(answer.status)"))
    }

    /// Different SKUs, each as likely as any other.
    private func chooseVariants() -> [VariantID] {
        var chosen: [VariantID] = []
        while chosen.count < lines, let variant = variants.randomElement(using: &random) {
            if !chosen.contains(variant) { chosen.append(variant) }
        }
        return chosen
    }
}
