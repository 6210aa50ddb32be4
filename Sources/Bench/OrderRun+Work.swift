// SPDX-License-Identifier: Apache-2.0
import MarketCore
import UVRuntime

/// What one connection does.
extension OrderRun {
    /// Fills carts until as many are prepared as this round wants.
    func prepare(on connection: LoadConnection) async {
        while preparing > 0, let buyer = takeBuyer() {
            preparing -= 1
            do throws(ExchangeFailure) {
                if let order = try await preparedOrder(of: buyer, on: connection) { prepared.append(order) }
            } catch {
                carts.addError(error.name)
                await pause(after: error)
            }
        }
    }

    /// Sends prepared orders until they or the time are used up.
    func order(on connection: LoadConnection) async {
        while preparedStart < prepared.count, ordersLeft > 0, let start = await nextStart(),
            let order = takePrepared()
        {
            await send(order, on: connection, start: start)
        }
    }

    /// The mixed mode: a buyer's cart, then the order.
    func fillAndOrder(on connection: LoadConnection) async {
        // Asked again behind the wait, during which others may have sent the last one.
        while ordersLeft > 0, let start = await nextStart(), ordersLeft > 0 {
            if let order = takePrepared() {
                await send(order, on: connection, start: start)
                continue
            }
            guard let buyer = takeBuyer() else { return }
            do throws(ExchangeFailure) {
                if let order = try await fillCart(of: buyer, on: connection, isMeasured: true), ordersLeft > 0 {
                    await send(order, on: connection, start: .max)
                }
            } catch {
                carts.addError(error.name)
                await pause(after: error)
            }
        }
    }

    /// A buyer's cart as the mode wants it, not measured; nil when there is none, which is counted.
    func preparedOrder(of buyer: Int, on connection: LoadConnection) async throws(ExchangeFailure) -> PreparedOrder? {
        settings.isPrefilled
            ? try await readCart(of: buyer, on: connection)
            : try await fillCart(of: buyer, on: connection, isMeasured: false)
    }

    /// Takes a buyer's cart as it is; nil when it does not hold what the seed put there, which is counted.
    private func readCart(of buyer: Int, on connection: LoadConnection) async throws(ExchangeFailure) -> PreparedOrder?
    {
        let token = buyers[buyer].token
        let exchange = try await connection.exchange(requests.readCart(token: token))
        guard exchange.answer.status == 200, let cart = CartAnswer(exchange.answer.body) else {
            noteCart(exchange.answer)
            return nil
        }
        guard cart.lines == mix.lines else {
            carts.addRefusal(cart.lines == 0 ? "cart-empty" : "cart-of-other-lines")
            return nil
        }
        return nextOrder(of: cart, buyer)
    }

    private func nextOrder(of cart: CartAnswer, _ buyer: Int) -> PreparedOrder {
        keys += 1
        let key = "\(name)-\(keys)"
        return PreparedOrder(
            buyer: buyer, key: key, total: cart.total,
            request: requests.createOrder(of: cart, token: buyers[buyer].token, key: key))
    }

    /// Puts lines into a buyer's cart; nil when the server refused, which is counted.
    ///
    /// A cart in which something was left, by a refused order or an earlier run, is emptied and filled again.
    func fillCart(
        of buyer: Int, on connection: LoadConnection, isMeasured: Bool
    ) async throws(ExchangeFailure) -> PreparedOrder? {
        let token = buyers[buyer].token
        let lines = chooseVariants()
        for attempt in 1...2 {
            let exchange = try await connection.exchange(requests.addToCart(lines, token: token))
            guard exchange.answer.status == 200, let cart = CartAnswer(exchange.answer.body) else {
                noteCart(exchange.answer)
                return nil
            }
            if cart.lines == lines.count, cart.units == Int64(lines.count) {
                if isMeasured { carts.addOK(exchange, since: exchange.sentAt) }
                return nextOrder(of: cart, buyer)
            }
            guard attempt == 1 else { break }
            let cleared = try await connection.exchange(requests.clearCart(token: token))
            guard cleared.answer.status == 200 else {
                noteCart(cleared.answer)
                return nil
            }
        }
        carts.addError("cart-not-as-filled")
        return nil
    }

    private func noteCart(_ answer: ResponseParser.Answer) {
        if (400..<500).contains(answer.status) {
            carts.addRefusal(RefusalCode.of(answer))
        } else {
            carts.addError("status-\(answer.status)")
        }
    }

    /// Different SKUs, each as likely as any other.
    private func chooseVariants() -> [VariantID] {
        var chosen: [VariantID] = []
        while chosen.count < mix.lines, let variant = variants.randomElement(using: &random) {
            if !chosen.contains(variant) { chosen.append(variant) }
        }
        return chosen
    }

    private func send(_ order: PreparedOrder, on connection: LoadConnection, start: UInt64) async {
        let index = sent.count
        sent.append(
            SentOrder(key: order.key, user: buyers[order.buyer].user, total: order.total, outcome: .inDoubt))
        do throws(ExchangeFailure) {
            let exchange = try await connection.exchange(order.request)
            switch OrderOutcome(exchange.answer) {
            case .acknowledged(let answer):
                orders.addOK(exchange, since: min(start, exchange.sentAt))
                sent[index].outcome = .acknowledged(answer)
                release(order.buyer)
            case .refused(let code):
                orders.addRefusal(code)
                sent[index].outcome = .refused(code)
                release(order.buyer)
            case .inDoubt(let why):
                orders.addError(why)
                doubts.append((index, order.request))
            }
        } catch {
            orders.addError(error.name)
            doubts.append((index, order.request))
            await pause(after: error)
        }
    }

    /// Sends what is in doubt again, under the same key, until it is answered.
    func resolveDoubts() async {
        guard !doubts.isEmpty else { return }
        say("\(doubts.count) orders are in doubt and are sent again")
        let deadline = MonotonicTime.now + settings.resolveTimeout.nanoseconds
        let connection = connections[0]
        for (index, request) in doubts {
            while MonotonicTime.now < deadline {
                if let answer = try? await connection.exchange(request).answer {
                    switch OrderOutcome(answer) {
                    case .acknowledged(let order): sent[index].outcome = .acknowledged(order)
                    case .refused(let code): sent[index].outcome = .refused(code)
                    case .inDoubt: break
                    }
                }
                if sent[index].outcome != .inDoubt { break }
                // The server says that it is not ready; a cancelled sleep ends at the deadline too.
                try? await loop.sleep(for: .milliseconds(200))
            }
        }
    }
}

/// What an answer to `POST /api/orders/create/` means.
enum OrderOutcome: Equatable {
    case acknowledged(OrderAnswer)
    case refused(String)
    case inDoubt(String)

    init(_ answer: ResponseParser.Answer) {
        switch answer.status {
        case 200..<300:
            self = OrderAnswer(answer.body).map { .acknowledged($0) } ?? .inDoubt("unreadable-order")
        case 400..<500:
            let code = RefusalCode.of(answer)
            // Another request with this key is at work: nothing is decided.
            self = code == "idempotency-in-progress" ? .inDoubt(code) : .refused(code)
        default:
            self = .inDoubt(RefusalCode.of(answer))
        }
    }
}
