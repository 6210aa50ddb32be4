// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct AddToCartTests {
    private static func pointers(_ refused: TestClient.Answer) throws -> [String] {
        try refused.json["errors"]?.elements?.compactMap { $0["pointer"]?.string } ?? []
    }

    /// What a refusal points at is in the body that was sent.
    @Test func pointsAtWhatTheBodyHolds() async throws {
        try await CartsFixture.with { shop in
            let (packs, unsold) = (try shop.offer(1, minimum: 4), try shop.offer(2, isSellable: false))
            let few = try await shop.add(packs, 1)
            #expect(try Self.pointers(few) == ["/quantity"], "\(few.text)")
            let not = try await shop.add(unsold, 1)
            #expect(try Self.pointers(not) == ["/variant_id"])
            let listed = try await shop.post(
                "add",
                #"{"lines":[{"variant_id":"\#(packs)","quantity":4},{"variant_id":"\#(unsold)","quantity":1}]}"#)
            #expect(try Self.pointers(listed) == ["/lines/1"])
        }
    }

    @Test func addsAndMergesOneVariant() async throws {
        try await CartsFixture.with { shop in
            let rug = try shop.offer(1, price: 11_800)
            let first = try await shop.add(rug, 2, extra: #","note":"blue, please""#)
            #expect(first.status == 200)
            #expect(try shop.lines(first) == ["\(rug) × 2"])
            #expect(first.header("ETag") == "\"v2\"")
            #expect(try first.json["totals"]?["grand_total"]?["amount"]?.int64 == 23_600)
            #expect(try first.json["totals"]?["tax"]?["total"]?["amount"]?.int64 == 3600)
            let second = try await shop.add(rug, 3)
            #expect(try shop.lines(second) == ["\(rug) × 5"])
            #expect(try shop.version(second) == 3)
            #expect(try shop.lineIDs(second) == shop.lineIDs(first))
            let line = try second.json["groups"]?.elements?.first?["lines"]?.elements?.first
            #expect(line?["note"]?.string == "blue, please")
        }
    }

    @Test func addsSeveralOrNone() async throws {
        try await CartsFixture.with { shop in
            let (rug, lamp) = (try shop.offer(1), try shop.offer(2, seller: 12))
            let both = try await shop.post(
                "add",
                #"{"lines":[{"variant_id":"\#(rug)","quantity":1},{"variant_id":"\#(lamp)","quantity":2}]}"#)
            #expect(try shop.lines(both) == ["\(rug) × 1", "\(lamp) × 2"])
            #expect(try both.json["groups"]?.elements?.count == 2)
            #expect(try shop.version(both) == 2)
            let unknown = VariantID(rawValue: 99)
            let none = try await shop.post(
                "add", #"{"lines":[{"variant_id":"\#(rug)","quantity":1},{"variant_id":"\#(unknown)","quantity":1}]}"#)
            #expect(none.status == 404)
            let now = try await shop.get()
            #expect(try shop.version(now) == 2)
        }
    }

    @Test func takesOneCurrency() async throws {
        try await CartsFixture.with { shop in
            let (rug, lamp) = (try shop.offer(1), try shop.offer(2, currency: "USD"))
            #expect(try await shop.add(rug, 1).status == 200)
            let refused = try await shop.add(lamp, 1)
            #expect(refused.status == 409)
            #expect(refused.code == "currency-mismatch")
            #expect(try Self.pointers(refused) == ["/variant_id"])
            #expect(try shop.lines(try await shop.get()) == ["\(rug) × 1"])
            let both = try await shop.post(
                "add",
                #"{"lines":[{"variant_id":"\#(lamp)","quantity":1},{"variant_id":"\#(rug)","quantity":1}]}"#)
            #expect(both.status == 409 && both.code == "currency-mismatch")
            #expect(try Self.pointers(both) == ["/lines/0"])
        }
    }

    @Test(
        "quantities on both sides of the bounds",
        arguments: [(0, 422), (1, 200), (9_999, 200), (10_000, 422), (-1, 422)])
    func bounds(quantity: Int, status: Int) async throws {
        try await CartsFixture.with { shop in
            let answer = try await shop.add(try shop.offer(1), quantity)
            #expect(answer.status == status)
            #expect(answer.code == (status == 422 ? "validation-failed" : nil))
        }
    }

    @Test(
        "the offer's own rules",
        arguments: [
            (3, "below-minimum-quantity", 422), (4, nil, 200), (5, "not-a-multiple", 422), (8, nil, 200),
            (10, "above-maximum-quantity", 422),
        ])
    func rules(quantity: Int, code: String?, status: Int) async throws {
        try await CartsFixture.with { shop in
            let answer = try await shop.add(try shop.offer(1, minimum: 4, maximum: 8, step: 2), quantity)
            #expect(answer.status == status)
            #expect(answer.code == code)
        }
    }

    @Test func looksAtStockWithoutTakingIt() async throws {
        try await CartsFixture.with { shop in
            let rug = try shop.offer(1, available: 5)
            #expect(try await shop.add(rug, 5).status == 200)
            let refused = try await shop.add(rug, 1)
            #expect(refused.status == 409)
            #expect(refused.code == "insufficient-stock")
            let item = try #require(try refused.json["errors"]?.elements?.first)
            #expect(item["pointer"]?.string == "/quantity")
            #expect(item["variant_id"]?.string == "\(rug)")
            #expect(item["requested"]?.int == 6)
            #expect(item["available"]?.int == 5)
        }
    }

    @Test func refusesWhatIsNotSoldAndOtherMoney() async throws {
        try await CartsFixture.with { shop in
            let unsold = try shop.offer(1, isSellable: false)
            #expect(try await shop.add(unsold, 1).code == "seller-unavailable")
            let rupees = try shop.offer(2)
            #expect(try await shop.add(rupees, 1).status == 200)
            let refused = try await shop.add(try shop.offer(3, currency: "EUR"), 1)
            #expect(refused.status == 409)
            #expect(refused.code == "currency-mismatch")
        }
    }

    @Test func holdsTwoHundredLines() async throws {
        try await CartsFixture.with { shop in
            func lines(_ numbers: ClosedRange<Int64>) throws -> String {
                let items = try numbers.map { #"{"variant_id":"\#(try shop.offer($0))","quantity":1}"# }
                return #"{"lines":[\#(items.joined(separator: ","))]}"#
            }
            let tooMany = try lines(1...201)
            #expect(try await shop.post("add", tooMany).code == "validation-failed")
            #expect(try await shop.post("add", #"{"lines":[]}"#).code == "validation-failed")
            let most = try lines(1...200)
            #expect(try await shop.post("add", most).status == 200)
            let oneMore = try shop.offer(201)
            let refused = try await shop.add(oneMore, 1)
            #expect(try refused.code == "validation-failed" && Self.pointers(refused) == ["/variant_id"])
            let known = try shop.offer(200)
            #expect(try await shop.add(known, 1).status == 200)
        }
    }

    @Test func notesHaveFiveHundredCharacters() async throws {
        try await CartsFixture.with { shop in
            let rug = try shop.offer(1)
            let long = String(repeating: "ü", count: 500)
            #expect(try await shop.add(rug, 1, extra: #","note":"\#(long)""#).status == 200)
            #expect(try await shop.add(rug, 1, extra: #","note":"\#(long)x""#).code == "validation-failed")
        }
    }

    @Test func expectsTheVersionThatWasSeen() async throws {
        try await CartsFixture.with { shop in
            let rug = try shop.offer(1)
            let added = try await shop.add(rug, 1, extra: #","expected_version":1"#)
            #expect(try shop.version(added) == 2)
            let late = try await shop.add(rug, 1, extra: #","expected_version":1"#)
            #expect(late.status == 412)
            #expect(late.code == "version-conflict")
            #expect(try late.json["version"]?.int == 2 && late.json["current_version"]?.int == 2)
        }
    }

    @Test func oneKeyAddsOnce() async throws {
        try await CartsFixture.with { shop in
            let rug = try shop.offer(1)
            let body = #"{"variant_id":"\#(rug)","quantity":1}"#
            let first = try await shop.post("add", body, key: "k")
            let again = try await shop.post("add", body, key: "k")
            #expect(!first.isReplay)
            #expect(again.isReplay)
            #expect(again.body == first.body)
            let other = try await shop.post("add", #"{"variant_id":"\#(rug)","quantity":2}"#, key: "k")
            #expect(other.code == "idempotency-key-reused")
            let now = try await shop.get()
            #expect(try shop.lines(now) == ["\(rug) × 1"])
        }
    }

    @Test func anonymousClientsGetATokenForTheirCart() async throws {
        try await CartsFixture.with { shop in
            let body = #"{"variant_id":"\#(try shop.offer(1))","quantity":1}"#
            let first = try await shop.post("add", body, isUsers: false)
            let guest = try #require(first.header("X-Cart-Token"))
            let second = try await shop.post("add", body, guest: guest)
            #expect(second.header("X-Cart-Token") == nil)
            #expect(try second.json["id"]?.string == first.json["id"]?.string)
            #expect(try shop.version(second) == 3)
            // A token that we did not issue opens nothing: a new cart with a new token.
            let forged = try await shop.post("add", body, guest: String(guest.reversed()))
            #expect(forged.header("X-Cart-Token") != nil)
            #expect(try forged.json["id"]?.string != first.json["id"]?.string)
            let mine = try await shop.get()
            #expect(try shop.lines(mine) == [])
        }
    }
}
