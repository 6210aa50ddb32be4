// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

@testable import Imports

@Suite(.timeLimit(.minutes(2))) struct ReadImportTests {
    @Test func tellsWhatBecameOfEachRow() async throws {
        try await ImportsFixture.with { fixture in
            let id = try await fixture.taken(
                "sku,quantity,comment\r\nS-1,4,\r\nS-2,x,\r\nS-3,2,\r\nS-99,1,\r\n,1,\r\nS-5,\r\nS-6,1,a,b\r\n\"S-7,1\r\n"
            )
            let answer = try await fixture.finished(id)
            #expect(answer.status == 200)
            let json = try answer.json
            #expect(json["status"]?.string == "done")
            #expect(json["rows"]?["ok"]?.int == 1 && json["rows"]?["failed"]?.int == 7)
            let errors = try #require(json["errors"]?.elements).map {
                "\($0["line"]?.int ?? 0) \($0["column"]?.string ?? "-") \($0["code"]?.string ?? "")"
            }
            #expect(
                errors == [
                    "3 quantity out-of-range", "4 quantity below-reserved", "5 sku unknown-sku", "6 sku required",
                    "7 quantity required", "8 - too-many-fields", "9 - open-quote",
                ])
            #expect(json["errors_url"]?.string == "/api/imports/errors/?id=\(id)")
            #expect(json["progress"]?["bytes_done"]?.int == json["progress"]?["bytes_total"]?.int)
        }
    }

    @Test func aWrongHeaderEndsTheWhole() async throws {
        for table in [
            "", "sku;quantity\nS-1;4\n", "sku,units\nS-1,4\n", "sku,quantity,sku\nS-1,4,S-1\n", "\"sku\"x,quantity\n",
            "sku,quantity,a\0b\nS-1,4,\n", "sku,quantity,\u{1B}[1m\nS-1,4,\n",
        ] {
            try await ImportsFixture.with { fixture in
                let answer = try await fixture.finished(try await fixture.taken(table))
                #expect(try answer.json["status"]?.string == "failed")
                #expect(try answer.json["failure"]?["code"]?.string == "header-invalid", "\(table)")
                let stock = try await fixture.text("select sum(on_hand)::text from inventory.stock")
                #expect(stock == "210")
            }
        }
    }

    @Test func aLostFileEndsTheWhole() async throws {
        try await ImportsFixture.with { fixture in
            let id = try await fixture.taken("sku,quantity\nS-1,4\n")
            try await fixture.files.remove(try #require(fixture.kept("imports").first))
            let first = try await fixture.finished(id)
            #expect(try first.json["status"]?.string == "waiting", "another process may have it")
            try await fixture.comeToTheLastAttempt()
            let answer = try await fixture.finished(id)
            #expect(try answer.json["failure"]?["code"]?.string == "file-lost")
        }
    }

    @Test func onlyOnesOwnSellers() async throws {
        try await ImportsFixture.with { fixture in
            let id = try await fixture.taken("sku,quantity\nS-1,4\n")
            for path in ["/api/imports/status/", "/api/imports/errors/"] {
                let target = "\(path)?id=\(id)"
                #expect(try await fixture.call("GET", target).status == 200)
                #expect(try await fixture.call("GET", target, as: 2101).code == "not-found")
                #expect(try await fixture.call("GET", target, as: 2102).code == "forbidden")
                #expect(try await fixture.call("GET", target, as: 2001).code == "forbidden")
                #expect(try await fixture.call("GET", target, as: nil).code == "token-missing")
                let none = try await fixture.call("GET", path)
                #expect(none.status == 422 && none.code == "validation-failed")
                #expect(try none.json["errors"]?.elements?.first?["pointer"]?.string == "/id")
                #expect(try await fixture.call("GET", path + "?id=x").code == "not-found")
            }
        }
    }

    @Test func itsErrorsAreATable() async throws {
        try await ImportsFixture.with { fixture in
            let id = try await fixture.taken("sku,quantity\nS-99,4\nS-1,-1\n")
            _ = try await fixture.finished(id)
            let answer = try await fixture.call("GET", "/api/imports/errors/?id=\(id)")
            #expect(answer.header("Content-Disposition") == "attachment; filename=\"\(id)-errors.csv\"")
            #expect(
                answer.text == """
                    line,column,code,message\r
                    2,sku,unknown-sku,none of your variants has this sku\r
                    3,quantity,out-of-range,a whole number from 0 to 1000000000 is expected\r

                    """)
        }
    }

    @Test func goesWithItsFileWhenItsTimeIsOver() async throws {
        try await ImportsFixture.with { fixture in
            let id = try await fixture.taken("sku,quantity\nS-99,4\n")
            _ = try await fixture.finished(id)
            try await fixture.pool.execute("update platform.jobs set run_at = now() where kind = 'import.expire'")
            let answer = try await fixture.finished(id)
            #expect(answer.code == "not-found")
            #expect(fixture.kept("imports") == [])
            let rows = try await fixture.text("select count(*)::text from imports.row_errors")
            #expect(rows == "0")
        }
    }
}
