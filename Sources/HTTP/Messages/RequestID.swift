// SPDX-License-Identifier: Apache-2.0

/// The id of one request: 26 characters of Crockford's base32, ordered by time.
///
/// 48 bits of milliseconds since 1970, 80 bits that only have to differ.
public struct RequestID: Hashable, Sendable, CustomStringConvertible {
    /// Milliseconds and the first 16 random bits.
    let high: UInt64
    /// The other 64 random bits.
    let low: UInt64

    /// An id from its time and its random part.
    public init(milliseconds: UInt64, random: (UInt16, UInt64)) {
        high = milliseconds << 16 | UInt64(random.0)
        low = random.1
    }

    /// When the request began, in milliseconds since 1970.
    public var milliseconds: UInt64 { high >> 16 }

    /// The 26 characters.
    public var description: String {
        String(unsafeUninitializedCapacity: 26) { characters in
            write(to: characters)
            return 26
        }
    }

    /// Appends the 26 characters.
    func append(to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 26) { characters in
            write(to: characters)
            bytes.append(contentsOf: UnsafeBufferPointer(characters))
        }
    }

    private func write(to characters: UnsafeMutableBufferPointer<UInt8>) {
        let alphabet: StaticString = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
        var high = high
        var low = low
        for index in (0..<26).reversed() {
            characters[index] = alphabet.utf8Start[Int(low & 31)]
            low = low >> 5 | high << 59
            high >>= 5
        }
    }
}

/// Hands out request ids: one per loop, not shared between threads.
struct RequestIDSource {
    private var state = UInt64.random(in: 0...UInt64.max)

    /// An id for a request that began at `milliseconds` since 1970.
    mutating func next(milliseconds: UInt64) -> RequestID {
        RequestID(milliseconds: milliseconds, random: (UInt16(truncatingIfNeeded: step()), step()))
    }

    /// A splitmix64 step: ids must differ, not be secret.
    private mutating func step() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
