// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import MarketApp

struct DocumentationTests {
    /// Every key the program reads, with its default.
    private func keys() throws -> [String: String] {
        let sources = ConfigurationSources(environment: [:], workingDirectory: "/nowhere")
        let report = try AppConfiguration.load(sources).report
        return Dictionary(uniqueKeysWithValues: report.map { ($0.key, $0.value) })
    }

    @Test func theReadmeListsEveryKeyWithItsDefaultAndNoOther() throws {
        let rows = try text("README.md").matches(of: /\n\| `([A-Z_]+)` \| ([^|]+) \|/)
        let documented = Dictionary(uniqueKeysWithValues: rows.map { (String($0.output.1), String($0.output.2)) })
        let known = try keys()
        #expect(Set(documented.keys) == Set(known.keys))
        for (key, value) in known where !value.hasPrefix("(") {
            #expect(documented[key] == "`\(value)`", "\(key)")
        }
    }

    @Test func theExampleFileListsEveryKeyWithItsDefault() throws {
        let rows = try text(".env.example").matches(of: /\n#([A-Z_]+)=(.*)/)
        let shown = Dictionary(uniqueKeysWithValues: rows.map { (String($0.output.1), String($0.output.2)) })
        let known = try keys()
        // The one for tests, and the second spelling of another.
        #expect(Set(known.keys).subtracting(shown.keys) == ["MVE_CRASH_AT", "RAZORPAY_WEBHOOK_SECRET"])
        #expect(Set(shown.keys).isSubset(of: known.keys))
        for (key, value) in known where !value.hasPrefix("(") {
            #expect(shown[key] == value, "\(key)")
        }
    }

    @Test func theExampleFileIsValidAsItStandsAndWithEveryLineActive() throws {
        let file = EnvironmentFile(parsing: try text(".env.example"))
        #expect(file.values.isEmpty)
        #expect(file.problems.isEmpty)
        let active = try text(".env.example").replacing(/(?m)^#([A-Z_]+=)/) { $0.output.1 }
        let values = EnvironmentFile(parsing: active).values.filter { $0.key != "RAZORPAY_BASE_URL" }
        _ = try AppConfiguration.load(ConfigurationSources(environment: values, workingDirectory: "/nowhere"))
    }

    @Test func theTableOfRoutesIsTheOneThatServes() async throws {
        // To renew it: mve routes > docs/routes.md
        #expect(try await RouteTable.markdown() == text("docs/routes.md"))
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Repository.root.appendingPathComponent(path), encoding: .utf8)
    }
}
