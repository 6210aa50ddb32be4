// SPDX-License-Identifier: Apache-2.0

/// A bank account in India.
public struct BankAccount: Hashable, Sendable {
    /// Nine to eighteen digits.
    public let number: String
    /// The branch: four letters, a zero, six letters or digits.
    public let ifsc: String
    /// Whose it is.
    public let holder: String

    /// States an account whose parts were checked.
    public init(number: String, ifsc: String, holder: String) {
        self.number = number
        self.ifsc = ifsc
        self.holder = holder
    }

    /// As the number is shown: the last four digits.
    public var masked: String { String(repeating: "*", count: number.utf8.count - 4) + number.suffix(4) }

    /// Whether an account's number has its form.
    public static func isNumber(_ text: String) -> Bool {
        (9...18).contains(text.utf8.count)
            && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// Whether a branch's code has its form.
    public static func isIFSC(_ text: String) -> Bool {
        let octets = Array(text.utf8)
        let letters = UInt8(ascii: "A")...UInt8(ascii: "Z")
        return octets.count == 11 && octets[..<4].allSatisfy(letters.contains) && octets[4] == UInt8(ascii: "0")
            && octets[5...].allSatisfy { letters.contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
