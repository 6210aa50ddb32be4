// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Imports

/// What is worked off, whatever happens on the way.
@Suite(.timeLimit(.minutes(5))) struct ImportRunnerTests {
    @Test func setsStockWithMovements() async throws {
        try await ImportsFixture.with { fixture in
            _ = try await fixture.finished(
                try await fixture.taken("\u{FEFF}SKU,Quantity\r\nS-1,4\r\nS-2,10\r\nS-3,3\r\n"))
            let stock = try await fixture.text(
                "select string_agg(variant_id || ' ' || on_hand, ', ' order by variant_id) from inventory.stock where variant_id < 104"
            )
            #expect(stock == "101 4, 102 10, 103 3")
            let movements = try await fixture.text(
                """
                select string_agg(variant_id || ' ' || delta || ' ' || on_hand || ' ' || cause || ' ' || actor, ', ' order by variant_id)
                  from inventory.movements
                """)
            #expect(movements == "101 -6 4 import user:2100, 103 -7 3 import user:2100")
            #expect(fixture.told.withLock { $0.map(\.rawValue).sorted() } == [101, 103])
            let other = try await fixture.text("select on_hand::text from inventory.stock where variant_id = 201")
            #expect(other == "10", "another seller's variant of the same sku")
        }
    }

    @Test func setsPricesAndWhatFollowsFromThem() async throws {
        try await ImportsFixture.with { fixture in
            let answer = try await fixture.finished(
                try await fixture.taken(
                    "sku,price_amount,compare_at_amount\nS-1,500,\nS-2,1500,2000\nS-3,1500,1499\nS-4,900,\nS-5,1000,\n",
                    [("kind", "prices")]))
            #expect(try answer.json["rows"]?["ok"]?.int == 3)
            let codes = try answer.json["errors"]?.elements?.compactMap { $0["code"]?.string }
            #expect(codes == ["below-price", "below-tier"])
            let prices = try await fixture.text(
                """
                select string_agg(id || ' ' || price_minor || ' ' || coalesce(compare_at_minor::text, '-'), ', ' order by id)
                  from catalog.variants where id < 104
                """)
            #expect(prices == "101 500 -, 102 1500 2000, 103 1000 -")
            let card = try await fixture.text("select price_min_minor::text from catalog.products where id = 41")
            #expect(card == "500")
            #expect(fixture.told.withLock { $0.map(\.rawValue).sorted() } == [101, 102])
        }
    }

    /// Whoever edits a product that a table has changed meanwhile is told so; the log says what it was and who sent the table.
    @Test func aPriceTableRaisesVersionsAndIsWrittenDown() async throws {
        try await ImportsFixture.with { fixture in
            let version = "select version::text from catalog.products where id = 41" as PostgresSQL
            let before = try #require(Int(try await fixture.text(version)))
            let table = "sku,price_amount\nS-1,500\nS-2,1500\n"
            let id = try await fixture.taken(table, [("kind", "prices")])
            _ = try await fixture.finished(id)
            #expect(try await fixture.text(version) == "\(before + 1)")
            let log =
                "select string_agg(concat_ws(' ', action, actor_type, actor_id, entity_id, request_id), ', ') from platform.audit where entity_type = 'product'"
            let row = "product.updated user 2100 41 \(id)"
            #expect(try await fixture.text(PostgresSQL(text: log)) == row)
            let prices = try await fixture.text(
                """
                select string_agg(concat_ws(' ', b->>'id', b->>'price_minor', a->>'price_minor'), ', ' order by a->>'id')
                  from platform.audit, jsonb_array_elements(before->'variants') b, jsonb_array_elements(after->'variants') a
                 where entity_type = 'product' and a->>'id' = b->>'id'
                """)
            #expect(
                prices == "\(VariantID(rawValue: 101)) 1000 500, \(VariantID(rawValue: 102)) 1000 1500")
            // The same again changes nothing and leaves no trace.
            _ = try await fixture.finished(try await fixture.taken(table, [("kind", "prices")]))
            #expect(try await fixture.text(version) == "\(before + 1)")
            #expect(try await fixture.text(PostgresSQL(text: log)) == row)
        }
    }

    @Test func readsJSONLines() async throws {
        try await ImportsFixture.with { fixture in
            let answer = try await fixture.finished(
                try await fixture.taken(
                    """
                    {"sku":"S-1","quantity":4,"more":[1]}
                    {"sku":"S-2","quantity":"5"}

                    {"sku":"S-4","quantity":1.5}
                    [1]
                    {"sku":"S-5"
                    {"sku":7,"quantity":1}
                    """, name: "table.jsonl"))
            #expect(try answer.json["rows"]?["ok"]?.int == 2)
            let errors = try answer.json["errors"]?.elements?.map {
                "\($0["line"]?.int ?? 0) \($0["code"]?.string ?? "")"
            }
            #expect(errors == ["4 out-of-range", "5 malformed-json", "6 malformed-json", "7 unknown-sku"])
        }
    }

    @Test func twoRowsOfOneVariantComeOneAfterTheOther() async throws {
        try await ImportsFixture.with { fixture in
            let answer = try await fixture.finished(
                try await fixture.taken("sku,quantity\nS-1,4\nS-2,1\nS-1,7\nS-1,6\n"))
            #expect(try answer.json["rows"]?["ok"]?.int == 4)
            let movements = try await fixture.text(
                "select string_agg(on_hand::text, ' ' order by id) from inventory.movements where variant_id = 101")
            #expect(movements == "4 7 6")
        }
    }

    @Test func aDryRunChangesNothingAndTellsTheSame() async throws {
        try await ImportsFixture.with { fixture in
            let answer = try await fixture.finished(
                try await fixture.taken("sku,quantity\nS-1,4\nS-3,1\n", [("kind", "stock"), ("dry_run", "true")]))
            #expect(try answer.json["status"]?.string == "done")
            #expect(try answer.json["rows"]?["ok"]?.int == 1)
            #expect(try answer.json["errors"]?.elements?.first?["code"]?.string == "below-reserved")
            let left = try await fixture.text(
                "select sum(on_hand)::text || ' ' || (select count(*) from inventory.movements) from inventory.stock")
            #expect(left == "210 0")
            #expect(fixture.told.withLock { $0 } == [])
        }
    }

    /// 2,000 rows of 20 variants, each row another quantity: what was applied twice or left out shows in the movements.
    private static let rows = 2000
    private static func table() -> String {
        var text = "sku,quantity\n"
        for row in 0..<rows { text += "S-\(row % 20 + 1),\(100 + row)\n" }
        return text
    }

    private static func check(_ fixture: ImportsFixture, _ id: String) async throws {
        let status = try await fixture.call("GET", "/api/imports/status/?id=\(id)").json
        #expect(status["status"]?.string == "done")
        #expect(status["rows"]?["ok"]?.int == rows && status["rows"]?["failed"]?.int == 0)
        let movements = try await fixture.text(
            "select count(*) || ' ' || count(distinct on_hand) || ' ' || min(on_hand) || ' ' || max(on_hand) from inventory.movements"
        )
        #expect(movements == "\(rows) \(rows) 100 \(99 + rows)", "each row once")
        let ordered = try await fixture.text(
            """
            select count(*)::text from (select on_hand, lag(on_hand) over (partition by variant_id order by id) before
              from inventory.movements) x where before is not null and on_hand <> before + 20
            """)
        #expect(ordered == "0", "in the order of the file")
        let ends = try await fixture.text(
            "select count(*)::text from inventory.stock where variant_id < 200 and on_hand < 2080")
        #expect(ends == "0")
    }

    @Test func killedInAndBetweenChunksItRepeatsNothingAndLosesNothing() async throws {
        try await ImportsFixture.with { fixture in
            let id = try await fixture.taken(Self.table())
            let number = try #require(ImportID(id))
            var deaths = 0
            var steps = 0
            while true {
                // Each process does two chunks, and dies in the third before its commit, or goes away after the second.
                let runner = fixture.runner
                fixture.chunksUntilDeath.withLock { $0 = steps % 3 == 0 ? 2 : nil }
                var ended = false
                do {
                    for _ in 0..<3 where !ended {
                        if case .ended = try await runner.step(number) { ended = true }
                    }
                } catch is ImportsFixture.Killed {
                    deaths += 1
                }
                steps += 1
                if ended { break }
                #expect(steps < 1000)
            }
            #expect(deaths > 10)
            fixture.chunksUntilDeath.withLock { $0 = nil }
            try await Self.check(fixture, id)
        }
    }

    @Test func twoProcessesAtOnceShareTheRows() async throws {
        try await ImportsFixture.with { fixture in
            let id = try await fixture.taken(Self.table())
            let number = try #require(ImportID(id))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<4 {
                    let runner = fixture.runner
                    tasks.addTask {
                        while true {
                            if case .ended = try await runner.step(number) { return }
                        }
                    }
                }
                try await tasks.waitForAll()
            }
            try await Self.check(fixture, id)
        }
    }

    @Test func aFailedJobIsTakenUpAgain() async throws {
        try await ImportsFixture.with { fixture in
            let id = try await fixture.taken(Self.table())
            fixture.chunksUntilDeath.withLock { $0 = 3 }
            let first = try await fixture.finished(id)
            #expect(try first.json["status"]?.string == "running")
            fixture.chunksUntilDeath.withLock { $0 = nil }
            try await fixture.pool.execute("update platform.jobs set run_at = now() where kind = 'import.run'")
            _ = try await fixture.finished(id)
            try await Self.check(fixture, id)
        }
    }

    @Test func theLastAttemptThatFailsEndsTheImport() async throws {
        try await ImportsFixture.with { fixture in
            let id = try await fixture.taken(Self.table())
            fixture.chunksUntilDeath.withLock { $0 = 0 }
            #expect(try await fixture.finished(id).json["status"]?.string == "waiting")
            try await fixture.comeToTheLastAttempt()
            let answer = try await fixture.finished(id)
            #expect(try answer.json["status"]?.string == "failed")
            #expect(try answer.json["failure"]?["code"]?.string == "internal")
            #expect(fixture.kept("imports") == [])
            let job = try await fixture.text("select state from platform.jobs where kind = 'import.run'")
            #expect(job == "dead", "for a person")
        }
    }

    @Test func anImportWhoseProcessDiesEachTimeEnds() async throws {
        try await ImportsFixture.with { fixture in
            let id = try await fixture.taken(Self.table())
            try await fixture.dieInEachAttempt()
            let answer = try await fixture.finished(id)
            #expect(try answer.json["status"]?.string == "failed")
            #expect(fixture.kept("imports") == [])
        }
    }

    @Test func anEndedImportLeavesNoFile() async throws {
        try await ImportsFixture.with { fixture in
            _ = try await fixture.finished(try await fixture.taken("sku,quantity\nS-1,4\nS-99,1\n"))
            #expect(fixture.kept("imports") == [])
            _ = try await fixture.finished(try await fixture.taken("sku\n"))
            #expect(fixture.kept("imports") == [])
            // Whoever ended it died before the file was gone: the job is tried again.
            let id = try await fixture.taken("sku,quantity\nS-1,5\n")
            let number = try #require(ImportID(id))
            _ = try await fixture.runner.step(number)
            let file = try await fixture.text("select file from imports.imports order by id desc limit 1")
            try await fixture.files.write([1], to: file, at: 0)
            _ = try await fixture.finished(id)
            #expect(fixture.kept("imports") == [])
        }
    }

    @Test func whatAPriceTableDoesNotMentionStays() async throws {
        try await ImportsFixture.with { fixture in
            try await fixture.pool.execute(
                "update catalog.variants set compare_at_minor = 2000 where id in (101, 102, 103, 105)")
            let answer = try await fixture.finished(
                try await fixture.taken("sku,price_amount\nS-1,1500\nS-2,2500\n", [("kind", "prices")]))
            #expect(try answer.json["errors"]?.elements?.compactMap { $0["code"]?.string } == ["below-price"])
            _ = try await fixture.finished(
                try await fixture.taken(
                    """
                    {"sku":"S-3","price_amount":1600}
                    {"sku":"S-5","price_amount":1600,"compare_at_amount":null}
                    """, [("kind", "prices")], name: "table.jsonl"))
            let prices = try await fixture.text(
                """
                select string_agg(id || ' ' || price_minor || ' ' || coalesce(compare_at_minor::text, '-'), ', ' order by id)
                  from catalog.variants where id in (101, 102, 103, 105)
                """)
            #expect(prices == "101 1500 2000, 102 1000 2000, 103 1600 2000, 105 1600 -")
        }
    }

    @Test func nothingIsForNothing() async throws {
        try await ImportsFixture.with { fixture in
            let answer = try await fixture.finished(
                try await fixture.taken(
                    "sku,price_amount,compare_at_amount\nS-1,0,\nS-2,1,\nS-3,5,0\n", [("kind", "prices")]))
            let codes = try answer.json["errors"]?.elements?.compactMap { $0["code"]?.string }
            #expect(codes == ["out-of-range", "out-of-range"])
            let prices = try await fixture.text(
                "select string_agg(price_minor::text, ' ' order by id) from catalog.variants where id in (101, 102, 103)"
            )
            #expect(prices == "1000 1 1000")
        }
    }

    @Test func pricesInAnotherCurrencyAreRefused() async throws {
        try await ImportsFixture.with { fixture in
            let answer = try await fixture.finished(
                try await fixture.taken(
                    "sku,price_amount,currency\nS-1,500,USD\nS-2,500,INR\nS-3,500,\n", [("kind", "prices")]))
            let faults = try answer.json["errors"]?.elements?.map {
                "\($0["line"]?.int ?? 0) \($0["column"]?.string ?? "") \($0["code"]?.string ?? "")"
            }
            #expect(faults == ["2 currency currency-mismatch"])
            let prices = try await fixture.text(
                "select string_agg(price_minor::text, ' ' order by id) from catalog.variants where id in (101, 102, 103)"
            )
            #expect(prices == "1000 500 500")
        }
    }

    @Test func whoIsSuspendedMeanwhileChangesNoPrices() async throws {
        try await ImportsFixture.with { fixture in
            let id = try await fixture.taken("sku,price_amount\nS-1,500\nS-1,600\n", [("kind", "prices")])
            let number = try #require(ImportID(id))
            _ = try await fixture.runner.step(number)
            try await fixture.pool.execute("update sellers.sellers set status = 'suspended' where id = 5")
            let answer = try await fixture.finished(id)
            #expect(try answer.json["failure"]?["code"]?.string == "seller-not-active")
            let price = try await fixture.text("select price_minor::text from catalog.variants where id = 101")
            #expect(price == "500", "of the chunk before")
            #expect(fixture.kept("imports") == [])
        }
    }

    @Test func faultsBeyondTheBoundAreOnlyCounted() async throws {
        try await ImportsFixture.with { fixture in
            var text = "sku,quantity\n"
            for row in 0..<TableImport.faultsMax + 500 { text += "X-\(row),1\n" }
            let answer = try await fixture.finished(try await fixture.taken(text))
            #expect(try answer.json["rows"]?["failed"]?.int == TableImport.faultsMax + 500)
            #expect(try answer.json["errors"]?.elements?.count == TableImport.faultsShown)
            let written = try await fixture.text("select count(*)::text from imports.row_errors")
            #expect(written == "\(TableImport.faultsMax)")
        }
    }

    @Test func goesThroughEmptyLinesAndOneThatNeverEnds() async throws {
        try await ImportsFixture.with { fixture in
            let blank = String(repeating: "\n", count: 600_000)
            let endless = String(repeating: "x", count: 600_000)
            let answer = try await fixture.finished(
                try await fixture.taken("sku,quantity\nS-1,4\n\(blank)S-2,5\n\(endless)\nS-4,6\n"))
            #expect(try answer.json["rows"]?["ok"]?.int == 3)
            #expect(try answer.json["errors"]?.elements?.first?["code"]?.string == "record-too-long")
            #expect(try answer.json["errors"]?.elements?.first?["line"]?.int == 600_004)
        }
    }
}
