// SPDX-License-Identifier: Apache-2.0
import COpenSSL

/// Comparisons whose duration depends on lengths only, never on where two secrets differ.
public enum ConstantTime {
    /// Whether both hold the same bytes. Different lengths are unequal at once: a length is no secret here.
    public static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        guard !left.isEmpty else { return true }
        return CRYPTO_memcmp(left, right, left.count) == 0
    }

    /// Whether both are the same digest.
    public static func equal(_ left: Digest256, _ right: Digest256) -> Bool {
        let difference =
            (left.words.0 ^ right.words.0) | (left.words.1 ^ right.words.1)
            | (left.words.2 ^ right.words.2) | (left.words.3 ^ right.words.3)
        return difference == 0
    }
}
