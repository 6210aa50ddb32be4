// SPDX-License-Identifier: Apache-2.0

/// An Indian goods and services tax number: state, PAN, the number of the registration, a letter, and a check character.
///
/// What is wrong in one character, or exchanged with its neighbour, does not pass. Whether the office issued it, only the
/// office knows.
public struct GSTIN: Hashable, Sendable {
    /// Fifteen characters, upper case.
    public let text: String

    /// The characters, each worth its place.
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)

    /// Reads a number as people write it: in either case, without spaces.
    public init?(_ text: String) {
        let upper = text.uppercased()
        let characters = Array(upper.utf8)
        guard characters.count == 15, let state = Int(upper.prefix(2)), (1...38).contains(state) || state == 97,
            PAN(String(upper.dropFirst(2).prefix(10))) != nil, characters[13] == UInt8(ascii: "Z"),
            characters[12] != UInt8(ascii: "0"),
            let check = Self.checkCharacter(of: characters.prefix(14)), check == characters[14]
        else { return nil }
        self.text = upper
    }

    /// The permanent account number of whom it belongs to.
    public var pan: String { String(text.dropFirst(2).prefix(10)) }

    /// Digits of base 36, weighed 1 and 2 by turns, each product taken as the sum of its digits.
    private static func checkCharacter(of characters: ArraySlice<UInt8>) -> UInt8? {
        var sum = 0
        for (place, character) in characters.enumerated() {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            let product = value * (place % 2 + 1)
            sum += product / 36 + product % 36
        }
        return alphabet[(36 - sum % 36) % 36]
    }
}
