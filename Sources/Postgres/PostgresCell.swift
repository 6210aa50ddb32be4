// SPDX-License-Identifier: Apache-2.0

/// One value of a result, in binary form, while it is decoded.
///
/// The bytes belong to the result: a decoder copies what it keeps and never stores the cell.
public struct PostgresCell {
    /// The column's type.
    public let type: PostgresType
    /// The value's bytes; nil is NULL.
    public let bytes: UnsafeRawBufferPointer?
    /// The column's position, for messages.
    public let column: Int

    /// Whether the value is NULL.
    public var isNull: Bool { bytes == nil }

    /// The bytes of a value that must not be NULL.
    ///
    /// - Parameter count: the exact length that the type has, if fixed.
    /// - Throws: `.decoding` when NULL or of another length.
    public func required(count: Int? = nil) throws(PostgresError) -> UnsafeRawBufferPointer {
        guard let bytes else { throw failure("is NULL") }
        if let count, bytes.count != count { throw failure("has \(bytes.count) bytes instead of \(count)") }
        return bytes
    }

    /// An integer of the column's own width, widened.
    func integer() throws(PostgresError) -> Int64 {
        switch type {
        case .int2: Int64(try load(Int16.self))
        case .int4: Int64(try load(Int32.self))
        case .int8: try load(Int64.self)
        case .oid: Int64(try load(UInt32.self))
        default: throw mismatch("an integer")
        }
    }

    func load<Integer: FixedWidthInteger>(_: Integer.Type) throws(PostgresError) -> Integer {
        let bytes = try required(count: MemoryLayout<Integer>.size)
        return Integer(bigEndian: bytes.loadUnaligned(as: Integer.self))
    }

    /// The error for a value that does not fit; it never holds the value.
    public func failure(_ what: String) -> PostgresError {
        PostgresError(.decoding, outcome: .unknown, "column \(column) \(what)")
    }

    func mismatch(_ wanted: String) -> PostgresError {
        let hint = type == .numeric ? " (numeric: cast it in the statement)" : ""
        return failure("has type \(type.rawValue), which is not \(wanted)\(hint)")
    }
}
