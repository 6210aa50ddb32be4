// SPDX-License-Identifier: Apache-2.0

/// Where goods or bills go. India only, as the store sells there.
public struct PostalAddress: Hashable, Sendable {
    /// Who receives.
    public let name: String
    /// Digits, with an optional leading plus.
    public let phone: String
    /// House and street.
    public let line1: String
    /// More of it.
    public let line2: String?
    /// Town.
    public let city: String
    /// Two letters, ISO 3166-2:IN without its prefix.
    public let state: String
    /// Six digits, the first not zero.
    public let postalCode: String
    /// The buyer's tax number, for business purchases.
    public let gstin: String?

    /// States an address whose parts were checked.
    public init(
        name: String, phone: String, line1: String, line2: String?, city: String, state: String, postalCode: String,
        gstin: String?
    ) {
        self.name = name
        self.phone = phone
        self.line1 = line1
        self.line2 = line2
        self.city = city
        self.state = state
        self.postalCode = postalCode
        self.gstin = gstin
    }

    /// The states and union territories.
    public static let states: Set<String> = [
        "AN", "AP", "AR", "AS", "BR", "CH", "CG", "DH", "DL", "GA", "GJ", "HR", "HP", "JK", "JH", "KA", "KL", "LA",
        "LD",
        "MP", "MH", "MN", "ML", "MZ", "NL", "OD", "PY", "PB", "RJ", "SK", "TN", "TS", "TR", "UP", "UK", "WB",
    ]

    /// Whether a PIN code has its form: six digits, the first one a postal zone.
    public static func isPostalCode(_ text: String) -> Bool {
        let digits = text.utf8
        return digits.count == 6 && digits.first != UInt8(ascii: "0")
            && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// Whether a telephone number has its form: 7 to 15 digits (E.164), with or without a plus.
    public static func isPhone(_ text: String) -> Bool {
        let digits = text.hasPrefix("+") ? text.dropFirst().utf8 : text[...].utf8
        return (7...15).contains(digits.count)
            && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
