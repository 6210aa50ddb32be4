// SPDX-License-Identifier: Apache-2.0
import HTTP
import Postgres
import TestSupport
import Testing

@testable import Imports

@Suite(.timeLimit(.minutes(2))) struct TableSweepTests {
    @Test func removesOldFilesThatNobodyNeeds() async throws {
        try await ImportsFixture.with { fixture in
            _ = try await fixture.taken("sku,quantity\nS-1,4\n")
            let waiting = try await fixture.text("select file from imports.imports")
            _ = try await fixture.call("POST", "/api/exports/create/", #"{"kind":"stock"}"#)
            let written = try await fixture.text("select file from imports.exports")
            for (files, own) in [(fixture.files, waiting), (fixture.exported, written)] {
                for name in [own, "old", "new"] { try await files.write([1], to: name, at: 0) }
            }
            for folder in ["imports", "exports"] {
                try fixture.age(folder, "old")
                try fixture.age(folder, folder == "imports" ? waiting : written)
            }
            #expect(try await fixture.sweep.sweep() == 2)
            #expect(fixture.kept("imports").sorted() == [waiting, "new"].sorted())
            #expect(fixture.kept("exports").sorted() == [written, "new"].sorted())
            // Once it has ended, its file is nobody's.
            try await fixture.pool.execute("update imports.imports set state = 'done', finished_at = now()")
            #expect(try await fixture.sweep.sweep() == 1)
        }
    }

    @Test func nothingIsThereYet() async throws {
        try await ImportsFixture.with { fixture in
            let gone = try await fixture.sweep.sweep()
            #expect(gone == 0)
        }
    }
}
