// SPDX-License-Identifier: Apache-2.0
import CSodium

/// How much work one password hash costs an attacker, and us.
public struct PasswordCost: Sendable, Equatable {
    /// Passes over the memory, 1…16.
    public let passes: UInt64
    /// Memory of one hash in bytes, 8 KiB…256 MiB.
    public let memory: Int

    /// Makes a cost, clamped to the ranges above: libsodium refuses less, and more would let a few logins fill the machine.
    public init(passes: UInt64, memory: Int) {
        self.passes = min(max(passes, 1), 16)
        self.memory = min(max(memory, 8 << 10), 256 << 20)
    }

    /// 19 MiB, two passes, one lane: OWASP's first recommendation for argon2id. About 20 ms of one core.
    ///
    /// Preferred over the equally strong 46 MiB with one pass, because what bounds concurrent logins is memory.
    public static let standard = PasswordCost(passes: 2, memory: 19 << 20)

    /// The least that libsodium accepts. For tests only, where thousands of accounts are made.
    public static let cheapest = PasswordCost(passes: 1, memory: 8 << 10)
}

/// Password hashing ran out of memory.
public struct PasswordHashError: Error, CustomStringConvertible {
    /// The memory that one hash needed, in bytes.
    public let memory: Int

    public var description: String { "argon2id could not allocate \(memory) bytes" }
}

/// argon2id by libsodium (RFC 9106), in its self-describing text form `$argon2id$v=19$m=…,t=…,p=1$salt$hash`.
///
/// **Isolation**: every function blocks its thread for the whole computation: call it through the worker offload, never on
/// an event loop.
public enum PasswordHash {
    /// Passwords longer than this are refused before hashing by the callers: it bounds the work of the first hash round.
    public static let passwordByteCountMax = 1024

    /// The text to store for `password`, with a fresh random salt.
    ///
    /// - Throws: ``PasswordHashError`` when the memory cannot be had.
    /// - Cost: see ``PasswordCost/standard``.
    public static func make(_ password: String, cost: PasswordCost) throws(PasswordHashError) -> String {
        Sodium.require()
        let secret = characters(of: password)
        var output = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
        let result = crypto_pwhash_str(&output, secret, UInt64(secret.count), cost.passes, cost.memory)
        guard result == 0 else { throw PasswordHashError(memory: cost.memory) }
        return String(decoding: output.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether `password` made `stored`. False as well for a stored text that is no argon2id hash.
    ///
    /// - Cost: that of the parameters in `stored`.
    public static func verify(_ password: String, against stored: String) -> Bool {
        Sodium.require()
        let secret = characters(of: password)
        return crypto_pwhash_str_verify(stored, secret, UInt64(secret.count)) == 0
    }

    /// Whether `stored` was made at another cost, so that the next successful login should hash the password anew.
    public static func needsRehash(_ stored: String, cost: PasswordCost) -> Bool {
        Sodium.require()
        return crypto_pwhash_str_needs_rehash(stored, cost.passes, cost.memory) != 0
    }

    private static func characters(of password: String) -> [CChar] {
        password.utf8.map { CChar(bitPattern: $0) }
    }
}
