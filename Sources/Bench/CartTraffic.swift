// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// One unit at a time into the carts of many buyers, each request under a key; the same SKU merges into its line.
///
/// Where carts are to have a number of lines, they are filled to it before, and what is added merges into one of them; an empty
/// cart is emptied again after each addition, which is not measured.
final class CartTraffic: Traffic {
    let name: String
    private let buyers: [Buyer]
    private let variants: [VariantID]
    private let requests: RequestBytes
    private let run: String
    /// Lines of each cart when something is added; nil: as they come, few.
    private let linesHeld: Int?
    private var random: SeededRandom
    /// What each buyer's cart must hold, by index; nil until it has been read.
    private var expected: [[VariantID: Int64]?]
    /// Buyers whose carts are known and who have no request in flight.
    private var idle: [Int] = []
    private var unread: Int
    private var keys = 0
    private var doubts: [(buyer: Int, variant: VariantID, request: [UInt8])] = []
    private var unresolved: [String] = []
    private var problems = Tally()

    /// SKUs that one cart may hold: more lines would make each answer longer, and the run another one at its end.
    private static let linesMax = 10

    init(
        _ name: String, buyers: [Buyer], variants: [VariantID], linesHeld: Int?, requests: RequestBytes, run: String,
        seed: UInt64
    ) {
        self.name = name
        self.buyers = buyers
        self.variants = variants
        self.requests = requests
        self.run = run
        self.linesHeld = linesHeld
        random = SeededRandom(seed: seed)
        expected = Array(repeating: nil, count: buyers.count)
        unread = buyers.count
    }

    var preparation: String? { unread > 0 ? "\(name): \(buyers.count - unread) carts are read" : nil }
    var isReady: Bool { !idle.isEmpty }
    var shortage: BenchError { .unreachable("no cart can be read: \(problems.refusals) \(problems.errors)") }

    /// Reads a cart, so that what it held before is known; or makes it hold what it shall.
    func prepare(on connection: LoadConnection) async throws(ExchangeFailure) -> Bool {
        guard unread > 0 else { return false }
        unread -= 1
        let buyer = unread
        let exchange: Exchange
        if let linesHeld {
            exchange = try await fill(buyers[buyer], linesHeld, on: connection)
        } else {
            exchange = try await connection.exchange(requests.readCart(token: buyers[buyer].token))
        }
        guard exchange.answer.status == 200, let cart = CartAnswer(exchange.answer.body) else {
            problems.add(.refused(RefusalCode.of(exchange.answer)))
            return true
        }
        expected[buyer] = Dictionary(cart.items.map { ($0.variant, $0.quantity) }) { $0 + $1 }
        idle.append(buyer)
        return true
    }

    /// Empties a cart and puts so many lines into it, of neighbouring SKUs.
    private func fill(
        _ buyer: Buyer, _ lines: Int, on connection: LoadConnection
    ) async throws(ExchangeFailure) -> Exchange {
        let cleared = try await connection.exchange(requests.clearCart(token: buyer.token))
        guard lines > 0 else { return cleared }
        let first = Int.random(in: 0..<variants.count, using: &random)
        let chosen = (0..<min(lines, variants.count)).map { variants[(first + $0) % variants.count] }
        return try await connection.exchange(requests.addToCart(chosen, token: buyer.token))
    }

    /// Takes out what was just added, where carts are to be empty.
    private func empty(_ buyer: Int, on connection: LoadConnection) async {
        guard linesHeld == 0 else { return }
        // Where it stays, the next addition finds one line.
        let answer = try? await connection.exchange(requests.clearCart(token: buyers[buyer].token)).answer
        if answer?.status == 200 { expected[buyer] = [:] }
    }

    func notePreparation(_ failure: ExchangeFailure) {
        problems.add(.lost(failure))
    }

    func send(on connection: LoadConnection, start: UInt64) async -> Verdict? {
        guard !idle.isEmpty else { return nil }
        // Any of them, and nobody else's meanwhile: what a cart must hold is then known after each answer.
        idle.swapAt(Int.random(in: 0..<idle.count, using: &random), idle.count - 1)
        let buyer = idle.removeLast()
        let variant = choose(for: buyer)
        keys += 1
        let request = requests.addToCart([variant], token: buyers[buyer].token, key: "\(run)-c\(keys)")
        do throws(ExchangeFailure) {
            let exchange = try await connection.exchange(request)
            switch exchange.answer.status {
            case 200..<300:
                expected[buyer]?[variant, default: 0] += 1
                await empty(buyer, on: connection)
                idle.append(buyer)
                return .ok(exchange, since: min(start, exchange.sentAt))
            case 400..<500 where RefusalCode.of(exchange.answer) != "idempotency-in-progress":
                idle.append(buyer)
                return .refused(RefusalCode.of(exchange.answer))
            default:
                doubts.append((buyer, variant, request))
                return .failed(RefusalCode.of(exchange.answer))
            }
        } catch {
            doubts.append((buyer, variant, request))
            return .lost(error)
        }
    }

    private func choose(for buyer: Int) -> VariantID {
        let held = expected[buyer]?.keys.sorted() ?? []
        if held.count >= min(linesHeld.map { max($0, 1) } ?? Self.linesMax, variants.count) {
            return held[Int.random(in: 0..<held.count, using: &random)]
        }
        return variants[Int.random(in: 0..<variants.count, using: &random)]
    }

    func settle(on connection: LoadConnection, _ patience: Patience) async {
        for (buyer, variant, request) in doubts {
            var isOpen = true
            while isOpen, patience.isLeft {
                if let answer = try? await connection.exchange(request).answer {
                    if answer.status < 300 {
                        expected[buyer]?[variant, default: 0] += 1
                        isOpen = false
                    } else if answer.status < 500, RefusalCode.of(answer) != "idempotency-in-progress" {
                        isOpen = false
                    }
                }
                if isOpen { await patience.pause() }
            }
            if isOpen { unresolved.append("an addition to the cart of \(buyers[buyer].user) was never answered") }
        }
    }

    func mismatches(in store: BenchStore) async throws -> [String]? {
        let stored = try await store.cartLines(of: buyers.map(\.user))
        var found = unresolved
        for (index, buyer) in buyers.enumerated() {
            guard let lines = expected[index] else { continue }
            let held = LineList.text(lines.map { ($0.key, $0.value) })
            let holds = stored[buyer.user] ?? ""
            if holds != held { found.append("the cart of \(buyer.user) holds \(holds), acknowledged were \(held)") }
        }
        return found
    }
}
