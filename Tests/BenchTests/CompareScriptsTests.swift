// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// The SQL of the comparisons fits the schema and the function that the server calls today.
struct CompareScriptsTests {
    private static func text(_ path: String) throws -> String {
        try String(contentsOf: Repository.root.appendingPathComponent(path), encoding: .utf8)
    }

    private static func broken(_ database: TestDatabase) async throws -> String {
        try await database.sql("select name, value from platform.invariants_v4() where not ok")
    }

    @Test func recordedBatchesAreOrdersLikeAllOthers() async throws {
        let store = try Self.text("Sources/Marketplace/Orders/OrderStore.swift")
        let function = try #require(store.firstMatch(of: /checkout\.(place_v\d+)/)).output.1
        let folder = "loadtest/compare/place/"
        func literal(_ lines: Int) throws -> String {
            "'" + (try Self.text(folder + "answer-\(lines).json").replacing("'", with: "''")) + "'"
        }
        let support = try Self.text(folder + "support.sql")
            .replacing("PLACE(", with: function + "(").replacing(":'answer3'", with: literal(3))
            .replacing(":'answer1'", with: literal(1)).replacing(":carts", with: "20")
        try await TestDatabase.with { database in
            _ = try await database.sql(support)
            let placed = try await database.sql(
                """
                select b.record(1, 8, 3, false, 1), b.record(2, 5, 1, true, 21);
                select b.place(1) + b.place(2);
                """)
            #expect(placed.hasSuffix("13\n"))
            let rows = try await database.sql(
                """
                select count(*), (select count(*) from orders.order_lines), (select count(*) from platform.idempotency_keys),
                       (select sum(reserved) from inventory.stock), (select reserved from inventory.stock where variant_id = 1) >= 5,
                       (select min(octet_length(body)) > 2000 from platform.idempotency_keys)
                  from orders.orders
                """)
            #expect(rows == "13|29|13|29|t|t\n")
            let broken = try await Self.broken(database)
            #expect(broken == "")
        }
    }

    @Test func oldOrdersAreOrdersLikeAllOthers() async throws {
        let text = try Self.text("loadtest/compare/growth/old-orders.sql")
            .replacing(":first", with: "1").replacing(":count", with: "50")
        try await TestDatabase.with { database in
            _ = try await database.sql(BenchFixture.catalogue)
            _ = try await database.sql(text)
            let rows = try await database.sql(
                "select count(*), max(created_at) < now() - interval '39 days', sum(total_minor) from orders.orders")
            #expect(rows == "50|t|4995000\n")
            let broken = try await Self.broken(database)
            #expect(broken == "")
        }
    }
}
