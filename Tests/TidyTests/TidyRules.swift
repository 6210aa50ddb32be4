// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The rules, each a function from files to findings, so that the tests can also show them files that break them.
enum TidyRules {
    /// Files longer than this are cut; aim at half of it.
    static let fileLinesMax = 400
    static let functionLinesMax = 70

    static func header(_ file: SourceFile) -> [Finding] {
        let mark = file.path.hasSuffix(".sql") ? "-- " : "// "
        return file.text.hasPrefix(mark + "SPDX-License-Identifier: Apache-2.0\n")
            ? [] : [Finding(path: file.path, line: 1, message: "the first line must be the SPDX header")]
    }

    static func fileSize(_ file: SourceFile) -> [Finding] {
        guard file.lineCount > fileLinesMax else { return [] }
        return [Finding(path: file.path, line: file.lineCount, message: "more than \(fileLinesMax) lines")]
    }

    static func functionSize(_ file: SourceFile) -> [Finding] {
        FunctionSpan.all(in: file.swift).filter { $0.lineCount > functionLinesMax }.map {
            Finding(path: file.path, line: $0.firstLine, message: "\($0.name) has \($0.lineCount) lines")
        }
    }

    /// What stops the process for everyone, or says that something is not finished.
    static func bannedWords(_ file: SourceFile) -> [Finding] {
        let text = file.swift
        let traps = /\b(try!|as!|fatalError\b)/
        // Built from halves, so that this file does not contain them.
        let unfinished = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
        var findings: [Finding] = []
        for (index, line) in text.codeLines.enumerated() {
            if let match = line.firstMatch(of: traps) {
                findings.append(.init(path: file.path, line: index + 1, message: "\(match.output.0) traps"))
            }
        }
        for (index, line) in text.commentLines.enumerated() {
            for word in unfinished where line.contains(word) {
                findings.append(.init(path: file.path, line: index + 1, message: "unfinished: \(word)"))
            }
        }
        return findings
    }

    /// A file name says what is in it.
    static func fileName(_ file: SourceFile) -> [Finding] {
        let stem = file.name.split(separator: ".").first.map(String.init) ?? ""
        let empty = ["Utils", "Util", "Helpers", "Helper", "Common", "Misc", "Manager", "Placeholder"]
        return empty.filter { stem.hasSuffix($0) }.map {
            Finding(path: file.path, line: 1, message: "a name on …\($0) says nothing")
        }
    }

    static let withoutFoundation = [
        "Sources/Runtime/", "Sources/Crypto/", "Sources/HTTPClient/", "Sources/Postgres/", "Sources/Redis/",
        "Sources/HTTP/",
        "Sources/Actors/", "Sources/LocalServices/",
    ]

    static func foundation(_ file: SourceFile) -> [Finding] {
        guard withoutFoundation.contains(where: file.path.hasPrefix) else { return [] }
        return file.swift.codeLines.enumerated().compactMap { index, line in
            line.contains(/\bimport\s+(\w+\s+)?Foundation/)
                ? Finding(path: file.path, line: index + 1, message: "infrastructure links no Foundation") : nil
        }
    }

    /// Libraries log; only the programs print.
    static func printing(_ file: SourceFile) -> [Finding] {
        let programs = ["Sources/Server/", "Sources/Bench/", "Sources/Sandbox/"]
        if programs.contains(where: file.path.hasPrefix) { return [] }
        return file.swift.codeLines.enumerated().compactMap { index, line in
            line.contains(/(^|[^.\w])(print|debugPrint|dump)\(/)
                ? Finding(path: file.path, line: index + 1, message: "a library logs, it does not print") : nil
        }
    }

    /// Places that the compiler takes on trust, each with a comment near it that names what makes it safe.
    static func trusted(_ file: SourceFile) -> (count: Int, uncommented: [Finding]) {
        let text = file.swift
        let comments = text.commentLines
        var count = 0
        var findings: [Finding] = []
        for (index, line) in text.codeLines.enumerated()
        where line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)") {
            count += 1
            let near = comments[max(0, index - 8)...index]
            if !near.contains(where: { !$0.trimmingCharacters(in: .whitespaces).isEmpty }) {
                findings.append(.init(path: file.path, line: index + 1, message: "no comment names the invariant"))
            }
        }
        return (count, findings)
    }

    /// Only a caller that is parked, or has nothing more to do here, may await.
    static func awaiting(_ file: SourceFile) -> [Finding] {
        file.swift.codeLines.enumerated().compactMap { index, line in
            line.contains(/\bawait\b/) && !line.contains(/\breturn try await\b|\bawait withLoopContinuation\b/)
                ? Finding(path: file.path, line: index + 1, message: "others come in between") : nil
        }
    }

    /// Sleeping is not synchronising.
    static func sleeping(_ file: SourceFile) -> [Finding] {
        file.swift.codeLines.enumerated().compactMap { index, line in
            line.contains(/\bTask\.sleep\b|(^|[^.\w])(sleep|nanosleep)\(/)
                ? Finding(path: file.path, line: index + 1, message: "a test waits for something, never for time") : nil
        }
    }
}
