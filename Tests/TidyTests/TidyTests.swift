// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// What the compiler and the formatter cannot check, checked on the sources themselves.
struct TidyTests {
    /// How many places may ask the compiler for trust. A ratchet: lower it when one goes; raise it only with a reason in
    /// the commit.
    static let trustedMax = 40

    static let all = SourceTree.sources + SourceTree.tests + SourceTree.migrations

    @Test func findsTheSources() {
        #expect(SourceTree.sources.count > 20)
        #expect(SourceTree.tests.count > 10)
        #expect(!SourceTree.migrations.isEmpty)
    }

    @Test func everyFileBeginsWithItsLicense() {
        let findings = Self.all.flatMap(TidyRules.header)
        #expect(findings.isEmpty, "\(findings.list)")
    }

    @Test func filesAndFunctionsStayReadable() {
        let swift = SourceTree.sources + SourceTree.tests
        let findings = swift.flatMap(TidyRules.fileSize) + swift.flatMap(TidyRules.functionSize)
        #expect(findings.isEmpty, "\(findings.list)")
    }

    @Test func nothingTrapsOnInputOrIsLeftUnfinished() {
        let findings = SourceTree.sources.flatMap(TidyRules.bannedWords)
        #expect(findings.isEmpty, "\(findings.list)")
    }

    @Test func fileNamesSayWhatIsInside() {
        let findings = (SourceTree.sources + SourceTree.tests).flatMap(TidyRules.fileName)
        #expect(findings.isEmpty, "\(findings.list)")
    }

    @Test func infrastructureLinksNoFoundation() {
        let findings = SourceTree.sources.flatMap(TidyRules.foundation)
        #expect(findings.isEmpty, "\(findings.list)")
    }

    @Test func librariesDoNotPrint() {
        let findings = SourceTree.sources.flatMap(TidyRules.printing)
        #expect(findings.isEmpty, "\(findings.list)")
    }

    @Test func whatTheCompilerTakesOnTrustIsExplainedAndRare() {
        let trusted = SourceTree.sources.map(TidyRules.trusted)
        let findings = trusted.flatMap(\.uncommented)
        #expect(findings.isEmpty, "\(findings.list)")
        #expect(trusted.map(\.count).reduce(0, +) <= Self.trustedMax)
    }

    /// The tables that everybody asks change without an await (hot path rule 9): where one stands, others come between
    /// judging and holding, or between looking and claiming. They park callers and do nothing else.
    @Test func sharedTablesDoNotAwait() {
        let tables = SourceTree.sources.filter {
            ["Sources/Actors/InventoryShard.swift", "Sources/Actors/IdempotencyActor.swift"].contains($0.path)
        }
        #expect(tables.count == 2)
        let findings = tables.flatMap(TidyRules.awaiting)
        #expect(findings.isEmpty, "\(findings.list)")
    }

    @Test func testsDoNotSleep() {
        let findings = SourceTree.tests.flatMap(TidyRules.sleeping)
        #expect(findings.isEmpty, "\(findings.list)")
    }

    /// A release build compiles every target that is no test target, and modules are testable in debug builds only.
    @Test func whatReleaseBuildsCompileNeedsNoTestableModules() {
        let support = SourceTree.tests.filter {
            $0.path.hasPrefix("Tests/Support/") || $0.path.hasPrefix("Tests/Simulation/")
        }
        #expect(!support.isEmpty)
        #expect(support.filter { $0.text.contains("@testable") }.map(\.path) == [])
    }

    @Test func sqlStandsInStores() {
        let findings = SourceTree.sources.filter { $0.place != nil }.flatMap(SQLRules.place)
        #expect(findings.isEmpty, "\(findings.list)")
    }

    @Test func storesNameTheirOwnSchema() {
        let findings = SourceTree.sources.flatMap(SQLRules.schema)
        #expect(findings.isEmpty, "\(findings.list)")
    }

    @Test func rowsAreLockedInOrder() {
        let migrations = SourceTree.migrations.flatMap { SQLRules.lockOrder($0.text, path: $0.path, firstLine: 1) }
        let sources = SourceTree.sources.flatMap { file in
            file.swift.literals.flatMap { SQLRules.lockOrder($0.text, path: file.path, firstLine: $0.line) }
        }
        #expect((migrations + sources).isEmpty, "\((migrations + sources).list)")
    }
}
