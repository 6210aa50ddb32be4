// SPDX-License-Identifier: Apache-2.0

/// Decides which reviews a person looks at before everybody does.
///
/// The rule: stars alone are published at once, and so is a text in which none of these is found: a link, an e-mail address,
/// a telephone number, a word of the list. It saves moderators work and no more: what it lets through can be reported and hidden.
///
/// - Cost: one pass over the text for each kind of finding; texts are bounded (`Review.textLength`).
enum ReviewScreening {
    /// What was found, as `reason_code` names it.
    enum Finding: String, Sendable, CaseIterable {
        case link = "screened_link"
        case contact = "screened_contact"
        case word = "screened_word"
    }

    /// Words that are looked at by a person, in whole words without case. A list of abuse that is not meant to be complete.
    static let words: Set<String> = [
        "bastard", "bastards", "bitch", "bullshit", "cunt", "dickhead", "fuck", "fucked", "fucker", "fucking",
        "motherfucker",
        "shit", "shitty", "slut", "whore", "bhenchod", "behenchod", "bhosdike", "chutiya", "chutiye", "gandu", "harami",
        "haramkhor", "kamina", "madarchod", "randi", "casino", "viagra", "whatsapp", "telegram",
    ]

    /// Digits in a row, separators aside, that make a telephone number: prices and model numbers have fewer.
    static let phoneDigitsMin = 9

    /// The first thing found in headline and text; nil for nothing.
    static func finding(in content: ReviewContent) -> Finding? {
        for text in [content.title, content.text].compactMap(\.self) {
            let lowered = text.lowercased()
            // An address has the end of a link.
            if hasAddress(lowered) || hasPhone(lowered) { return .contact }
            if hasLink(lowered) { return .link }
            if hasWord(lowered) { return .word }
        }
        return nil
    }

    private static func hasLink(_ text: String) -> Bool {
        text.contains("://") || text.contains("www.")
            || tokens(text).contains { token in
                endings.contains { ending in
                    token.hasSuffix(ending) && token.utf8.count > ending.utf8.count
                        || token.contains(ending + "/") && !token.hasPrefix(ending)
                }
            }
    }

    /// Ends of the names that links without a scheme have.
    private static let endings = [
        ".com", ".net", ".org", ".in", ".io", ".info", ".shop", ".xyz", ".biz", ".ru", ".cn", ".me",
    ]

    private static func hasAddress(_ text: String) -> Bool {
        tokens(text).contains { token in
            guard let at = token.firstIndex(of: "@"), at > token.startIndex else { return false }
            return token[at...].dropFirst().contains(".")
        }
    }

    private static func hasPhone(_ text: String) -> Bool {
        var digits = 0
        for character in text.unicodeScalars {
            switch character {
            case "0"..."9": digits += 1
            // What stands between the digits of a number.
            case " ", "-", "(", ")", "+", "/": continue
            default: digits = 0
            }
            if digits >= phoneDigitsMin { return true }
        }
        return false
    }

    private static func hasWord(_ text: String) -> Bool {
        text.split { !$0.isLetter }.contains { words.contains(String($0)) }
    }

    /// What stands between white space, without the punctuation around it.
    private static func tokens(_ text: String) -> [Substring] {
        text.split { $0.isWhitespace }.map { token in
            let rest = token.drop { ",;:!?.()[]\"'".contains($0) }
            let end = rest.lastIndex { !",;:!?.()[]\"'".contains($0) }
            return end.map { rest[...$0] } ?? rest
        }
    }
}
