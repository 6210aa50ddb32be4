// SPDX-License-Identifier: Apache-2.0
import CSodium
import Synchronization

/// Where random bytes come from, handed to whatever needs them so that a test or a simulation can replay them.
///
/// **Isolation**: callable from any thread.
public struct RandomSource: Sendable {
    private let make: @Sendable (Int) -> [UInt8]

    /// Makes a source of a function that gives exactly as many bytes as it is asked for.
    public init(_ make: @escaping @Sendable (Int) -> [UInt8]) {
        self.make = make
    }

    /// `count` bytes.
    public func bytes(_ count: Int) -> [UInt8] {
        make(count)
    }

    /// A 64-bit number.
    public func number() -> UInt64 {
        make(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// An unguessable text of `byteCount` random bytes in URL-safe base 64; 32 bytes make 43 characters.
    public func token(byteCount: Int = 32) -> String {
        Base64URL.encode(make(byteCount))
    }

    /// The kernel's cryptographically secure generator, through libsodium.
    public static let secure = RandomSource { count in
        Sodium.require()
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            if let base = buffer.baseAddress { randombytes_buf(base, count) }
            initialized = count
        }
    }

    /// A generator that gives the same bytes for the same seed (SplitMix64). For tests and simulations only.
    public static func seeded(_ seed: UInt64) -> RandomSource {
        let state = SeededState(seed)
        return RandomSource { count in state.bytes(count) }
    }
}

private final class SeededState: Sendable {
    private let state: Mutex<UInt64>

    init(_ seed: UInt64) {
        state = Mutex(seed)
    }

    func bytes(_ count: Int) -> [UInt8] {
        state.withLock { state in
            var output: [UInt8] = []
            output.reserveCapacity(count + 7)
            while output.count < count {
                state &+= 0x9E37_79B9_7F4A_7C15
                var word = state
                word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
                word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
                word ^= word >> 31
                for shift in stride(from: 0, to: 64, by: 8) {
                    output.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
                }
            }
            output.removeLast(output.count - count)
            return output
        }
    }
}
