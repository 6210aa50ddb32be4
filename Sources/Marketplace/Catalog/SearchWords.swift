// SPDX-License-Identifier: Apache-2.0

/// The words of what somebody typed: runs of letters and digits in lower case. Whatever else stands there separates them, so no
/// text can become an operator of the search, of SQL or of anything else.
struct SearchWords: Equatable {
    /// Words that are looked for; what follows is overlooked. Nobody describes a product by more, and each costs a look-up.
    static let countMax = 16
    /// Longer ones are cut: no word of a language is as long.
    static let lengthMax = 40

    let all: [String]

    init(_ text: String) {
        var words: [String] = []
        var word = String.UnicodeScalarView()
        func finish() {
            if !word.isEmpty, words.count < Self.countMax { words.append(String(word)) }
            word = String.UnicodeScalarView()
        }
        for scalar in text.lowercased().unicodeScalars {
            let properties = scalar.properties
            // Marks belong to the letter before them: the vowels of Devanagari are such.
            let isPart =
                properties.isAlphabetic || properties.numericType != nil
                || (!word.isEmpty && properties.canonicalCombiningClass != .notReordered)
            if isPart {
                if word.count < Self.lengthMax { word.append(scalar) }
            } else {
                finish()
            }
        }
        finish()
        all = words
    }

    /// All words, the last one also as a beginning; a `tsquery`.
    var query: String {
        all.enumerated().map { number, word in
            number == all.count - 1 && word.unicodeScalars.count > 1 ? "('\(word)' | '\(word)':*)" : "'\(word)'"
        }.joined(separator: " & ")
    }
}
