// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import Glibc

/// A certificate with its key, made for a test.
public final class TestCertificate: Sendable {
    /// What OpenSSL refused.
    public struct Failed: Error {
        let step: String
    }

    /// The kind of key.
    public enum Key: Sendable {
        /// ECDSA on P-256.
        case curve
        /// RSA with so many bits.
        case rsa(Int)
    }

    // Not changed once they are made; OpenSSL counts their references.
    nonisolated(unsafe) let certificate: OpaquePointer
    nonisolated(unsafe) let key: OpaquePointer
    private let issuer: TestCertificate?

    /// Makes one for `localhost` and 127.0.0.1.
    ///
    /// - Parameters:
    ///   - name: its common name, which tells it from others.
    ///   - days: from when to when it is valid, counted from now.
    ///   - issuer: nil signs it with its own key.
    public init(
        _ name: String = "localhost", key kind: Key = .curve, days: ClosedRange<Int> = -1...30,
        issuer: TestCertificate? = nil, isAuthority: Bool = false
    ) throws {
        self.issuer = issuer
        key = try Self.makeKey(kind)
        guard let certificate = X509_new() else { throw Failed(step: "X509_new") }
        self.certificate = certificate
        X509_set_version(certificate, 2)
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), UInt64.random(in: 1...UInt64.max / 2))
        X509_gmtime_adj(X509_getm_notBefore(certificate), days.lowerBound * 86_400)
        X509_gmtime_adj(X509_getm_notAfter(certificate), days.upperBound * 86_400)
        X509_set_pubkey(certificate, key)
        let subject = X509_get_subject_name(certificate)
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0)
        X509_set_issuer_name(certificate, X509_get_subject_name(issuer?.certificate ?? certificate))
        try add(NID_basic_constraints, isAuthority ? "critical,CA:TRUE" : "critical,CA:FALSE")
        try add(NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1")
        guard X509_sign(certificate, issuer?.key ?? key, EVP_sha256()) > 0 else { throw Failed(step: "X509_sign") }
    }

    deinit {
        X509_free(certificate)
        EVP_PKEY_free(key)
    }

    private func add(_ kind: Int32, _ value: String) throws {
        guard let field = X509V3_EXT_conf_nid(nil, nil, kind, value) else { throw Failed(step: value) }
        defer { X509_EXTENSION_free(field) }
        X509_add_ext(certificate, field, -1)
    }

    private static func makeKey(_ kind: Key) throws -> OpaquePointer {
        let type: Int32
        switch kind {
        case .curve: type = EVP_PKEY_EC
        case .rsa: type = EVP_PKEY_RSA
        }
        guard let context = EVP_PKEY_CTX_new_id(type, nil) else { throw Failed(step: "EVP_PKEY_CTX_new_id") }
        defer { EVP_PKEY_CTX_free(context) }
        EVP_PKEY_keygen_init(context)
        switch kind {
        case .curve: EVP_PKEY_CTX_set_group_name(context, "P-256")
        case .rsa(let bits): EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(bits))
        }
        var key: OpaquePointer?
        guard EVP_PKEY_generate(context, &key) == 1, let key else { throw Failed(step: "EVP_PKEY_generate") }
        return key
    }

    // MARK: As files

    /// The certificate and, behind it, those that signed it.
    public var chainPEM: String {
        let own = Self.pem { PEM_write_bio_X509($0, certificate) }
        guard let issuer, issuer.issuer != nil else { return own }
        return own + issuer.chainPEM
    }

    /// The certificate alone.
    public var certificatePEM: String { Self.pem { PEM_write_bio_X509($0, certificate) } }

    /// The key, unencrypted.
    public var keyPEM: String { Self.pem { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) } }

    /// The key under a pass phrase.
    public var encryptedKeyPEM: String {
        let phrase = Array("a phrase".utf8)
        return Self.pem {
            PEM_write_bio_PrivateKey($0, key, EVP_aes_256_cbc(), phrase, Int32(phrase.count), nil, nil)
        }
    }

    private static func pem(_ write: (OpaquePointer?) -> Int32) -> String {
        let bio = BIO_new(BIO_s_mem())
        defer { BIO_free(bio) }
        _ = write(bio)
        var bytes = [UInt8](repeating: 0, count: 64 * 1024)
        let count = BIO_read(bio, &bytes, Int32(bytes.count))
        return String(decoding: bytes[..<Int(max(count, 0))], as: UTF8.self)
    }

    /// Writes chain and key into a directory; gives their paths.
    public func write(into directory: TemporaryDirectory) throws -> (certificate: String, key: String) {
        (try directory.write("certificate.pem", chainPEM), try directory.write("key.pem", keyPEM))
    }
}
