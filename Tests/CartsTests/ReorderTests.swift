// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Synchronization
import TestSupport
import Testing

@testable import Carts

@Suite(.timeLimit(.minutes(5))) struct ReorderTests {
    private let order = OrderID(rawValue: 500)

    @Test func putsTheLinesBesideWhatIsThere() async throws {
        try await CartsFixture.with { [order] shop in
            let (rug, lamp) = (try shop.offer(1), try shop.offer(2))
            _ = try await shop.add(rug, 1)
            let gone = VariantID(rawValue: 999_999)
            shop.ordered.all.withLock {
                $0[order] = [
                    ReorderedLine(variant: rug, quantity: 2, unitPrice: 1),
                    ReorderedLine(variant: lamp, quantity: 1, unitPrice: 1),
                ]
            }
            let answer = try await shop.reorder("\(order)", key: "again")
            #expect(answer.status == 200)
            #expect(try Set(shop.lines(answer)) == ["\(rug) × 3", "\(lamp) × 1"])
            // What was paid is what was seen: today's price is told as a change.
            let problems = try answer.json["groups"]?.elements?.flatMap { $0["lines"]?.elements ?? [] }
                .flatMap { $0["problems"]?.elements ?? [] }.compactMap { $0["code"]?.string }
            #expect(problems == ["price-changed", "price-changed"])
            let replay = try await shop.reorder("\(order)", key: "again")
            #expect(replay.isReplay)
            #expect(replay.body == answer.body)
            #expect(try await shop.lines(shop.get()).count == 2)
            // What is not sold any more comes along, with its problem.
            shop.ordered.all.withLock { $0[order] = [ReorderedLine(variant: gone, quantity: 1, unitPrice: 1)] }
            let none = try await shop.reorder("\(order)")
            #expect(none.status == 200)
        }
    }

    @Test func isForTheBuyersOwnOrders() async throws {
        try await CartsFixture.with { shop in
            for name in ["ord_01jd3k5v8x9ya", "x"] {
                let answer = try await shop.reorder(name)
                #expect(answer.code == "not-found")
            }
        }
    }

    @Test func refusesWhatItMust() async throws {
        try await CartsFixture.with { [order] shop in
            _ = try await shop.add(try shop.offer(1), 1)
            let dollars = try shop.offer(3, currency: "USD")
            shop.ordered.all.withLock { $0[order] = [ReorderedLine(variant: dollars, quantity: 1, unitPrice: 1)] }
            let mixed = try await shop.reorder("\(order)", key: "again")
            #expect(mixed.status == 409 && mixed.code == "currency-mismatch", "\(mixed.text)")
            #expect(try mixed.json["errors"]?.elements?.first?["pointer"]?.string == "/id")
            let other = try await shop.reorder("ord_01jd3k5v8x9ya", key: "again")
            #expect(other.code == "idempotency-key-reused")
            let empty = try await shop.reorder("")
            #expect(empty.code == "validation-failed")
            // A refusal is an answer of the key as well.
            for (id, code) in [("", "validation-failed"), ("ord_01jd3k5v8x9ya", "not-found")] {
                let first = try await shop.reorder(id, key: "of-\(code)")
                let again = try await shop.reorder(id, key: "of-\(code)")
                #expect(first.code == code && again.isReplay && again.body == first.body)
            }
        }
    }
}
