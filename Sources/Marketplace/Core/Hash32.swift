// SPDX-License-Identifier: Apache-2.0

/// 32 bytes that identify something by its SHA-256: an idempotency key's digest, a request's fingerprint, a client's token.
///
/// Kept inline as four big-endian words, so that it is a cheap dictionary key. Computing hashes is not this module's business.
public struct Hash32: Hashable, Sendable {
    /// The first to last eight bytes.
    public let words: (UInt64, UInt64, UInt64, UInt64)

    /// Makes a value of its four big-endian words.
    @inlinable
    public init(words: (UInt64, UInt64, UInt64, UInt64)) {
        self.words = words
    }

    /// Makes a value of exactly 32 bytes; nil for another number.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
        self.words = (
            UInt64(bigEndian: words.0), UInt64(bigEndian: words.1), UInt64(bigEndian: words.2),
            UInt64(bigEndian: words.3)
        )
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            withBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
            count = 32
        }
    }

    /// Adds the 32 bytes to others.
    public func append(to bytes: inout [UInt8]) {
        withBytes { bytes.append(contentsOf: $0) }
    }

    private func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let raw = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
        return withUnsafeBytes(of: raw) { body($0) }
    }

    /// The first eight bytes as a signed number, which is what an advisory lock in PostgreSQL takes.
    public var lockKey: Int64 { Int64(bitPattern: words.0) }

    @inlinable
    public static func == (left: Hash32, right: Hash32) -> Bool {
        left.words == right.words
    }

    @inlinable
    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.3)
    }
}

extension Hash32: Comparable {
    /// Orders values as their bytes, which is the order in which batches take their keys.
    public static func < (left: Hash32, right: Hash32) -> Bool {
        left.words < right.words
    }
}

extension Hash32: CustomStringConvertible {
    /// The first four bytes in hexadecimal, enough to follow one value through a log without revealing it.
    public var description: String {
        let start = String(words.0 >> 32, radix: 16)
        return String(repeating: "0", count: 8 - start.utf8.count) + start + "…"
    }
}
