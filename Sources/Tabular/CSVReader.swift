// SPDX-License-Identifier: Apache-2.0

/// Takes CSV apart as it arrives: RFC 4180, with LF as well as CRLF, and a byte order mark that is overlooked.
///
/// ```swift
/// var reader = CSVReader()
/// for block in blocks {
///     var rest = block[...]
///     while let record = reader.next(&rest) { … }
/// }
/// if let last = reader.finish() { … }
/// ```
/// The same records come out wherever the octets are cut. Lines with nothing on them are passed over. Of a record with a fault
/// nothing but the fault is told; a fault in the use of quotes ends with the line, since nobody can say where the quotes were meant
/// to end.
///
/// - Cost: one pass; holds one record, at most `TableLimits.recordMax` octets and an index of its fields.
public struct CSVReader: Sendable {
    private enum State: Sendable {
        /// Before the first octet of a field.
        case fieldStart
        case plain
        case quoted
        /// A quote inside quotes: the end, or the first of two.
        case quoteInQuoted
        /// A CR outside of quotes.
        case carriageReturn
        /// After a fault about quotes: until the end of the line.
        case skipping
    }

    private var record: RecordDraft
    private var state = State.fieldStart
    private var hasQuotes = false
    /// Lines that the record has ended inside of quotes.
    private var lines = 0
    private var mark: ByteOrderMark

    /// Begins at the start of a file, or where another reader stood.
    public init(at position: TablePosition = .start, limits: TableLimits = TableLimits()) {
        record = RecordDraft(start: position, limits: limits)
        mark = ByteOrderMark(isAtStart: position.offset == 0)
    }

    /// Octets that are held.
    public var heldByteCount: Int { record.heldByteCount }

    /// Reads on to the end of a record; nil once `input` is used up, which is left empty then.
    public mutating func next(_ input: inout ArraySlice<UInt8>) -> TableRecord<[String]>? {
        while let octet = input.popFirst() {
            record.length += 1
            if mark.holds(octet) { continue }
            takeWhatIsNoMark()
            if let record = take(octet) { return record }
        }
        return nil
    }

    /// The last record, where no end of line follows it; nil where one did.
    public mutating func finish() -> TableRecord<[String]>? {
        takeWhatIsNoMark()
        guard record.length > mark.length else { return nil }
        switch state {
        case .quoted: record.note(.openQuote)
        case .carriageReturn: record.note(.strayReturn)
        case .fieldStart, .plain, .quoteInQuoted, .skipping: break
        }
        return endRecord()
    }

    /// These are octets within a field, whichever they are: no record ends with one.
    private mutating func takeWhatIsNoMark() {
        for octet in mark.givenBack() { _ = take(octet) }
    }

    private mutating func take(_ octet: UInt8) -> TableRecord<[String]>? {
        let quote = UInt8(ascii: "\""), comma = UInt8(ascii: ",")
        switch (state, octet) {
        case (.quoted, quote): state = .quoteInQuoted
        case (.quoted, _):
            if octet == 0x0A { lines += 1 }
            record.append(octet)
        case (_, 0x0A): return endRecord()
        case (.skipping, _): break
        case (.carriageReturn, _): skip(.strayReturn)
        case (_, 0x0D): state = .carriageReturn
        case (_, comma):
            record.endField()
            state = .fieldStart
        case (.fieldStart, quote):
            hasQuotes = true
            state = .quoted
        case (.quoteInQuoted, quote):
            record.append(octet)
            state = .quoted
        case (.plain, quote), (.quoteInQuoted, _): skip(.strayQuote)
        case (.fieldStart, _), (.plain, _):
            record.append(octet)
            state = .plain
        }
        return nil
    }

    private mutating func skip(_ fault: TableFault) {
        record.note(fault)
        state = .skipping
    }

    private mutating func endRecord() -> TableRecord<[String]>? {
        record.endField()
        let isBlank = record.isEmpty && !hasQuotes
        let ended = record.end(after: lines + 1)
        (state, hasQuotes, lines, mark) = (.fieldStart, false, 0, ByteOrderMark(isAtStart: false))
        return isBlank ? nil : ended
    }
}
