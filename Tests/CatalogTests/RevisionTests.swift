// SPDX-License-Identifier: Apache-2.0
import Catalog
import HTTP
import MarketCore
import Postgres
import Synchronization
import TestSupport
import Testing

/// What is decided is what was looked at, and whoever has to know is told.
@Suite(.timeLimit(.minutes(2))) struct RevisionTests {
    private static let batch = "/api/admin/catalog/products/set-approval/"

    @Test func aCategoryThatIsGoneFailsItsRevisionAlone() async throws {
        try await ProductsFixture.with { shop in
            try await shop.pool.execute(
                """
                insert into catalog.categories (id, parent_id, slug, name, path, ancestor_ids)
                values (23, 21, 'lamps', 'Lamps', '{home,lamps}', '{21,23}')
                """)
            let product = try await shop.approved()
            let moved = try await shop.update(
                product.id, version: product.version, #""category_id":"\#(CategoryID(rawValue: 23))""#)
            #expect(moved.status == 200, "\(moved.text)")
            let other = try await shop.submitted(ProductsFixture.body(variants: [ProductsFixture.variant("O")]))
            // Nothing of the product is in it yet.
            try await shop.pool.execute("delete from catalog.categories where id = 23")
            let single = try await shop.decide("approve", product.id)
            #expect(single.status == 422 && single.code == "validation-failed", "\(single.text)")
            #expect(try ProductsFixture.faults(single) == ["/category_id": "not-found"])
            let body = #"{"items":[{"id":"\#(product.id)","approved":true},{"id":"\#(other.id)","approved":true}]}"#
            let answer = try await shop.post(Self.batch, body, as: shop.admin, key: "gone")
            let results = try answer.json["results"]?.elements
            #expect(results?.map { $0["ok"]?.bool } == [false, true], "\(answer.text)")
            #expect(results?.first?["problem"]?["code"]?.string == "validation-failed")
            let states = try await shop.text("select string_agg(moderation, ',' order by id) from catalog.products")
            #expect(states == "pending_review_changes,approved")
            // Its seller is asked for another one.
            #expect(try await shop.decide("reject", product.id).status == 200)
        }
    }

    @Test func otherVariantsAreAnotherRevision() async throws {
        try await ProductsFixture.with { shop in
            let waiting = try await shop.submitted(
                ProductsFixture.body(
                    variants: [ProductsFixture.variant("A", colour: "oak")],
                    extra: #","options":[{"name":"colour","values":["oak","ash"]}]"#))
            let price = try ProductsFixture.made(
                try await shop.update(
                    waiting.id, version: waiting.version,
                    #""variants":[{"id":"\#(waiting.variants[0])","price":\#(ProductsFixture.price(1200))}]"#))
            #expect(try await shop.text("select max(number)::text from catalog.revisions") == "1")
            let added = try ProductsFixture.made(
                try await shop.update(
                    waiting.id, version: price.version, #""variants":[\#(ProductsFixture.variant("B", colour: "ash"))]"#
                ))
            let old = try await shop.decide("approve", waiting.id, revision: 1)
            #expect(old.status == 412 && old.code == "version-conflict", "\(old.text)")
            let other = try await shop.update(
                waiting.id, version: added.version,
                """
                "variants":[{"id":"\(added.variants[0])","options":{"colour":"ash"}},\
                {"id":"\(added.variants[1])","options":{"colour":"oak"}}]
                """)
            #expect(other.status == 200, "\(other.text)")
            #expect(try await shop.decide("approve", waiting.id, revision: 2).status == 412)
            #expect(try await shop.decide("approve", waiting.id, revision: 3).status == 200)
            let states = try await shop.text("select string_agg(state, ',' order by number) from catalog.revisions")
            #expect(states == "superseded,superseded,approved")
        }
    }

    @Test func variantsThatWaitForARevisionArePartOfIt() async throws {
        try await ProductsFixture.with { shop in
            let product = try await shop.approved(
                ProductsFixture.body(
                    variants: [ProductsFixture.variant("A", colour: "oak")],
                    extra: #","options":[{"name":"colour","values":["oak","ash"]}]"#))
            let ash = try ProductsFixture.made(
                try await shop.update(
                    product.id, version: product.version,
                    """
                    "options":[{"name":"colour","values":["oak","ash","elm","fir"]}],\
                    "variants":[\(ProductsFixture.variant("B", colour: "elm"))]
                    """))
            // What fits what is live is for sale at once, and no part of what is judged.
            let live = try ProductsFixture.made(
                try await shop.update(
                    product.id, version: ash.version, #""variants":[\#(ProductsFixture.variant("C", colour: "ash"))]"#))
            #expect(try await shop.text("select max(number)::text from catalog.revisions") == "2")
            _ = try await shop.update(
                product.id, version: live.version, #""variants":[\#(ProductsFixture.variant("D", colour: "fir"))]"#)
            #expect(try await shop.decide("approve", product.id, revision: 2).status == 412)
            #expect(try await shop.decide("approve", product.id, revision: 3).status == 200)
            let states = try await shop.text("select string_agg(distinct status, ',') from catalog.variants")
            #expect(states == "active")
        }
    }

    @Test func theOwnerIsWrittenToOfEachDecision() async throws {
        try await ProductsFixture.with { shop in
            let product = try await shop.submitted()
            _ = try await shop.decide("reject", product.id)
            _ = try await shop.decide("reject", product.id)
            _ = try await shop.post("/api/products/submit/", #"{"id":"\#(product.id)"}"#)
            let body = #"{"items":[{"id":"\#(product.id)","approved":true}]}"#
            _ = try await shop.post(Self.batch, body, as: shop.admin)
            let mails = try await shop.text(
                """
                select string_agg((payload->>'template') || ' ' || (payload->>'user') || ' ' || (payload->'data'->>'product')
                                  || ' ' || (payload->'data'->>'note'), ', ' order by payload->>'template' desc)
                  from platform.jobs where kind = 'mail.send'
                """)
            #expect(
                mails == "product.rejected 70 Walnut speaker Too dark., product.approved 70 Walnut speaker ")
            // Of what the server approves by itself nobody is told.
            _ = try await shop.submitted(
                ProductsFixture.body(variants: [ProductsFixture.variant("L")]), as: shop.lata)
            #expect(try await shop.text("select count(*)::text from platform.jobs where kind = 'mail.send'") == "2")
        }
    }

    @Test func workOnDraftsIsNoNews() async throws {
        try await ProductsFixture.with { shop in
            func seen() -> [Bool] {
                shop.told.withLock { news in
                    defer { news = [] }
                    return news.map(\.isSeen)
                }
            }
            let draft = try await shop.draft()
            let edited = try ProductsFixture.made(
                try await shop.update(draft.id, version: draft.version, #""title":"Oak speaker""#))
            _ = try await shop.post("/api/products/submit/", #"{"id":"\#(edited.id)"}"#)
            #expect(seen() == [false, false, false])
            let live = try ProductsFixture.made(try await shop.decide("approve", draft.id))
            let price = #""variants":[{"id":"\#(live.variants[0])","price":\#(ProductsFixture.price(900))}]"#
            _ = try await shop.update(draft.id, version: live.version, price)
            _ = try await shop.post("/api/products/unlist/", #"{"id":"\#(draft.id)"}"#)
            #expect(seen() == [true, true, true])
            _ = try await shop.post("/api/products/archive/", #"{"id":"\#(draft.id)"}"#)
            #expect(seen() == [false])
        }
    }
}
