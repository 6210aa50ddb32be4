// SPDX-License-Identifier: Apache-2.0
import HTTP
import LocalServices
import TestSupport
import Testing

/// Many clients at once against real servers. After each race the database's own invariants hold (`LiveShop.with`).
@Suite(.timeLimit(.minutes(10)), .serialized) struct RaceTests {
    /// Several processes, several loops, and the common case.
    static let shapes = [
        LiveShop.Shape(), LiveShop.Shape(loops: 2), LiveShop.Shape(servers: 2), LiveShop.Shape(servers: 2, loops: 2),
        LiveShop.Shape(servers: 2, hasNews: false),
    ]

    /// Serialized: each test keeps all cores of a small machine busy, and its clients' time-outs are real.
    @Test(arguments: shapes) func twoHundredBuyersGetTheHundredUnits(shape: LiveShop.Shape) async throws {
        try await LiveShop.with(shape, stock: 100) { shop in
            let buyers = try await shop.buyers(200)
            let answers = try await Self.each(buyers) { buyer in
                try await shop.servers[buyer.number % shape.servers].client.post(
                    "/api/orders/create/", LiveShop.order(), token: buyer.token, key: "order-\(buyer.number)")
            }
            #expect(Self.tally(answers) == ["201": 100, "409 insufficient-stock": 100])
            let row = try await shop.database.text(
                "select on_hand, reserved, (select count(*) from orders.orders) from inventory.stock")
            #expect(row == "100|100|100")
            let carts = try await shop.database.text("select count(*) from carts.cart_lines")
            #expect(carts == "100", "who got nothing still has the cart")
        }
    }

    @Test(arguments: shapes) func fiftyPostsWithOneKeyMakeOneOrder(shape: LiveShop.Shape) async throws {
        try await LiveShop.with(shape, stock: 100) { shop in
            let buyer = try await shop.buyers(1)[0]
            let answers = try await Self.each(Array(0..<50)) { number in
                try await shop.servers[number % shape.servers].client.post(
                    "/api/orders/create/", LiveShop.order(), token: buyer.token, key: "one")
            }
            #expect(Self.tally(answers) == ["201": 1, "201 replayed": 49])
            #expect(Set(answers.map(\.body)).count == 1)
            let row = try await shop.database.text(
                "select reserved, (select count(*) from orders.orders) from inventory.stock")
            #expect(row == "1|1")
        }
    }

    @Test func redisMayEndInTheMiddle() async throws {
        let redis = try await EmbeddedRedis.makeOwn()
        try await LiveShop.with(stock: 30, redis: redis) { shop in
            let buyers = try await shop.buyers(60)
            let first = try await Self.buy(shop, buyers[..<20])
            #expect(Self.tally(first) == ["201": 20])
            let stopping = Task { @concurrent in await redis.stop() }
            let during = try await Self.buy(shop, buyers[20..<40])
            await stopping.value
            let after = try await Self.buy(shop, buyers[40...])
            #expect(Self.tally(during + after) == ["201": 10, "409 insufficient-stock": 30])
            // Replays rest on PostgreSQL: the same bytes as before.
            let again = try await Self.buy(shop, buyers[..<20])
            #expect(again.map(\.body) == first.map(\.body))
            #expect(Self.tally(again) == ["201 replayed": 20])
            let ready = try await shop.client.get("/api/health/ready/")
            #expect(ready.status == 200)
            #expect(try ready.json["checks"]?["redis"]?.string == "degraded")
        }
        await redis.stop()
    }

    @Test func aKilledServerComesBackWithEveryAnswer() async throws {
        try await LiveShop.with(stock: 40) { shop in
            let buyers = try await shop.buyers(40)
            let second = try await ServerProcess.start(shop.settings)
            let first = try await Self.each(Array(buyers[..<20])) { buyer in
                try await second.client.post(
                    "/api/orders/create/", LiveShop.order(), token: buyer.token, key: "order-\(buyer.number)")
            }
            #expect(Self.tally(first) == ["201": 20])
            await second.kill()
            try await ServerProcess.with(shop.settings) { third in
                let again = try await Self.each(buyers) { buyer in
                    try await third.client.post(
                        "/api/orders/create/", LiveShop.order(), token: buyer.token, key: "order-\(buyer.number)")
                }
                #expect(Self.tally(again) == ["201": 20, "201 replayed": 20])
                #expect(again.prefix(20).map(\.body) == first.map(\.body))
            }
            #expect(try await shop.database.text("select reserved from inventory.stock") == "40")
        }
    }

    private static func buy(
        _ shop: LiveShop, _ buyers: ArraySlice<LiveShop.Buyer>
    ) async throws -> [TestClient.Answer] {
        try await each(Array(buyers)) { buyer in
            try await shop.client.post(
                "/api/orders/create/", LiveShop.order(), token: buyer.token, key: "order-\(buyer.number)")
        }
    }

    /// How often each outcome came: the status with the problem's code, or with "replayed".
    static func tally(_ answers: [TestClient.Answer]) -> [String: Int] {
        var counts: [String: Int] = [:]
        for answer in answers {
            let detail = answer.isReplay ? " replayed" : answer.code.map { " " + $0 } ?? ""
            counts["\(answer.status)\(detail)", default: 0] += 1
        }
        return counts
    }

    /// Runs a body for all at once; the answers are in the order of the items.
    static func each<Item: Sendable>(
        _ items: [Item], _ body: @escaping @Sendable (Item) async throws -> TestClient.Answer
    ) async throws -> [TestClient.Answer] {
        try await withThrowingTaskGroup(of: (Int, TestClient.Answer).self) { group in
            for (index, item) in items.enumerated() {
                group.addTask { (index, try await body(item)) }
            }
            var answers = [TestClient.Answer?](repeating: nil, count: items.count)
            for try await (index, answer) in group { answers[index] = answer }
            return answers.compactMap { $0 }
        }
    }
}
