// SPDX-License-Identifier: Apache-2.0

/// The 32 bytes of a SHA-256 hash or an HMAC-SHA256 code, kept inline so that it costs no allocation as a dictionary key.
///
/// **Shape**: four 64-bit words in big-endian order: `words.0` holds the first eight bytes.
///
/// Equality is not constant-time: compare secrets with ``ConstantTime/equal(_:_:)-(Digest256,Digest256)``.
public struct Digest256: Hashable, Sendable {
    /// The number of bytes in a digest.
    public static let byteCount = 32

    /// The bytes as four big-endian words, first eight bytes first.
    public let words: (UInt64, UInt64, UInt64, UInt64)

    /// Makes a digest from its four words, first eight bytes first.
    @inlinable
    public init(words: (UInt64, UInt64, UInt64, UInt64)) {
        self.words = words
    }

    /// Makes a digest from exactly 32 bytes; any other count gives nil.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var words: [UInt64] = [0, 0, 0, 0]
        var index = 0
        for byte in bytes {
            words[index >> 3] = words[index >> 3] << 8 | UInt64(byte)
            index += 1
        }
        self.words = (words[0], words[1], words[2], words[3])
    }

    /// Lets `fill` write the 32 bytes in place; it receives a buffer of exactly ``byteCount`` bytes.
    init(fill: (UnsafeMutablePointer<UInt8>) -> Void) {
        var raw: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &raw) { buffer in
            // The tuple above is 32 bytes long, so the buffer has a base address.
            guard let base = buffer.baseAddress else { return }
            fill(base.assumingMemoryBound(to: UInt8.self))
        }
        self.words = (
            UInt64(bigEndian: raw.0), UInt64(bigEndian: raw.1), UInt64(bigEndian: raw.2), UInt64(bigEndian: raw.3)
        )
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
            withBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
            count = Self.byteCount
        }
    }

    /// The 32 bytes as 64 lower-case hexadecimal digits.
    public var hex: String { Hex.encode(bytes) }

    /// Calls `body` with the 32 bytes, without copying them to the heap.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let raw = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
        return withUnsafeBytes(of: raw) { body($0) }
    }

    @inlinable
    public static func == (left: Digest256, right: Digest256) -> Bool {
        left.words == right.words
    }

    @inlinable
    public func hash(into hasher: inout Hasher) {
        // The bytes are uniformly distributed already; two of the words are enough to spread them.
        hasher.combine(words.0)
        hasher.combine(words.3)
    }
}
