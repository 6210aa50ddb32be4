// SPDX-License-Identifier: Apache-2.0

/// How much of a table in text is held at a time, whatever its length.
public struct TableLimits: Sendable, Hashable {
    /// Octets of one record, its quotes and separators included: a product with a description of 20,000 characters in three
    /// octets each fits.
    public var recordMax = 96 * 1024
    /// Fields of one record.
    public var fieldCountMax = 64

    /// The default limits.
    public init() {}
}

/// What is wrong with a record. A fault never ends a file: reading goes on with the next line.
public enum TableFault: String, Error, Sendable, Hashable, CaseIterable {
    /// A quote inside a field that does not begin with one, or something after a closing quote.
    case strayQuote = "stray-quote"
    /// The file ends inside quotes.
    case openQuote = "open-quote"
    /// A CR that no LF follows, outside of quotes.
    case strayReturn = "stray-return"
    /// Longer than `TableLimits.recordMax`.
    case recordTooLong = "record-too-long"
    /// More fields than `TableLimits.fieldCountMax`.
    case tooManyFields = "too-many-fields"
    /// Octets that are no UTF-8.
    case notUTF8 = "not-utf8"
}

/// Where a reader stands in its file: another one that begins there reads the same.
public struct TablePosition: Sendable, Hashable {
    /// Octets before it.
    public var offset: Int
    /// The number of the line that begins there, from 1.
    public var line: Int

    /// The beginning of a file.
    public static let start = TablePosition(offset: 0, line: 1)

    /// A position that a reader has told before.
    public init(offset: Int, line: Int) {
        self.offset = offset
        self.line = line
    }
}

/// One record, or what is wrong with it.
public struct TableRecord<Content: Sendable>: Sendable {
    /// The number of its first line, from 1.
    public let line: Int
    /// What it holds.
    public let content: Result<Content, TableFault>
    /// Behind its end of line.
    public let end: TablePosition

    /// Puts one together.
    public init(line: Int, content: Result<Content, TableFault>, end: TablePosition) {
        self.line = line
        self.content = content
        self.end = end
    }
}

extension TableRecord: Equatable where Content: Equatable {}
