// SPDX-License-Identifier: Apache-2.0
import COpenSSL

/// What this module needs of libcrypto, fetched once: fetching an algorithm by name takes longer than hashing a request.
enum OpenSSL {
    /// SHA-256 of the default provider, or the built-in table's entry should the provider be configured away.
    ///
    /// `nonisolated(unsafe)`: set once, and OpenSSL's algorithm objects are immutable and shared by reference count.
    nonisolated(unsafe) static let sha256: OpaquePointer? = EVP_MD_fetch(nil, "SHA256", nil) ?? EVP_sha256()

    /// A context of HMAC over SHA-256 without a key, or nil when the provider has no HMAC.
    static func makeHMACContext() -> OpaquePointer? {
        guard let mac = EVP_MAC_fetch(nil, "HMAC", nil) else { return nil }
        defer { EVP_MAC_free(mac) }
        return EVP_MAC_CTX_new(mac)
    }

    /// States that a call on valid, self-made arguments succeeded.
    ///
    /// The calls guarded so fail only when memory runs out or when the installation lacks SHA-256; the server checks the
    /// second at start by hashing its secret, so that neither can be reached by what a client sends.
    static func require(_ done: Bool) {
        precondition(done, "libcrypto refused SHA-256 or HMAC-SHA256")
    }

    /// Ends the process as Swift's own allocator does.
    static func outOfMemory() -> Never {
        preconditionFailure("libcrypto is out of memory")
    }
}
