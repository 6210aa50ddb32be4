// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Testing

@testable import Payments

/// Members of a company read the payments of its orders, whoever made them; nobody else does.
@Suite(.timeLimit(.minutes(2)))
struct CompanyPaymentsTests {
    /// Order 7 of user 7 is of company 5, whose member 8 is; order 9 is of nobody's company.
    private static let company = """
        update orders.orders set company_id = 5 where id = 7;
        insert into companies.members (company_id, user_id, role) values (5, 8, 'viewer');
        """

    @Test func membersReadThem() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            try await shop.payableOrder(9)
            _ = try await shop.sql("set session_replication_role = replica;" + Self.company)
            for target in ["order_id=\(OrderID(rawValue: 7))", "payment_id=\(PaymentID(rawValue: 7))"] {
                for (user, status) in [(7, 200), (8, 200), (10, 404)] as [(Int64, Int)] {
                    let answer = try await shop.call("GET", "/api/payments/status/?\(target)", user: user)
                    #expect(answer.status == status, "\(target) \(user)")
                    if status == 200 {
                        #expect(try answer.json["order"]?["id"]?.string == "\(OrderID(rawValue: 7))")
                    }
                }
            }
            for target in ["order_id=\(OrderID(rawValue: 9))", "payment_id=\(PaymentID(rawValue: 9))"] {
                let answer = try await shop.call("GET", "/api/payments/status/?\(target)", user: 8)
                #expect(answer.status == 404)
            }
        }
    }

    @Test func membersReadTheHistoryOfAnOrder() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            try await shop.payableOrder(9)
            _ = try await shop.sql("set session_replication_role = replica;" + Self.company)
            for (user, order, count) in [(7, 7, 1), (8, 7, 1), (10, 7, 0), (8, 9, 0)] as [(Int64, Int64, Int)] {
                let page = try await shop.call(
                    "GET", "/api/payments/history/?order_id=\(OrderID(rawValue: order))", user: user)
                #expect(try page.json["data"]?.elements?.count == count, "\(user) \(order)")
            }
            // Without an order it is the caller's own.
            let own = try await shop.call("GET", "/api/payments/history/", user: 8)
            #expect(try own.json["data"]?.elements?.count == 0)
        }
    }
}
