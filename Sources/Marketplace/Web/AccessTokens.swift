// SPDX-License-Identifier: Apache-2.0
import HTTP
import JWTKit
public import MarketCore
public import MarketCrypto
import Synchronization

/// Issues and verifies access tokens: JWTs signed with HMAC-SHA256 by jwt-kit.
///
/// One algorithm, fixed here and never taken from a token: who issues and who verifies is the same server with the same
/// secret, so a symmetric code is enough and the cheapest. The key is derived from `SECRET_KEY` for this purpose alone and named
/// by `kid`; keys of earlier secrets still verify, and sign nothing any more (RFC 8725 §3.1, §3.8, §3.11).
///
/// Verified tokens are remembered by their hash until they end, so that a client's further requests cost one hash.
///
/// - Isolation: callable from any thread or loop.
public final class AccessTokens: Sendable {
    /// How long a token lives.
    public static let lifetime: Duration = .seconds(15 * 60)
    /// The longest that may be asked for: tokens for load runs.
    public static let lifetimeMax: Duration = .seconds(24 * 3600)
    /// How far the clocks of several servers may differ.
    public static let leeway: Duration = .seconds(30)
    /// The longest token that is looked at; ours have fewer than 512 bytes.
    public static let byteCountMax = 1024
    /// How many verified tokens are remembered: as many as clients that are active in 15 minutes on a busy server.
    static let cacheCapacity = 65_536

    private static let issuer = "mve"
    private static let type = "at+jwt"
    private static let algorithm = "HS256"

    private let keys: JWTKeyCollection
    /// Of the key that signs.
    private let keyID: String
    /// Of all keys that are believed.
    private let knownIDs: Set<String>
    private let clock: any WallClock
    private let random: RandomSource
    private let verified: Mutex<GenerationCache<Digest256, AccessClaims>>

    /// Prepares the keys.
    ///
    /// - Parameter previous: secrets whose tokens are still believed.
    public init(
        secret: SecretKey, previous: [SecretKey] = [], clock: any WallClock = SystemClock(),
        random: RandomSource = .secure
    ) async {
        keys = JWTKeyCollection()
        var ids: [String] = []
        for secret in [secret] + previous {
            let key = secret.key(for: "access-token")
            // Names the key without revealing it.
            let id = String(SHA256.hash(key).hex.prefix(8))
            guard !ids.contains(id) else { continue }
            ids.append(id)
            await keys.add(hmac: HMACKey(from: key), digestAlgorithm: .sha256, kid: JWKIdentifier(string: id))
        }
        keyID = ids[0]
        knownIDs = Set(ids)
        self.clock = clock
        self.random = random
        verified = Mutex(GenerationCache(capacity: Self.cacheCapacity))
    }

    /// A new token.
    ///
    /// - Parameter lifetime: up to ``lifetimeMax``.
    /// - Throws: what jwt-kit's encoder throws, which for this payload is nothing known.
    public func issue(
        user: UserID, session: SessionID, audience: Audience, lifetime: Duration = AccessTokens.lifetime
    ) async throws -> String {
        let now = clock.now().seconds
        let lifetime = min(max(lifetime, .seconds(1)), Self.lifetimeMax)
        let payload = AccessTokenPayload(
            iss: Self.issuer, aud: audience.rawValue, sub: user.description, sid: session.description,
            jti: random.token(byteCount: 16), iat: now, nbf: now, exp: now + lifetime.components.seconds)
        var header = JWTHeader()
        header.alg = Self.algorithm
        header.typ = Self.type
        return try await keys.sign(payload, kid: JWKIdentifier(string: keyID), header: header)
    }

    /// What `token` says, once its signature, type, issuer and times are found right.
    ///
    /// - Throws: `.expired` only for a token whose signature is right; `.invalid` otherwise.
    /// - Cost: one hash and a look-up for a token seen before, about 30 µs for a new one.
    public func verify(_ token: [UInt8]) async throws(AccessTokenError) -> AccessClaims {
        guard !token.isEmpty, token.count <= Self.byteCountMax else { throw .invalid }
        let digest = SHA256.hash(token)
        if let known = verified.withLock({ $0.value(for: digest) }) {
            return try current(known) { verified.withLock { $0.remove(digest) } }
        }
        guard hasOurHeader(token) else { throw .invalid }
        let claims = try await check(token)
        verified.withLock { $0.insert(claims, for: digest) }
        return claims
    }

    private func current(
        _ claims: AccessClaims, otherwise forget: () -> Void
    ) throws(AccessTokenError) -> AccessClaims {
        if clock.now() < claims.expiresAt + Self.leeway { return claims }
        forget()
        throw .expired
    }

    /// Whether the header names our algorithm, type and a key of ours, and no extension that would have to be understood.
    private func hasOurHeader(_ token: [UInt8]) -> Bool {
        guard let bytes = Base64URL.decode(token.prefix { $0 != UInt8(ascii: ".") }),
            let header = try? JSONDocument(parsing: bytes).root
        else { return false }
        return header["alg"]?.string == Self.algorithm && header["typ"]?.string == Self.type
            && header["kid"]?.string.map(knownIDs.contains) == true && header["crit"] == nil
    }

    private func check(_ token: [UInt8]) async throws(AccessTokenError) -> AccessClaims {
        let payload: AccessTokenPayload
        do {
            payload = try await keys.verify(token, as: AccessTokenPayload.self)
        } catch {
            throw .invalid
        }
        guard payload.iss == Self.issuer, let audience = Audience(rawValue: payload.aud),
            let user = UserID(payload.sub),
            let session = SessionID(payload.sid)
        else { throw .invalid }
        let claims = AccessClaims(
            user: user, session: session, audience: audience, expiresAt: Timestamp(seconds: payload.exp))
        let now = clock.now()
        guard Timestamp(seconds: payload.nbf) <= now + Self.leeway,
            Timestamp(seconds: payload.iat) <= now + Self.leeway,
            claims.expiresAt <= now + Self.lifetimeMax + Self.leeway
        else { throw .invalid }
        return try current(claims) {}
    }
}
