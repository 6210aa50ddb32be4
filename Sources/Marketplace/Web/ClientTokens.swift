// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import MarketCrypto

/// Issues and checks the tokens of clients without an account (`X-Cart-Token`), which need no table to be trusted.
///
/// **Shape**: 16 random bytes and a 16-byte code over them, in URL-safe base 64: 43 characters. A client cannot make one up.
public struct ClientTokens: Sendable {
    /// The header field in which a client sends its token and first receives it.
    public static let header: StaticString = "X-Cart-Token"

    private static let randomByteCount = 16
    private static let codeByteCount = 16

    private let key: HMACSHA256
    private let random: RandomSource

    /// Derives the key from the server's secret.
    public init(secret: SecretKey, random: RandomSource = .secure) {
        key = HMACSHA256(key: secret.key(for: "client-token"))
        self.random = random
    }

    /// A new token with the hash by which its client is known.
    public func issue() -> (token: String, client: Hash32) {
        let secret = random.bytes(Self.randomByteCount)
        let bytes = secret + key.code(secret).bytes.prefix(Self.codeByteCount)
        return (Base64URL.encode(bytes), Hash32(SHA256.hash(bytes)))
    }

    /// The hash by which the client is known; nil when the token is not one of ours.
    public func client(of token: String) -> Hash32? {
        guard token.utf8.count < 64, let bytes = Base64URL.decode(token),
            bytes.count == Self.randomByteCount + Self.codeByteCount
        else { return nil }
        let code = Array(key.code(Array(bytes.prefix(Self.randomByteCount))).bytes.prefix(Self.codeByteCount))
        guard ConstantTime.equal(Array(bytes.suffix(Self.codeByteCount)), code) else { return nil }
        return Hash32(SHA256.hash(bytes))
    }
}
