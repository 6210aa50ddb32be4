// SPDX-License-Identifier: Apache-2.0
import MarketCrypto

/// Which passwords may be set: long ones that are not among the first an attacker tries. Nothing is asked of their
/// characters (NIST SP 800-63B §3.1.1.2).
enum PasswordPolicy {
    /// The fewest characters.
    static let characterCountMin = 10

    /// Why a password may not be set; nil when it may.
    static func objection(to password: String, email: EmailAddress) -> String? {
        if password.unicodeScalars.count < characterCountMin { return "at least \(characterCountMin) characters" }
        if password.utf8.count > PasswordHash.passwordByteCountMax {
            return "at most \(PasswordHash.passwordByteCountMax) bytes"
        }
        let folded = password.lowercased()
        let name = email.folded.prefix { $0 != "@" }
        if folded.contains(email.folded) || (name.utf8.count >= 5 && folded.contains(name)) {
            return "contains the mail address"
        }
        if isRepetition(Array(folded.utf8)) || isRun(Array(folded.utf8)) || CommonPasswords.contains(folded) {
            return "is among the first that are tried"
        }
        return nil
    }

    /// Whether one to four characters repeat all the way.
    private static func isRepetition(_ bytes: [UInt8]) -> Bool {
        (1...4).contains { period in
            bytes.indices.dropFirst(period).allSatisfy { bytes[$0] == bytes[$0 - period] }
        }
    }

    /// Whether each character follows the one before it, up or down.
    private static func isRun(_ bytes: [UInt8]) -> Bool {
        [1, -1].contains { step in
            bytes.indices.dropFirst().allSatisfy { Int(bytes[$0]) - Int(bytes[$0 - 1]) == step }
        }
    }
}
