// SPDX-License-Identifier: Apache-2.0
import JWTKit
public import MarketCore

/// What a verified access token says. Roles are not in it: they are looked up.
public struct AccessClaims: Hashable, Sendable {
    /// Who (`sub`).
    public let user: UserID
    /// Which login (`sid`).
    public let session: SessionID
    /// For which surface (`aud`).
    public let audience: Audience
    /// When it ends (`exp`), to the second.
    public let expiresAt: Timestamp

    /// Makes claims.
    public init(user: UserID, session: SessionID, audience: Audience, expiresAt: Timestamp) {
        self.user = user
        self.session = session
        self.audience = audience
        self.expiresAt = expiresAt
    }
}

/// Why an access token is not accepted.
public enum AccessTokenError: Error, Hashable, Sendable {
    /// It was ours, and its time is over.
    case expired
    /// It is not ours, or not an access token, or not valid yet.
    case invalid
}

/// The payload of an access token as it is written (RFC 9068 names, times in whole seconds).
struct AccessTokenPayload: JWTPayload {
    let iss: String
    let aud: String
    let sub: String
    let sid: String
    let jti: String
    let iat: Int64
    let nbf: Int64
    let exp: Int64

    /// Nothing: times are judged by our clock afterwards, with a leeway.
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}
