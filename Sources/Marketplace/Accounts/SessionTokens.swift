// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto

/// What a client receives when it logs in: an access token and the refresh token that follows it.
struct SessionTokens: Sendable {
    let access: String
    let refresh: RefreshToken
}

extension SessionTokens: JSONWritable {
    /// Writes `{"access":…,"refresh":…}`.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("access", access)
            json.field("refresh", refresh.text)
        }
    }
}

/// A refresh token: opaque to clients, known to the database by its hash only.
///
/// **Shape**: `rt_` and 43 characters of URL-safe base 64: 256 random bits.
struct RefreshToken: Sendable {
    /// How long one lives, in seconds; every rotation begins anew.
    static let lifetimeSeconds: Double = 30 * 24 * 3600

    let text: String
    let hash: [UInt8]

    private static let prefix = "rt_"

    /// Makes one.
    init(random: RandomSource) {
        text = Self.prefix + random.token(byteCount: 32)
        hash = SHA256.hash(text).bytes
    }

    /// Reads one; nil when it has not the shape of ours.
    init?(_ text: String) {
        guard text.utf8.count == 46, text.hasPrefix(Self.prefix),
            Base64URL.decode(String(text.dropFirst(Self.prefix.count)))?.count == 32
        else { return nil }
        self.text = text
        hash = SHA256.hash(text).bytes
    }
}
