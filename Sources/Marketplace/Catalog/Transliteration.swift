// SPDX-License-Identifier: Apache-2.0

/// Spells text with ASCII.
///
/// - Source: the names of Latin letters say which letter they are; the Indic blocks U+0900…U+0D7F are laid out alike, 128 code
///   points each (The Unicode Standard, chapter 12).
enum Transliteration {
    /// The text in ASCII; what has no spelling becomes a space.
    static func ascii(_ text: String) -> String {
        var ascii = ""
        // The dot below makes another consonant of one, which is spelled alike.
        let scalars = Array(text.unicodeScalars).filter { !(isIndic($0) && $0.value & 0x7F == 0x3C) }
        for (index, scalar) in scalars.enumerated() {
            if scalar.isASCII {
                ascii.unicodeScalars.append(scalar)
            } else if isIndic(scalar) {
                ascii += indic(scalar, followedBy: index + 1 < scalars.count ? scalars[index + 1] : nil)
            } else if scalar == "\u{2019}" {
                ascii += "'"
            } else if scalar.properties.generalCategory != .nonspacingMark {
                ascii += latin(scalar) ?? " "
            }
        }
        return ascii
    }

    /// `LATIN SMALL LETTER E WITH ACUTE` is an E.
    private static func latin(_ scalar: Unicode.Scalar) -> String? {
        guard let name = scalar.properties.name, name.hasPrefix("LATIN ") else { return nil }
        let words = name.split(separator: " ")
        guard let place = words.firstIndex(of: "LETTER"), place + 1 < words.count else { return nil }
        let letter = words[place + 1]
        if letter.utf8.count <= 2 { return String(letter) }
        let spelled = ["SHARP": "SS", "THORN": "TH", "ETH": "D", "ENG": "NG", "DOTLESS": "I", "LONG": "S"]
        return spelled[String(letter)]
    }

    private static func isIndic(_ scalar: Unicode.Scalar) -> Bool { (0x0900...0x0D7F).contains(scalar.value) }

    /// A consonant carries an "a" unless a vowel sign or the virama follows.
    private static func indic(_ scalar: Unicode.Scalar, followedBy next: Unicode.Scalar?) -> String {
        let place = Int(scalar.value & 0x7F)
        if let vowel = vowels[place] ?? signs[place] { return vowel }
        if (0x66...0x6F).contains(place) { return "\(place - 0x66)" }
        guard let consonant = consonants[place] else { return place == 0x64 || place == 0x65 ? " " : "" }
        guard let next, isIndic(next) else { return consonant + "a" }
        let following = Int(next.value & 0x7F)
        return signs[following] != nil && following > 0x03 || following == virama ? consonant : consonant + "a"
    }

    private static let virama = 0x4D
    private static let vowels: [Int: String] = [
        0x05: "a", 0x06: "aa", 0x07: "i", 0x08: "ii", 0x09: "u", 0x0A: "uu", 0x0B: "ri", 0x0E: "e", 0x0F: "e",
        0x10: "ai", 0x11: "o", 0x12: "o", 0x13: "o", 0x14: "au",
    ]
    private static let signs: [Int: String] = [
        0x01: "n", 0x02: "n", 0x03: "h", 0x3E: "aa", 0x3F: "i", 0x40: "ii", 0x41: "u", 0x42: "uu", 0x43: "ri",
        0x45: "e", 0x46: "e", 0x47: "e", 0x48: "ai", 0x49: "o", 0x4A: "o", 0x4B: "o", 0x4C: "au",
    ]
    private static let consonants: [Int: String] = [
        0x15: "k", 0x16: "kh", 0x17: "g", 0x18: "gh", 0x19: "n", 0x1A: "ch", 0x1B: "chh", 0x1C: "j", 0x1D: "jh",
        0x1E: "n", 0x1F: "t", 0x20: "th", 0x21: "d", 0x22: "dh", 0x23: "n", 0x24: "t", 0x25: "th", 0x26: "d",
        0x27: "dh", 0x28: "n", 0x29: "n", 0x2A: "p", 0x2B: "ph", 0x2C: "b", 0x2D: "bh", 0x2E: "m", 0x2F: "y",
        0x30: "r", 0x31: "r", 0x32: "l", 0x33: "l", 0x34: "l", 0x35: "v", 0x36: "sh", 0x37: "sh", 0x38: "s", 0x39: "h",
    ]
}
