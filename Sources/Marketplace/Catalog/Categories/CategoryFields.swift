// SPDX-License-Identifier: Apache-2.0

/// How the members of a category are read.
enum CategoryFields {
    /// Words of small letters and digits with hyphens between them.
    static func slug(_ text: String) -> String? {
        let words = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        let isGood = words.allSatisfy { word in
            !word.isEmpty
                && word.allSatisfy {
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                }
        }
        return isGood ? text : nil
    }

    /// A name without control characters and white space around it.
    static func name(_ text: String) -> String? {
        let hasControl = text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
        guard let first = text.first, let last = text.last, !first.isWhitespace, !last.isWhitespace, !hasControl else {
            return nil
        }
        return text
    }

    /// An address of ours or of a server with TLS.
    static func imageURL(_ text: String) -> String? {
        let isVisible = text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return isVisible && (text.hasPrefix("/media/") || text.hasPrefix("https://")) ? text : nil
    }

    /// A word of small letters and underscores.
    static func taxClass(_ text: String) -> String? {
        text.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_") }
            ? text : nil
    }
}
