// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// Orders of carts that were filled before, or, in the mixed mode, within the iteration.
///
/// A buyer whose order was answered takes part in the next round. Where a number of units is sold, each buyer orders once, or
/// tries again and again with the cart that was refused.
final class OrderTraffic: Traffic {
    let name: String
    let mix: OrderMix
    let carts: BuyerCarts
    /// Names this run in keys and notes.
    private let run: String
    /// The database's clock before the first order.
    private let since: Int64
    /// Filled carts, taken from the front.
    private var prepared: [PreparedOrder] = []
    private var preparedStart = 0
    private var preparing = 0
    /// Keys made so far.
    private var keys = 0
    private(set) var sent: [SentOrder] = []
    /// Requests in doubt: indices in `sent`, with what is sent again.
    private var doubts: [(index: Int, request: [UInt8])] = []

    /// An order that only has to be sent.
    struct PreparedOrder {
        let buyer: Int
        let cart: CartAnswer
        let key: String
        let request: [UInt8]
    }

    init(_ name: String, mix: OrderMix, carts: BuyerCarts, run: String, since: Int64) {
        self.name = name
        self.mix = mix
        self.carts = carts
        self.run = run
        self.since = since
    }

    var parts: [Part] { mix.isMixed ? [Part(name: "cart", tally: carts.tally)] : [] }
    var preparedCount: Int { prepared.count - preparedStart }
    var preparation: String? { preparing > 0 ? "\(name): \(preparedCount) carts are filled" : nil }
    var isReady: Bool { preparedCount > 0 || mix.isMixed }
    var shortage: BenchError {
        if mix.units != nil, !sent.isEmpty { return .usage("every buyer has had a turn") }
        return carts.shortage
    }

    func beginRound(wanting count: Int?) {
        preparing = mix.isMixed ? 0 : (count ?? carts.buyers.count) - preparedCount
    }

    func prepare(on connection: LoadConnection) async throws(ExchangeFailure) -> Bool {
        guard preparing > 0, !carts.isHopeless, let buyer = carts.takeBuyer() else {
            preparing = 0
            return false
        }
        preparing -= 1
        if let cart = try await carts.cart(of: buyer, on: connection) { prepared.append(order(of: cart, buyer)) }
        return true
    }

    func notePreparation(_ failure: ExchangeFailure) {
        carts.tally.add(.lost(failure))
    }

    func order(of cart: CartAnswer, _ buyer: Int) -> PreparedOrder {
        keys += 1
        let key = "\(run)-\(keys)"
        return PreparedOrder(
            buyer: buyer, cart: cart, key: key,
            request: carts.requests.createOrder(of: cart, token: carts.buyers[buyer].token, key: key))
    }

    func takePrepared() -> PreparedOrder? {
        guard preparedStart < prepared.count else { return nil }
        let order = prepared[preparedStart]
        preparedStart += 1
        if preparedStart > 4096, preparedStart * 2 > prepared.count {
            prepared.removeFirst(preparedStart)
            preparedStart = 0
        }
        return order
    }

    func send(on connection: LoadConnection, start: UInt64) async -> Verdict? {
        if let order = takePrepared() { return await place(order, on: connection, start: start).verdict }
        guard mix.isMixed else { return nil }
        // Until one can be filled: a failure of the cart is counted there, and the iteration's order is still to come.
        while let buyer = carts.takeBuyer() {
            do throws(ExchangeFailure) {
                guard let cart = try await carts.fill(buyer, on: connection, start: start) else {
                    if carts.isHopeless { return nil }
                    continue
                }
                return await place(order(of: cart, buyer), on: connection, start: .max).verdict
            } catch {
                carts.tally.add(.lost(error))
                return .lost(error)
            }
        }
        return nil
    }

    /// Sends one order; its index is that in `sent`.
    func place(
        _ order: PreparedOrder, on connection: LoadConnection, start: UInt64
    ) async -> (index: Int, verdict: Verdict) {
        let index = sent.count
        sent.append(
            SentOrder(
                key: order.key, user: carts.buyers[order.buyer].user, total: order.cart.total,
                lines: order.cart.lines, outcome: .inDoubt))
        do throws(ExchangeFailure) {
            let exchange = try await connection.exchange(order.request)
            switch OrderOutcome(exchange.answer) {
            case .acknowledged(let answer):
                sent[index].outcome = .acknowledged(answer)
                if mix.units == nil { carts.release(order.buyer) }
                return (index, .ok(exchange, since: min(start, exchange.sentAt)))
            case .refused(let code):
                sent[index].outcome = .refused(code)
                if mix.triesAgain {
                    prepared.append(self.order(of: order.cart, order.buyer))
                } else if mix.units == nil {
                    carts.release(order.buyer)
                }
                return (index, .refused(code))
            case .inDoubt(let why):
                doubts.append((index, order.request))
                return (index, .failed(why))
            }
        } catch {
            doubts.append((index, order.request))
            return (index, .lost(error))
        }
    }

    func settle(on connection: LoadConnection, _ patience: Patience) async {
        for (index, request) in doubts {
            while patience.isLeft {
                if let answer = try? await connection.exchange(request).answer {
                    switch OrderOutcome(answer) {
                    case .acknowledged(let order): sent[index].outcome = .acknowledged(order)
                    case .refused(let code): sent[index].outcome = .refused(code)
                    case .inDoubt: break
                    }
                }
                if sent[index].outcome != .inDoubt { break }
                await patience.pause()
            }
        }
    }

    func mismatches(in store: BenchStore) async throws -> [String]? {
        let stored = try await store.orders(of: carts.buyers.map(\.user), since: since)
        var found = Reconciler(sent: sent).mismatches(with: stored)
        if let units = mix.units { found += Reconciler(sent: sent).mismatches(selling: units) }
        return found
    }
}
