// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// Reads the fields of an uploaded document and collects what is wrong with them.
final class KYCForm {
    private let parts: [FormPart]
    private(set) var problems: [Problem.Item] = []

    /// India's hours before Greenwich, all year, in seconds.
    private static let zone: Int64 = 19_800

    init(_ parts: [FormPart]) { self.parts = parts }

    /// The only part of a name; noted where there are several.
    private func part(_ name: String) -> FormPart? {
        let named = parts.filter { $0.name == name }
        if named.count > 1 { note(name, "repeated", "is repeated") }
        return named.first
    }

    private func note(_ name: String, _ code: String, _ message: String) {
        problems.append(.init(pointer: "/" + name, code: code, message: message))
    }

    func file(_ name: String) -> FormPart? {
        guard let part = part(name), part.fileName != nil else {
            note(name, "required", "a file is required")
            return nil
        }
        guard part.size > 0 else {
            note(name, "too-short", "is empty")
            return nil
        }
        return part
    }

    func text(_ name: String, maximum: Int) -> String? {
        guard let part = part(name) else { return nil }
        guard let text = part.text, (1...maximum).contains(text.unicodeScalars.count),
            !text.utf8.contains(where: { $0 < 0x20 })
        else {
            note(name, "invalid", "a text of 1 to \(maximum) characters is expected")
            return nil
        }
        return text
    }

    func choice(_ name: String) -> KYCDocumentType? {
        guard let part = part(name) else {
            note(name, "required", "is required")
            return nil
        }
        guard let type = part.text.flatMap({ KYCDocumentType(rawValue: $0) }) else {
            note(name, "invalid", "one of \(KYCDocumentType.allCases.map(\.rawValue).joined(separator: ", "))")
            return nil
        }
        return type
    }

    /// A day that is not over where sellers are, `YYYY-MM-DD`, as it was written.
    func lastDay(_ name: String, now: Timestamp) -> String? {
        guard let part = part(name) else { return nil }
        let pieces = (part.text ?? "").split(separator: "-", omittingEmptySubsequences: false)
        let numbers = pieces.compactMap { piece in
            piece.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int64(piece) : nil
        }
        guard pieces.map(\.utf8.count) == [4, 2, 2], numbers.count == 3, numbers[0] >= 1900,
            let day = CivilDate(year: numbers[0], month: numbers[1], day: numbers[2])
        else {
            note(name, "invalid", "a day is expected, YYYY-MM-DD")
            return nil
        }
        guard day.daysSince1970 >= (now.seconds + Self.zone) / 86_400 else {
            note(name, "past", "the day is over: the document proves nothing any more")
            return nil
        }
        return part.text
    }

    func flag(_ name: String) -> Bool {
        guard let part = part(name) else { return false }
        switch part.text {
        case "true": return true
        case "false": return false
        default:
            note(name, "invalid", "true or false is expected")
            return false
        }
    }
}
