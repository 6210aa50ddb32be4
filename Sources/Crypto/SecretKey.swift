// SPDX-License-Identifier: Apache-2.0

/// The server's one configured secret, from which every purpose derives a key of its own.
///
/// One key per purpose: a code made for a page cursor can never pass for one made for a token.
/// It prints as `SecretKey`, never as its bytes.
public struct SecretKey: Sendable, CustomStringConvertible {
    /// The least number of bytes: 256 bits, the strength of everything derived from it.
    public static let byteCountMin = 32

    private let code: HMACSHA256

    /// Takes the secret's bytes; fewer than ``byteCountMin`` give nil.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.byteCountMin else { return nil }
        code = HMACSHA256(key: bytes)
    }

    /// The 32-byte key of one purpose, such as `"access-token"`.
    ///
    /// One block of HKDF-Expand (RFC 5869) with the purpose as context and the secret as pseudo-random key.
    public func key(for purpose: String) -> [UInt8] {
        code.code(Array(purpose.utf8) + [1]).bytes
    }

    public var description: String { "SecretKey" }
}
