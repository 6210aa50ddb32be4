// SPDX-License-Identifier: Apache-2.0

/// The text of a Swift file, taken apart into code, comments and string literals.
///
/// A scanner and no parser: it knows comments (nested), string literals (raw, multi-line, with interpolations) and nothing
/// else, which is what rules about words need.
struct SwiftText: Sendable {
    struct Literal: Sendable {
        let line: Int
        let text: String
    }

    /// The file with comments and string contents replaced by spaces; line breaks and length are kept.
    private(set) var code: [UInt8] = []
    /// The comments, line by line, blank elsewhere.
    private(set) var comments: [UInt8] = []
    /// String literals without their quotes; an interpolation stays as it is written.
    private(set) var literals: [Literal] = []

    private let source: [UInt8]
    private var position = 0
    private var line = 1

    init(_ text: String) {
        source = Array(text.utf8)
        while position < source.count { step() }
    }

    /// Code by line, first line first.
    var codeLines: [String] { Self.lines(code) }
    /// Comments by line, first line first.
    var commentLines: [String] { Self.lines(comments) }

    private static func lines(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: newline, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }

    private static let newline = UInt8(ascii: "\n")

    private enum Kind { case code, comment, text }

    private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
        position + offset < source.count ? Unicode.Scalar(source[position + offset]) : nil
    }

    private func isAt(_ mark: String) -> Bool {
        var offset = 0
        for character in mark.unicodeScalars {
            guard peek(offset) == character else { return false }
            offset += 1
        }
        return true
    }

    private mutating func take(_ kind: Kind) {
        let character = source[position]
        position += 1
        if character == Self.newline {
            line += 1
            code.append(character)
            comments.append(character)
        } else {
            code.append(kind == .code ? character : UInt8(ascii: " "))
            comments.append(kind == .comment ? character : UInt8(ascii: " "))
        }
    }

    private mutating func step() {
        if isAt("//") {
            while let next = peek(), next != "\n" { take(.comment) }
        } else if isAt("/*") {
            takeBlockComment()
        } else if peek() == "\"" || (peek() == "#" && hashesBeforeQuote() != nil) {
            takeString()
        } else {
            take(.code)
        }
    }

    private mutating func takeBlockComment() {
        var depth = 0
        repeat {
            if isAt("/*") {
                depth += 1
                take(.comment)
            } else if isAt("*/") {
                depth -= 1
                take(.comment)
            }
            take(.comment)
        } while depth > 0 && position < source.count
    }

    /// The number of `#` before an opening quote, or nil when this is not a string.
    private func hashesBeforeQuote() -> Int? {
        var count = 0
        while peek(count) == "#" { count += 1 }
        return peek(count) == "\"" ? count : nil
    }

    private mutating func takeString() {
        let hashes = hashesBeforeQuote() ?? 0
        let first = line
        for _ in 0..<hashes { take(.text) }
        let quote = isAt("\"\"\"") ? "\"\"\"" : "\""
        let end = quote + String(repeating: "#", count: hashes)
        let escape = "\\" + String(repeating: "#", count: hashes)
        for _ in quote { take(.text) }
        let start = position
        while position < source.count, !isAt(end) {
            if isAt(escape + "(") {
                for _ in escape { take(.text) }
                takeInterpolation()
            } else if isAt(escape) {
                for _ in escape { take(.text) }
                if position < source.count { take(.text) }
            } else if quote.count == 1, peek() == "\n" {
                break
            } else {
                take(.text)
            }
        }
        literals.append(Literal(line: first, text: String(decoding: source[start..<position], as: UTF8.self)))
        for _ in end where position < source.count { take(.text) }
    }

    private mutating func takeInterpolation() {
        var depth = 0
        repeat {
            if peek() == "\"" || (peek() == "#" && hashesBeforeQuote() != nil) {
                takeString()
                continue
            }
            if peek() == "(" { depth += 1 }
            if peek() == ")" { depth -= 1 }
            take(.code)
        } while depth > 0 && position < source.count
    }
}
