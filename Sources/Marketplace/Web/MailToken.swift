// SPDX-License-Identifier: Apache-2.0
public import MarketCrypto

/// A secret that is sent by mail, as the database may hold it: it becomes text only with the server's secret, which is not there.
public struct MailToken: Sendable, Hashable {
    /// What it is for, such as `verify-email`.
    public let purpose: String
    /// 32 random octets.
    public let nonce: [UInt8]
    /// SHA-256 of the text: what whoever brings the text is compared with.
    public let hash: [UInt8]

    /// Takes one as it was stored.
    public init(purpose: String, nonce: [UInt8], hash: [UInt8]) {
        self.purpose = purpose
        self.nonce = nonce
        self.hash = hash
    }
}

/// Makes secrets for mails and reads what people bring back.
public struct MailTokens: Sendable {
    private let codes: [HMACSHA256]
    private let random: RandomSource

    /// Characters of a text: 256 bits in URL-safe base 64.
    public static let textCount = 43

    /// Derives a key of each secret: the first makes new tokens, the others still write out those that wait in a queue.
    public init(secrets: [SecretKey], random: RandomSource = .secure) {
        precondition(!secrets.isEmpty, "there is a secret")
        codes = secrets.map { HMACSHA256(key: $0.key(for: "mail-token")) }
        self.random = random
    }

    /// A new one.
    public func make(for purpose: String) -> MailToken {
        let nonce = random.bytes(32)
        return MailToken(purpose: purpose, nonce: nonce, hash: Self.hash(of: Self.text(purpose, nonce, codes[0])))
    }

    /// What the mail says; nil when the secret that made it is gone.
    public func text(of token: MailToken) -> String? {
        codes.lazy.map { Self.text(token.purpose, token.nonce, $0) }.first { Self.hash(of: $0) == token.hash }
    }

    /// What a text that somebody brings is looked up by.
    public static func hash(of text: String) -> [UInt8] {
        SHA256.hash(text).bytes
    }

    private static func text(_ purpose: String, _ nonce: [UInt8], _ code: HMACSHA256) -> String {
        Base64URL.encode(code.code(Array(purpose.utf8) + [0] + nonce).bytes)
    }
}
