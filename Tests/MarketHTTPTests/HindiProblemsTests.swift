// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import Testing

@testable import MarketHTTP

@Suite struct HindiProblemsTests {
    private static func isHindi(_ text: String) -> Bool {
        text.unicodeScalars.contains { (0x0900...0x097F).contains($0.value) }
    }

    @Test("every code has a title of its own", arguments: ProblemCode.allCases)
    func titles(code: ProblemCode) throws {
        let title = try #require(HindiProblems.titles[code], "\(code.rawValue) has no title in Hindi")
        #expect(Self.isHindi(title))
        #expect(HindiProblems.titles.values.filter { $0 == title }.count == 1)
        let language = ProblemLanguages.shop.language(accepted: ["hi-IN"])
        #expect(language.tag == "hi" && language.titles[code.rawValue] == title)
    }

    @Test(
        "a detail that is told in Hindi is thrown somewhere",
        arguments: HindiProblems.details.sorted { $0.key < $1.key })
    func details(english: String, hindi: String) throws {
        #expect(Self.isHindi(hindi))
        #expect(Self.sources.contains("detail: \"\(english)\""), "nobody throws it any more")
    }

    @Test func theOwnLanguageNeedsNoTexts() {
        for lines in [[], ["fr"], ["en, hi;q=0.9"], ["*"]] {
            let language = ProblemLanguages.shop.language(accepted: lines)
            #expect(language.tag == "en" && language.titles.isEmpty && language.details.isEmpty)
        }
    }

    /// All that the server is made of.
    private static let sources: String = {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return ["Sources/HTTP", "Sources/Marketplace"].flatMap { folder -> [String] in
            let place = root.appendingPathComponent(folder)
            let names = FileManager.default.enumerator(atPath: place.path)?.compactMap { $0 as? String } ?? []
            return names.filter { $0.hasSuffix(".swift") }.compactMap {
                try? String(contentsOf: place.appendingPathComponent($0), encoding: .utf8)
            }
        }.joined(separator: "\n")
    }()
}
