// SPDX-License-Identifier: Apache-2.0
import Carts
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct MergeCartsTests {
    /// The token of an anonymous cart with these lines, and its client.
    private func guest(
        _ shop: CartsFixture, _ lines: [(variant: VariantID, quantity: Int)]
    ) async throws -> (token: String, client: Hash32) {
        let (token, client) = shop.clients.issue()
        let items = lines.map { #"{"variant_id":"\#($0.variant)","quantity":\#($0.quantity)}"# }
        let answer = try await shop.post("add", #"{"lines":[\#(items.joined(separator: ","))]}"#, guest: token)
        #expect(answer.status == 200)
        return (token, client)
    }

    @Test func joinsLinesAndEmptiesTheAnonymousCart() async throws {
        try await CartsFixture.with { shop in
            let rug = try shop.offer(1, tiers: [.init(minQuantity: 5, price: 900)])
            let lamp = try shop.offer(2)
            _ = try await shop.add(rug, 2)
            let (token, client) = try await guest(shop, [(rug, 3), (lamp, 1)])
            try await shop.merge(client)
            let cart = try await shop.get()
            #expect(try shop.lines(cart) == ["\(rug) × 5", "\(lamp) × 1"])
            #expect(try shop.version(cart) == 3)
            // Both prices had been seen as they are; so the better one of five is no surprise.
            #expect(try cart.json["problems"]?.elements?.isEmpty == true)
            let left = try await shop.get(guest: token)
            #expect(try shop.lines(left) == [])
            #expect(try shop.version(left) == 3)
        }
    }

    @Test func repeatingItChangesNothing() async throws {
        try await CartsFixture.with { shop in
            let rug = try shop.offer(1)
            let (_, client) = try await guest(shop, [(rug, 3)])
            for _ in 0..<3 { try await shop.merge(client) }
            let once = try await shop.get()
            #expect(try shop.version(once) == 2)
            try await shop.merge(shop.clients.issue().client)
            let now = try await shop.get()
            #expect(try shop.lines(now) == ["\(rug) × 3"])
        }
    }

    private struct Gone: Error {}

    /// A log-in that comes to nothing leaves both carts as they were, in the rows and in memory.
    @Test func whatIsRolledBackWasNeverMerged() async throws {
        try await CartsFixture.with { shop in
            let (rug, lamp) = (try shop.offer(1), try shop.offer(2))
            _ = try await shop.add(lamp, 1)
            let (token, client) = try await guest(shop, [(rug, 3)])
            await #expect(throws: Gone.self) { try await shop.merge(client) { throw Gone() } }
            for query in ["", "?refresh=true"] {
                let cart = try await shop.get(query)
                #expect(try shop.lines(cart) == ["\(lamp) × 1"])
                #expect(try shop.version(cart) == 2)
                let left = try await shop.get(query, guest: token)
                #expect(try shop.lines(left) == ["\(rug) × 3"])
            }
        }
    }

    /// Who looks while the log-in is under way sees what is committed, and what memory keeps of it does not outlive the commit.
    @Test func whoLooksMeanwhileSeesTheOldAndThenTheNew() async throws {
        try await CartsFixture.with { shop in
            let (rug, lamp) = (try shop.offer(1), try shop.offer(2))
            _ = try await shop.add(lamp, 1)
            let (token, client) = try await guest(shop, [(rug, 3)])
            try await shop.merge(client) {
                let cart = try await shop.get("?refresh=true")
                #expect(try shop.lines(cart) == ["\(lamp) × 1"])
                let left = try await shop.get("?refresh=true", guest: token)
                #expect(try shop.lines(left) == ["\(rug) × 3"])
            }
            let cart = try await shop.get()
            #expect(try shop.lines(cart) == ["\(lamp) × 1", "\(rug) × 3"])
            let left = try await shop.get(guest: token)
            #expect(try shop.lines(left) == [])
        }
    }

    /// The second waits for the first one's locks and finds nothing left; a change of the cart meanwhile comes after both.
    @Test func twoAtOnceMergeOnce() async throws {
        try await CartsFixture.with { shop in
            let rug = try shop.offer(1)
            let (_, client) = try await guest(shop, [(rug, 3)])
            let second = Mutex<[Task<Void, any Error>]>([])
            try await shop.merge(client) {
                second.withLock { $0.append(Task { try await shop.merge(client) }) }
                let waiting: PostgresSQL =
                    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
                while try await shop.pool.query(waiting).only().int64(0) == 0 {}
                second.withLock { $0.append(Task { _ = try await shop.add(rug, 1) }) }
            }
            for task in second.withLock({ $0 }) { try await task.value }
            let cart = try await shop.get()
            #expect(try shop.lines(cart) == ["\(rug) × 4"])
            #expect(try shop.version(cart) == 3)
        }
    }

    @Test func takesWhatAnotherProcessPutIn() async throws {
        try await CartsFixture.with { shop in
            let (rug, lamp) = (try shop.offer(1), try shop.offer(2))
            _ = try await shop.add(lamp, 1)
            let (_, client) = try await guest(shop, [(rug, 3)])
            // Both carts are in this process's memory, and both are old.
            try await shop.pool.execute("update carts.cart_lines set quantity = quantity + 10")
            try await shop.pool.execute("update carts.carts set version = version + 5")
            try await shop.merge(client)
            let merged = try await shop.get()
            #expect(try shop.lines(merged) == ["\(lamp) × 11", "\(rug) × 13"])
            let row = try await shop.get("?refresh=true")
            #expect(try shop.version(row) == 8)
        }
    }

    @Test func looksAgainIntoACartThatWasEmpty() async throws {
        try await CartsFixture.with { shop in
            let rug = try shop.offer(1)
            let (token, client) = shop.clients.issue()
            // It was filled once: who only looks has none.
            let body = #"{"variant_id":"\#(rug)","quantity":1}"#
            #expect(try await shop.post("add", body, guest: token).status == 200)
            #expect(try await shop.post("clear", "{}", guest: token).status == 200)
            try await shop.pool.execute(
                """
                insert into carts.cart_lines (cart_id, line_id, variant_id, quantity, unit_price_seen_minor)
                select id, 5, $1, 2, 1000 from carts.carts where token_hash is not null
                """, rug.rawValue)
            try await shop.pool.execute("update carts.carts set version = version + 1")
            try await shop.merge(client)
            let merged = try await shop.get()
            #expect(try shop.lines(merged) == ["\(rug) × 2"])
        }
    }

    @Test func keepsWhatFindsNoPlace() async throws {
        try await CartsFixture.with { shop in
            for number in Int64(1)...199 { _ = try await shop.add(try shop.offer(number), 1) }
            let (shared, fits, stays) = (VariantID(rawValue: 7), try shop.offer(300), try shop.offer(301))
            let (token, client) = try await guest(shop, [(fits, 1), (stays, 2), (shared, 9_999)])
            try await shop.merge(client)
            let lines = try shop.lines(try await shop.get())
            #expect(lines.count == 200)
            #expect(lines.contains("\(fits) × 1"))
            #expect(lines.contains("\(shared) × 9999"))
            let left = try await shop.get(guest: token)
            #expect(try shop.lines(left) == ["\(stays) × 2"])
        }
    }

    /// An order has one currency, and so has a cart.
    @Test func leavesOtherMoneyWhereItIs() async throws {
        try await CartsFixture.with { shop in
            let (rug, lamp) = (try shop.offer(1), try shop.offer(2, currency: "EUR"))
            _ = try await shop.add(rug, 1)
            let (token, client) = try await guest(shop, [(lamp, 1)])
            try await shop.merge(client)
            let cart = try await shop.get()
            #expect(try shop.lines(cart) == ["\(rug) × 1"])
            #expect(try shop.version(cart) == 2)
            let left = try await shop.get(guest: token)
            #expect(try shop.lines(left) == ["\(lamp) × 1"])
            _ = try await shop.post("clear", "{}")
            try await shop.merge(client)
            let moved = try await shop.get()
            #expect(try shop.lines(moved) == ["\(lamp) × 1"])
        }
    }
}
