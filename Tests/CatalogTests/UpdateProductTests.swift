// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct UpdateProductTests {
    private static let coloured = ProductsFixture.body(
        variants: [
            ProductsFixture.variant("RED", price: 1000, colour: "red"),
            ProductsFixture.variant("BLUE", price: 1200, colour: "blue"),
        ], extra: #","options":[{"name":"colour","values":["red","blue"]}]"#)

    @Test func changesADraftAtOnce() async throws {
        try await ProductsFixture.with { shop in
            let draft = try await shop.draft()
            let answer = try await shop.update(
                draft.id, version: 1,
                #""title":"Oak speaker","variants":[{"id":"\#(draft.variants[0])","price":\#(ProductsFixture.price(900))}]"#
            )
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.header("ETag") == "\"v2\"")
            let json = try answer.json
            #expect(json["title"]?.string == "Oak speaker" && json["price"]?["amount"]?.int == 900)
            // An address stays.
            #expect(json["slug"]?.string == "walnut-speaker")
            let nothing = try await shop.update(draft.id, version: 2, "")
            #expect(try nothing.json["version"]?.int == 2)
            let events = try await shop.events(of: draft)
            #expect(events == "")
        }
    }

    @Test func needsTheVersionThatWasSeen() async throws {
        try await ProductsFixture.with { shop in
            let draft = try await shop.draft()
            let stale = try await shop.update(draft.id, version: 7, #""title":"Oak""#)
            #expect(stale.status == 412 && stale.code == "version-conflict")
            #expect(try stale.json["current_version"]?.int == 1)
            let none = try await shop.send(
                "PUT", "/api/products/update/", #"{"id":"\#(draft.id)","title":"Oak"}"#, as: shop.kiran)
            #expect(try ProductsFixture.faults(none) == ["/expected_version": "required"])
            let byHeader = try await shop.send(
                "PUT", "/api/products/update/", #"{"id":"\#(draft.id)","title":"Oak"}"#, as: shop.kiran,
                headers: [("If-Match", "\"v1\"")])
            #expect(byHeader.status == 200)
            // The tag that visitors are shown it under names the version as well, with a hash of what changes without it.
            let shown = try await shop.send(
                "PUT", "/api/products/update/", #"{"id":"\#(draft.id)","title":"Ash"}"#, as: shop.kiran,
                headers: [("If-Match", "\"v2-9f86d081884c7d65\"")])
            #expect(shown.status == 200, "\(shown.text)")
            let again = try await shop.send(
                "PUT", "/api/products/update/", #"{"id":"\#(draft.id)","title":"Elm"}"#, as: shop.kiran,
                headers: [("If-Match", "\"v1\"")])
            #expect(again.code == "version-conflict")
        }
    }

    @Test func oneOfTwoUpdatesOfAVersionWins() async throws {
        try await ProductsFixture.with { shop in
            let product = try await shop.approved()
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<6 {
                    group.addTask {
                        try await shop.update(product.id, version: product.version, #""title":"Title \#(number)""#)
                            .status
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.sorted() == [200, 412, 412, 412, 412, 412])
            let revisions = try await shop.text("select string_agg(number || ' ' || state, ',') from catalog.revisions")
            #expect(revisions == "1 approved,2 open")
        }
    }

    @Test func pricesHoldAtOnceAndWordsWait() async throws {
        try await ProductsFixture.with { shop in
            let product = try await shop.approved()
            let variant = product.variants[0]
            let answer = try await shop.update(
                product.id, version: product.version,
                """
                "title":"Oak speaker","gst_rate_bps":500,"return_policy":{"days":3,"returnable":true},\
                "variants":[{"id":"\(variant)","price":\(ProductsFixture.price(800)),"max_quantity":9}]
                """)
            #expect(answer.status == 200, "\(answer.text)")
            let json = try answer.json
            #expect(json["title"]?.string == "Walnut speaker" && json["gst_rate_bps"]?.int == 1800)
            #expect(json["price"]?["amount"]?.int == 800 && json["return_policy"]?["days"]?.int == 3)
            #expect(json["moderation"]?["status"]?.string == "pending_review_changes")
            let stock = try await shop.text(
                "select sellable || ' ' || (offer_version > 1) from inventory.stock where variant_id = \(VariantID(variant)?.rawValue ?? 0)"
            )
            #expect(stock == "true true")
            let detail = try await shop.get("/api/sellers/products/detail/?id=\(product.id)").json
            let diff = detail["revision"]?["diff"]?.elements ?? []
            #expect(detail["revision"]?["number"]?.int == 2)
            #expect(diff.map { $0["field"]?.string } == ["title", "gst_rate_bps"])
            #expect(diff[0]["before"]?.string == "Walnut speaker" && diff[0]["after"]?.string == "Oak speaker")
            let events = try await shop.events(of: product)
            #expect(events == "1 product.submitted, 2 product.approved, 3 product.submitted")
            // Prices alone need nobody.
            let cheaper = try await shop.update(
                product.id, version: product.version + 1,
                #""variants":[{"id":"\#(variant)","price":\#(ProductsFixture.price(700))}]"#)
            #expect(try cheaper.json["price"]?["amount"]?.int == 700)
            #expect(try await shop.events(of: product) == events)
        }
    }

    @Test func goesOnFromWhatWaitsAndCanGoBack() async throws {
        try await ProductsFixture.with { shop in
            let product = try await shop.approved()
            _ = try await shop.update(product.id, version: product.version, #""title":"Oak speaker""#)
            let second = try await shop.update(
                product.id, version: product.version + 1, #""description":"Three ways.""#)
            #expect(try second.json["moderation"]?["revision"]?.int == 3)
            let detail = try await shop.get("/api/sellers/products/detail/?id=\(product.id)").json
            #expect(detail["revision"]?["diff"]?.elements?.count == 2)
            let back = try await shop.update(
                product.id, version: product.version + 2, #""title":"Walnut speaker","description":"Two ways.""#)
            #expect(try back.json["moderation"]?["status"]?.string == "approved")
            let revisions = try await shop.text(
                "select string_agg(number || ' ' || state, ',' order by number) from catalog.revisions")
            #expect(revisions == "1 approved,2 superseded,3 withdrawn")
            let events = try await shop.events(of: product)
            #expect(events.hasSuffix("4 product.submitted, 5 product.withdrawn"))
        }
    }

    @Test func addsChangesAndArchivesVariants() async throws {
        try await ProductsFixture.with { shop in
            let product = try await shop.approved(Self.coloured)
            let answer = try await shop.update(
                product.id, version: product.version,
                """
                "variants":[{"id":"\(product.variants[0])","archived":true},\
                \(ProductsFixture.variant("RED-2", price: 500, colour: "red", extra: #","stock":3"#))]
                """)
            #expect(answer.status == 200, "\(answer.text)")
            let variants = try #require(try answer.json["variants"]?.elements)
            #expect(variants.map { $0["sku"]?.string } == ["BLUE", "RED-2"])
            #expect(variants.map { $0["status"]?.string } == ["active", "active"])
            #expect(variants.map { $0["is_default"]?.bool } == [true, false])
            #expect(try answer.json["moderation"]?["status"]?.string == "approved")
            let sellable = try await shop.text(
                """
                select string_agg(v.sku || ' ' || k.sellable || ' ' || k.on_hand, ',' order by v.sku)
                  from catalog.variants v join inventory.stock k on k.variant_id = v.id
                """)
            #expect(sellable == "BLUE true 0,RED false 0,RED-2 true 3")
            // The archived one's options are taken; with others it may come back.
            let taken = try await shop.update(
                product.id, version: product.version + 1,
                #""variants":[{"id":"\#(product.variants[0])","archived":false}]"#)
            #expect(try ProductsFixture.faults(taken).values.contains("options-repeated"))
            let last = try await shop.update(
                product.id, version: product.version + 1,
                #""variants":[{"id":"\#(product.variants[1])","archived":true},{"id":"\#(variants[1]["id"]?.string ?? "")","archived":true}]"#
            )
            #expect(try ProductsFixture.faults(last) == ["/variants": "too-few"])
        }
    }

    @Test func newOptionsWaitForTheirRevision() async throws {
        try await ProductsFixture.with { shop in
            let product = try await shop.approved(Self.coloured)
            let answer = try await shop.update(
                product.id, version: product.version,
                """
                "options":[{"name":"shade","values":["red","blue","green"]}],"variants":[\
                {"id":"\(product.variants[0])","options":{"shade":"red"}},{"id":"\(product.variants[1])","options":{"shade":"blue"}},\
                {"sku":"GREEN","price":\(ProductsFixture.price(5)),"weight_g":1,"options":{"shade":"green"}}]
                """)
            #expect(answer.status == 200, "\(answer.text)")
            let json = try answer.json
            #expect(json["options"]?.elements?.first?["name"]?.string == "colour")
            #expect(json["variants"]?.elements?.map { $0["status"]?.string } == ["active", "active", "waiting"])
            // What waits has no price that buyers see.
            #expect(json["price"]?["amount"]?.int == 1000)
            let rejected = try await shop.update(
                product.id, version: product.version + 1,
                #""variants":[\#(ProductsFixture.variant("MISFIT", colour: "red"))]"#)
            #expect(try ProductsFixture.faults(rejected) == ["/variants/0/options": "options-misfit"])
            let approved = try await shop.decide("approve", product.id, revision: 2).json
            #expect(approved["options"]?.elements?.first?["name"]?.string == "shade")
            #expect(approved["variants"]?.elements?.map { $0["status"]?.string } == ["active", "active", "active"])
            #expect(approved["variants"]?.elements?[0]["options"]?["shade"]?.string == "red")
            #expect(approved["price"]?["amount"]?.int == 5)
        }
    }

    @Test func refusedOptionsLeaveTheRestAlone() async throws {
        try await ProductsFixture.with { shop in
            let product = try await shop.approved(Self.coloured)
            _ = try await shop.update(
                product.id, version: product.version,
                """
                "options":[{"name":"colour","values":["red","blue","green"]}],\
                "variants":[\(ProductsFixture.variant("GREEN", colour: "green"))]
                """)
            _ = try await shop.decide("reject", product.id)
            // A price can be changed though a variant waits for options that were refused.
            let cheaper = try await shop.update(
                product.id, version: product.version + 2,
                #""variants":[{"id":"\#(product.variants[0])","price":\#(ProductsFixture.price(1))}]"#)
            #expect(cheaper.status == 200, "\(cheaper.text)")
            #expect(
                try cheaper.json["variants"]?.elements?.map { $0["status"]?.string } == ["active", "active", "waiting"])
        }
    }

    @Test func trustedSellersAreLiveAtOnce() async throws {
        try await ProductsFixture.with { shop in
            let product = try await shop.submitted(as: shop.lata)
            let answer = try await shop.update(product.id, version: product.version, #""title":"Oak""#, as: shop.lata)
            #expect(try answer.json["title"]?.string == "Oak")
            #expect(try answer.json["moderation"]?["status"]?.string == "approved")
            let events = try await shop.events(of: product)
            #expect(events == "1 product.submitted, 2 product.approved, 3 product.submitted, 4 product.approved")
            let actors = try await shop.text(
                "select string_agg(event || ' ' || actor, ',' order by id) from catalog.history")
            #expect(actors == "submit user:80,approve system,revise user:80,approve system")
        }
    }

    @Test func refusesWhatItMust() async throws {
        try await ProductsFixture.with { shop in
            let product = try await shop.draft()
            let foreign = try await shop.update(product.id, version: 1, #""title":"Mine""#, as: shop.lata)
            #expect(foreign.status == 404 && foreign.code == "not-found")
            let unknown = try await shop.update("prd_x", version: 1, "")
            #expect(unknown.status == 404)
            for (change, pointer, code) in [
                (#""variants":[{"id":"\#(product.variants[0])","stock":1}]"#, "/variants/0/stock", "not-here"),
                (#""variants":[{"id":"\#(product.variants[0])","sku":"OTHER"}]"#, "/variants/0/sku", "immutable"),
                (
                    #""variants":[{"id":"\#(product.variants[0])"},{"id":"\#(product.variants[0])"}]"#,
                    "/variants/1/id", "repeated"
                ),
                (#""title":"""#, "/title", "invalid"),
                (#""return_policy":{"days":91,"returnable":true}"#, "/return_policy/days", "out-of-range"),
            ] {
                let answer = try await shop.update(product.id, version: 1, change)
                #expect(try ProductsFixture.faults(answer)[pointer] == code, "\(answer.text)")
            }
            let variant = try await shop.update(
                product.id, version: 1, #""variants":[{"id":"\#(VariantID(rawValue: 5))"}]"#)
            #expect(variant.status == 404)
            _ = try await shop.post("/api/products/archive/", #"{"id":"\#(product.id)"}"#)
            let archived = try await shop.update(product.id, version: 2, #""title":"Late""#)
            #expect(archived.status == 409 && archived.code == "illegal-transition")
            #expect(try archived.json["from"]?.string == "archived")
        }
    }

    @Test func replaysUnderItsKey() async throws {
        try await ProductsFixture.with { shop in
            let draft = try await shop.draft()
            let first = try await shop.update(draft.id, version: 1, #""title":"Oak""#, key: "u")
            try shop.restart()
            let second = try await shop.update(draft.id, version: 1, #""title":"Oak""#, key: "u")
            #expect(first.status == 200 && second.isReplay && first.body == second.body)
        }
    }
}
