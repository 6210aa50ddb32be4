// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import TestRoutes
import TestSupport
import Testing

@Suite struct SetCommissionTests {
    private static let global = #"{"type":"global"}"#

    @Test func aVersionClosesTheOneBefore() async throws {
        try await LedgerFixture.with { shop in
            let first = try await shop.rule(Self.global, 1000)
            let silent = try await shop.get("commission/get/?scope=global").json["in_force"]?[0]
            #expect(silent?["gst_rate_bps"]?.int == 1800, "stored, and not that of the day of earning")
            let second = try await shop.post(
                "commission/set",
                LedgerFixture.rule(
                    Self.global, 1250, from: "2090-01-01T00:00:00Z",
                    extra: #","fixed_fee":{"amount":500,"currency":"INR"},"min_fee":{"amount":100,"currency":"INR"},"#
                        + #""max_fee":{"amount":9000,"currency":"INR"},"include_shipping":true,"gst_rate_bps":1200"#))
            #expect(second.status == 201)
            let json = try second.json
            #expect(json["version"]?.int == 2 && json["rate_bps"]?.int == 1250)
            #expect(json["fixed_fee"]?["amount"]?.int == 500 && json["max_fee"]?["amount"]?.int == 9000)
            #expect(json["include_shipping"]?.bool == true && json["gst_rate_bps"]?.int == 1200)
            #expect(json["set_by"]?.string == "\(UserID(rawValue: 90))")
            let listed = try await shop.get("commission/get/?scope=global").json
            #expect(listed["in_force"]?[0]?["id"]?.string == first)
            #expect(listed["in_force"]?[0]?["effective_to"]?.string == "2090-01-01T00:00:00.000Z")
            #expect(listed["upcoming"]?.elements?.count == 1 && listed["history"]?.elements?.isEmpty == true)
            let later = try await shop.get("commission/get/?scope=global&at=2090-01-02T00:00:00Z").json
            #expect(later["in_force"]?[0]?["version"]?.int == 2)
            #expect(shop.news.all == [.commissions, .commissions])
            let audit = try await shop.base.row(
                """
                select count(*), min(action), min(reason), count(*) filter (where before is not null) from platform.audit
                """)
            #expect(audit == "2|commission.set|a test|1")
        }
    }

    @Test(
        "What breaks a rule is refused",
        arguments: [
            (#"{"type":"global"}"#, #""rate_bps":5001"#, 422, "/rate_bps out-of-range"),
            (#"{"type":"global","seller_id":"sel_0000000000001"}"#, #""rate_bps":1"#, 422, "/scope invalid"),
            (#"{"type":"seller"}"#, #""rate_bps":1"#, 422, "/scope invalid"),
            (#"{"type":"seller","seller_id":"sel_0000000000001"}"#, #""rate_bps":1"#, 404, "not-found"),
            (#"{"type":"category","category_id":"cat_0000000000001"}"#, #""rate_bps":1"#, 404, "not-found"),
            (#"{"type":"product","product_id":"prd_0000000000001"}"#, #""rate_bps":1"#, 404, "not-found"),
            (#"{"type":"product","product_id":"x"}"#, #""rate_bps":1"#, 404, "not-found"),
            (
                #"{"type":"global"}"#, #""rate_bps":1,"effective_to":"2026-01-01T00:00:00Z""#, 422,
                "/effective_to invalid"
            ),
            (
                #"{"type":"global"}"#,
                #""rate_bps":1,"min_fee":{"amount":2,"currency":"INR"},"max_fee":{"amount":1,"currency":"INR"}"#, 422,
                "/max_fee invalid"
            ),
            (
                #"{"type":"global"}"#, #""rate_bps":1,"fixed_fee":{"amount":2,"currency":"USD"}"#, 422,
                "/fixed_fee/currency invalid"
            ),
        ])
    func refused(scope: String, members: String, status: Int, code: String) async throws {
        try await LedgerFixture.with { shop in
            let answer = try await shop.post(
                "commission/set",
                #"{"scope":\#(scope),\#(members),"effective_from":"2090-01-01T00:00:00Z","note":"x"}"#)
            let problem = try answer.problem
            #expect(answer.status == status && problem == code, "\(answer.text)")
        }
    }

    @Test func nothingIsDatedBack() async throws {
        try await LedgerFixture.with { shop in
            let answer = try await shop.post(
                "commission/set", LedgerFixture.rule(Self.global, 1, from: "2025-01-01T00:00:00Z"))
            let problem = try answer.problem
            #expect(answer.status == 422 && problem == "/effective_from past")
        }
    }

    @Test func whoMay() async throws {
        try await LedgerFixture.with { shop in
            for (user, status) in [(nil, 401), (1, 403), (92, 403), (93, 403), (90, 201)] as [(Int64?, Int)] {
                let set = try await shop.post("commission/set", LedgerFixture.rule(Self.global, 1), by: user)
                #expect(set.status == status)
            }
            for (user, status) in [(nil, 401), (1, 403), (92, 403), (93, 200)] as [(Int64?, Int)] {
                let read = try await shop.get("commission/get/", by: user)
                #expect(read.status == status)
            }
        }
    }

    @Test func aKeyIsOneVersion() async throws {
        try await LedgerFixture.with { shop in
            let body = LedgerFixture.rule(Self.global, 700)
            let first = try await shop.post("commission/set", body, key: "one-key-of-a-rule-0001")
            let again = try await shop.post("commission/set", body, key: "one-key-of-a-rule-0001")
            #expect(first.status == 201 && again.status == 201 && first.body == again.body)
            #expect(try await shop.base.row("select count(*) from ledger.commission_rules") == "1")
        }
    }

    @Test func whichAppliesAndWhy() async throws {
        try await LedgerFixture.with { shop in
            let of = "product_id=\(LedgerFixture.product)&seller_id=\(LedgerFixture.seller)"
            let none = try await shop.get("commission/get/?\(of)").json
            #expect(none["applies"]?.isNull == true && none["considered"]?.elements?.isEmpty == true)
            let (seller, category, above) = (LedgerFixture.seller, LedgerFixture.category, LedgerFixture.above)
            let scopes = [
                Self.global, #"{"type":"category","category_id":"\#(above)"}"#,
                #"{"type":"category","category_id":"\#(category)"}"#, #"{"type":"seller","seller_id":"\#(seller)"}"#,
                #"{"type":"seller_category","seller_id":"\#(seller)","category_id":"\#(above)"}"#,
                #"{"type":"seller_category","seller_id":"\#(seller)","category_id":"\#(category)"}"#,
                #"{"type":"product","product_id":"\#(LedgerFixture.product)"}"#,
            ]
            for (place, scope) in scopes.enumerated() {
                let id = try await shop.rule(scope, 100 * (place + 1))
                let explained = try await shop.get("commission/get/?\(of)").json
                #expect(explained["applies"]?["id"]?.string == id)
                #expect(explained["considered"]?.elements?.count == place + 1)
                #expect(explained["considered"]?[0]?["why"]?.string == "the most specific rule in force")
            }
            let last = try await shop.get("commission/get/?\(of)").json["considered"]?[6]
            #expect(last?["matched"]?.bool == true)
            #expect(last?["why"]?.string == "in force, and a more specific rule applies")
            let earlier = try await shop.get("commission/get/?\(of)&at=2020-01-01T00:00:00Z").json
            #expect(earlier["applies"]?.isNull == true && earlier["considered"]?[0]?["why"]?.string == "begins later")
            let unknown = try await shop.get("commission/get/?product_id=prd_0000000000001&seller_id=\(seller)")
            #expect(unknown.status == 404)
        }
    }

    @Test func readsOnlyWhatIsAScopeAndATime() async throws {
        try await LedgerFixture.with { shop in
            for query in ["scope=everything", "at=yesterday"] {
                let wrong = try await shop.get("commission/get/?\(query)")
                #expect(wrong.status == 422 && wrong.code == "validation-failed", "\(query)")
            }
            let foreign = try await shop.get("commission/get/?seller_id=usr_01jd3k5v8x9ya")
            #expect(foreign.status == 404)
            let state = try await shop.get("ledger/adjustments/?state=lost")
            #expect(state.status == 422 && state.code == "validation-failed")
        }
    }
}
