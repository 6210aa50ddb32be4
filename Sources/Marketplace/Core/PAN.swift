// SPDX-License-Identifier: Apache-2.0

/// A permanent account number of the income tax department: five letters, four digits, a letter.
public struct PAN: Hashable, Sendable {
    /// Ten capitals and digits.
    public let text: String

    /// Reads a number; nil for one of another form.
    public init?(_ text: String) {
        let octets = Array(text.utf8)
        guard octets.count == 10,
            octets.enumerated().allSatisfy({ index, octet in
                (5...8).contains(index)
                    ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet)
                    : (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(octet)
            })
        else { return nil }
        self.text = text
    }

    /// As it is shown: the last four characters.
    public var masked: String { "******" + text.suffix(4) }
}
