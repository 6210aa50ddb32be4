// SPDX-License-Identifier: Apache-2.0
import Actors
import Catalog
import HTTP
import MarketCore
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct CreateProductTests {
    private static let path = "/api/products/create/"

    @Test func makesADraftWithItsUnits() async throws {
        try await ProductsFixture.with { shop in
            let body = ProductsFixture.body(
                title: "Kāñcī silk – Asha’s  choice!",
                variants: [
                    ProductsFixture.variant(
                        "RED", price: 1200, colour: "red",
                        extra: #","stock":7,"tiers":[{"min_quantity":10,"price":{"amount":1100,"currency":"INR"}}]"#),
                    ProductsFixture.variant(
                        "BLUE", price: 1000, colour: "blue", extra: #","step":6,"max_quantity":60,"is_default":true"#),
                ],
                extra: """
                    ,"brand":" Dhwani ","attributes":{"material":"silk"},"options":[{"name":"colour","values":["red","blue"]}],\
                    "return_policy":{"days":10,"returnable":false}
                    """)
            let answer = try await shop.post(Self.path, body)
            #expect(answer.status == 201, "\(answer.text)")
            #expect(answer.header("ETag") == "\"v1\"")
            let json = try answer.json
            #expect(json["slug"]?.string == "kanci-silk-ashas-choice")
            #expect(json["status"]?.string == "draft" && json["moderation"]?["status"]?.string == "draft")
            #expect(json["seller"]?["name"]?.string == "Loom" && json["brand"]?.string == "Dhwani")
            #expect(json["price"]?["amount"]?.int == 1000 && json["price_is_from"]?.bool == true)
            #expect(json["return_policy"]?["days"]?.int == 10)
            let variants = try #require(json["variants"]?.elements)
            #expect(variants.map { $0["sku"]?.string } == ["RED", "BLUE"])
            #expect(variants.map { $0["stock"]?["available"]?.int } == [7, 0])
            #expect(variants.map { $0["is_default"]?.bool } == [false, true])
            // What comes in packs of six is sold from six on.
            #expect(variants[1]["min_quantity"]?.int == 6)
            #expect(variants[0]["tiers"]?.elements?.first?["price"]?["amount"]?.int == 1100)
            let movements = try await shop.text(
                "select string_agg(delta || ' ' || on_hand || ' ' || cause || ' ' || actor, ',') from inventory.movements"
            )
            #expect(movements == "7 7 set user:70")
            let sellable = try await shop.text("select bool_or(sellable)::text from inventory.stock")
            #expect(sellable == "false")
            let told = shop.told.withLock { $0 }
            #expect(told.count == 1 && told[0].variants.count == 2)
            #expect(told[0].stock.map(\.onHand) == [7])
        }
    }

    @Test func namesEveryRuleThatIsBroken() async throws {
        try await ProductsFixture.with { shop in
            let answer = try await shop.post(
                Self.path,
                """
                {"title":"  ","description":"a\\u0007","category_id":"\(ProductsFixture.category)","hsn_code":"12345",\
                "gst_rate_bps":1700,"variants":[{"sku":"A","price":{"amount":0,"currency":"INR"},"weight_g":-1},\
                {"price":{"amount":5,"currency":"USD"},"weight_g":1}],"attributes":{"a":[1]},\
                "options":[{"name":"colour","values":["red","red"]},{"name":"colour","values":["x"]}]}
                """)
            #expect(answer.status == 422 && answer.code == "validation-failed")
            let faults = try ProductsFixture.faults(answer)
            for (pointer, code) in [
                "/title": "invalid", "/description": "invalid", "/hsn_code": "invalid", "/gst_rate_bps": "invalid",
                "/variants/0/price/amount": "out-of-range", "/variants/0/weight_g": "out-of-range",
                "/variants/1/sku": "required", "/variants/1/price/currency": "not-sold-in", "/attributes": "invalid",
                "/options/0/values": "repeated", "/options": "repeated",
            ] { #expect(faults[pointer] == code, "\(pointer): \(faults[pointer] ?? "–")") }
        }
    }

    @Test func keepsAttributesAsTheTypeThatTheyAreSentAs() async throws {
        try await ProductsFixture.with { shop in
            let made = try await shop.post(
                Self.path,
                ProductsFixture.body(
                    extra: #","attributes":{"watts":40,"weight":7.50,"below":-3,"wireless":false,"age":"12"}"#))
            #expect(made.status == 201, "\(made.text)")
            let attributes = try made.json["attributes"]
            #expect(attributes?["watts"]?.int == 40 && attributes?["weight"]?.numberText == "7.50")
            #expect(attributes?["wireless"]?.bool == false && attributes?["age"]?.string == "12")
            let kept = try await shop.text(
                "select string_agg(a.key || ' ' || jsonb_typeof(a.value) || ' ' || (a.value #>> '{}'), ',' order by a.key) "
                    + "from catalog.products p, jsonb_each(p.attributes) a")
            #expect(kept == "age string 12,below number -3,watts number 40,weight number 7.50,wireless boolean false")
            // The same again is no change.
            let id = try #require(try made.json["id"]?.string)
            let same = try await shop.send(
                "PUT", "/api/products/update/",
                #"{"id":"\#(id)","expected_version":1,"attributes":{"age":"12","below":-3,"watts":40,"weight":7.50,"wireless":false}}"#,
                as: shop.kiran)
            #expect(try same.status == 200 && same.json["version"]?.int == 1, "\(same.text)")
            for value in ["null", "[1]", "{}", "1e3", "-0", "1000000000001", "0.\(String(repeating: "1", count: 30))"] {
                let refused = try await shop.post(
                    Self.path, ProductsFixture.body(extra: #","attributes":{"a":\#(value)}"#))
                #expect(try ProductsFixture.faults(refused) == ["/attributes": "invalid"], "\(value)")
            }
        }
    }

    @Test func holdsTheRulesOfVariants() async throws {
        try await ProductsFixture.with { shop in
            let tiers = { (list: [(Int, Int)]) in
                let texts = list.map { #"{"min_quantity":\#($0.0),"price":\#(ProductsFixture.price($0.1))}"# }
                return #","tiers":[\#(texts.joined(separator: ","))]"#
            }
            let answer = try await shop.post(
                Self.path,
                ProductsFixture.body(
                    variants: [
                        ProductsFixture.variant("A", colour: "red", extra: tiers([(10, 900), (5, 950)])),
                        ProductsFixture.variant("B", colour: "green"),
                        ProductsFixture.variant("C", colour: "red", extra: #","min_quantity":5,"max_quantity":4"#),
                        ProductsFixture.variant("D"),
                        ProductsFixture.variant("D", colour: "blue", extra: #","min_quantity":5,"step":2"#),
                        ProductsFixture.variant(
                            "E", colour: "gold", extra: #","compare_at_price":{"amount":1,"currency":"INR"}"#),
                    ], extra: #","options":[{"name":"colour","values":["red","blue","gold"]}]"#))
            #expect(answer.status == 422)
            let faults = try ProductsFixture.faults(answer)
            for (pointer, code) in [
                "/variants/0/tiers/1/min_quantity": "not-rising", "/variants/0/tiers/1/price": "not-falling",
                "/variants/1/options": "options-misfit", "/variants/2/options": "options-repeated",
                "/variants/2/max_quantity": "below-minimum", "/variants/3/options": "options-misfit",
                "/variants/4/sku": "sku-taken", "/variants/4/min_quantity": "not-a-multiple",
                "/variants/5/compare_at_price": "below-price",
            ] { #expect(faults[pointer] == code, "\(pointer): \(faults[pointer] ?? "–")") }
            let few = try await shop.post(Self.path, ProductsFixture.body(variants: []))
            #expect(try ProductsFixture.faults(few)["/variants"] == "too-few")
            let many = try await shop.post(
                Self.path, ProductsFixture.body(variants: (0..<251).map { ProductsFixture.variant("S-\($0)") }))
            #expect(try ProductsFixture.faults(many)["/variants"] == "too-many")
            let none = try await shop.text("select count(*)::text from catalog.products")
            #expect(none == "0")
        }
    }

    @Test func takesTwoHundredAndFiftyVariants() async throws {
        try await ProductsFixture.with { shop in
            let values = (0..<50).map { "\"c\($0)\"" }.joined(separator: ",")
            let variants = (0..<250).map { number in
                let options = #""options":{"colour":"c\#(number % 50)","size":"s\#(number / 50)"}"#
                return
                    #"{"sku":"S-\#(number)","price":\#(ProductsFixture.price(100 + number)),"weight_g":1,"stock":1,\#(options)}"#
            }
            let answer = try await shop.post(
                Self.path,
                ProductsFixture.body(
                    variants: variants,
                    extra: """
                        ,"options":[{"name":"colour","values":[\(values)]},{"name":"size","values":["s0","s1","s2","s3","s4"]}]
                        """), key: "large")
            #expect(answer.status == 201, "\(answer.text.prefix(300))")
            #expect(try answer.json["variants"]?.elements?.count == 250)
            let stock = try await shop.text("select sum(on_hand)::text from inventory.stock")
            #expect(stock == "250")
        }
    }

    @Test func aSKUIsTheSellersOnce() async throws {
        try await ProductsFixture.with { shop in
            _ = try await shop.draft()
            let again = try await shop.post(
                Self.path,
                ProductsFixture.body(
                    variants: [
                        ProductsFixture.variant("NEW", colour: "red"), ProductsFixture.variant("S-1", colour: "blue"),
                    ], extra: #","options":[{"name":"colour","values":["red","blue"]}]"#))
            #expect(again.status == 422)
            #expect(try ProductsFixture.faults(again) == ["/variants/1/sku": "sku-taken"])
            // Another seller has names of their own.
            let other = try await shop.post(Self.path, ProductsFixture.body(), as: shop.lata)
            #expect(other.status == 201)
            let count = try await shop.text("select count(*)::text from catalog.variants")
            #expect(count == "2")
        }
    }

    @Test func oneSKUTwiceAtOnceIsOneProduct() async throws {
        try await ProductsFixture.with { shop in
            let bodies = ["First", "Second", "Third", "Fourth"].map { ProductsFixture.body(title: $0) }
            let answers = try await withThrowingTaskGroup(of: TestClient.Answer.self) { group in
                for body in bodies { group.addTask { try await shop.post(Self.path, body) } }
                var answers: [TestClient.Answer] = []
                for try await answer in group { answers.append(answer) }
                return answers
            }
            #expect(answers.map(\.status).sorted() == [201, 422, 422, 422])
            for answer in answers where answer.status == 422 {
                #expect(try ProductsFixture.faults(answer) == ["/variants/0/sku": "sku-taken"])
            }
            let count = try await shop.text("select count(*)::text from catalog.products")
            #expect(count == "1")
        }
    }

    @Test func oneTitleTwiceAtOnceIsTwoAddresses() async throws {
        try await ProductsFixture.with { shop in
            let answers = try await withThrowingTaskGroup(of: TestClient.Answer.self) { group in
                for number in 0..<4 {
                    let body = ProductsFixture.body(variants: [ProductsFixture.variant("S-\(number)")])
                    group.addTask { try await shop.post(Self.path, body) }
                }
                var answers: [TestClient.Answer] = []
                for try await answer in group { answers.append(answer) }
                return answers
            }
            #expect(answers.allSatisfy { $0.status == 201 })
            let slugs = Set(try answers.compactMap { try $0.json["slug"]?.string })
            #expect(slugs.count == 4 && slugs.contains("walnut-speaker"))
            for slug in slugs { #expect(slug.hasPrefix("walnut-speaker")) }
        }
    }

    @Test func replaysUnderItsKey() async throws {
        try await ProductsFixture.with { shop in
            let first = try await shop.post(Self.path, ProductsFixture.body(), key: "create-1")
            try shop.restart()
            let second = try await shop.post(Self.path, ProductsFixture.body(), key: "create-1")
            #expect(first.status == 201 && second.status == 201 && second.isReplay)
            #expect(first.body == second.body && second.header("ETag") == "\"v1\"")
            let other = try await shop.post(Self.path, ProductsFixture.body(title: "Other"), key: "create-1")
            #expect(other.code == "idempotency-key-reused")
            let count = try await shop.text("select count(*)::text from catalog.products")
            #expect(count == "1")
        }
    }

    @Test func refusesWhatDoesNotExist() async throws {
        try await ProductsFixture.with { shop in
            let body = ProductsFixture.body()
            for category in [CategoryID(rawValue: 99).description, "cat_x", "usr_0000000000001"] {
                let answer = try await shop.post(
                    Self.path, body.replacing(ProductsFixture.category, with: category))
                #expect(answer.status == 404 && answer.code == "not-found")
                #expect(try ProductsFixture.faults(answer) == ["/category_id": "not-found"])
            }
            let image = try await shop.post(
                Self.path, ProductsFixture.body(extra: #","image_ids":["\#(ImageID(rawValue: 1))"]"#))
            #expect(image.code == "not-found")
            #expect(try ProductsFixture.faults(image) == ["/image_ids/0": "not-found"])
        }
    }

    @Test func aSuspendedSellerMakesNothing() async throws {
        try await ProductsFixture.with { shop in
            let refused = try await shop.post("/api/products/create/", ProductsFixture.body(), as: shop.gopal)
            #expect(refused.status == 403 && refused.code == "seller-not-active")
            #expect(try refused.json["seller_status"]?.string == "suspended")
            #expect(try await shop.text("select count(*)::text from catalog.products") == "0")
        }
    }
}
