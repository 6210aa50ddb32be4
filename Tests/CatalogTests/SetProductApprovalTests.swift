// SPDX-License-Identifier: Apache-2.0
import Catalog
import HTTP
import MarketCore
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct SetProductApprovalTests {
    private static let path = "/api/admin/catalog/products/set-approval/"

    @Test func decidesOneAsTheOtherDoorsDo() async throws {
        try await ProductsFixture.with { shop in
            let waiting = try await shop.submitted()
            let missing = try await shop.post(Self.path, #"{"id":"\#(waiting.id)","approved":false}"#, as: shop.admin)
            #expect(missing.status == 422 && missing.code == "reason-required")
            let answer = try await shop.post(
                Self.path, #"{"id":"\#(waiting.id)","approved":true,"revision":1}"#, as: shop.admin)
            #expect(try answer.json["moderation"]?["status"]?.string == "approved")
            let again = try await shop.decide("approve", waiting.id)
            #expect(again.body == answer.body)
            let conflict = try await shop.post(
                Self.path, #"{"id":"\#(waiting.id)","approved":true,"revision":2}"#, as: shop.admin)
            #expect(conflict.code == "version-conflict")
            let unknown = try await shop.post(
                Self.path, #"{"id":"\#(ProductID(rawValue: 5))","approved":true}"#, as: shop.admin)
            #expect(unknown.code == "not-found")
        }
    }

    @Test func decidesManyEachForItself() async throws {
        try await ProductsFixture.with { shop in
            var waiting: [ProductsFixture.Made] = []
            for number in 0..<4 {
                let body = ProductsFixture.body(variants: [ProductsFixture.variant("M-\(number)")])
                waiting.append(number == 3 ? try await shop.draft(body) : try await shop.submitted(body))
            }
            let unknown = ProductID(rawValue: 5)
            let body = """
                {"items":[{"id":"\(waiting[2].id)","approved":true},{"id":"\(waiting[0].id)","approved":true,"revision":1},\
                {"id":"\(waiting[1].id)","approved":false,"reason_code":"category","note":"Rugs are no speakers."},\
                {"id":"\(waiting[3].id)","approved":true},{"id":"\(unknown)","approved":true}]}
                """
            let answer = try await shop.post(Self.path, body, as: shop.admin, key: "batch")
            #expect(answer.status == 200, "\(answer.text)")
            let results = try #require(try answer.json["results"]?.elements)
            #expect(results.map { $0["id"]?.string } == [2, 0, 1, 3].map { waiting[$0].id } + ["\(unknown)"])
            #expect(results.map { $0["ok"]?.bool } == [true, true, true, false, false])
            #expect(results[2]["moderation"]?.string == "rejected" && results[1]["status"]?.string == "active")
            #expect(results[3]["problem"]?["code"]?.string == "illegal-transition")
            #expect(results[4]["problem"]?["status"]?.int == 404)
            let states = try await shop.text("select string_agg(moderation, ',' order by id) from catalog.products")
            #expect(states == "approved,rejected,approved,draft")
            try shop.restart()
            let replay = try await shop.post(Self.path, body, as: shop.admin, key: "batch")
            #expect(replay.isReplay && replay.body == answer.body)
            #expect(
                Set(shop.told.withLock { $0.suffix(3).map { $0.product.rawValue } }) == Set(waiting[...2].map(\.row)))
        }
    }

    @Test func anIDOfTheWrongFormIsTheItemsOwnFault() async throws {
        try await ProductsFixture.with { shop in
            let waiting = try await shop.submitted()
            let wrong = "\(SellerID(rawValue: 5))"
            let body = """
                {"items":[{"id":"no\\"ne","approved":true},{"id":"\(waiting.id)","approved":true},\
                {"id":"\(wrong)","approved":false},{"id":"\(wrong)","approved":true}]}
                """
            let answer = try await shop.post(Self.path, body, as: shop.admin, key: "mixed")
            #expect(answer.status == 200, "\(answer.text)")
            let results = try #require(try answer.json["results"]?.elements)
            #expect(results.map { $0["id"]?.string } == ["no\"ne", waiting.id, wrong, wrong])
            #expect(results.map { $0["ok"]?.bool } == [false, true, false, false])
            for index in [0, 2, 3] { #expect(results[index]["problem"]?["code"]?.string == "not-found") }
            #expect(try await shop.text("select moderation from catalog.products") == "approved")
            let alone = try await shop.post(Self.path, #"{"id":"\#(wrong)","approved":true}"#, as: shop.admin)
            #expect(alone.status == 404 && alone.code == "not-found")
        }
    }

    @Test func refusesWhatItMust() async throws {
        try await ProductsFixture.with { shop in
            let id = "\(ProductID(rawValue: 5))"
            for (body, pointer, code) in [
                (#"{"items":[]}"#, "/items", "too-few"), ("{}", "/id", "required"),
                (#"{"items":[{"id":"\#(id)","approved":true},{"id":"\#(id)","approved":true}]}"#, "/items", "repeated"),
                (#"{"items":[{"id":"\#(id)"}]}"#, "/items/0/approved", "required"),
                (
                    #"{"items":[\#((0..<101).map { #"{"id":"\#(ProductID(rawValue: Int64($0)))","approved":true}"# }.joined(separator: ","))]}"#,
                    "/items", "too-many"
                ),
            ] {
                let answer = try await shop.post(Self.path, body, as: shop.admin)
                #expect(answer.status == 422)
                #expect(try ProductsFixture.faults(answer)[pointer] == code, "\(answer.text)")
            }
        }
    }

    @Test func whatWasNotHandedInIsNotDecided() async throws {
        try await ProductsFixture.with { shop in
            let draft = try await shop.draft()
            let body = #"{"id":"\#(draft.id)","approved":true}"#
            let early = try await shop.post(Self.path, body, as: shop.admin, key: "early")
            #expect(early.status == 409 && early.code == "illegal-transition")
            let other = try await shop.post(
                Self.path, #"{"id":"\#(draft.id)","approved":true,"revision":1}"#, as: shop.admin, key: "early")
            #expect(other.code == "idempotency-key-reused")
            for person in [shop.kiran, shop.customer, shop.reader, shop.clerk] {
                let refused = try await shop.post(Self.path, body, as: person)
                #expect(refused.status == 403 && refused.code == "forbidden")
            }
        }
    }

    @Test func whatCannotBeReadIsRefusedUnderItsKey() async throws {
        try await ProductsFixture.with { shop in
            for body in ["{}", #"{"items":[]}"#] {
                let first = try await shop.post(Self.path, body, as: shop.admin, key: "k\(body.count)")
                let again = try await shop.post(Self.path, body, as: shop.admin, key: "k\(body.count)")
                #expect(first.status == 422 && again.isReplay && again.body == first.body)
            }
        }
    }
}
