// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import Testing

@testable import Sandbox

/// What happens when the sandbox is full.
@Suite(.timeLimit(.minutes(1))) struct BoundsTests {
    private static func book(orders: Int = 3, attempts: Int = 50) -> OrderBook {
        var limits = SandboxLimits()
        limits.orders = orders
        limits.attemptsPerOrder = attempts
        return OrderBook(ids: IDSource(.seeded(1)), limits: limits)
    }

    private static func new(_ receipt: String) throws -> NewOrder {
        let text = "{\"amount\":100,\"currency\":\"INR\",\"receipt\":\"\(receipt)\"}"
        return try NewOrder(RequestFields(JSONDocument(parsing: Array(text.utf8)).root))
    }

    @Test func theOrderPaidLongestAgoGoesWithItsPayments() throws {
        var book = Self.book()
        let ids = try ["a", "b", "c"].map { try book.create(Self.new($0), at: 0).id }
        #expect(throws: ProviderError.self) { try book.create(Self.new("d"), at: 0) }
        let payment = try book.pay(ids[1], CheckoutAttempt(.captured), at: 0).payment
        _ = try book.pay(ids[2], CheckoutAttempt(.captured), at: 0)
        let fourth = try book.create(Self.new("d"), at: 0)
        #expect(throws: ProviderError.self) { try book.order(ids[1]) }
        #expect(throws: ProviderError.self) { try book.payment(payment.id) }
        #expect(book.orders(receipt: "b").isEmpty)
        #expect(book.orders.newestFirst.map(\.id) == [fourth.id, ids[2], ids[0]])
        #expect(try book.order(ids[0]).status == .created)
    }

    @Test func fullOfOpenOrdersACreateIs429() async throws {
        try await withSandbox(configure: { $0.limits.orders = 1 }) { bench in
            _ = try await bench.order()
            let answer = try await bench.api("POST", "/v1/orders", #"{"amount":100,"currency":"INR"}"#)
            #expect(answer.status == 429)
            #expect(answer.error?["code"]?.string == "BAD_REQUEST_ERROR")
        }
    }

    @Test func anOrderTakesSoManyAttempts() throws {
        var book = Self.book(attempts: 2)
        let id = try book.create(Self.new("a"), at: 0).id
        for _ in 0..<2 { _ = try book.pay(id, CheckoutAttempt(.failed), at: 0) }
        #expect(throws: ProviderError.self) { try book.pay(id, CheckoutAttempt(.captured), at: 0) }
        #expect(try book.order(id).attempts == 2)
    }

    @Test func aShelfKeepsOrderOverManyRemovals() {
        var shelf = Shelf<Int>()
        for number in 0..<1000 { shelf["\(number)"] = number }
        for number in 0..<1000 where number % 100 != 7 { shelf["\(number)"] = nil }
        shelf["7"] = 70
        shelf["1001"] = 1001
        #expect(Array(shelf.newestFirst) == [1001, 907, 807, 707, 607, 507, 407, 307, 207, 107, 70])
        #expect(shelf.count == 11)
    }

    @Test func aQueueGivesBackInOrder() {
        var queue = IDQueue()
        var taken: [String?] = []
        for number in 0..<5000 {
            queue.append("\(number)")
            if number % 2 == 1 { taken.append(queue.popFirst()) }
        }
        for _ in 0..<2501 { taken.append(queue.popFirst()) }
        #expect(taken == (0..<5000).map { "\($0)" } + [nil])
    }

    @Test func withEveryEventWaitingNothingHappensThatWouldMakeOne() async throws {
        try await withSandbox(configure: { $0.limits.events = 5 }, reply: { _ in 500 }) { bench in
            let orders = [try await bench.order(), try await bench.order(), try await bench.order()]
            for order in orders { _ = try await bench.pay(order, "failed") }
            let refused = try await bench.pay(orders[0], "captured")
            #expect(refused.status == 503)
            #expect(refused.error?["code"]?.string == "SERVER_ERROR")
            #expect(try await bench.api("GET", "/v1/orders/\(orders[0])").json["attempts"]?.int == 1)
        }
    }

    @Test func settledEventsMakeRoom() async throws {
        try await withSandbox(configure: { $0.limits.events = 3 }) { bench in
            var ids: [String] = []
            for number in 1...4 {
                _ = try await bench.pay(try await bench.order(), "failed")
                ids += await bench.receiver.take(1).compactMap(\.eventID)
                _ = try await bench.webhooks(count: number)
            }
            let forgotten = try await bench.control("POST", "/webhooks/replay", "{\"event_id\":\"\(ids[0])\"}")
            #expect(forgotten.errorText == "The id provided does not exist")
            #expect(
                try await bench.control("POST", "/webhooks/replay", "{\"event_id\":\"\(ids[3])\"}").status == 200)
        }
    }

    @Test func sendsWaitForASlotInOrder() async throws {
        try await withSandbox(configure: { $0.limits.webhookSends = 1 }) { bench in
            for _ in 0..<10 { _ = try await bench.pay(try await bench.order(), "captured") }
            let received = await bench.receiver.take(30)
            #expect(Set(received.compactMap(\.eventID)).count == 30)
        }
    }
}
