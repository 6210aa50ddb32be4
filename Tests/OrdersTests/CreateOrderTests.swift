// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct CreateOrderTests {
    private typealias Fixture = OrdersFixture

    @Test func makesAnOrderOfTheCart() async throws {
        try await Fixture.with { shop in
            let version = try await shop.fill([(Fixture.lamp, 1), (Fixture.rug, 2)])
            let created = try await shop.create(
                Fixture.body(version: version, total: 29_500, extra: #","customer_note":"ring twice""#), key: "k")
            #expect(created.status == 201)
            #expect(created.header("ETag") == "\"v1\"")
            let order = try created.json
            #expect(order["status"]?.string == "pending_payment")
            #expect(order["payment_status"]?.string == "unpaid")
            #expect(order["totals"]?["grand_total"]?["amount"]?.int64 == 29_500)
            #expect(order["next_action"]?["endpoint"]?.string == "/api/payments/initiate/")
            let parts = try #require(order["seller_orders"]?.elements)
            #expect(parts.map { $0["seller"]?["name"]?.string } == ["Loom", "Lux"])
            // Bengaluru from Karnataka: central and state tax; from Maharashtra: integrated tax.
            #expect(parts[0]["totals"]?["tax"]?["cgst"]?["amount"]?.int64 == 1800)
            #expect(parts[1]["totals"]?["tax"]?["igst"]?["amount"]?.int64 == 900)
            #expect(try await shop.pool.query("select count(*) from carts.cart_lines").only().int(0) == 0)

            let again = try await shop.create(
                Fixture.body(version: version, total: 29_500, extra: #","customer_note":"ring twice""#), key: "k")
            #expect(again.isReplay)
            #expect(again.body == created.body)
            let reused = try await shop.create(Fixture.body(version: version, total: 29_500), key: "k")
            #expect(reused.code == "idempotency-key-reused")
        }
    }

    @Test func anAddressOfTheBookIsCopied() async throws {
        try await Fixture.with { shop in
            let version = try await shop.fill([(Fixture.lamp, 1)])
            let id = "\(Fixture.bookAddress.id)"
            let own =
                #","billing_address":{"name":"Rao","phone":"9812345678","line1":"1","city":"Bengaluru","state_code":"KA","postal_code":"560001"}"#
            // Somebody else's, one that does not exist, and both forms at once.
            let bela = try await shop.fill([(Fixture.lamp, 1)], shop.bela)
            let foreign = try await shop.create(Fixture.body(version: bela, total: 5_900, shippingID: id), shop.bela)
            #expect(foreign.status == 404 && foreign.code == "not-found")
            for unknown in ["adr_0000000000001", "x"] {
                let answer = try await shop.create(Fixture.body(version: version, total: 5_900, shippingID: unknown))
                #expect(answer.code == "not-found")
            }
            let both = try await shop.create(
                Fixture.body(version: version, total: 5_900, extra: #","shipping_address_id":"\#(id)""#))
            #expect(both.code == "validation-failed")
            let none = try await shop.create(
                #"{"cart_version":\#(version),"expected_total":{"amount":5900,"currency":"INR"},"payment_method":"razorpay"}"#
            )
            #expect(none.code == "validation-failed")
            let created = try await shop.create(
                Fixture.body(version: version, total: 5_900, shippingID: id, extra: own))
            #expect(created.status == 201)
            let order = try created.json
            #expect(order["shipping_address"]?["city"]?.string == "Mumbai")
            #expect(order["billing_address"]?["city"]?.string == "Bengaluru")
            // From Maharashtra to Maharashtra: the address decides about the tax.
            #expect(order["totals"]?["tax"]?["cgst"]?["amount"]?.int64 == 450)
        }
    }

    @Test func aDoubleClickWithoutAKeyIsTheSameOrder() async throws {
        try await Fixture.with { shop in
            let version = try await shop.fill([(Fixture.rug, 1)])
            let body = Fixture.body(version: version, total: 11_800)
            let first = try await shop.create(body)
            let second = try await shop.create(body)
            #expect([first.status, second.status] == [201, 200])
            #expect(!second.isReplay)
            #expect(try first.json["id"]?.string == second.json["id"]?.string)
            #expect(
                try await shop.pool.query("select reserved from inventory.stock where variant_id = 41").only().int(0)
                    == 1)
        }
    }

    @Test func refusesAnEmptyOrOtherCart() async throws {
        try await Fixture.with { shop in
            let empty = try await shop.create(Fixture.body(version: 1, total: 0))
            #expect(empty.status == 422)
            #expect(empty.code == "cart-empty")
            let version = try await shop.fill([(Fixture.rug, 1)])
            let old = try await shop.create(Fixture.body(version: version - 1, total: 11_800))
            #expect(old.status == 409)
            #expect(old.code == "cart-changed")
            #expect(try old.json["version"]?.int64 == version)
            let item = try #require(try old.json["errors"]?.elements?.first)
            #expect(item["pointer"]?.string == "/cart_version" && item["code"]?.string == "cart-changed")
            #expect(item["version"]?.int64 == version && item["requested"]?.int64 == version - 1)
            let cheap = try await shop.create(Fixture.body(version: version, total: 11_799))
            #expect(cheap.status == 409)
            #expect(cheap.code == "price-changed")
            let total = try #require(try cheap.json["errors"]?.elements?.first)
            #expect(total["expected"]?["amount"]?.int64 == 11_799)
            #expect(total["actual"]?["amount"]?.int64 == 11_800 && total["actual"]?["currency"]?.string == "INR")
            // And line by line what costs something else than was seen.
            let line = try #require(try cheap.json["errors"]?.elements?.last)
            #expect(line["pointer"]?.string == "/lines/0")
            #expect(line["expected"]?["amount"]?.int64 == 1)
            #expect(line["actual"]?["amount"]?.int64 == 11_800)
            #expect(try await shop.create(Fixture.body(version: version, total: 11_800)).status == 201)
        }
    }

    @Test func refusesTwoCurrencies() async throws {
        try await Fixture.with { shop in
            let version = try await shop.fill([(Fixture.lamp, 1), (Fixture.rug, 1)])
            try await shop.pool.execute("update catalog.variants set currency = 'USD' where id = 41")
            let refused = try await shop.create(Fixture.body(version: version, total: 17_700))
            #expect(refused.status == 409)
            #expect(refused.code == "currency-mismatch")
            #expect(try await shop.stock() == [[1000, 0], [1000, 0]])
            // One of them alone is bought, in its own currency.
            let alone = try await shop.fill([(Fixture.rug, 1)])
            let other = try await shop.create(Fixture.body(version: alone, total: 11_800))
            #expect(other.status == 409 && other.code == "price-changed")
            #expect(try other.json["errors"]?.elements?.first?["actual"]?["currency"]?.string == "USD")
        }
    }

    /// The database knows a newer price than the offers that are remembered: the answer says both.
    @Test func saysWhatItCostsNow() async throws {
        try await Fixture.with { shop in
            let version = try await shop.fill([(Fixture.lamp, 1), (Fixture.rug, 2)])
            #expect(try await shop.create(Fixture.body(version: version, total: 1)).code == "price-changed")
            try await shop.pool.execute("update catalog.variants set price_minor = 12800 where id = 41")
            let refused = try await shop.create(Fixture.body(version: version, total: 29_500))
            #expect(refused.status == 409 && refused.code == "price-changed", "\(refused.text)")
            let items = try #require(try refused.json["errors"]?.elements)
            #expect(items.map { $0["pointer"]?.string } == ["/expected_total", "/lines/1"])
            #expect(items.map { $0["expected"]?["amount"]?.int64 } == [29_500, 11_800])
            #expect(items.map { $0["actual"]?["amount"]?.int64 } == [31_500, 12_800])
            #expect(items.last?["variant_id"]?.string == "\(Fixture.rug)")
            #expect(try await shop.create(Fixture.body(version: version, total: 31_500)).status == 201)
        }
    }

    /// Of an offer that has changed and costs what it did there is nothing to say.
    @Test func saysNothingOfPricesThatAreTheSame() async throws {
        try await Fixture.with { shop in
            let version = try await shop.fill([(Fixture.lamp, 1), (Fixture.rug, 2)])
            #expect(try await shop.create(Fixture.body(version: version, total: 1)).code == "price-changed")
            try await shop.pool.execute("update catalog.variants set price_minor = 12800 where id = 41")
            try await shop.pool.execute(
                "update inventory.stock set offer_version = offer_version + 1 where variant_id = 42")
            let refused = try await shop.create(Fixture.body(version: version, total: 29_500))
            #expect(refused.code == "price-changed", "\(refused.text)")
            let items = try #require(try refused.json["errors"]?.elements)
            #expect(items.map { $0["pointer"]?.string } == ["/expected_total", "/lines/1"])
            #expect(items.allSatisfy { $0["expected"]?["amount"]?.int64 != $0["actual"]?["amount"]?.int64 })
        }
    }

    @Test func refusesWhatIsNotThere() async throws {
        try await Fixture.with { shop in
            try await shop.pool.execute(
                "update inventory.stock set on_hand = 3, version = version + 1 where variant_id = 41")
            let version = try await shop.fill([(Fixture.lamp, 1), (Fixture.rug, 4)])
            let refused = try await shop.create(Fixture.body(version: version, total: 53_100))
            #expect(refused.status == 409)
            #expect(refused.code == "insufficient-stock")
            let items = try #require(try refused.json["errors"]?.elements)
            #expect(items.count == 1)
            #expect(items[0]["pointer"]?.string == "/lines/1")
            #expect(items[0]["variant_id"]?.string == "\(Fixture.rug)")
            #expect(items[0]["requested"]?.int == 4)
            #expect(items[0]["available"]?.int == 3)
            // The cart is as it was: with one fewer it goes through.
            let fewer = try await shop.fill([(Fixture.lamp, 1), (Fixture.rug, 3)])
            #expect(try await shop.create(Fixture.body(version: fewer, total: 41_300)).status == 201)
        }
    }

    /// Who tries again for what is sold out costs no look-up of the cart.
    @Test func aRefusalFromMemoryLeavesTheCartInMemory() async throws {
        try await Fixture.with { shop in
            try await shop.pool.execute(
                "update inventory.stock set on_hand = 3, version = version + 1 where variant_id = 41")
            let version = try await shop.fill([(Fixture.rug, 4)])
            let body = Fixture.body(version: version, total: 47_200)
            for _ in 0..<2 {
                #expect(try await shop.create(body).code == "insufficient-stock")
                #expect(await shop.carts.isInMemory(.user(shop.asha.user)))
            }
        }
    }

    @Test func refusesASellerWhoStopped() async throws {
        try await Fixture.with { shop in
            try await shop.pool.execute("update sellers.sellers set status = 'suspended' where id = 11")
            let version = try await shop.fill([(Fixture.rug, 1)])
            let refused = try await shop.create(Fixture.body(version: version, total: 11_800))
            #expect(refused.status == 409)
            #expect(refused.code == "seller-unavailable")
        }
    }

    /// A field, the longest value that is taken and the shortest that is too long.
    static let lengths: [(field: String, most: Int)] = [
        ("name", 120), ("line1", 200), ("line2", 200), ("city", 120),
    ]

    @Test("texts of an address on both sides of their bounds", arguments: lengths)
    func bounds(field: String, most: Int) async throws {
        try await Fixture.with { shop in
            let version = try await shop.fill([(Fixture.rug, 1)])
            let long = String(repeating: "x", count: most)
            let refused = try await shop.create(
                Fixture.body(version: version, total: 11_800, address: [field: long + "x"]))
            #expect(refused.status == 422)
            #expect(try refused.json["errors"]?.elements?.first?["pointer"]?.string == "/shipping_address/\(field)")
            let taken = try await shop.create(Fixture.body(version: version, total: 11_800, address: [field: long]))
            #expect(taken.status == 201)
        }
    }

    @Test(
        "fields with a form of their own",
        arguments: [
            ("phone", "12345"), ("phone", "+91 98x123456"), ("postal_code", "56000"), ("postal_code", "56000A"),
            ("state_code", "XX"), ("state_code", "K"), ("country", "US"), ("gstin", "29ABCDE1234F1Z"), ("name", ""),
        ])
    func forms(field: String, value: String) async throws {
        try await Fixture.with { shop in
            let version = try await shop.fill([(Fixture.rug, 1)])
            let refused = try await shop.create(
                Fixture.body(version: version, total: 11_800, address: [field: value]))
            #expect(refused.status == 422)
            #expect(refused.code == "validation-failed")
            #expect(try refused.json["errors"]?.elements?.first?["pointer"]?.string == "/shipping_address/\(field)")
        }
    }

    @Test("an address of the order's own is of one state, and its tax number is one")
    func statesAndTaxNumbers() async throws {
        try await Fixture.with { shop in
            let version = try await shop.fill([(Fixture.rug, 1)])
            let wrong: [([String: String], String, String)] = [
                (["state_code": "DL"], "postal_code", "not-in-state"),
                (["postal_code": "110001"], "postal_code", "not-in-state"),
                (["postal_code": "890001"], "postal_code", "address-not-serviceable"),
                (["gstin": "29AAGCB7383J1Z5"], "gstin", "invalid"), (["gstin": "29AAGCB7383J1Z!"], "gstin", "invalid"),
            ]
            for (address, field, code) in wrong {
                let refused = try await shop.create(Fixture.body(version: version, total: 11_800, address: address))
                let fault = try refused.json["errors"]?.elements?.first
                #expect(refused.status == 422 && fault?["pointer"]?.string == "/shipping_address/\(field)")
                #expect(fault?["code"]?.string == code, "\(address)")
                #expect(refused.code == (code == "address-not-serviceable" ? code : "validation-failed"))
            }
            // Bills go by mail as well, and nothing is to be brought there: that is wrong in form.
            let billed = try await shop.create(
                Fixture.body(
                    version: version, total: 11_800,
                    extra:
                        #","billing_address":{"name":"Rao","phone":"9812345678","line1":"1","city":"Bengaluru","state_code":"KA","postal_code":"890001"}"#
                ))
            #expect(billed.code == "validation-failed")
            #expect(try billed.json["errors"]?.elements?.first?["code"]?.string == "not-in-state")
            let created = try await shop.create(
                Fixture.body(version: version, total: 11_800, address: ["gstin": "29AAGCB7383J1Z4"]))
            #expect(created.status == 201)
        }
    }

    /// Lines that two carts had, or that stood there when the rule changed.
    @Test func refusesQuantitiesThatTheOfferDoesNotAllow() async throws {
        try await Fixture.with { shop in
            try await shop.pool.execute(
                "update catalog.variants set min_quantity = 2, max_quantity = 4, step = 2 where id = 41")
            for (rugs, code) in [
                (1, "below-minimum-quantity"), (3, "not-a-multiple"), (6, "above-maximum-quantity"),
            ] {
                let version = try await shop.fill([(Fixture.lamp, 1), (Fixture.rug, rugs)])
                let refused = try await shop.create(
                    Fixture.body(version: version, total: 5_900 + Int64(rugs) * 11_800), key: "rugs-\(rugs)")
                #expect(refused.status == 422 && refused.code == code, "\(refused.text)")
                let items = try #require(try refused.json["errors"]?.elements)
                #expect(items.map { $0["pointer"]?.string } == ["/lines/1"])
                #expect(items.map { $0["code"]?.string } == [code])
                #expect(items.map { $0["variant_id"]?.string } == ["\(Fixture.rug)"])
            }
            #expect(try await shop.stock() == [[1000, 0], [1000, 0]])
            let version = try await shop.fill([(Fixture.rug, 4)])
            #expect(try await shop.create(Fixture.body(version: version, total: 47_200)).status == 201)
        }
    }

    @Test func isBilledToTheTaxNumberThatItNames() async throws {
        try await Fixture.with { shop in
            let version = try await shop.fill([(Fixture.rug, 1)])
            func body(_ gstin: String, address: [String: String] = [:]) -> String {
                Fixture.body(version: version, total: 11_800, address: address, extra: #","gstin":"\#(gstin)""#)
            }
            for (gstin, address, code) in [
                ("29AAGCB7383J1Z5", [:], "invalid"), ("27AAPFU0939F1ZV", [:], "state-mismatch"),
                ("29AAGCB7383J1Z4", ["gstin": "27AAPFU0939F1ZV"], "ambiguous"),
            ] {
                let refused = try await shop.create(body(gstin, address: address))
                let fault = try refused.json["errors"]?.elements?.first
                #expect(refused.status == 422 && fault?["pointer"]?.string == "/gstin")
                #expect(fault?["code"]?.string == code, "\(gstin)")
            }
            let created = try await shop.create(body("29aagcb7383j1z4"))
            #expect(created.status == 201)
            let read = try await shop.get("detail/?id=\(try created.json["id"]?.string ?? "")")
            for order in [created, read] {
                #expect(try order.json["billing_address"]?["gstin"]?.string == "29AAGCB7383J1Z4")
                #expect(try order.json["shipping_address"]?["gstin"] == nil)
            }
        }
    }

    @Test func notesHaveTwoThousandCharacters() async throws {
        try await Fixture.with { shop in
            let version = try await shop.fill([(Fixture.rug, 1)])
            let note = String(repeating: "ü", count: 2000)
            let long = Fixture.body(version: version, total: 11_800, extra: #","customer_note":"\#(note)x""#)
            #expect(try await shop.create(long).code == "validation-failed")
            let fits = Fixture.body(version: version, total: 11_800, extra: #","customer_note":"\#(note)""#)
            #expect(try await shop.create(fits).status == 201)
        }
    }

    @Test func takesOnlyThePaymentThatThereIs() async throws {
        try await Fixture.with { shop in
            let version = try await shop.fill([(Fixture.rug, 1)])
            let body = Fixture.body(version: version, total: 11_800)
            let credit = try await shop.create(body.replacing("razorpay", with: "credit_terms"))
            #expect(credit.status == 422)
            #expect(credit.code == "payment-method-unavailable")
            #expect(try await shop.create(body.replacing("razorpay", with: "shells")).code == "validation-failed")
        }
    }
}
