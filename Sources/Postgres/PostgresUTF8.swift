// SPDX-License-Identifier: Apache-2.0

/// `text` whose UTF-8 is at hand as bytes: written without a string in between.
public struct PostgresUTF8: PostgresScalar {
    /// The text's octets; the server refuses what is not UTF-8.
    public let bytes: [UInt8]

    /// Takes the octets of a text.
    @inlinable
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// `text`.
    public static var postgresScalarType: PostgresType { .text }
    /// `text[]`.
    public static var postgresArrayType: PostgresType { .textArray }

    /// Appends the binary form.
    @inlinable
    public func write(into buffer: inout PostgresBuffer) { buffer.write(bytes: bytes) }

    /// Reads one cell; throws `.decoding` when it does not fit.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> PostgresUTF8 {
        PostgresUTF8(Array(try String.decode(cell).utf8))
    }
}
