// SPDX-License-Identifier: Apache-2.0
import CSodium

/// Authenticated encryption for what is stored but must not be readable in the database: XChaCha20-Poly1305 by libsodium.
///
/// **Shape** of sealed bytes: 24 bytes nonce, then the ciphertext, as long as the plaintext, then a 16-byte tag.
/// The nonce is random and long enough never to repeat in practice.
public struct SealedBox: Sendable {
    /// The number of bytes by which sealing lengthens the plaintext.
    public static let overhead = nonceByteCount + tagByteCount
    /// The number of bytes of a key.
    public static let keyByteCount = 32

    private static let nonceByteCount = 24
    private static let tagByteCount = 16

    private let key: [UInt8]
    private let random: RandomSource

    /// Takes a key of exactly 32 bytes; another length gives nil.
    public init?(key: [UInt8], random: RandomSource = .secure) {
        guard key.count == Self.keyByteCount else { return nil }
        Sodium.require()
        self.key = key
        self.random = random
    }

    /// Encrypts `plaintext` and binds it to `context`, which must be given again to open it but is not stored.
    public func seal(_ plaintext: [UInt8], context: [UInt8]) -> [UInt8] {
        let nonce = random.bytes(Self.nonceByteCount)
        var body = [UInt8](repeating: 0, count: plaintext.count + Self.tagByteCount)
        var written: UInt64 = 0
        // Cannot fail: libsodium documents 0 as the only result, and memory is bounded by the caller.
        _ = crypto_aead_xchacha20poly1305_ietf_encrypt(
            &body, &written, plaintext, UInt64(plaintext.count), context, UInt64(context.count), nil, nonce, key)
        return nonce + body
    }

    /// The plaintext, or nil when the bytes were changed, cut, sealed under another key or bound to another context.
    public func open(_ sealed: [UInt8], context: [UInt8]) -> [UInt8]? {
        guard sealed.count >= Self.overhead else { return nil }
        let nonce = Array(sealed[..<Self.nonceByteCount])
        let body = Array(sealed[Self.nonceByteCount...])
        // One byte more than the plaintext, so that even an empty one has an address.
        var plaintext = [UInt8](repeating: 0, count: body.count - Self.tagByteCount + 1)
        var written: UInt64 = 0
        let result = crypto_aead_xchacha20poly1305_ietf_decrypt(
            &plaintext, &written, nil, body, UInt64(body.count), context, UInt64(context.count), nonce, key)
        guard result == 0 else { return nil }
        plaintext.removeLast(plaintext.count - Int(written))
        return plaintext
    }
}
