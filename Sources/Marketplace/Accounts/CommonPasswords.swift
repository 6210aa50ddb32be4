// SPDX-License-Identifier: Apache-2.0

/// The passwords of ten and more characters that stand first in every list of leaked ones (``CommonPasswordSet``), and words that are
/// the first to be tried on this shop.
///
/// They are found behind decoration, too: digits and punctuation at the ends, and the usual digits for letters.
enum CommonPasswords {
    private static let words: Set<String> = [
        "password", "passwordpassword", "passw0rd", "letmein", "letmeinnow", "welcome", "welcomehome", "iloveyou",
        "iloveyousomuch", "iloveindia", "qwerty", "qwertyuiop", "qwertyqwerty", "asdfghjkl", "zxcvbnm", "qwertyasdf",
        "qazwsxedc", "qazwsx", "1qaz2wsx", "1q2w3e4r", "1q2w3e4r5t", "1q2w3e4r5t6y", "q1w2e3r4", "q1w2e3r4t5", "abc",
        "abcd", "abcdefg", "abcdefgh", "administrator", "admin", "adminadmin", "root", "changeme", "changemenow",
        "default", "secret", "secretsecret", "superman", "batman", "spiderman", "pokemon", "football", "baseball",
        "basketball", "cricket", "sunshine", "princess", "dragon", "monkey", "shadow", "master", "michael", "jennifer",
        "trustno", "whatever", "computer", "internet", "samsung", "liverpool", "chelsea", "arsenal", "barcelona",
        "realmadrid", "manchester", "manchesterunited", "india", "indian", "bharat", "jaihind", "jaishreeram",
        "saibaba", "omsairam", "krishna", "ganesha", "hanuman", "marketplace", "customer", "seller", "test", "testtest",
        "testing", "temp", "temporary", "guest", "user", "login", "hello", "helloworld", "loveyou", "lovely",
        "mypassword", "yourpassword", "thepassword", "newpassword", "myspace", "facebook", "google", "flipkart",
        "amazon",
        "starwars", "blink", "matrix", "freedom", "mustang", "harley", "charlie", "jordan", "hunter", "ranger",
        "thunder",
    ]

    private static let letters: [Character: Character] = [
        "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i",
    ]

    /// The fewest characters of a leaked password that are looked for behind decoration: what is shorter is part of many words.
    private static let coreCountMin = 4
    /// The most characters of decoration that a leaked password is looked for behind: a year, a date, `123456`. More of them are as good
    /// as the rest of a password.
    private static let decorationCountMax = 6

    /// Whether a password in lower case is one of them, plain or decorated.
    static func contains(_ password: String) -> Bool {
        if isNumberPattern(password) || words.contains(password) { return true }
        if CommonPasswordSet.shipped.contains(password) { return true }
        let bare = trimmed(password)
        if words.contains(bare) { return true }
        let core = String(bare.map { letters[$0] ?? $0 })
        return words.contains(core) || isLeaked(core, decorationCount: password.count - bare.count)
    }

    /// Whether this is a leaked password, or one twice, behind no more decoration than is usual.
    private static func isLeaked(_ core: String, decorationCount: Int) -> Bool {
        guard core.count >= coreCountMin, decorationCount <= decorationCountMax else { return false }
        if CommonPasswordSet.shipped.contains(core) { return true }
        let half = String(core.prefix(core.count / 2))
        return half.count >= coreCountMin && half + half == core && CommonPasswordSet.shipped.contains(half)
    }

    /// Digits with the marks between them, as a date, a telephone number or a row of keys: fewer possibilities than a short
    /// word.
    private static func isNumberPattern(_ password: String) -> Bool {
        password.utf8.count <= 12
            && password.utf8.allSatisfy { (0x30...0x39).contains($0) || [0x20, 0x2B, 0x2D, 0x2E, 0x2F].contains($0) }
    }

    /// Without digits and punctuation at both ends.
    private static func trimmed(_ password: String) -> String {
        let isDecoration: (Character) -> Bool = { !$0.isLetter }
        var rest = password[...].drop(while: isDecoration)
        while let last = rest.last, isDecoration(last) { rest.removeLast() }
        return String(rest)
    }
}
