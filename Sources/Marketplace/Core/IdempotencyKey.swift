// SPDX-License-Identifier: Apache-2.0

/// Why a field value is no idempotency key.
public enum IdempotencyKeyError: Error, Hashable, Sendable {
    /// Nothing is in it.
    case empty
    /// It has more than ``IdempotencyKey/byteCountMax`` characters.
    case tooLong
    /// A character outside 0x21…0x7E is in it.
    case invalidCharacter
    /// It begins with a quote but is no structured-field string, has parameters, or is a list.
    case malformed
}

/// The key by which a client marks requests that must happen at most once.
///
/// **Shape**: 1…255 characters, each 0x21…0x7E, case-sensitive. Read either bare (`abc`) or as a structured-field string
/// (`"abc"`, RFC 9651 §3.3.3): both spell the same key. A comma in a bare value is refused, because that is how two field
/// lines look once an intermediary has joined them.
///
/// It prints as its length only: keys are logged by their digest.
public struct IdempotencyKey: Hashable, Sendable, CustomStringConvertible {
    /// The most characters.
    public static let byteCountMax = 255
    /// The fewest characters where the principal is weak: shorter ones could be guessed or met by a neighbour.
    public static let weakPrincipalByteCountMin = 16

    /// The characters, unquoted and unescaped.
    public let bytes: [UInt8]

    /// Reads the value of an `Idempotency-Key` field, from which the white space around it has been removed already.
    public init(fieldValue: ArraySlice<UInt8>) throws(IdempotencyKeyError) {
        guard let first = fieldValue.first else { throw .empty }
        let bytes = first == UInt8(ascii: "\"") ? try Self.unquoted(fieldValue) : Array(fieldValue)
        guard !bytes.isEmpty else { throw .empty }
        guard bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .invalidCharacter }
        guard first == UInt8(ascii: "\"") || !bytes.contains(UInt8(ascii: ",")) else { throw .malformed }
        guard bytes.count <= Self.byteCountMax else { throw .tooLong }
        self.bytes = bytes
    }

    /// Reads the value of an `Idempotency-Key` field.
    public init(fieldValue: String) throws(IdempotencyKeyError) {
        try self.init(fieldValue: Array(fieldValue.utf8)[...])
    }

    public var description: String { "IdempotencyKey(\(bytes.count) characters)" }

    private static func unquoted(_ value: ArraySlice<UInt8>) throws(IdempotencyKeyError) -> [UInt8] {
        var output: [UInt8] = []
        var isEscaped = false
        var isClosed = false
        for byte in value.dropFirst() {
            if isClosed { throw .malformed }
            if isEscaped {
                guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { throw .malformed }
                output.append(byte)
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isClosed = true
            } else {
                output.append(byte)
            }
        }
        guard isClosed else { throw .malformed }
        return output
    }
}
