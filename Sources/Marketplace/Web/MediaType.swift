// SPDX-License-Identifier: Apache-2.0

/// A Content-Type, read so that two spellings of one type can be seen to be equal (RFC 9110 §8.3.1).
struct MediaType {
    enum BodyForm {
        case json, form, multipart, other
    }

    /// Type and subtype in lower case.
    let essence: String
    /// Names in lower case, values unquoted, without `boundary`; sorted by name.
    let parameters: [(name: String, value: String)]
    /// One spelling for all that mean the same.
    let canonical: String

    /// What nearly every request sends, read once.
    private static let plainJSON = MediaType(reading: "application/json")

    /// Reads a field value; nil when it has no type.
    init?(_ text: String) {
        if text.utf8.elementsEqual("application/json".utf8), let plain = Self.plainJSON {
            self = plain
        } else {
            self.init(reading: text)
        }
    }

    private init?(reading text: String) {
        var pieces = Self.split(text)
        guard !pieces.isEmpty else { return nil }
        essence = Self.trimmed(pieces.removeFirst()).lowercased()
        guard !essence.isEmpty else { return nil }
        var parameters: [(name: String, value: String)] = []
        for piece in pieces {
            guard let equals = piece.firstIndex(of: "=") else { continue }
            let name = Self.trimmed(piece[..<equals]).lowercased()
            var value = Self.unquoted(Self.trimmed(piece[piece.index(after: equals)...]))
            if name == "charset" { value = value.lowercased() }
            if name != "boundary" { parameters.append((name, value)) }
        }
        if !parameters.contains(where: { $0.name == "charset" }) { parameters.append(("charset", "utf-8")) }
        self.parameters = parameters.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        canonical = self.parameters.reduce(into: essence) { $0 += ";\($1.name)=\"\($1.value)\"" }
    }

    var bodyForm: BodyForm {
        if essence == "application/json" || essence.hasSuffix("+json") { return .json }
        return switch essence {
        case "application/x-www-form-urlencoded": .form
        case "multipart/form-data": .multipart
        default: .other
        }
    }

    /// The pieces between semicolons that stand outside quotes.
    private static func split(_ text: String) -> [Substring] {
        var pieces: [Substring] = []
        var start = text.startIndex
        var isQuoted = false
        var isEscaped = false
        for index in text.indices {
            if isEscaped {
                isEscaped = false
            } else if text[index] == "\\", isQuoted {
                isEscaped = true
            } else if text[index] == "\"" {
                isQuoted.toggle()
            } else if text[index] == ";", !isQuoted {
                pieces.append(text[start..<index])
                start = text.index(after: index)
            }
        }
        pieces.append(text[start...])
        return pieces
    }

    private static func trimmed(_ text: Substring) -> Substring {
        text.drop { $0 == " " || $0 == "\t" }.trimmingSuffix { $0 == " " || $0 == "\t" }
    }

    private static func unquoted(_ text: Substring) -> String {
        guard text.count >= 2, text.first == "\"", text.last == "\"" else { return String(text) }
        var output = ""
        var isEscaped = false
        for character in text.dropFirst().dropLast() {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                output.append(character)
                isEscaped = false
            }
        }
        return output
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while isDropped: (Character) -> Bool) -> Substring {
        var end = endIndex
        while end > startIndex, isDropped(self[index(before: end)]) { end = index(before: end) }
        return self[..<end]
    }
}
