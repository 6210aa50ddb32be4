// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestSupport
import Testing

/// Requests that wait for an order on real servers, whose loops are not all the one that watches.
@Suite(.timeLimit(.minutes(10))) struct WaitTests {
    @Test(arguments: [1, 2]) func everyWaitHearsOfAChangeByAnotherProcess(loops: Int) async throws {
        try await LiveShop.with(.init(servers: 2, loops: loops)) { shop in
            let buyer = try await shop.buyers(1)[0]
            let created = try await shop.client.post("/api/orders/create/", LiveShop.order(), token: buyer.token)
            let id = try #require(try created.json["id"]?.string)
            // With the version that was seen, a change is heard of whether it comes before or after the wait began.
            let waiting = Task {
                try await RaceTests.each(Array(0..<12)) { number in
                    try await shop.servers[number % 2].client.get(
                        "/api/orders/status/?id=\(id)&wait=25", token: buyer.token,
                        headers: [("If-None-Match", "\"v1\"")])
                }
            }
            // The servers' own sweepers end it; one of them tells its waits, the other's find out by looking.
            _ = try await shop.database.sql(
                """
                update orders.orders set reserved_until = now() - interval '1 second';
                update inventory.reservations set expires_at = now() - interval '1 second';
                """)
            let answers = try await waiting.value
            #expect(RaceTests.tally(answers) == ["200": 12])
            let states = try answers.map { try $0.json["status"]?.string }
            #expect(Set(states) == ["expired"])
            #expect(try await shop.database.text("select reserved from inventory.stock") == "0")
        }
    }
}
