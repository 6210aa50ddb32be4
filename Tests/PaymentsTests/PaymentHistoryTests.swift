// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Testing

@testable import Payments

/// `GET /api/payments/history/` and `GET /api/payments/methods/`.
@Suite(.timeLimit(.minutes(2)))
struct PaymentHistoryTests {
    @Test func ownAttemptsWithWhatWentBackNewestFirst() async throws {
        try await PaymentsFixture.with { shop in
            for order in Int64(7)...9 { try await shop.payableOrder(order) }
            _ = try await shop.sql(
                "update payments.payments set user_id = 7, created_at = created_at + id * interval '1 second' where id in (7, 8);"
            )
            let paid = try await shop.deliver(PaymentsFixture.event("payment.captured", order: "order_7"))
            #expect(paid.status == 200)
            var seen: [String] = []
            var cursor = ""
            repeat {
                let page = try await shop.call("GET", "/api/payments/history/?limit=1\(cursor)", user: 7)
                let json = try page.json
                for item in json["data"]?.elements ?? [] {
                    seen.append(
                        "\(item["order_id"]?.string ?? "") \(item["status"]?.string ?? "") \(item["refunds"]?.elements?.count ?? -1)"
                    )
                }
                cursor = json["page"]?["next_cursor"]?.string.map { "&cursor=\($0)" } ?? ""
            } while !cursor.isEmpty
            #expect(seen == ["\(OrderID(rawValue: 8)) initiated 0", "\(OrderID(rawValue: 7)) captured 1"])
            var oldest: [String?] = []
            repeat {
                let page = try await shop.call(
                    "GET", "/api/payments/history/?limit=1&sort=created_at\(cursor)", user: 7
                ).json
                oldest += (page["data"]?.elements ?? []).map { $0["order_id"]?.string }
                cursor = page["page"]?["next_cursor"]?.string.map { "&cursor=\($0)" } ?? ""
            } while !cursor.isEmpty
            #expect(oldest == ["\(OrderID(rawValue: 7))", "\(OrderID(rawValue: 8))"])
            let captured = try await shop.call("GET", "/api/payments/history/?status=captured,refunded", user: 7)
            #expect(try captured.json["data"]?.elements?.count == 1)
            // From is included, to is not.
            _ = try await shop.sql(
                "update payments.payments set created_at = '2026-01-01T00:00:00Z'::timestamptz + id * interval '1 day';"
            )
            for (query, orders) in [
                ("created_from=2026-01-09T00:00:00Z", [8]), ("created_to=2026-01-09T00:00:00Z", [7]),
                ("created_from=2026-01-08T00:00:00Z&created_to=2026-01-10T00:00:00Z", [8, 7]),
            ] as [(String, [Int64])] {
                let page = try await shop.call("GET", "/api/payments/history/?\(query)", user: 7)
                #expect(
                    try page.json["data"]?.elements?.compactMap { $0["order_id"]?.string }
                        == orders.map { "\(OrderID(rawValue: $0))" }, "\(query)")
            }
            let wrong = try await shop.call("GET", "/api/payments/history/?created_to=x", user: 7)
            #expect(wrong.code == "validation-failed")
            let other = try await shop.call("GET", "/api/payments/history/?order_id=\(OrderID(rawValue: 9))", user: 7)
            #expect(try other.json["data"]?.elements?.count == 0)
            #expect(try await shop.call("GET", "/api/payments/history/").code == "token-missing")
            #expect(
                try await shop.call("GET", "/api/payments/history/?status=odd", user: 7).code == "validation-failed")
            #expect(try await shop.call("GET", "/api/payments/history/?cursor=odd", user: 7).code == "invalid-cursor")
        }
    }

    @Test func waysToPayFollowTheOrdersAmountAndState() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            let target = "/api/payments/methods/?order_id=\(OrderID(rawValue: 7))"
            func available(_ answer: PaymentsFixture.Answer) throws -> [String] {
                (try answer.json["methods"]?.elements ?? []).filter { $0["available"]?.bool == true }.compactMap {
                    $0["method"]?.string
                }
            }
            let small = try await shop.call("GET", target, user: 7)
            #expect(small.status == 200)
            #expect(try small.json["amount"]?["amount"]?.int == 2000)
            #expect(try available(small) == ["card", "upi", "netbanking", "wallet"])
            // Cash: under the rule by which orders are made.
            for (state, code, hasCash) in [("KA", "560001", true), ("AN", "744101", false)] {
                _ = try await shop.sql(
                    """
                    update orders.orders set shipping_address = '{"state_code":"\(state)","postal_code":"\(code)"}' where id = 7
                    """)
                let there = try await shop.call("GET", target, user: 7)
                #expect(try available(there).contains("cod") == hasCash, "\(state)")
                let cash = try there.json["methods"]?.elements?.last
                #expect(cash?["method"]?.string == "cod" && cash?["maximum"]?["amount"]?.int == 5_000_000)
            }
            let held = try await shop.deliver(
                PaymentsFixture.event("payment.authorized", order: "order_7", status: "authorized"), event: "evt_0")
            #expect(held.status == 200)
            let waiting = try await shop.call("GET", target, user: 7)
            #expect(try available(waiting).isEmpty, "money is set aside")
            #expect(try waiting.json["payable"]?.bool == false)
            let paid = try await shop.deliver(PaymentsFixture.event("payment.captured", order: "order_7"))
            #expect(paid.status == 200)
            let none = try await shop.call("GET", target, user: 7)
            #expect(try available(none).isEmpty)
            #expect(try none.json["payable"]?.bool == false)
            #expect(try await shop.call("GET", target, user: 8).code == "not-found")
            #expect(try await shop.call("GET", "/api/payments/methods/?order_id=x", user: 7).code == "not-found")
            #expect(try await shop.call("GET", "/api/payments/methods/", user: 7).code == "validation-failed")
            #expect(try await shop.call("GET", target).code == "token-missing")
        }
    }
}
