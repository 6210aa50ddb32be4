// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

@testable import Orders

extension OrdersFixture {
    /// Any endpoint, as anybody; nil has no token.
    func call(
        _ method: String, _ path: String, _ body: String? = nil, by person: Buyer?, key: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> TestClient.Answer {
        await routes.send(method, "/api/" + path, body, token: person?.token, key: key, headers: headers)
    }

    /// Places an order and has it paid; returns its id, and its parts' in the order of the sellers.
    func paidOrder(rugs: Int = 1, lamps: Int = 0, _ buyer: Buyer? = nil) async throws -> (id: String, parts: [String]) {
        let id = try await order(rugs: rugs, lamps: lamps, buyer)
        let order = try #require(OrderID(id)).rawValue
        let user = (buyer ?? asha).user.rawValue
        try await pool.execute(
            "select 1 from checkout.initiate_v1(array[$1::bigint], array[$2::bigint], array[$1::bigint], 'razorpay')",
            order,
            user)
        try await pool.execute(
            "select 1 from checkout.initiated_v1(array[$1::bigint], array['order_' || $1])", order)
        try await pool.execute(
            """
            select 1 from orders.orders o cross join lateral checkout.pay_v3('razorpay', array['e' || o.id], array['payment.captured'],
              array[sha256('b')], array['b'::bytea], array['razorpay'], array[null::text], array[3::smallint], array['order_' || o.id],
              array['pay_' || o.id], array[o.total_minor], array['INR'], array['upi'], array[null::text], array[null::text], array[o.id])
             where o.id = $1
            """, order)
        let detail = try await get("detail/?id=\(id)", buyer).json
        #expect(detail["status"]?.string == "confirmed")
        return (id, try #require(detail["seller_orders"]?.elements).compactMap { $0["id"]?.string })
    }

    /// A seller moves its part; `extra` is put into the body as it is.
    func move(
        _ part: String, _ status: String, by person: Buyer? = nil, extra: String = "", key: String? = nil
    ) async throws -> TestClient.Answer {
        try await call(
            "POST", "sellers/orders/update-status/", #"{"id":"\#(part)","status":"\#(status)"\#(extra)}"#,
            by: person ?? loom, key: key)
    }

    /// Leads a part of the first seller from its payment to a state on the straight way.
    func lead(_ part: String, to status: String, by person: Buyer? = nil) async throws {
        for step in ["accepted", "packed", "shipped", "delivered"] {
            let extra = step == "shipped" ? #","shipment":{"carrier":"self"}"# : ""
            let answer = try await move(part, step, by: person, extra: extra)
            #expect(answer.status == 200, "\(step): \(answer.text)")
            if step == status { return }
        }
    }

    /// on_hand and reserved of rugs and lamps.
    func stock() async throws -> [[Int]] {
        try await pool.query("select on_hand, reserved from inventory.stock order by variant_id").map {
            [try $0.int(0), try $0.int(1)]
        }
    }

    /// How many rows a query counts.
    func count(_ sql: String) async throws -> Int {
        try await pool.query(PostgresSQL(text: sql)).only().int(0)
    }

    /// What must hold of seller orders does.
    func expectLawful() async throws {
        let broken = try await pool.query(
            "select name from platform.invariants_of_seller_orders_v1() where value <> 0"
        ).map { try $0.string(0) }
        #expect(broken.isEmpty, "\(broken)")
    }
}
