// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

/// `POST /api/products/archive/`.
@Suite(.timeLimit(.minutes(2))) struct ArchiveOwnProductTests {
    @Test func goesAwayForGood() async throws {
        try await ProductsFixture.with { shop in
            let product = try await shop.approved()
            _ = try await shop.update(product.id, version: product.version, #""title":"Oak""#)
            let gone = try await shop.move("archive", product.id)
            #expect(try gone.json["status"]?.string == "archived")
            #expect(try await shop.text("select sellable::text from inventory.stock") == "false")
            let revisions = try await shop.text(
                "select string_agg(number || ' ' || state, ',' order by number) from catalog.revisions")
            #expect(revisions == "1 approved,2 withdrawn")
            for path in ["relist", "unlist", "submit"] {
                let refused = try await shop.move(path, product.id)
                #expect(refused.status == 409 && refused.code == "illegal-transition", "\(path)")
                #expect(try refused.json["allowed"]?.elements?.isEmpty == true)
            }
            let approval = try await shop.decide("approve", product.id)
            #expect(approval.code == "illegal-transition")
            let again = try await shop.move("archive", product.id)
            #expect(again.status == 200)
            let draft = try await shop.draft(ProductsFixture.body(variants: [ProductsFixture.variant("D")]))
            let early = try await shop.move("archive", draft.id)
            #expect(try early.json["status"]?.string == "archived")
        }
    }

    @Test func refusesWhatItMust() async throws {
        try await ProductsFixture.with { shop in
            let draft = try await shop.draft()
            try await shop.refusesOthers("archive", draft.id)
            #expect(try await shop.text("select status from catalog.products") == "draft")
        }
    }

    @Test func aSuspendedSellerMayPutAway() async throws {
        try await ProductsFixture.with { shop in
            let product = try await shop.approved()
            try await shop.pool.execute("update sellers.sellers set status = 'suspended' where id = 11")
            #expect(try await shop.move("archive", product.id).status == 200)
        }
    }

    @Test func replaysUnderItsKey() async throws {
        try await ProductsFixture.with { shop in try await shop.replays("archive", try await shop.approved().id) }
    }
}
