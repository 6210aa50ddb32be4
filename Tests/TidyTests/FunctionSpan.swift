// SPDX-License-Identifier: Apache-2.0

/// A function with a body, and the lines it spans.
struct FunctionSpan: Equatable {
    let name: String
    let firstLine: Int
    let lineCount: Int

    /// All functions, initialisers and subscripts of a file, outer ones included.
    static func all(in text: SwiftText) -> [FunctionSpan] {
        let code = text.code
        var spans: [FunctionSpan] = []
        var line = 1
        var index = 0
        while index < code.count {
            if code[index] == UInt8(ascii: "\n") { line += 1 }
            if let (name, after) = head(in: code, at: index), let lines = bodyLines(in: code, from: after) {
                spans.append(FunctionSpan(name: name, firstLine: line, lineCount: lines))
            }
            index += 1
        }
        return spans
    }

    /// `func name`, `init` or `subscript` as a whole word, and the index of what follows.
    private static func head(in code: [UInt8], at index: Int) -> (name: String, after: Int)? {
        if index > 0,
            isWord(code[index - 1]) || code[index - 1] == UInt8(ascii: ".") || code[index - 1] == UInt8(ascii: "`")
        {
            return nil
        }
        for keyword in ["func", "init", "subscript"] {
            let end = index + keyword.count
            guard end < code.count, keyword.utf8.elementsEqual(code[index..<end]), !isWord(code[end]) else { continue }
            if keyword != "func" {
                let opens =
                    code[end] == UInt8(ascii: "(") || code[end] == UInt8(ascii: "?") || code[end] == UInt8(ascii: "<")
                    || code[end] == UInt8(ascii: "!")
                return opens ? (keyword, end) : nil
            }
            var cursor = end
            while cursor < code.count, code[cursor] == UInt8(ascii: " ") { cursor += 1 }
            let start = cursor
            while cursor < code.count, code[cursor] != UInt8(ascii: "("), code[cursor] != UInt8(ascii: "<"),
                code[cursor] != UInt8(ascii: " ")
            { cursor += 1 }
            return (String(decoding: code[start..<cursor], as: UTF8.self), cursor)
        }
        return nil
    }

    /// The lines from the head to the closing brace; nil for a requirement of a protocol and for a call of `init`.
    private static func bodyLines(in code: [UInt8], from start: Int) -> Int? {
        var parentheses = 0
        var lines = 1
        var cursor = start
        var word = ""
        while cursor < code.count {
            let character = code[cursor]
            if character == UInt8(ascii: "\n") { lines += 1 }
            if character == UInt8(ascii: "(") || character == UInt8(ascii: "[") { parentheses += 1 }
            if character == UInt8(ascii: ")") || character == UInt8(ascii: "]") { parentheses -= 1 }
            if parentheses < 0 { return nil }
            if parentheses == 0 {
                if character == UInt8(ascii: "{") { return closing(in: code, from: cursor).map { lines + $0 } }
                if character == UInt8(ascii: "}") || character == UInt8(ascii: "=") { return nil }
                if isWord(character) {
                    word.unicodeScalars.append(Unicode.Scalar(character))
                } else {
                    if ["func", "var", "let", "case", "init", "struct", "class", "enum", "return"].contains(word) {
                        return nil
                    }
                    word = ""
                }
            }
            cursor += 1
        }
        return nil
    }

    private static func closing(in code: [UInt8], from start: Int) -> Int? {
        var depth = 0
        var lines = 0
        for character in code[start...] {
            if character == UInt8(ascii: "\n") { lines += 1 }
            if character == UInt8(ascii: "{") { depth += 1 }
            if character == UInt8(ascii: "}") {
                depth -= 1
                if depth == 0 { return lines }
            }
        }
        return nil
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte >= 0x80 || byte == UInt8(ascii: "_") || Character(Unicode.Scalar(byte)).isLetter
            || Character(Unicode.Scalar(byte)).isNumber
    }
}
