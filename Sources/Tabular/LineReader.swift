// SPDX-License-Identifier: Apache-2.0

/// Takes a text apart into its lines as it arrives, as JSON Lines has one value in each. LF or CRLF ends a line; lines with
/// nothing but white space are passed over; a byte order mark is overlooked.
///
/// The same lines come out wherever the octets are cut. Whether a line is UTF-8 is for whoever parses it.
///
/// - Cost: one pass; holds one line, at most `TableLimits.recordMax` octets.
public struct LineReader: Sendable {
    private let limits: TableLimits
    private var bytes: [UInt8] = []
    private var length = 0
    private var isTooLong = false
    private var start: TablePosition
    private var mark: ByteOrderMark

    /// Begins at the start of a file, or where another reader stood.
    public init(at position: TablePosition = .start, limits: TableLimits = TableLimits()) {
        start = position
        self.limits = limits
        mark = ByteOrderMark(isAtStart: position.offset == 0)
    }

    /// Octets that are held.
    public var heldByteCount: Int { bytes.capacity }

    /// Reads on to the end of a line; nil once `input` is used up, which is left empty then.
    public mutating func next(_ input: inout ArraySlice<UInt8>) -> TableRecord<[UInt8]>? {
        while let octet = input.popFirst() {
            length += 1
            if mark.holds(octet) { continue }
            bytes += mark.givenBack()
            if octet == 0x0A {
                if let line = end() { return line }
            } else if length > limits.recordMax {
                isTooLong = true
                bytes.removeAll(keepingCapacity: true)
            } else {
                bytes.append(octet)
            }
        }
        return nil
    }

    /// The last line, where no end of line follows it; nil where one did.
    public mutating func finish() -> TableRecord<[UInt8]>? {
        bytes += mark.givenBack()
        return length > mark.length ? end() : nil
    }

    private mutating func end() -> TableRecord<[UInt8]>? {
        let end = TablePosition(offset: start.offset + length, line: start.line + 1)
        if bytes.last == 0x0D { bytes.removeLast() }
        let isBlank = !isTooLong && bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 }
        let line = TableRecord<[UInt8]>(
            line: start.line, content: isTooLong ? .failure(.recordTooLong) : .success(bytes), end: end)
        start = end
        (length, isTooLong, mark) = (0, false, ByteOrderMark(isAtStart: false))
        bytes.removeAll(keepingCapacity: true)
        return isBlank ? nil : line
    }
}
