// SPDX-License-Identifier: Apache-2.0

extension Int16: PostgresScalar {
    /// `smallint`.
    public static var postgresScalarType: PostgresType { .int2 }
    /// `smallint[]`.
    public static var postgresArrayType: PostgresType { .int2Array }

    /// Appends the binary form.
    @inlinable
    public func write(into buffer: inout PostgresBuffer) { buffer.write(self) }

    /// Reads one cell; throws `.decoding` when it does not fit.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Int16 {
        guard let value = Int16(exactly: try cell.integer()) else { throw cell.failure("exceeds 16 bits") }
        return value
    }
}

extension Int32: PostgresScalar {
    /// `integer`.
    public static var postgresScalarType: PostgresType { .int4 }
    /// `integer[]`.
    public static var postgresArrayType: PostgresType { .int4Array }

    /// Appends the binary form.
    @inlinable
    public func write(into buffer: inout PostgresBuffer) { buffer.write(self) }

    /// Reads one cell; throws `.decoding` when it does not fit.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Int32 {
        guard let value = Int32(exactly: try cell.integer()) else { throw cell.failure("exceeds 32 bits") }
        return value
    }
}

extension Int64: PostgresScalar {
    /// `bigint`.
    public static var postgresScalarType: PostgresType { .int8 }
    /// `bigint[]`.
    public static var postgresArrayType: PostgresType { .int8Array }

    /// Appends the binary form.
    @inlinable
    public func write(into buffer: inout PostgresBuffer) { buffer.write(self) }

    /// Reads one cell; throws `.decoding` when it does not fit.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Int64 { try cell.integer() }
}

/// `bigint`, like `Int64`.
extension Int: PostgresScalar {
    /// `bigint`.
    public static var postgresScalarType: PostgresType { .int8 }
    /// `bigint[]`.
    public static var postgresArrayType: PostgresType { .int8Array }

    /// Appends the binary form.
    @inlinable
    public func write(into buffer: inout PostgresBuffer) { buffer.write(Int64(self)) }

    /// Reads one cell; throws `.decoding` when it does not fit.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Int { Int(try cell.integer()) }
}

extension Bool: PostgresScalar {
    /// `boolean`.
    public static var postgresScalarType: PostgresType { .bool }
    /// `boolean[]`.
    public static var postgresArrayType: PostgresType { .boolArray }

    /// Appends the binary form.
    @inlinable
    public func write(into buffer: inout PostgresBuffer) { buffer.write(UInt8(self ? 1 : 0)) }

    /// Reads one cell; throws `.decoding` when it does not fit.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Bool {
        guard cell.type == .bool else { throw cell.mismatch("boolean") }
        return try cell.load(UInt8.self) != 0
    }
}

extension Double: PostgresScalar {
    /// `double precision`.
    public static var postgresScalarType: PostgresType { .float8 }
    /// `double precision[]`.
    public static var postgresArrayType: PostgresType { .float8Array }

    /// Appends the binary form.
    @inlinable
    public func write(into buffer: inout PostgresBuffer) { buffer.write(bitPattern) }

    /// Reads one cell; throws `.decoding` when it does not fit.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Double {
        switch cell.type {
        case .float8: Double(bitPattern: try cell.load(UInt64.self))
        case .float4: Double(Float(bitPattern: try cell.load(UInt32.self)))
        default: throw cell.mismatch("double precision")
        }
    }
}

/// `text`; columns of varchar, json, enum and citext types read as well.
extension String: PostgresScalar {
    /// `text`.
    public static var postgresScalarType: PostgresType { .text }
    /// `text[]`.
    public static var postgresArrayType: PostgresType { .textArray }

    /// Appends the binary form.
    @inlinable
    public func write(into buffer: inout PostgresBuffer) { buffer.write(bytes: utf8) }

    /// Reads one cell; throws `.decoding` when it does not fit.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> String {
        var bytes = try cell.required()
        if cell.type == .jsonb {
            bytes = try PostgresJSON.body(of: cell)
        } else if !cell.type.isText {
            throw cell.mismatch("text")
        }
        // The connection's encoding is UTF8, so the server has validated it; a repair would only hide a defect of its.
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// An array of bytes is `bytea`.
extension UInt8: PostgresArrayElement {
    /// `bytea`.
    public static var postgresArrayType: PostgresType { .bytea }

    /// Appends the binary form of all elements.
    public static func encodeArray(_ array: [UInt8], into buffer: inout PostgresBuffer) {
        buffer.write(bytes: array)
    }

    /// Reads all elements; throws `.decoding` when they do not fit.
    public static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [UInt8] {
        switch cell.type {
        case .bytea, .json: [UInt8](try cell.required())
        case .jsonb: [UInt8](try PostgresJSON.body(of: cell))
        default: throw cell.mismatch("bytea")
        }
    }
}

extension Array: PostgresArrayElement where Element == UInt8 {
    /// `bytea[]`.
    public static var postgresArrayType: PostgresType { .byteaArray }
}

/// `bytea`, and as an element `bytea[]`.
extension Array: PostgresScalar where Element == UInt8 {
    /// `bytea`.
    public static var postgresScalarType: PostgresType { .bytea }

    /// Appends the binary form.
    @inlinable
    public func write(into buffer: inout PostgresBuffer) { buffer.write(bytes: self) }
}
