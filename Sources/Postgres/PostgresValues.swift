// SPDX-License-Identifier: Apache-2.0

/// A `timestamptz`: microseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// `Int64.max` and `Int64.min` stand for PostgreSQL's `infinity` and `-infinity`.
public struct PostgresTimestamp: PostgresScalar, Hashable, Comparable {
    /// Microseconds since 1970.
    public let microseconds: Int64

    /// From 1970-01-01 to 2000-01-01, PostgreSQL's origin.
    @usableFromInline static let epoch: Int64 = 946_684_800_000_000

    /// Wraps microseconds since 1970.
    @inlinable
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Earlier first.
    public static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }

    /// `timestamptz`.
    public static var postgresScalarType: PostgresType { .timestamptz }
    /// `timestamptz[]`.
    public static var postgresArrayType: PostgresType { .timestamptzArray }

    /// Appends the binary form.
    @inlinable
    public func write(into buffer: inout PostgresBuffer) {
        if microseconds == .max {
            buffer.write(Int64.max)
        } else {
            let (value, overflow) = microseconds.subtractingReportingOverflow(Self.epoch)
            buffer.write(overflow ? Int64.min : value)
        }
    }

    /// Reads one cell; throws `.decoding` when it does not fit.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> PostgresTimestamp {
        guard cell.type == .timestamptz else { throw cell.mismatch("timestamptz") }
        let value = try cell.load(Int64.self)
        if value == .min { return PostgresTimestamp(microseconds: .min) }
        let (sum, overflow) = value.addingReportingOverflow(epoch)
        return PostgresTimestamp(microseconds: overflow ? .max : sum)
    }
}

/// A `uuid`: 16 bytes as two big-endian halves.
public struct PostgresUUID: PostgresScalar, Hashable {
    /// The first eight bytes.
    public let high: UInt64
    /// The last eight bytes.
    public let low: UInt64

    /// Makes a uuid from its halves.
    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Makes a uuid from exactly 16 bytes; nil for any other count.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The 16 bytes.
    public var bytes: [UInt8] {
        [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * UInt64($0))) } }
    }

    /// `uuid`.
    public static var postgresScalarType: PostgresType { .uuid }
    /// `uuid[]`.
    public static var postgresArrayType: PostgresType { .uuidArray }

    /// Appends the binary form.
    @inlinable
    public func write(into buffer: inout PostgresBuffer) {
        buffer.write(high)
        buffer.write(low)
    }

    /// Reads one cell; throws `.decoding` when it does not fit.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> PostgresUUID {
        guard cell.type == .uuid else { throw cell.mismatch("uuid") }
        let bytes = try cell.required(count: 16)
        return PostgresUUID(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
}

/// A `jsonb` as the bytes of its JSON text; columns of type `json` read as well.
public struct PostgresJSON: PostgresScalar, Hashable {
    /// UTF-8 JSON text.
    public let bytes: [UInt8]

    /// The first byte of the binary form.
    private static let version: UInt8 = 1

    /// Wraps JSON text, which the server validates.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Wraps JSON text, which the server validates.
    public init(_ text: String) {
        bytes = [UInt8](text.utf8)
    }

    /// The JSON text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// `jsonb`.
    public static var postgresScalarType: PostgresType { .jsonb }
    /// `jsonb[]`.
    public static var postgresArrayType: PostgresType { .jsonbArray }

    /// Appends the binary form.
    public func write(into buffer: inout PostgresBuffer) {
        buffer.write(Self.version)
        buffer.write(bytes: bytes)
    }

    /// Reads one cell; throws `.decoding` when it does not fit.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> PostgresJSON {
        switch cell.type {
        case .jsonb: PostgresJSON(bytes: [UInt8](try body(of: cell)))
        case .json: PostgresJSON(bytes: [UInt8](try cell.required()))
        default: throw cell.mismatch("jsonb")
        }
    }

    static func body(of cell: PostgresCell) throws(PostgresError) -> UnsafeRawBufferPointer {
        let bytes = try cell.required()
        guard bytes.first == version else { throw cell.failure("is jsonb of an unknown version") }
        return UnsafeRawBufferPointer(rebasing: bytes[1...])
    }
}
