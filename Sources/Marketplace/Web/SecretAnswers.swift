// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import MarketCrypto

/// Stored answers that hold secrets (fresh tokens): encrypted wherever they are kept, and for a minute only.
///
/// Fields and body are sealed together into the body; the status stays readable. The key's digest is bound in, so that a
/// sealed answer opens for its own key only.
public struct SecretAnswers: Sendable {
    /// How long such an answer may be replayed.
    public static let retention: Duration = .seconds(60)

    private let box: SealedBox

    /// Derives the key from the server's secret.
    public init(secret: SecretKey, random: RandomSource = .secure) {
        guard let box = SealedBox(key: secret.key(for: "stored-answer"), random: random) else {
            preconditionFailure("derived keys have the length that sealing needs")
        }
        self.box = box
    }

    /// The answer in the form in which it may be kept.
    public func seal(_ answer: StoredAnswer, digest: Hash32) -> StoredAnswer {
        let fields = answer.fieldBytes
        let count = UInt32(fields.count)
        let prefix = stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: count >> UInt32($0)) }
        let sealed = box.seal(prefix + fields + answer.body, context: digest.bytes)
        return StoredAnswer(status: answer.status, fields: [], body: sealed)
    }

    /// The answer that was sealed; nil when it does not belong to this key or the server's secret has changed.
    public func open(_ stored: StoredAnswer, digest: Hash32) -> StoredAnswer? {
        guard let plain = box.open(stored.body, context: digest.bytes), plain.count >= 4 else { return nil }
        let count = plain.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        guard plain.count >= 4 + count else { return nil }
        return StoredAnswer(
            status: stored.status, fieldBytes: Array(plain[4..<4 + count]), body: Array(plain[(4 + count)...]))
    }
}
