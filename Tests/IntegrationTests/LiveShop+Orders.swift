// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

extension LiveShop {
    /// Orders the buyer's cart under the buyer's own key.
    func buy(_ buyer: Buyer) async throws -> TestClient.Answer {
        try await servers[buyer.number % servers.count].client.post(
            "/api/orders/create/", LiveShop.order(), token: buyer.token, key: "order-\(buyer.number)")
    }

    /// All at once; the answers are in the order of the buyers.
    func buy(_ buyers: [Buyer]) async throws -> [TestClient.Answer] {
        try await RaceTests.each(buyers) { try await buy($0) }
    }

    /// Orders again, under the same key, until the answer is what it would have been without the trouble.
    ///
    /// - Returns: the last answer; what comes before it must be a refusal that asks to be tried again. Bounded by a minute.
    func buyInTheEnd(_ buyer: Buyer) async throws -> TestClient.Answer {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(60)
        var answer = try await buy(buyer)
        while answer.status != 201, clock.now < deadline {
            Self.expectToBeTriedAgain(answer)
            answer = try await buy(buyer)
        }
        return answer
    }

    /// A refusal that says that the same request may succeed later.
    static func expectToBeTriedAgain(_ answer: TestClient.Answer) {
        let codes = ["overloaded", "dependency-unavailable", "outcome-unknown", "idempotency-in-progress"]
        #expect([503, 504, 409].contains(answer.status), "\(answer.status) \(answer.text)")
        #expect(answer.code.map { codes.contains($0) } == true, "\(answer.text)")
        #expect(answer.header("Retry-After") != nil, "\(answer.text)")
    }

    /// What is sold, by the orders and by the stock.
    func sold() async throws -> String {
        try await database.text(
            "select (select count(*) from orders.orders), (select sum(reserved) from inventory.stock)")
    }
}
