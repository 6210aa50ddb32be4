// SPDX-License-Identifier: Apache-2.0

/// A value that can be a statement's parameter.
public protocol PostgresEncodable: Sendable {
    /// The type that the parameter is declared with.
    static var postgresType: PostgresType { get }
    /// Appends the binary form; false, with nothing appended, stands for NULL.
    func encode(into buffer: inout PostgresBuffer) -> Bool
}

/// A value that can be read from a result's column.
public protocol PostgresDecodable: Sendable {
    /// Reads one cell.
    ///
    /// - Throws: `.decoding` when the column's type does not fit, the value is NULL, or the bytes are malformed.
    static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self
}

/// What an array may hold; `UInt8` too, whose array is `bytea`.
public protocol PostgresArrayElement: Sendable {
    /// The type of an array parameter of these elements.
    static var postgresArrayType: PostgresType { get }
    /// Appends the binary form of the whole array.
    static func encodeArray(_ array: [Self], into buffer: inout PostgresBuffer)
    /// Reads the whole array.
    static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [Self]
}

/// A single, non-null value: a parameter, a column, or an element of an array.
public protocol PostgresScalar: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// The type of one value.
    static var postgresScalarType: PostgresType { get }
    /// Appends the binary form.
    func write(into buffer: inout PostgresBuffer)
}

extension PostgresScalar {
    /// The parameter's type.
    @inlinable
    public static var postgresType: PostgresType { postgresScalarType }

    /// Appends the binary form.
    @inlinable
    public func encode(into buffer: inout PostgresBuffer) -> Bool {
        write(into: &buffer)
        return true
    }

    /// Appends the binary form of all elements.
    @inlinable
    public static func encodeArray(_ array: [Self], into buffer: inout PostgresBuffer) {
        var writer = PostgresArrayWriter(element: postgresScalarType, count: array.count, into: &buffer)
        for element in array { writer.append(element, into: &buffer) }
        writer.finish(into: &buffer)
    }

    /// Reads all elements; throws `.decoding` when they do not fit.
    public static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [Self] {
        var reader = try PostgresArrayReader(cell)
        var array: [Self] = []
        array.reserveCapacity(reader.count)
        while let element = try reader.next() { array.append(try decode(element)) }
        return array
    }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    /// The parameter's type.
    @inlinable
    public static var postgresType: PostgresType { Wrapped.postgresType }

    /// Appends the binary form.
    @inlinable
    public func encode(into buffer: inout PostgresBuffer) -> Bool {
        self?.encode(into: &buffer) ?? false
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    /// Reads one cell; throws `.decoding` when it does not fit.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self {
        cell.isNull ? nil : try Wrapped.decode(cell)
    }
}

extension Optional: PostgresArrayElement where Wrapped: PostgresScalar {
    /// The wrapped type's array.
    @inlinable
    public static var postgresArrayType: PostgresType { Wrapped.postgresArrayType }

    /// Appends the binary form of all elements.
    @inlinable
    public static func encodeArray(_ array: [Self], into buffer: inout PostgresBuffer) {
        var writer = PostgresArrayWriter(element: Wrapped.postgresScalarType, count: array.count, into: &buffer)
        for element in array {
            if let element { writer.append(element, into: &buffer) } else { writer.appendNull(into: &buffer) }
        }
        writer.finish(into: &buffer)
    }

    /// Reads all elements; throws `.decoding` when they do not fit.
    public static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [Self] {
        var reader = try PostgresArrayReader(cell)
        var array: [Self] = []
        array.reserveCapacity(reader.count)
        while let element = try reader.next() {
            array.append(element.isNull ? nil : try Wrapped.decode(element))
        }
        return array
    }
}

extension Array: PostgresEncodable where Element: PostgresArrayElement {
    /// The parameter's type.
    @inlinable
    public static var postgresType: PostgresType { Element.postgresArrayType }

    /// Appends the binary form.
    @inlinable
    public func encode(into buffer: inout PostgresBuffer) -> Bool {
        Element.encodeArray(self, into: &buffer)
        return true
    }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
    /// Reads one cell; throws `.decoding` when it does not fit.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self {
        try Element.decodeArray(cell)
    }
}
