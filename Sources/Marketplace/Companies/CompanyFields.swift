// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// How the members of a company are read from bodies.
enum CompanyFields {
    /// A name without white space around it and without control characters.
    static func name(_ text: String) -> String? {
        var rest = text[...].drop { $0.isWhitespace }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        let hasControl = rest.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
        return rest.isEmpty || hasControl ? nil : String(rest)
    }

    /// Something before an @ and a domain with a dot after it; whether it takes mail, only mail can tell.
    static func email(_ text: String) -> String? {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let isVisible = text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard parts.count == 2, isVisible, !parts[0].isEmpty, parts[1].contains("."), !parts[1].hasPrefix("."),
            !parts[1].hasSuffix(".")
        else { return nil }
        return text
    }
}
