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

    /// Calls `body` with parameters that name SHA-256 as the digest of an HMAC, and its key where one is given.
    ///
    /// OpenSSL keeps the addresses of the names: a literal that Swift passes as a C string may be gone after the call.
    static func withHMACParameters<Value>(key: [UInt8]? = nil, _ body: ([OSSL_PARAM]) -> Value) -> Value {
        let keyName: StaticString = "key"
        let digestName: StaticString = "digest"
        var digest: [CChar] = Array("SHA256".utf8CString)
        var key = key
        return digest.withUnsafeMutableBufferPointer { digest in
            func call(_ first: [OSSL_PARAM]) -> Value {
                digestName.utf8Start.withMemoryRebound(to: CChar.self, capacity: digestName.utf8CodeUnitCount + 1) {
                    body(
                        first + [
                            OSSL_PARAM_construct_utf8_string($0, digest.baseAddress, 0), OSSL_PARAM_construct_end(),
                        ])
                }
            }
            return key?.withUnsafeMutableBytes { key in
                keyName.utf8Start.withMemoryRebound(to: CChar.self, capacity: keyName.utf8CodeUnitCount + 1) {
                    call([OSSL_PARAM_construct_octet_string($0, key.baseAddress, key.count)])
                }
            } ?? call([])
        }
    }

    /// What the last call of this thread that failed says about it; forgets it.
    static func lastError() -> String {
        let code = ERR_peek_last_error()
        ERR_clear_error()
        guard let text = ERR_reason_error_string(code) else { return code == 0 ? "no reason given" : "error \(code)" }
        return String(cString: text)
    }

    /// The reason within an error's code; `ERR_GET_REASON` of errors that are not the system's.
    static func reason(of code: UInt) -> Int32 {
        Int32(truncatingIfNeeded: code & 0x7F_FFFF)
    }
}
