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

    /// Looking leaves nothing behind; the first change makes the cart that was looked at.
    @Test func makesNoRow() async throws {
        try await CartsFixture.with { shop in
            let rows: @Sendable () async throws -> Int = {
                try await shop.pool.query("select count(*) from carts.carts").only().int(0)
            }
            let first = try await shop.get(isUsers: false)
            let token = try #require(first.header("X-Cart-Token"))
            #expect(try first.json["version"]?.int == 1)
            let (seen, again) = (try await shop.get(guest: token), try await shop.get(guest: token))
            #expect(first.body == seen.body, "the cart that the token came with")
            #expect(seen.status == 200 && seen.body == again.body && seen.header("X-Cart-Token") == nil)
            let mine = try await shop.get()
            #expect(try await rows() == 0)
            // What changes nothing neither.
            #expect(try await shop.post("clear", "{}", guest: token).status == 200)
            let nothing = try await shop.post("remove", #"{"variant_id":"\#(VariantID(rawValue: 3))"}"#)
            #expect(nothing.status == 200)
            #expect(try await rows() == 0)
            let rug = try shop.offer(1)
            let body = #"{"variant_id":"\#(rug)","quantity":2,"expected_version":1}"#
            let added = try await shop.post("add", body, key: "first-change-1")
            #expect(added.status == 200, "\(added.text)")
            #expect(try added.json["id"]?.string == mine.json["id"]?.string)
            #expect(try shop.version(mine) == 1 && shop.version(added) == 2)
            #expect(try await rows() == 1)
            let replay = try await shop.post("add", body, key: "first-change-1")
            #expect(replay.isReplay && replay.body == added.body)
            let guest = try await shop.post("add", body, guest: token)
            #expect(guest.status == 200, "\(guest.text)")
            #expect(try guest.json["id"]?.string == seen.json["id"]?.string)
            #expect(try await rows() == 2)
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
