// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// How the fields of accounts are read.
enum AccountFields {
    /// The surfaces that one can register from.
    enum RegistrationAudience: String, CaseIterable {
        case customer, seller

        var audience: Audience {
            switch self {
            case .customer: .customer
            case .seller: .seller
            }
        }
    }

    /// The surfaces that a login can be narrowed to.
    enum LoginAudience: String, CaseIterable {
        case customer, seller, admin

        var audience: Audience {
            switch self {
            case .customer: .customer
            case .seller: .seller
            case .admin: .admin
            }
        }
    }

    /// A telephone number without the spaces and hyphens that people put into it; nil when it is none.
    static func phone(_ text: String) -> String? {
        let number = text.filter { $0 != " " && $0 != "-" }
        return PostalAddress.isPhone(number) ? number : nil
    }

    /// A language with an optional country, such as `en` or `hi-IN`; nil for anything else.
    static func locale(_ text: String) -> String? {
        text.wholeMatch(of: /[a-z]{2,3}(-[A-Z]{2})?/) == nil ? nil : text
    }
}

extension JSONInput {
    /// A required string without the white space around it.
    mutating func trimmedString(_ name: StaticString, length: ClosedRange<Int>) -> String {
        parsed(name, length: 1...length.upperBound, placeholder: "") { $0.trimmed(to: length) }
    }

    /// An optional string without the white space around it.
    mutating func optionalTrimmedString(_ name: StaticString, length: ClosedRange<Int>) -> String? {
        optionalParsed(name, length: 1...length.upperBound) { $0.trimmed(to: length) }
    }
}

extension String {
    fileprivate func trimmed(to length: ClosedRange<Int>) -> String? {
        var rest = self[...].drop { $0.isWhitespace }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        let hasControl = rest.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
        return length.contains(rest.unicodeScalars.count) && !hasControl ? String(rest) : nil
    }
}

extension AccountFields {
    /// The cart that is taken over by whoever logs in.
    static let cartToken = RouteParameter.header(
        "X-Cart-Token", "The token of the anonymous cart that the account takes over.",
        .string(example: "q8Zr1mVt5c0L2pXw7yBn4dKs9fHg3jTe6uRa8oPi1vM"))
}
