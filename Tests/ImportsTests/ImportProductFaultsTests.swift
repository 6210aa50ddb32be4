// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Catalog
@testable import Imports

/// What rows of products are refused for, and what dies on the way.
@Suite(.timeLimit(.minutes(5))) struct ImportProductFaultsTests {
    private static let head = "sku,product,title,description,category,hsn_code,gst_rate_bps,price_amount,weight_g"
    private static let lamp = "lamp,Lamp,Bright.,a,9405,1800"

    /// The faults of a table as `line column code`, after the seller has got the products that the tables speak of.
    private static func faults(_ fixture: ImportsFixture, _ table: String) async throws -> [String] {
        let answer = try await fixture.finished(try await fixture.taken(table, ImportProductsTests.kind))
        #expect(try answer.json["status"]?.string == "done")
        return try answer.json["errors"]?.elements?.map {
            "\($0["line"]?.int ?? 0) \($0["column"]?.string ?? "-") \($0["code"]?.string ?? "")"
        } ?? []
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let table: String
        let faults: [String]

        init(_ table: String, _ faults: String...) {
            self.table = table
            self.faults = faults
        }

        var testDescription: String { faults.joined(separator: ", ") }
    }

    private static let foreign = ProductID(rawValue: 42)
    private static let own = ProductID(rawValue: 41)

    static let cases: [Case] = [
        // Whose they are.
        Case("sku,title\n,x\n", "2 sku required"),
        Case("sku,title\n\" \",x\n", "2 sku invalid"),
        Case(
            "sku,product_id\nS-1,\(foreign)\nS-2,nonsense\n", "2 product_id unknown-product",
            "3 product_id unknown-product"),
        Case("\(head)\nS-1,\(lamp),2000,800\n", "2 sku other-product"),
        Case("sku,product_id,price_amount\nT-1,\(own),5\n", "2 weight_g required"),
        Case("sku,archived,price_amount,weight_g\nT-1,true,5,1\n", "2 archived not-here"),
        Case("sku,archived,submit\nS-1,maybe,\nS-2,,perhaps\n", "2 archived wrong-type", "3 submit wrong-type"),
        // What is said of the product.
        Case("sku,price_amount,weight_g\nT-1,5,1\n", "2 title required"),
        Case(
            "\(head)\nL-1,\(lamp),2000,800\nL-2,lamp,Lantern,Bright.,a,9405,1800,2000,800\n",
            "3 title contradicts"),
        Case("\(head)\nL-1,lamp,Lamp,Bright.,none,9405,1800,2000,800\n", "2 category not-found"),
        Case("\(head)\nL-1,lamp,Lamp,Bright.,a,94,1800,2000,800\n", "2 hsn_code invalid"),
        Case("\(head)\nL-1,lamp,Lamp,Bright.,a,9405,1801,2000,800\n", "2 gst_rate_bps invalid"),
        Case(
            "\(head)\nL-1,lamp,Lamp,Bright.,a,9405,18%,2000,800\nL-2,lamp,,,,,,2000,800\n",
            "2 gst_rate_bps wrong-type", "3 - product-refused"),
        Case("\(head),attributes\nL-1,\(lamp),2000,800,red\n", "2 attributes invalid"),
        Case(
            "\(head),return_days,returnable\nL-1,\(lamp),2000,800,91,true\nL-2,,Lamp,,a,9405,1800,2000,800,5,\n",
            "2 return_days out-of-range", "3 returnable required"),
        Case(
            "\(head),options\nL-1,\(lamp),2000,800,\"{\"\"a\"\":\"\"1\"\",\"\"b\"\":\"\"1\"\",\"\"c\"\":\"\"1\"\",\"\"d\"\":\"\"1\"\"}\"\n",
            "2 options options-misfit"),
        // Of the variant.
        Case("\(head)\nL-1,\(lamp),,800\n", "2 price_amount required"),
        Case(
            "\(head)\nL-1,\(lamp),12.50,800\nL-2,lamp,,,,,,2000,800\n", "2 price_amount wrong-type",
            "3 - product-refused"),
        Case("\(head)\nL-1,\(lamp),0,800\n", "2 price_amount out-of-range"),
        Case("\(head),currency\nL-1,\(lamp),2000,800,USD\n", "2 currency not-sold-in"),
        Case("sku,compare_at_amount\nS-1,999\n", "2 compare_at_amount below-price"),
        Case("sku,min_quantity,step\nS-1,3,2\n", "2 min_quantity not-a-multiple"),
        Case(
            "sku,max_quantity,min_quantity,step\nS-1,1,2,1\nS-2,3,2,2\n",
            "2 max_quantity below-minimum", "3 max_quantity not-a-multiple"),
        Case(
            "sku,tiers\nS-1,\"[{\"\"min_quantity\"\":1,\"\"price_amount\"\":900}]\"\n",
            "2 tiers/0/min_quantity not-rising"),
        Case(
            "sku,tiers\nS-1,\"[{\"\"min_quantity\"\":5,\"\"price_amount\"\":1000}]\"\n", "2 tiers/0/price not-falling"),
        Case(
            "sku,tiers\nS-1,\"[{\"\"min_quantity\"\":5}]\"\nS-2,cheap\n", "2 tiers/0/price required",
            "3 tiers wrong-type"),
        Case(
            "sku,tiers,max_quantity\nS-1,\"[{\"\"min_quantity\"\":5,\"\"price_amount\"\":9}]\",4\n",
            "2 tiers/0/min_quantity above-maximum"),
        Case("sku,options\nS-1,\"{\"\"size\"\":\"\"L\"\"}\"\n", "2 options options-misfit"),
        Case(
            "\(head),options\nL-1,\(lamp),5,1,\"{\"\"s\"\":\"\"L\"\"}\"\nL-2,lamp,,,,,,5,1,\"{\"\"s\"\":\"\"L\"\"}\"\n",
            "3 options options-repeated"),
        Case(
            "\(head),is_default,options\nL-1,\(lamp),5,1,true,\"{\"\"s\"\":\"\"L\"\"}\"\nL-2,lamp,,,,,,5,1,true,\"{\"\"s\"\":\"\"M\"\"}\"\n",
            "3 is_default repeated"),
        Case("\(head),quantity\nL-1,\(lamp),5,1,-1\n", "2 quantity wrong-type"),
        Case("sku,weight_g\nS-1,10000001\n", "2 weight_g out-of-range"),
        Case("sku,barcode\nS-1,\"a\tb\"\n", "2 barcode invalid"),
    ]

    @Test(arguments: cases) func rowsAreRefused(test: Case) async throws {
        try await ImportsFixture.with { fixture in
            try await fixture.tellVariantsApart()
            let found = try await Self.faults(fixture, test.table)
            #expect(found == test.faults)
        }
    }

    @Test func whatIsArchivedStaysSo() async throws {
        try await ImportsFixture.with { fixture in
            try await fixture.pool.execute("update catalog.products set status = 'archived' where id = 41")
            #expect(try await Self.faults(fixture, "sku,price_amount\nS-1,5\n") == ["2 - illegal-transition"])
        }
    }

    @Test func goodRowsStandWithoutTheBadOnesOfTheirProduct() async throws {
        try await ImportsFixture.with { fixture in
            let found = try await Self.faults(
                fixture,
                """
                \(Self.head),options
                L-1,\(Self.lamp),x,800,"{""s"":""S""}"
                L-2,\(Self.lamp),2000,800,"{""s"":""M""}"
                L-3,\(Self.lamp),2000,,"{""s"":""L""}"
                L-4,\(Self.lamp),2000,800,"{""s"":""XL""}"
                """)
            #expect(found == ["2 price_amount wrong-type", "4 weight_g required"])
            let made = try await fixture.text(
                """
                select string_agg(v.sku, ' ' order by v.id) || ' ' || min(p.options::text) || ' ' || count(distinct p.id)
                  from catalog.variants v join catalog.products p on p.id = v.product_id where p.id > 100
                """)
            #expect(made == #"L-2 L-4 [{"name": "s", "values": ["M", "XL"]}] 1"#)
        }
    }

    /// What a lookup did not see yet: another transaction makes it first.
    @Test(arguments: [true, false]) func whoComesSecondIsToldSo(isName: Bool) async throws {
        try await ImportsFixture.with { fixture in
            let table = fixture.table
            @Sendable func row(_ title: String, _ sku: String, _ name: String) -> ProductTableRow {
                ProductTableRow(
                    sku: sku,
                    values: [
                        "title": title, "product": name, "description": "Bright.", "category": "a", "hsn_code": "9405",
                        "gst_rate_bps": "1800", "price_amount": "5", "weight_g": "1",
                    ], empty: [])
            }
            let first = row("Lamp", "L-1", "one")
            let second = isName ? row("Torch", "L-2", "one") : row("Torch", "L-1", "two")
            let pool = fixture.pool
            @Sendable func apply(
                _ row: ProductTableRow, _ then: @escaping @Sendable () async throws -> Void
            ) async throws -> ProductTable.Fault? {
                try await pool.withTransaction { transaction in
                    let result = try await table.apply(
                        [row], of: SellerID(rawValue: 5), by: UserID(rawValue: 2100), as: "test", in: transaction)
                    try await then()
                    return result.faults[0]
                }
            }
            let late = Mutex<Task<ProductTable.Fault?, any Error>?>(nil)
            let early = try await apply(first) {
                late.withLock { $0 = Task { try await apply(second) {} } }
                let waiting: PostgresSQL =
                    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
                while try await pool.query(waiting).only().int64(0) == 0 {}
            }
            #expect(early == nil)
            let fault = try await late.withLock { $0 }?.value
            #expect(fault?.code == (isName ? "name-taken" : "sku-taken"))
            let left = try await fixture.text("select string_agg(title, ' ') from catalog.products where id > 100")
            #expect(left == "Lamp")
        }
    }

    /// 60 products of ten variants, each row twice, so that chunks end in the middle of everything.
    @Test func killedInAndBetweenChunksItMakesEachProductOnce() async throws {
        try await ImportsFixture.with { fixture in
            var table = "\(Self.head),options,quantity\n"
            for turn in 0..<2 {
                for row in 0..<600 {
                    table += "P-\(row),rug-\(row / 10),Rug \(row / 10),Warm.,a,6109,1800,\(1000 + turn),100,"
                    table += "\"{\"\"s\"\":\"\"\(row % 10)\"\"}\",5\n"
                }
            }
            let id = try await fixture.taken(table, ImportProductsTests.kind)
            let number = try #require(ImportID(id))
            var (deaths, turn, ended) = (0, 0, false)
            while !ended {
                // Each process does a chunk and dies in the second before its commit, or goes away after the first.
                let runner = fixture.runner
                fixture.chunksUntilDeath.withLock { $0 = turn % 2 == 0 ? 1 : nil }
                do {
                    for _ in 0..<2 where !ended {
                        if case .ended = try await runner.step(number) { ended = true }
                    }
                } catch is ImportsFixture.Killed {
                    deaths += 1
                }
                turn += 1
                #expect(turn < 1000)
            }
            #expect(deaths > 5)
            let made = try await fixture.text(
                """
                select i.rows_ok || ' ' || i.rows_failed || ' ' || p.n || ' ' || p.versions || ' ' || v.n || ' ' || v.prices || ' ' || m.n
                  from imports.imports i,
                       (select count(*) n, min(version) || '-' || max(version) versions from catalog.products where id > 100) p,
                       (select count(*) n, min(price_minor) || '-' || max(price_minor) prices from catalog.variants
                         where sku like 'P-%') v, (select count(*) n from inventory.movements) m
                """)
            #expect(made == "1200 0 60 2-2 600 1001-1001 600")
        }
    }

    /// A table that is cut anywhere, or has a wrong octet anywhere, ends as done or with its header refused, and every row of it is
    /// counted; nothing that was there before is lost.
    @Test func cutsAndWrongOctetsAreCounted() async throws {
        try await ImportsFixture.with { fixture in
            let table = Array(
                """
                \(Self.head),options,tiers
                L-1,\(Self.lamp),2000,800,"{""s"":""S""}","[{""min_quantity"":5,""price_amount"":9}]"
                L-2,lamp,,,,,,2000,800,"{""s"":""M""}",
                """.utf8)
            var random = SystemRandomNumberGenerator()
            for round in 0..<40 {
                var octets = table
                if round % 2 == 0 {
                    octets.removeLast(Int.random(in: 1..<table.count, using: &random))
                } else {
                    for _ in 0..<3 {
                        octets[Int.random(in: 0..<table.count, using: &random)] =
                            [0x22, 0x2C, 0x0A, 0x7B, 0xFF].randomElement() ?? 0
                    }
                }
                let text = String(decoding: octets, as: UTF8.self)
                let answer = try await fixture.finished(try await fixture.taken(text, ImportProductsTests.kind))
                let status = try answer.json["status"]?.string
                #expect(
                    try status == "done" || answer.json["failure"]?["code"]?.string == "header-invalid", "\(text)")
            }
            let left = try await fixture.text("select count(*)::text from catalog.variants where id < 202")
            #expect(left == "21")
        }
    }
}
