// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import TestSupport
import Testing

/// Carts that say where they go.
@Suite(.timeLimit(.minutes(5))) struct CartAddressTests {
    private static let bengaluru = AddressID(rawValue: 1)
    private static let chennai = AddressID(rawValue: 2)
    private static let foreign = AddressID(rawValue: 3)

    /// The fixture's user with two addresses, and somebody else with one; every seller is in Karnataka.
    private static func with(_ body: @escaping @Sendable (CartsFixture) async throws -> Void) async throws {
        try await CartsFixture.with { shop in
            try await shop.pool.execute(
                """
                insert into accounts.users (id, email, email_folded, password_hash, full_name) values
                  (7, 'asha@example.org', 'asha@example.org', 'x', 'Asha Rao'),
                  (8, 'ravi@example.org', 'ravi@example.org', 'x', 'Ravi Iyer')
                """)
            try await shop.pool.execute(
                """
                insert into accounts.addresses (id, user_id, name, phone, line1, city, state_code, postal_code) values
                  (1, 7, 'Asha Rao', '+919876543210', '1 MG Road', 'Bengaluru', 'KA', '560001'),
                  (2, 7, 'Asha Rao', '+919876543210', '2 Beach Road', 'Chennai', 'TN', '600001'),
                  (3, 8, 'Ravi Iyer', '+919876543211', '3 Beach Road', 'Chennai', 'TN', '600001')
                """)
            try await body(shop)
        }
    }

    private static func send(
        _ shop: CartsFixture, to address: AddressID?, more: String = "", key: String? = nil
    ) async throws -> TestClient.Answer {
        let id = address.map { "\"\($0)\"" } ?? "null"
        return try await shop.post("update", "{\"shipping_address_id\":\(id)\(more)}", key: key)
    }

    /// Central, state and integrated tax, and the grand total.
    private static func totals(_ cart: TestClient.Answer) throws -> [Int] {
        let totals = try cart.json["totals"]
        let tax = ["cgst", "sgst", "igst"].map { totals?["tax"]?[$0]?["amount"]?.int ?? -1 }
        return tax + [totals?["grand_total"]?["amount"]?.int ?? -1]
    }

    @Test func theStateSplitsTheTax() async throws {
        try await Self.with { shop in
            let here = try await shop.add(try shop.offer(1, price: 118_000), 1)
            #expect(try Self.totals(here) == [9_000, 9_000, 0, 118_000])
            let there = try await Self.send(shop, to: Self.chennai)
            #expect(there.status == 200)
            #expect(try there.json["shipping_address_id"]?.string == "\(Self.chennai)")
            #expect(try shop.version(there) == 3)
            #expect(try Self.totals(there) == [0, 0, 18_000, 118_000])
            // The same again changes nothing, and other changes leave it.
            let same = try await Self.send(shop, to: Self.chennai)
            #expect(try shop.version(same) == 3)
            let more = try await shop.add(try shop.offer(2, price: 118_000), 1)
            #expect(try Self.totals(more) == [0, 0, 36_000, 236_000])
            let home = try await Self.send(shop, to: Self.bengaluru)
            #expect(try Self.totals(home) == [18_000, 18_000, 0, 236_000])
            let nowhere = try await Self.send(shop, to: nil)
            #expect(try nowhere.json["shipping_address_id"] == nil)
            #expect(try await shop.pool.query("select shipping_address_id is null from carts.carts").only().bool(0))
        }
    }

    @Test func goesWithLinesInOneChange() async throws {
        try await Self.with { shop in
            let cart = try await shop.add(try shop.offer(1, price: 118_000), 1)
            let lines = #","lines":[{"line_id":"\#(try shop.lineIDs(cart)[0])","quantity":2}]"#
            let changed = try await Self.send(shop, to: Self.chennai, more: lines)
            #expect(try Self.totals(changed) == [0, 0, 36_000, 236_000])
            #expect(try shop.version(changed) == 3)
            // What the row says is what another process reads.
            let row = try await shop.pool.query("select shipping_address_id, version from carts.carts").only()
            #expect(try row.int64(0) == Self.chennai.rawValue && row.int(1) == 3)
            let read = try await shop.get()
            #expect(try read.json["shipping_address_id"]?.string == "\(Self.chennai)")
            // Who orders too many changes nothing of both.
            let refused = try await Self.send(
                shop, to: Self.bengaluru, more: lines.replacing(":2}", with: ":10000}"))
            #expect(refused.status == 422)
            #expect(try await shop.get().json["shipping_address_id"]?.string == "\(Self.chennai)")
        }
    }

    @Test func onlyOnesOwnAddresses() async throws {
        try await Self.with { shop in
            _ = try await shop.add(try shop.offer(1), 1)
            for text in ["\(Self.foreign)", "\(AddressID(rawValue: 99))", "\(CartID(rawValue: 1))", "x"] {
                let answer = try await shop.post("update", #"{"shipping_address_id":"\#(text)"}"#)
                #expect(answer.status == 404 && answer.code == "not-found", "\(text)")
            }
            #expect(try await shop.post("update", #"{"shipping_address_id":1}"#).code == "validation-failed")
            #expect(try await shop.post("update", "{}").code == "validation-failed")
            #expect(try shop.version(try await shop.get()) == 2)
        }
    }

    @Test func anAddressThatIsGoneIsOverlooked() async throws {
        try await Self.with { shop in
            _ = try await shop.add(try shop.offer(1, price: 118_000), 1)
            _ = try await Self.send(shop, to: Self.chennai)
            try await shop.pool.execute("delete from accounts.addresses where id = 2")
            let cart = try await shop.get()
            #expect(try cart.json["shipping_address_id"] == nil)
            #expect(try Self.totals(cart) == [9_000, 9_000, 0, 118_000])
            #expect(try await Self.send(shop, to: Self.bengaluru).status == 200)
        }
    }

    @Test func replaysUnderItsKey() async throws {
        try await Self.with { shop in
            _ = try await shop.add(try shop.offer(1), 1)
            let first = try await Self.send(shop, to: Self.chennai, key: "address-1")
            let second = try await Self.send(shop, to: Self.chennai, key: "address-1")
            #expect(first.status == 200 && second.isReplay && first.body == second.body)
            #expect(try await Self.send(shop, to: Self.bengaluru, key: "address-1").code == "idempotency-key-reused")
        }
    }
}
