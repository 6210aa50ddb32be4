// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Imports

@Suite(.timeLimit(.minutes(2))) struct CreateExportTests {
    private static let path = "/api/exports/create/"

    /// Asks for a table and has it written; its text.
    private func written(_ fixture: ImportsFixture, _ body: String, as user: Int64 = 2100) async throws -> String {
        let answer = try await fixture.call("POST", Self.path, body, as: user)
        #expect(answer.status == 202, "\(answer.text)")
        let id = try #require(try answer.json["id"]?.string)
        let early = try await fixture.call("GET", "/api/exports/download/?id=\(id)", as: user)
        #expect(early.code == "not-found")
        try await fixture.workOff()
        let status = try await fixture.call("GET", "/api/exports/status/?id=\(id)", as: user).json
        #expect(status["status"]?.string == "done")
        #expect(status["download_url"]?.string == "/api/exports/download/?id=\(id)")
        let download = try await fixture.call("GET", "/api/exports/download/?id=\(id)", as: user)
        #expect(download.status == 200)
        #expect(download.header("Content-Disposition")?.hasPrefix("attachment; filename=") == true)
        #expect(download.header("Cache-Control") == "private, no-store")
        let file = try await fixture.text("select file from imports.exports order by id desc limit 1")
        let bytes = try await fixture.exported.read(file, at: 0, count: 1 << 20)
        return String(decoding: try #require(bytes), as: UTF8.self)
    }

    @Test func writesOnesOwnStock() async throws {
        try await ImportsFixture.with { fixture in
            let csv = try await written(fixture, #"{"kind":"stock"}"#)
            let lines = csv.split(separator: "\r\n")
            #expect(lines.count == 21)
            #expect(lines[0] == "sku,title,quantity,reserved")
            #expect(lines[1] == "S-1,'=Rug,10,0", "no formula")
            #expect(lines[3] == "S-3,'=Rug,10,3")
            let other = try await written(fixture, #"{"kind":"stock","format":"csv"}"#, as: 2101)
            #expect(other == "sku,title,quantity,reserved\r\nS-1,Lamp,10,0\r\n")
        }
    }

    @Test func writesPricesAsJSONLines() async throws {
        try await ImportsFixture.with { fixture in
            try await fixture.pool.execute("update catalog.variants set compare_at_minor = 2000 where id = 102")
            let lines = try await written(fixture, #"{"kind":"prices","format":"jsonl"}"#).split(separator: "\n")
            #expect(lines.count == 20)
            #expect(
                lines[0]
                    == #"{"sku":"S-1","title":"=Rug","price_amount":1000,"compare_at_amount":null,"currency":"INR"}"#)
            #expect(
                lines[1]
                    == #"{"sku":"S-2","title":"=Rug","price_amount":1000,"compare_at_amount":2000,"currency":"INR"}"#)
        }
    }

    @Test func canBeSentBack() async throws {
        try await ImportsFixture.with { fixture in
            for (kind, format) in [("stock", "csv"), ("prices", "csv"), ("stock", "jsonl"), ("prices", "jsonl")] {
                let table = try await written(fixture, #"{"kind":"\#(kind)","format":"\#(format)"}"#)
                let answer = try await fixture.finished(
                    try await fixture.taken(table, [("kind", kind), ("format", format)]))
                #expect(try answer.json["rows"]?["ok"]?.int == 20, "\(kind) \(format)")
                #expect(try answer.json["rows"]?["failed"]?.int == 0)
            }
            #expect(fixture.told.withLock { $0 } == [], "nothing changed")
        }
    }

    /// 2,500 variants more: three pages.
    @Test func whoDiesLeavesNothingThatStays() async throws {
        try await ImportsFixture.with { fixture in
            try await fixture.pool.execute(
                """
                insert into catalog.variants (id, product_id, seller_id, sku, price_minor)
                select 1000 + g, 41, 5, 'T-' || g, 1000 from generate_series(1, 2500) g
                """)
            let answer = try await fixture.call("POST", Self.path, #"{"kind":"stock"}"#)
            let id = try #require(try answer.json["id"]?.string.flatMap { ExportID($0) })
            let file = try await fixture.text("select file from imports.exports")
            _ = try await fixture.exportRunner.step(id)
            let counted = try #require(Int(try await fixture.text("select bytes::text from imports.exports")))
            // Somebody wrote a page and died before its commit.
            try await fixture.exported.write(Array(repeating: 0x78, count: 200_000), to: file, at: counted)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<3 {
                    let runner = fixture.exportRunner
                    tasks.addTask {
                        while true {
                            if case .ended = try await runner.step(id) { return }
                        }
                    }
                }
                try await tasks.waitForAll()
            }
            let bytes = try #require(try await fixture.exported.read(file, at: 0, count: 1 << 20))
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
            #expect(lines.count == 2521 && Set(lines).count == 2521)
            #expect(lines.last == "T-2500,'=Rug,0,0")
            let rows = try await fixture.text("select rows::text from imports.exports")
            #expect(rows == "2520")
        }
    }

    @Test func onlySellersAndOnlyTheirOwn() async throws {
        try await ImportsFixture.with { fixture in
            let body = #"{"kind":"stock"}"#
            #expect(try await fixture.call("POST", Self.path, body, as: 2001).code == "forbidden")
            #expect(try await fixture.call("POST", Self.path, body, as: 2102).code == "forbidden")
            #expect(try await fixture.call("POST", Self.path, body, as: nil).code == "token-missing")
            #expect(try await fixture.call("POST", Self.path, #"{"kind":"dogs"}"#).code == "validation-failed")
            #expect(try await fixture.call("POST", Self.path, "{}").code == "validation-failed")
            let id = try #require(try await fixture.call("POST", Self.path, body).json["id"]?.string)
            try await fixture.workOff()
            for path in ["/api/exports/status/", "/api/exports/download/"] {
                #expect(try await fixture.call("GET", "\(path)?id=\(id)").status == 200)
                #expect(try await fixture.call("GET", "\(path)?id=\(id)", as: 2101).code == "not-found")
                #expect(try await fixture.call("GET", "\(path)?id=\(id)", as: 2001).code == "forbidden")
                #expect(try await fixture.call("GET", "\(path)?id=\(id)", as: nil).code == "token-missing")
                let none = try await fixture.call("GET", path)
                #expect(none.status == 422 && none.code == "validation-failed")
                #expect(try none.json["errors"]?.elements?.first?["pointer"]?.string == "/id")
                #expect(try await fixture.call("GET", path + "?id=x").code == "not-found")
            }
        }
    }

    @Test func answersTheSameKeyWithTheSame() async throws {
        try await ImportsFixture.with { fixture in
            let first = try await fixture.call("POST", Self.path, #"{"kind":"stock"}"#, key: "one-export-only-once")
            fixture.forgetMemory()
            let again = try await fixture.call("POST", Self.path, #"{"kind":"stock"}"#, key: "one-export-only-once")
            #expect(first.status == 202 && again.isReplay && again.body == first.body)
        }
    }

    @Test func askingAgainGivesTheOpenOne() async throws {
        try await ImportsFixture.with { fixture in
            func ask(_ body: String, as user: Int64 = 2100) async throws -> String? {
                try await fixture.call("POST", Self.path, body, as: user).json["id"]?.string
            }
            let first = try #require(try await ask(#"{"kind":"stock"}"#))
            #expect(try await ask(#"{"kind":"stock"}"#) == first)
            #expect(try await ask(#"{"kind":"stock","format":"jsonl"}"#) != first)
            #expect(try await ask(#"{"kind":"stock"}"#, as: 2101) != first)
            let jobs = try await fixture.text("select count(*)::text from platform.jobs where kind = 'export.run'")
            #expect(jobs == "3")
            try await fixture.workOff()
            #expect(try await ask(#"{"kind":"stock"}"#) != first, "it is done")
        }
    }

    @Test func theLastAttemptThatFailsEndsTheExport() async throws {
        try await ImportsFixture.with { fixture in
            let id = try #require(try await fixture.call("POST", Self.path, #"{"kind":"stock"}"#).json["id"]?.string)
            // A page that cannot be counted.
            try await fixture.pool.execute("alter table imports.exports add constraint wrong check (bytes = 0)")
            try await fixture.comeToTheLastAttempt()
            try await fixture.workOff()
            #expect(try await fixture.call("GET", "/api/exports/status/?id=\(id)").json["status"]?.string == "failed")
            #expect(fixture.kept("exports") == [])
        }
    }

    @Test func hasABudgetOfItsOwn() {
        let route = Route(.post, Self.path, name: "exports.create") { _ in .noContent }
        #expect(RateLimitPolicyOf.name(route) == "export")
    }

    @Test func goesWithItsFileWhenItsTimeIsOver() async throws {
        try await ImportsFixture.with { fixture in
            let answer = try await fixture.call("POST", Self.path, #"{"kind":"stock"}"#)
            let id = try #require(try answer.json["id"]?.string)
            try await fixture.workOff()
            #expect(fixture.kept("exports").count == 1)
            try await fixture.pool.execute("update platform.jobs set run_at = now() where kind = 'export.expire'")
            try await fixture.workOff()
            #expect(fixture.kept("exports") == [])
            #expect(try await fixture.call("GET", "/api/exports/status/?id=\(id)").code == "not-found")
        }
    }
}
