// SPDX-License-Identifier: Apache-2.0

/// Writes CSV as RFC 4180 has it: CRLF after each record, quotes where they are needed.
///
/// Texts go out so that no spreadsheet takes them for a formula (`CSVFormula`); numbers are ours and go out as they are.
public struct CSVWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []
    private var isFirst = true
    private var recordStart = 0

    /// An empty one.
    public init() {}

    /// Adds a text of somebody's.
    public mutating func text(_ text: String) {
        field(CSVFormula.defused(text).utf8)
    }

    /// Adds an empty field where there is none.
    public mutating func optionalText(_ text: String?) {
        self.text(text ?? "")
    }

    /// Adds a number; nothing for nil.
    public mutating func number(_ number: Int64?) {
        if let number { field("\(number)".utf8) } else { field("".utf8) }
    }

    /// Ends the record.
    public mutating func endRecord() {
        // One empty field alone would be a line with nothing on it, which readers pass over.
        if bytes.count == recordStart { bytes += [UInt8(ascii: "\""), UInt8(ascii: "\"")] }
        bytes += [0x0D, 0x0A]
        isFirst = true
        recordStart = bytes.count
    }

    private mutating func field(_ text: some Collection<UInt8>) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        let quote = UInt8(ascii: "\"")
        // Spaces at the ends are kept by readers that would trim a bare field.
        let needsQuotes =
            text.contains { $0 == quote || $0 == UInt8(ascii: ",") || $0 == 0x0A || $0 == 0x0D }
            || text.first == 0x20 || text.prefix(2).elementsEqual([0xEF, 0xBB])
        guard needsQuotes else {
            bytes += text
            return
        }
        bytes.append(quote)
        for octet in text {
            if octet == quote { bytes.append(quote) }
            bytes.append(octet)
        }
        bytes.append(quote)
    }
}

/// Keeps spreadsheets from running what customers have written: a text that begins like a formula gets an apostrophe before it, and
/// loses it again when it is read back.
public enum CSVFormula {
    /// What spreadsheets begin a formula with.
    private static let starts: Set<Unicode.Scalar> = ["=", "+", "-", "@", "\t", "\r", "\n"]
    private static let apostrophe: Unicode.Scalar = "'"

    /// The text, with one apostrophe more where a formula would begin, be it behind apostrophes.
    public static func defused(_ text: String) -> String {
        beginsFormula(text.unicodeScalars[...]) ? "'" + text : text
    }

    /// The text as it was before `defused`.
    public static func restored(_ text: String) -> String {
        guard text.unicodeScalars.first == apostrophe else { return text }
        let rest = text.unicodeScalars.dropFirst()
        return beginsFormula(rest) ? String(rest) : text
    }

    private static func beginsFormula(_ text: Substring.UnicodeScalarView) -> Bool {
        text.first { $0 != apostrophe }.map(starts.contains) ?? false
    }
}
