// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct CreateImportTests {
    @Test func takesATableIn() async throws {
        try await ImportsFixture.with { fixture in
            let answer = try await fixture.send("sku,quantity\nS-1,4\n")
            #expect(answer.status == 202)
            let json = try answer.json
            #expect(json["status"]?.string == "waiting")
            #expect(
                json["kind"]?.string == "stock" && json["format"]?.string == "csv" && json["dry_run"]?.bool == false)
            #expect(json["progress"]?["bytes_total"]?.int == 19)
            #expect(fixture.kept("imports").count == 1)
            let jobs = try await fixture.text("select string_agg(kind, ' ' order by kind) from platform.jobs")
            #expect(jobs == "import.expire import.run")
        }
    }

    @Test func saysWhichPartsNobodyAskedFor() async throws {
        try await ImportsFixture.with { fixture in
            let fields = [("kind", "stock"), ("colour", "red"), ("dry_run", "true"), ("format", "csv"), ("mode", "x")]
            let answer = try await fixture.send("sku,quantity\nS-1,4\n", fields)
            #expect(answer.status == 202)
            #expect(answer.header("X-Ignored-Fields") == "/colour, /mode")
            #expect(try await fixture.send("sku,quantity\nS-1,4\n").header("X-Ignored-Fields") == nil)
        }
    }

    @Test func answersTheSameKeyWithTheSameAndKeepsOneFile() async throws {
        try await ImportsFixture.with { fixture in
            let first = try await fixture.send("sku,quantity\nS-1,4\n", key: "one-table-only-once")
            fixture.forgetMemory()
            let again = try await fixture.send("sku,quantity\nS-1,4\n", key: "one-table-only-once")
            #expect(first.status == 202 && again.isReplay && again.body == first.body)
            #expect(fixture.kept("imports").count == 1)
            let other = try await fixture.send("sku,quantity\nS-1,5\n", key: "one-table-only-once")
            #expect(other.code == "idempotency-key-reused")
            let rows = try await fixture.text("select count(*)::text from imports.imports")
            #expect(rows == "1")
        }
    }

    @Test(arguments: [
        ([], "table.csv", "/kind"), ([("kind", "dogs")], "table.csv", "/kind"),
        ([("kind", "stock"), ("kind", "stock")], "table.csv", "/kind"),
        ([("kind", "stock"), ("dry_run", "yes")], "table.csv", "/dry_run"),
        ([("kind", "stock"), ("format", "xls")], "table.csv", "/format"), ([("kind", "stock")], "table", "/format"),
    ])
    func refusesWrongParts(fields: [(String, String)], name: String, pointer: String) async throws {
        try await ImportsFixture.with { fixture in
            let answer = try await fixture.send("sku,quantity\n", fields, name: name)
            #expect(answer.code == "validation-failed", "\(answer.text)")
            #expect(try answer.json["errors"]?.elements?.first?["pointer"]?.string == pointer)
            #expect(fixture.kept("imports") == [])
        }
    }

    @Test func onlySellersAndOnlyForms() async throws {
        try await ImportsFixture.with { fixture in
            let table = "sku,quantity\nS-1,4\n"
            #expect(try await fixture.send(table, as: 2001).code == "forbidden")
            #expect(try await fixture.send(table, as: 2102).code == "forbidden")
            #expect(try await fixture.send(table, as: nil).code == "token-missing")
            let json = try await fixture.call("POST", "/api/imports/create/", "{}")
            #expect(json.code == "unsupported-media-type")
        }
    }

    @Test func whoDoesNotSellSendsNoPrices() async throws {
        try await ImportsFixture.with { fixture in
            for status in ["suspended", "closed"] {
                try await fixture.pool.execute("update sellers.sellers set status = $1 where id = 5", status)
                let answer = try await fixture.send("sku,price_amount\nS-1,4\n", [("kind", "prices")])
                #expect(answer.status == 403 && answer.code == "seller-not-active", "\(answer.text)")
            }
            #expect(fixture.kept("imports") == [], "a refused file is not kept")
        }
    }

    /// The row is the last thing before COMMIT: what fails there takes the file along.
    @Test func aRequestThatFailsLeavesNoFile() async throws {
        try await ImportsFixture.with { fixture in
            try await fixture.pool.execute(
                "alter table imports.imports add constraint full_disk check (file_size > 1000)")
            let answer = try await fixture.send("sku,quantity\nS-1,4\n")
            #expect(answer.status >= 500, "\(answer.text)")
            #expect(fixture.kept("imports") == [])
        }
    }

    @Test func hasABudgetOfItsOwn() {
        let route = Route(.post, "/api/imports/create/", name: "imports.create") { _ in .noContent }
        #expect(RateLimitPolicyOf.name(route) == "import")
    }
}
