// SPDX-License-Identifier: Apache-2.0

/// Fields that are hashed together, each preceded by its length as eight big-endian bytes, so that no two lists of fields
/// hash alike: what `SHA256Hasher.updateLengthPrefixed` makes of them, gathered first and hashed at once.
///
/// - Cost: one allocation and one call of the library, where a hasher takes a context and two calls a field.
public struct HashedFields {
    private var bytes: [UInt8] = []

    /// Starts without fields.
    ///
    /// - Parameter capacity: about the bytes that will be added, eight for each field's length included.
    public init(capacity: Int = 320) {
        bytes.reserveCapacity(capacity)
    }

    /// Adds a field.
    public mutating func add(_ field: [UInt8]) {
        length(field.count)
        bytes.append(contentsOf: field)
    }

    /// Adds a field of UTF-8 bytes.
    public mutating func add(_ field: String) {
        var field = field
        field.withUTF8 {
            length($0.count)
            bytes.append(contentsOf: $0)
        }
    }

    /// Adds a hash as a field.
    public mutating func add(_ hash: Digest256) {
        length(Digest256.byteCount)
        hash.withBytes { bytes.append(contentsOf: $0) }
    }

    private mutating func length(_ count: Int) {
        withUnsafeBytes(of: UInt64(count).bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// The hash of all fields so far.
    public var hash: Digest256 { SHA256.hash(bytes) }
}
