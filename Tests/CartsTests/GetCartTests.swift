// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct GetCartTests {
    @Test func isEmptyAndNeverMissing() async throws {
        try await CartsFixture.with { shop in
            let mine = try await shop.get()
            #expect(mine.status == 200)
            #expect(try shop.version(mine) == 1)
            let anonymous = try await shop.get(isUsers: false)
            #expect(anonymous.status == 200)
            #expect(anonymous.header("X-Cart-Token")?.utf8.count == 43)
            #expect(try await shop.get("?fresh=1").code == "unknown-parameter")
        }
    }

    @Test func tellsWhatHasChangedSince() async throws {
        try await CartsFixture.with { shop in
            let rug = try shop.offer(1, price: 1000)
            _ = try await shop.add(rug, 4)
            try shop.offer(1, price: 1100, available: 3, minimum: 5, isSellable: false)
            let problems = try await shop.get().json["problems"]?.elements?.compactMap { $0["code"]?.string }
            #expect(
                Set(problems ?? [])
                    == ["seller-unavailable", "insufficient-stock", "below-minimum-quantity", "price-changed"])
        }
    }

    @Test func showsWhatAnotherProcessWrote() async throws {
        try await CartsFixture.with { shop in
            let rug = try shop.offer(1)
            _ = try await shop.add(rug, 1)
            try await shop.pool.execute("update carts.cart_lines set quantity = 8")
            try await shop.pool.execute("update carts.carts set version = version + 1")
            let shown = try await shop.get()
            #expect(try shop.lines(shown) == ["\(rug) × 8"])
            let refreshed = try await shop.get("?refresh=true")
            #expect(refreshed.body == shown.body)
            // A change finds the other version by itself.
            try await shop.pool.execute("update carts.cart_lines set quantity = 9")
            try await shop.pool.execute("update carts.carts set version = version + 1")
            let changed = try await shop.add(rug, 1)
            #expect(try shop.lines(changed) == ["\(rug) × 10"])
            // So does a refusal: it rests on the row, not on what was remembered.
            try await shop.pool.execute("update carts.carts set version = version + 1")
            let row = try await shop.pool.query("select version from carts.carts").only().int64(0)
            let updated = try await shop.add(rug, 1, extra: #","expected_version":\#(row)"#)
            #expect(updated.status == 200, "\(updated.text)")
        }
    }
}
