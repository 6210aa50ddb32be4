// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A range of IP addresses: an address with the number of bits that must agree.
///
/// **Shape**: `10.0.0.0/8`, `2001:db8::/32`, or a single address. An IPv4 address is the same in its IPv6 form
/// (`::ffff:10.0.0.1`), in which a dual-stack socket shows it.
public struct AddressRange: Sendable, Equatable {
    /// Sixteen bytes; IPv4 in its IPv6 form.
    private let address: [UInt8]
    private let bits: Int

    /// Reads a range; nil for anything else, and for an address with bits set behind its prefix, which is a mistake.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let (address, isShort) = Self.parse(String(first)) else { return nil }
        let offset = isShort ? 96 : 0
        var bits = 128
        if parts.count == 2 {
            let digits = parts[1]
            guard (1...3).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(digits), number <= 128 - offset
            else { return nil }
            bits = number + offset
        }
        self.address = address
        self.bits = bits
        guard Self.masked(address, bits) == address else { return nil }
    }

    /// Whether a numeric address lies within.
    public func contains(_ text: String) -> Bool {
        guard let (other, _) = Self.parse(text) else { return false }
        return Self.masked(other, bits) == address
    }

    private static func masked(_ address: [UInt8], _ bits: Int) -> [UInt8] {
        address.enumerated().map { index, byte in
            let kept = min(max(bits - index * 8, 0), 8)
            return kept == 8 ? byte : byte & ~(0xFF >> UInt8(kept))
        }
    }

    /// The sixteen bytes of an address, and whether it was written in the IPv4 form.
    private static func parse(_ text: String) -> (bytes: [UInt8], isShort: Bool)? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            return ([UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + withUnsafeBytes(of: four) { Array($0) }, true)
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        return (withUnsafeBytes(of: six) { Array($0) }, false)
    }
}
