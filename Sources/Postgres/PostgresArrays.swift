// SPDX-License-Identifier: Apache-2.0

/// Writes a one-dimensional array in PostgreSQL's binary form.
///
/// Shape: dimensions (0 when empty, else 1), null flag, element type, length, lower bound 1; then each element as its
/// length (-1 for NULL) and bytes, all big-endian 32-bit integers.
@usableFromInline
struct PostgresArrayWriter {
    @usableFromInline let start: Int
    @usableFromInline let expected: Int
    @usableFromInline var written = 0
    @usableFromInline var hasNull = false

    @inlinable
    init(element: PostgresType, count: Int, into buffer: inout PostgresBuffer) {
        start = buffer.count
        expected = count
        buffer.write(Int32(count == 0 ? 0 : 1))
        buffer.write(Int32(0))
        buffer.write(element.rawValue)
        if count > 0 {
            buffer.write(Int32(truncatingIfNeeded: count))
            buffer.write(Int32(1))
        }
    }

    @inlinable
    mutating func append<Element: PostgresScalar>(_ element: Element, into buffer: inout PostgresBuffer) {
        let mark = buffer.count
        buffer.write(Int32(0))
        element.write(into: &buffer)
        buffer.patch(Int32(truncatingIfNeeded: buffer.count - mark - 4), at: mark)
        written += 1
    }

    @inlinable
    mutating func appendNull(into buffer: inout PostgresBuffer) {
        hasNull = true
        buffer.write(Int32(-1))
        written += 1
    }

    @inlinable
    mutating func finish(into buffer: inout PostgresBuffer) {
        precondition(written == expected, "a collection changed while it was encoded")
        if hasNull { buffer.patch(1, at: start + 4) }
    }
}

/// Reads a one-dimensional array from PostgreSQL's binary form, element by element.
struct PostgresArrayReader {
    let count: Int
    private let cell: PostgresCell
    private let element: PostgresType
    private var rest: UnsafeRawBufferPointer
    private var left: Int

    init(_ cell: PostgresCell) throws(PostgresError) {
        self.cell = cell
        guard let bytes = cell.bytes else { throw cell.failure("is NULL") }
        guard bytes.count >= 12 else { throw cell.failure("is no array") }
        let dimensions = bytes.int32(at: 0)
        element = PostgresType(rawValue: UInt32(bitPattern: bytes.int32(at: 8)))
        guard (0...1).contains(dimensions) else { throw cell.failure("has \(dimensions) dimensions") }
        if dimensions == 0 {
            (count, left) = (0, 0)
            rest = UnsafeRawBufferPointer(rebasing: bytes[12...])
            return
        }
        guard bytes.count >= 20 else { throw cell.failure("is a truncated array") }
        let length = Int(bytes.int32(at: 12))
        // Each element has at least its four bytes of length: this bounds what a malformed count could reserve.
        guard length >= 0, length <= (bytes.count - 20) / 4 else { throw cell.failure("is a truncated array") }
        (count, left) = (length, length)
        rest = UnsafeRawBufferPointer(rebasing: bytes[20...])
    }

    /// The next element, or nil at the end. Valid as long as the array's cell.
    mutating func next() throws(PostgresError) -> PostgresCell? {
        guard left > 0 else { return nil }
        left -= 1
        guard rest.count >= 4 else { throw cell.failure("is a truncated array") }
        let length = Int(rest.int32(at: 0))
        if length < 0 {
            rest = UnsafeRawBufferPointer(rebasing: rest[4...])
            return PostgresCell(type: element, bytes: nil, column: cell.column)
        }
        guard rest.count >= 4 + length else { throw cell.failure("is a truncated array") }
        let bytes = UnsafeRawBufferPointer(rebasing: rest[4..<(4 + length)])
        rest = UnsafeRawBufferPointer(rebasing: rest[(4 + length)...])
        return PostgresCell(type: element, bytes: bytes, column: cell.column)
    }
}

extension UnsafeRawBufferPointer {
    func int32(at offset: Int) -> Int32 {
        Int32(bigEndian: loadUnaligned(fromByteOffset: offset, as: Int32.self))
    }
}
