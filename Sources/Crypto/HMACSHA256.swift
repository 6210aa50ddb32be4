// SPDX-License-Identifier: Apache-2.0
import COpenSSL

/// HMAC-SHA256 with one key, prepared once and used often (RFC 2104).
///
/// **Isolation**: immutable after `init`, usable from any thread: every code is computed on a copy of the keyed state.
public final class HMACSHA256: Sendable {
    /// Keyed and never updated: only copied.
    ///
    /// `nonisolated(unsafe)`: written in `init` only; `EVP_MAC_CTX_dup` reads it.
    private nonisolated(unsafe) let template: OpaquePointer

    /// Prepares the key, which may have any length.
    public init(key: [UInt8]) {
        guard let context = OpenSSL.makeHMACContext() else { OpenSSL.outOfMemory() }
        template = context
        // An empty key has no address, and OpenSSL takes a null key for "keep the last one".
        let padded = key.isEmpty ? [0] : key
        OpenSSL.withHMACParameters { OpenSSL.require(EVP_MAC_init(context, padded, padded.count, $0) == 1) }
    }

    deinit {
        EVP_MAC_CTX_free(template)
    }

    /// The code of `bytes`.
    public func code(_ bytes: UnsafeRawBufferPointer) -> Digest256 {
        guard let context = EVP_MAC_CTX_dup(template) else { OpenSSL.outOfMemory() }
        defer { EVP_MAC_CTX_free(context) }
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        OpenSSL.require(bytes.isEmpty || EVP_MAC_update(context, start, bytes.count) == 1)
        return Digest256 { output in
            var written = 0
            OpenSSL.require(EVP_MAC_final(context, output, &written, Digest256.byteCount) == 1)
        }
    }

    /// The code of `bytes`.
    public func code(_ bytes: [UInt8]) -> Digest256 {
        bytes.withUnsafeBytes { code($0) }
    }

    /// The code of the UTF-8 bytes of `text`.
    public func code(_ text: String) -> Digest256 {
        var text = text
        return text.withUTF8 { code(UnsafeRawBufferPointer($0)) }
    }

    /// Whether `claimed` is the code of `bytes`, compared in constant time; false for any length but 32.
    public func isValid(_ claimed: [UInt8], for bytes: [UInt8]) -> Bool {
        ConstantTime.equal(code(bytes).bytes, claimed)
    }

    /// The code of `bytes` under a key used once.
    public static func code(_ bytes: [UInt8], key: [UInt8]) -> Digest256 {
        HMACSHA256(key: key).code(bytes)
    }
}
