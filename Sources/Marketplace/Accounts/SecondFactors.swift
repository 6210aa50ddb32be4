// SPDX-License-Identifier: Apache-2.0
import MarketCore
public import MarketCrypto

/// Second factors as the database may hold them: secrets sealed with the server's, recovery codes as hashes.
public struct SecondFactors: Sendable {
    private let boxes: [SealedBox]
    private let random: RandomSource

    /// Recovery codes that a user gets.
    static let recoveryCodeCount = 10
    /// Characters of one: 50 random bits, which the lock after ten failures an hour keeps out of reach.
    private static let recoveryCodeLength = 10

    /// Derives a key of each secret: the first seals, all open.
    public init(secrets: [SecretKey], random: RandomSource = .secure) {
        boxes = secrets.compactMap { SealedBox(key: $0.key(for: "second-factor"), random: random) }
        precondition(!boxes.isEmpty, "derived keys have the length that sealing needs")
        self.random = random
    }

    /// A new secret, and the same sealed for its user.
    func make(for user: UserID) -> (secret: [UInt8], sealed: [UInt8]) {
        let secret = random.bytes(OneTimeCode.secretByteCount)
        return (secret, boxes[0].seal(secret, context: Self.context(user)))
    }

    /// The secret; nil where the server's own is gone, or the row was another user's.
    func open(_ sealed: [UInt8], for user: UserID) -> [UInt8]? {
        boxes.lazy.compactMap { $0.open(sealed, context: Self.context(user)) }.first
    }

    /// Codes for when the second factor is lost, each good once.
    func makeRecoveryCodes() -> [String] {
        let alphabet = Array("abcdefghjkmnpqrstvwxyz0123456789".utf8)
        return (0..<Self.recoveryCodeCount).map { _ in
            let letters = random.bytes(Self.recoveryCodeLength).map { alphabet[Int($0 & 31)] }
            return String(decoding: letters, as: UTF8.self)
        }
    }

    /// What a recovery code is kept as; nil for a text that is none.
    static func hash(ofRecovery code: String, for user: UserID) -> [UInt8]? {
        let letters = code.lowercased().filter { $0 != "-" && $0 != " " }
        guard letters.utf8.count == recoveryCodeLength else { return nil }
        return SHA256.hash("\(user.rawValue):\(letters)").bytes
    }

    private static func context(_ user: UserID) -> [UInt8] { Array("second-factor:\(user.rawValue)".utf8) }
}
