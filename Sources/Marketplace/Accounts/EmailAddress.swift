// SPDX-License-Identifier: Apache-2.0

/// A mail address as an account's name.
///
/// **Shape**: one `@`; 1…64 characters of visible ASCII before it, a domain of at least two labels behind it, 254 in all.
/// Case is kept for sending and ignored for sameness.
struct EmailAddress: Hashable, Sendable {
    /// As it was entered.
    let text: String
    /// In lower case: what decides sameness.
    let folded: String

    /// Reads an address; nil when it has not this shape.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= 254, bytes.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ",") }) else {
            return nil
        }
        let parts = bytes.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, (1...64).contains(parts[0].count), Self.isDomain(parts[1]) else { return nil }
        self.text = text
        folded = text.lowercased()
    }

    private static func isDomain(_ bytes: ArraySlice<UInt8>) -> Bool {
        let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return labels.count >= 2
            && labels.allSatisfy { label in
                (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                    && label.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
            }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
