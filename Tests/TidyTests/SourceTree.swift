// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// One file of the checkout.
struct SourceFile: Sendable, CustomTestStringConvertible {
    /// Relative to the checkout, for example `Sources/Runtime/EventLoop.swift`.
    let path: String
    let text: String
    /// Taken apart once; every rule reads it.
    let swift: SwiftText

    init(path: String, text: String) {
        self.path = path
        self.text = text
        swift = SwiftText(path.hasSuffix(".swift") ? text : "")
    }

    var name: String { String(path.split(separator: "/").last ?? "") }
    var lineCount: Int {
        text.split(separator: "\n", omittingEmptySubsequences: false).count - (text.hasSuffix("\n") ? 1 : 0)
    }
    var testDescription: String { path }

    /// The folder under `Sources/Marketplace`, when it is a bounded context's (or Web, App, Core); or `Bench`.
    var place: String? {
        let parts = path.split(separator: "/")
        if path.hasPrefix("Sources/Bench/") { return "Bench" }
        return parts.count > 3 && parts[0] == "Sources" && parts[1] == "Marketplace" ? String(parts[2]) : nil
    }
}

/// The files that the rules read.
enum SourceTree {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let sources = files(below: "Sources", named: ".swift")
    static let tests = files(below: "Tests", named: ".swift")
    static let migrations = files(below: "migrations", named: ".sql")

    static func files(below folder: String, named suffix: String) -> [SourceFile] {
        let base = root.appendingPathComponent(folder)
        let paths = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(suffix) }.sorted().compactMap { path in
            guard let text = try? String(contentsOf: base.appendingPathComponent(path), encoding: .utf8) else {
                return nil
            }
            return SourceFile(path: folder + "/" + path, text: text)
        }
    }
}

/// A place where a rule is broken.
struct Finding: Equatable, CustomStringConvertible {
    let path: String
    let line: Int
    let message: String

    var description: String { "\(path):\(line): \(message)" }
}

extension [Finding] {
    /// One line each, for a failure's message.
    var list: String { "\n" + map(\.description).joined(separator: "\n") }
}
