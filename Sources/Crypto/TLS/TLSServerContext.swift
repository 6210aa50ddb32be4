// SPDX-License-Identifier: Apache-2.0
import COpenSSL

/// What a server needs for TLS: certificate, key and rules. Immutable; a renewed certificate makes a new one, and
/// sessions keep that with which they began.
///
/// - Rules: TLS 1.2 and 1.3; forward secrecy and authenticated encryption only; X25519 or P-256; no renegotiation, no
///   compression, no early data; ALPN `http/1.1`.
/// - Isolation: usable from any thread.
public final class TLSServerContext: Sendable {
    /// The cipher suites of TLS 1.3, in our order.
    public static let suites = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
    /// The cipher suites of TLS 1.2, in our order; which half serves is decided by the certificate's key.
    public static let olderSuites = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ]
    /// The groups of the key exchange, in our order.
    public static let groups = ["X25519", "P-256"]
    /// How long a session may be resumed: a ticket made at the end of an epoch is readable for one more.
    static let sessionLifetime = TLSTicketKeys.epochSeconds

    /// Set up in `init` only, reference-counted and locked by OpenSSL.
    nonisolated(unsafe) let pointer: OpaquePointer
    /// What whoever runs the server should hear: an expired certificate, a key that everybody may read.
    public let warnings: [String]
    /// OpenSSL calls it with each ticket.
    private let tickets: TLSTicketKeys

    /// Reads a chain (the server's certificate first) and its key, both in PEM form.
    ///
    /// - Throws: `TLSFileError` where they cannot serve; an expired certificate is a warning, because an expired
    ///   certificate serves some clients and no server serves none.
    /// - Cost: reads two files.
    public init(certificate: String, key: String, tickets: TLSTicketKeys) throws(TLSFileError) {
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw .library(reason: OpenSSL.lastError()) }
        pointer = context
        self.tickets = tickets
        do throws(TLSFileError) {
            try Self.setRules(context)
            warnings = try Self.load(context, certificate: PEMFile(path: certificate), key: PEMFile(path: key))
        } catch {
            SSL_CTX_free(context)
            throw error
        }
        SSL_CTX_set_ex_data(context, 0, Unmanaged.passUnretained(tickets).toOpaque())
        SSL_CTX_set_tlsext_ticket_key_evp_cb(context, TLSTicketKeys.callback)
    }

    deinit {
        SSL_CTX_free(pointer)
    }

    private static func setRules(_ context: OpaquePointer) throws(TLSFileError) {
        let sets = [
            SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil) == 1,
            SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(TLS1_3_VERSION), nil) == 1,
            SSL_CTX_set_ciphersuites(context, suites.joined(separator: ":")) == 1,
            SSL_CTX_set_cipher_list(context, olderSuites.joined(separator: ":")) == 1,
            SSL_CTX_set1_groups(context, groups.joined(separator: ":")) == 1,
            SSL_CTX_set_session_id_context(context, Array("mve".utf8), 3) == 1,
        ]
        guard sets.allSatisfy({ $0 }) else { throw .library(reason: OpenSSL.lastError()) }
        // 112 bits: whatever the system's openssl.cnf says.
        SSL_CTX_set_security_level(context, 2)
        SSL_CTX_set_options(
            context,
            mve_ssl_no_renegotiation | mve_ssl_no_compression | mve_ssl_cipher_server_preference
                | mve_ssl_prioritize_chacha)
        // The record buffers, 2 × 16 KiB, are given back between records: thousands of connections are idle.
        SSL_CTX_ctrl(context, SSL_CTRL_MODE, Int(SSL_MODE_RELEASE_BUFFERS), nil)
        // Resumption is by tickets: nothing is kept here for clients that may never come back.
        SSL_CTX_ctrl(context, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
        SSL_CTX_set_timeout(context, Int(sessionLifetime))
        SSL_CTX_set_alpn_select_cb(
            context,
            { _, chosen, chosenLength, offered, offeredLength, _ in
                guard let chosen, let chosenLength, let offered else { return SSL_TLSEXT_ERR_ALERT_FATAL }
                let list = UnsafeBufferPointer(start: offered, count: Int(offeredLength))
                guard let index = ALPNOffer.indexOfHTTP11(in: list) else { return SSL_TLSEXT_ERR_ALERT_FATAL }
                chosen.pointee = offered + index
                chosenLength.pointee = UInt8(ALPNOffer.http11.count)
                return SSL_TLSEXT_ERR_OK
            }, nil)
    }

    /// `SSL_CTX_set1_groups_list` is a macro.
    private static func SSL_CTX_set1_groups(_ context: OpaquePointer, _ list: String) -> Int {
        list.withCString { SSL_CTX_ctrl(context, SSL_CTRL_SET_GROUPS_LIST, 0, UnsafeMutableRawPointer(mutating: $0)) }
    }

    private static func load(
        _ context: OpaquePointer, certificate: PEMFile, key: PEMFile
    ) throws(TLSFileError) -> [String] {
        let chain = try certificate.certificates()
        defer { for one in chain { X509_free(one) } }
        let secret = try key.key()
        defer { EVP_PKEY_free(secret) }
        guard X509_check_private_key(chain[0], secret) == 1 else {
            ERR_clear_error()
            throw .mismatch(certificate: certificate.path, key: key.path)
        }
        guard SSL_CTX_use_certificate(context, chain[0]) == 1 else {
            throw .refused(path: certificate.path, reason: OpenSSL.lastError())
        }
        for issuer in chain.dropFirst() {
            // The 1 takes a reference of its own.
            guard SSL_CTX_ctrl(context, SSL_CTRL_CHAIN_CERT, 1, UnsafeMutableRawPointer(issuer)) == 1 else {
                throw .refused(path: certificate.path, reason: OpenSSL.lastError())
            }
        }
        guard SSL_CTX_use_PrivateKey(context, secret) == 1 else {
            throw .refused(path: key.path, reason: OpenSSL.lastError())
        }
        var warnings = chain.compactMap { CertificateDates($0).warning(path: certificate.path) }
        if key.isOpenToAll { warnings.append("every account of this machine can read the key in \(key.path)") }
        return warnings
    }
}
