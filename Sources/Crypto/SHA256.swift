// SPDX-License-Identifier: Apache-2.0
import COpenSSL

/// SHA-256 by OpenSSL (FIPS 180-4), at once or in pieces.
public enum SHA256 {
    /// Hashes `bytes` at once.
    ///
    /// - Cost: about half a microsecond plus 0.6 ns a byte; no Swift allocation.
    public static func hash(_ bytes: UnsafeRawBufferPointer) -> Digest256 {
        Digest256 { output in
            let done = EVP_Digest(bytes.baseAddress, bytes.count, output, nil, OpenSSL.sha256, nil)
            OpenSSL.require(done == 1)
        }
    }

    /// Hashes `bytes` at once.
    public static func hash(_ bytes: [UInt8]) -> Digest256 {
        bytes.withUnsafeBytes { hash($0) }
    }

    /// Hashes the UTF-8 bytes of `text` at once.
    public static func hash(_ text: String) -> Digest256 {
        var text = text
        return text.withUTF8 { hash(UnsafeRawBufferPointer($0)) }
    }
}

/// A SHA-256 hash that is fed piece by piece.
///
/// Not copyable, because the state lives in OpenSSL's memory: `finalize()` ends it.
public struct SHA256Hasher: ~Copyable {
    private let context: OpaquePointer

    /// Starts an empty hash.
    public init() {
        guard let context = EVP_MD_CTX_new() else { OpenSSL.outOfMemory() }
        self.context = context
        OpenSSL.require(EVP_DigestInit_ex(context, OpenSSL.sha256, nil) == 1)
    }

    deinit {
        EVP_MD_CTX_free(context)
    }

    /// Adds `bytes` to what is hashed.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        OpenSSL.require(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1)
    }

    /// Adds `bytes` to what is hashed.
    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// Adds `field` preceded by its length as eight big-endian bytes, so that no two lists of fields hash alike.
    public mutating func updateLengthPrefixed(_ field: UnsafeRawBufferPointer) {
        let length = UInt64(field.count).bigEndian
        withUnsafeBytes(of: length) { update($0) }
        update(field)
    }

    /// Adds `field` preceded by its length as eight big-endian bytes, so that no two lists of fields hash alike.
    public mutating func updateLengthPrefixed(_ field: [UInt8]) {
        field.withUnsafeBytes { updateLengthPrefixed($0) }
    }

    /// Adds the UTF-8 bytes of `field` preceded by their number as eight big-endian bytes.
    public mutating func updateLengthPrefixed(_ field: String) {
        var field = field
        field.withUTF8 { updateLengthPrefixed(UnsafeRawBufferPointer($0)) }
    }

    /// Ends the hash and gives its value.
    public consuming func finalize() -> Digest256 {
        let context = self.context
        return Digest256 { output in
            OpenSSL.require(EVP_DigestFinal_ex(context, output, nil) == 1)
        }
    }
}
