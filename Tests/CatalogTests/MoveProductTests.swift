// SPDX-License-Identifier: Apache-2.0
import Catalog
import HTTP
import MarketCore
import Postgres
import Synchronization
import TestSupport
import Testing

/// `submit`, `unlist`, `relist` and `archive`.
@Suite(.timeLimit(.minutes(2))) struct MoveProductTests {
    private func move(
        _ shop: ProductsFixture, _ move: String, _ id: String, version: Int? = nil,
        as person: ProductsFixture.Person? = nil, key: String? = nil
    ) async throws -> TestClient.Answer {
        let expected = version.map { #","expected_version":\#($0)"# } ?? ""
        return try await shop.post("/api/products/\(move)/", #"{"id":"\#(id)"\#(expected)}"#, as: person, key: key)
    }

    @Test func handsInForReview() async throws {
        try await ProductsFixture.with { shop in
            let draft = try await shop.draft()
            let answer = try await move(shop, "submit", draft.id, version: 1)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.header("ETag") == "\"v2\"")
            let json = try answer.json
            #expect(json["status"]?.string == "draft")
            #expect(json["moderation"]?["status"]?.string == "pending_review")
            #expect(json["moderation"]?["revision"]?.int == 1)
            // Who asks twice gets the same, and nothing happens.
            let again = try await move(shop, "submit", draft.id)
            #expect(try again.json["version"]?.int == 2)
            #expect(try await shop.events(of: draft) == "1 product.submitted")
            let audit = try await shop.text(
                "select string_agg(action || ' ' || actor_type || ' ' || actor_id, ',' order by id) from platform.audit"
            )
            #expect(audit == "product.created user 70,product.submitted user 70")
        }
    }

    @Test func anEditWhileItWaitsIsANewRevision() async throws {
        try await ProductsFixture.with { shop in
            let waiting = try await shop.submitted()
            let edit = try await shop.update(waiting.id, version: waiting.version, #""title":"Oak speaker""#)
            #expect(try edit.json["title"]?.string == "Oak speaker")
            let stale = try await shop.decide("approve", waiting.id, revision: 1)
            #expect(stale.status == 412 && stale.code == "version-conflict")
            #expect(try stale.json["current_revision"]?.int == 2)
            let fresh = try await shop.decide("approve", waiting.id, revision: 2)
            #expect(try fresh.json["title"]?.string == "Oak speaker")
        }
    }

    @Test func trustedSellersAreApprovedAtOnce() async throws {
        try await ProductsFixture.with { shop in
            let draft = try await shop.draft(as: shop.lata)
            let answer = try await move(shop, "submit", draft.id, as: shop.lata)
            #expect(try answer.json["status"]?.string == "active")
            #expect(try answer.json["moderation"]?["status"]?.string == "approved")
            #expect(try await shop.events(of: draft) == "1 product.submitted, 2 product.approved")
            let audit = try await shop.text(
                "select string_agg(action || ' ' || actor_type, ',' order by id) from platform.audit where action <> 'product.created'"
            )
            #expect(audit == "product.submitted user,product.approved system")
            let sellable = try await shop.text("select sellable::text from inventory.stock")
            #expect(sellable == "true")
        }
    }

    @Test func goesOffTheShelfAndBack() async throws {
        try await ProductsFixture.with { shop in
            let product = try await shop.approved()
            let off = try await move(shop, "unlist", product.id)
            #expect(try off.json["status"]?.string == "unlisted")
            #expect(try await shop.text("select sellable::text from inventory.stock") == "false")
            let again = try await move(shop, "unlist", product.id)
            #expect(again.status == 200 && again.body == off.body)
            let back = try await move(shop, "relist", product.id)
            #expect(try back.json["status"]?.string == "active")
            #expect(try await shop.text("select sellable::text from inventory.stock") == "true")
            #expect(
                try await shop.events(of: product)
                    == "1 product.submitted, 2 product.approved, 3 product.unlisted, 4 product.relisted")
            let told = shop.told.withLock { $0.last }
            #expect(told?.product.description == product.id && told?.variants.count == 1)
        }
    }

    @Test func goesAwayForGood() async throws {
        try await ProductsFixture.with { shop in
            let product = try await shop.approved()
            _ = try await shop.update(product.id, version: product.version, #""title":"Oak""#)
            let gone = try await move(shop, "archive", product.id)
            #expect(try gone.json["status"]?.string == "archived")
            #expect(try await shop.text("select sellable::text from inventory.stock") == "false")
            let revisions = try await shop.text(
                "select string_agg(number || ' ' || state, ',' order by number) from catalog.revisions")
            #expect(revisions == "1 approved,2 withdrawn")
            for path in ["relist", "unlist", "submit"] {
                let refused = try await move(shop, path, product.id)
                #expect(refused.status == 409 && refused.code == "illegal-transition", "\(path)")
                #expect(try refused.json["allowed"]?.elements?.isEmpty == true)
            }
            let approval = try await shop.decide("approve", product.id)
            #expect(approval.code == "illegal-transition")
            let again = try await move(shop, "archive", product.id)
            #expect(again.status == 200)
            let draft = try await shop.draft(ProductsFixture.body(variants: [ProductsFixture.variant("D")]))
            let early = try await move(shop, "archive", draft.id)
            #expect(try early.json["status"]?.string == "archived")
        }
    }

    @Test func refusesWhatItMust() async throws {
        try await ProductsFixture.with { shop in
            let draft = try await shop.draft()
            for path in ["unlist", "relist"] {
                let answer = try await move(shop, path, draft.id)
                #expect(answer.status == 409 && answer.code == "illegal-transition")
                #expect(try answer.json["from"]?.string == "draft")
            }
            for path in ["submit", "unlist", "relist", "archive"] {
                let foreign = try await move(shop, path, draft.id, as: shop.lata)
                #expect(foreign.status == 404 && foreign.code == "not-found")
                let malformed = try await move(shop, path, "prd_x")
                #expect(malformed.status == 404)
                let stale = try await move(shop, path, draft.id, version: 9)
                #expect(stale.status == 412 && stale.code == "version-conflict")
                let empty = try await shop.post("/api/products/\(path)/", "{}")
                #expect(try ProductsFixture.faults(empty) == ["/id": "required"])
            }
        }
    }

    @Test func aSuspendedSellerMayOnlyTakeOff() async throws {
        try await ProductsFixture.with { shop in
            let product = try await shop.approved()
            _ = try await shop.pool.execute("update sellers.sellers set status = 'suspended' where id = 11")
            for path in ["submit", "relist"] {
                let answer = try await move(shop, path, product.id)
                #expect(answer.status == 403 && answer.code == "seller-not-active")
                #expect(try answer.json["seller_status"]?.string == "suspended")
            }
            let edit = try await shop.update(product.id, version: product.version, #""title":"Oak""#)
            #expect(edit.code == "seller-not-active")
            let off = try await move(shop, "unlist", product.id)
            #expect(off.status == 200)
            let archived = try await move(shop, "archive", product.id)
            #expect(archived.status == 200)
        }
    }

    @Test(arguments: ["submit", "unlist", "relist", "archive"])
    func replaysUnderItsKey(path: String) async throws {
        try await ProductsFixture.with { shop in
            let product = path == "submit" ? try await shop.draft() : try await shop.approved()
            if path == "relist" { _ = try await move(shop, "unlist", product.id) }
            let first = try await move(shop, path, product.id, key: "m")
            try shop.restart()
            let second = try await move(shop, path, product.id, key: "m")
            #expect(first.status == 200 && second.isReplay && first.body == second.body)
            let other = try await move(shop, path, product.id, version: 1, key: "m")
            #expect(other.code == "idempotency-key-reused")
        }
    }
}
