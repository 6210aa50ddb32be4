// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Who counts as one source: an IPv4 address, or the /64 of an IPv6 address, which one customer has as a whole.
public enum SourceNetwork: Hashable, Sendable {
    /// The address.
    case four(UInt32)
    /// The upper half of the address.
    case six(UInt64)

    /// The network of a numeric address; nil for anything else.
    public init?(_ address: String) {
        var four = in_addr()
        if inet_pton(AF_INET, address, &four) == 1 {
            self = .four(UInt32(bigEndian: four.s_addr))
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, address, &six) == 1 else { return nil }
        let (high, low) = withUnsafeBytes(of: &six) { bytes in
            (
                UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
        // ::ffff:a.b.c.d is how a socket of both families shows an IPv4 address.
        let isFour = high == 0 && low >> 32 == 0xFFFF
        self = isFour ? .four(UInt32(truncatingIfNeeded: low)) : .six(high)
    }
}
