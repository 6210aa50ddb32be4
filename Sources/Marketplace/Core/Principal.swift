// SPDX-License-Identifier: Apache-2.0

/// On whose behalf a request acts: the owner of its idempotency keys, carts and rate-limit buckets.
public enum Principal: Hashable, Sendable {
    /// A person with an account.
    case user(UserID)
    /// A client without an account, by the SHA-256 of the unguessable token that we issued to it.
    case client(Hash32)
    /// A caller without an account or token, by a keyed hash of its address and User-Agent.
    ///
    /// Weak: neighbours behind one address share it, and a changed network makes a new one.
    case address(Hash32)
    /// A login session, where tokens are refreshed and no account is authenticated yet.
    case session(SessionID)

    /// The account, if there is one.
    public var userID: UserID? {
        if case .user(let id) = self { id } else { nil }
    }

    /// Whether others may share this principal, so that short idempotency keys are not safe in it.
    public var isWeak: Bool {
        if case .address = self { true } else { false }
    }

    /// Bytes that differ for any two principals: a letter for the kind, then the number or hash.
    public var canonicalBytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(33)
        switch self {
        case .user(let id): Self.append(UInt8(ascii: "u"), id.rawValue, to: &bytes)
        case .client(let hash): Self.append(UInt8(ascii: "c"), hash, to: &bytes)
        case .address(let hash): Self.append(UInt8(ascii: "a"), hash, to: &bytes)
        case .session(let id): Self.append(UInt8(ascii: "s"), id.rawValue, to: &bytes)
        }
        return bytes
    }

    private static func append(_ kind: UInt8, _ number: Int64, to bytes: inout [UInt8]) {
        bytes.append(kind)
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private static func append(_ kind: UInt8, _ hash: Hash32, to bytes: inout [UInt8]) {
        bytes.append(kind)
        hash.append(to: &bytes)
    }
}
