// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import Synchronization
import TestSupport
import Testing

/// A company's orders, as its members see them whoever made them.
@Suite(.timeLimit(.minutes(5))) struct ReadCompanyOrdersTests {
    private typealias Fixture = OrdersFixture
    private static let company = CompanyID(rawValue: 1)

    /// Asha and Bela belong to company 1, Lux to company 2.
    private static func with(_ body: @escaping @Sendable (OrdersFixture) async throws -> Void) async throws {
        try await Fixture.with { shop in
            try await shop.pool.execute(
                """
                insert into companies.companies (id, legal_name, gstin, pan, billing_email, status)
                values (1, 'Loom Traders', '29AAGCB7383J1Z4', 'AAGCB7383J', 'bills@loom.example', 'verified'),
                       (2, 'Lux Traders', '27AAPFU0939F1ZV', 'AAPFU0939F', 'bills@lux.example', 'verified')
                """)
            try await shop.pool.execute(
                """
                insert into companies.members (company_id, user_id, role)
                values (1, $1, 'buyer'), (1, $2, 'viewer'), (2, $3, 'admin')
                """, shop.asha.user.rawValue, shop.bela.user.rawValue, shop.lux.user.rawValue)
            try await body(shop)
        }
    }

    /// An order of a member, made for company 1.
    private static func order(_ shop: OrdersFixture, _ buyer: OrdersFixture.Buyer) async throws -> String {
        let id = try await shop.order(buyer)
        try await shop.pool.execute(
            "update orders.orders set company_id = 1 where id = $1", try #require(OrderID(id)).rawValue)
        return id
    }

    private func ids(_ answer: TestClient.Answer) throws -> [String] {
        try #require(try answer.json["data"]?.elements).compactMap { $0["id"]?.string }
    }

    @Test func membersListThemPageByPage() async throws {
        try await Self.with { shop in
            let own = try await shop.order()
            var made: [String] = []
            for buyer in [shop.asha, shop.bela, shop.asha] { made.append(try await Self.order(shop, buyer)) }
            let list = "list/?company_id=\(Self.company)"
            for person in [shop.asha, shop.bela] {
                let newest = try await shop.get(list, person)
                #expect(newest.status == 200)
                #expect(try ids(newest) == made.reversed())
                #expect(try ids(try await shop.get("\(list)&sort=created_at", person)) == made)
            }
            let first = try await shop.get("\(list)&limit=2", shop.bela)
            let cursor = try #require(try first.json["page"]?["next_cursor"]?.string)
            let second = try await shop.get("\(list)&limit=2&cursor=\(cursor)", shop.bela)
            #expect(try ids(first) + ids(second) == made.reversed())
            // A cursor of the company's list is none of one's own.
            #expect(try await shop.get("list/?limit=2&cursor=\(cursor)", shop.bela).code == "invalid-cursor")
            // One's own list has what one made, for whomever.
            #expect(try ids(try await shop.get("list/")) == [made[2], made[0], own])
            #expect(try ids(try await shop.get("list/", shop.bela)) == [made[1]])
            #expect(try ids(try await shop.get("\(list)&status=completed")).isEmpty)
        }
    }

    @Test func strangersFindNone() async throws {
        try await Self.with { shop in
            _ = try await Self.order(shop, shop.asha)
            for person in [shop.lux, shop.loom] {
                #expect(try await shop.get("list/?company_id=\(Self.company)", person).code == "not-found")
            }
            #expect(try await shop.get("list/?company_id=\(CompanyID(rawValue: 9))").code == "not-found")
            #expect(try await shop.get("list/?company_id=x").code == "validation-failed")
        }
    }

    @Test(arguments: ["detail", "status", "tracking"])
    func membersReadEachOthers(_ path: String) async throws {
        try await Self.with { shop in
            let personal = try await shop.order()
            let id = try await Self.order(shop, shop.asha)
            let own = try await shop.get("\(path)/?id=\(id)")
            let colleagues = try await shop.get("\(path)/?id=\(id)", shop.bela)
            #expect(own.status == 200 && colleagues.status == 200)
            #expect(colleagues.text == own.text)
            for (person, order) in [(shop.lux, id), (shop.loom, id), (shop.bela, personal)] {
                let refused = try await shop.get("\(path)/?id=\(order)", person)
                #expect(refused.status == 404 && refused.code == "not-found")
            }
            // Who leaves sees it no more; who made it still does.
            try await shop.pool.execute("delete from companies.members where company_id = 1")
            #expect(try await shop.get("\(path)/?id=\(id)", shop.bela).status == 404)
            #expect(try await shop.get("\(path)/?id=\(id)").status == 200)
        }
    }

    /// Reading is all: only its buyer gives an order up.
    @Test func readersChangeNothing() async throws {
        try await Self.with { shop in
            let id = try await Self.order(shop, shop.asha)
            #expect(try await shop.release(id, shop.bela).code == "not-found")
            #expect(try await shop.release(id).status == 200)
        }
    }

    @Test func theIndexLeads() async throws {
        try await Self.with { shop in
            _ = try await Self.order(shop, shop.asha)
            for sort in ["created_at", "-created_at"] {
                shop.counter.calls.withLock { $0 = [] }
                let answer = try await shop.get("list/?company_id=\(Self.company)&sort=\(sort)")
                #expect(answer.status == 200)
                let call = try #require(shop.counter.calls.withLock { $0.first })
                // A table of one row is read as a whole; of many it would not be.
                let plan = try await shop.pool.withTransaction { transaction in
                    try await transaction.execute("set local enable_seqscan = off")
                    try await transaction.execute("set local enable_bitmapscan = off")
                    let explain = PostgresCall(
                        PostgresSQL(text: "explain " + call.sql.text), parameters: call.parameters, isPrepared: false)
                    return try await transaction.run(explain).map { try $0.string(0) }
                }
                #expect(
                    plan.contains { $0.contains("Index Scan") && $0.contains("orders_of_company") }, "\(plan)")
                #expect(!plan.contains { $0.contains("Sort Key: t.created_at") }, "\(plan)")
            }
        }
    }
}
