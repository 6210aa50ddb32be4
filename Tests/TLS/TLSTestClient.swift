// SPDX-License-Identifier: Apache-2.0
import COpenSSL

/// OpenSSL as a client, without a socket: bytes of the wire go in and come out.
public final class TLSTestClient {
    /// Something that a client brings to its next connection.
    public final class Session: Sendable {
        // Not changed once it is made; OpenSSL counts its references.
        nonisolated(unsafe) let pointer: OpaquePointer

        init(_ pointer: OpaquePointer) { self.pointer = pointer }

        deinit { SSL_SESSION_free(pointer) }
    }

    /// What it proposes.
    public struct Offer: Sendable {
        /// `TLS1_VERSION` … `TLS1_3_VERSION`.
        public var versions = TLS1_2_VERSION...TLS1_3_VERSION
        /// Of TLS 1.2 and before; nil is OpenSSL's list.
        public var ciphers: String?
        /// Of TLS 1.3; nil is OpenSSL's list.
        public var suites: String?
        /// nil is OpenSSL's list.
        public var groups: String?
        /// None offers nothing.
        public var protocols: [String] = []
        /// Resumes it.
        public var session: Session?

        /// As a client of today.
        public init() {}

        /// One version alone.
        public init(version: Int32) { versions = version...version }
    }

    private let context: OpaquePointer
    private let ssl: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    /// Plain bytes received.
    public var received: [UInt8] = []
    /// The server has said that nothing more comes.
    public private(set) var hasEnded = false
    /// Why it does not go on.
    public private(set) var failure: String?

    /// Begins a handshake; its first bytes wait in `takeOutput`.
    ///
    /// - Parameter authority: checks the server's certificate against it and `localhost`; nil checks nothing.
    public init(_ offer: Offer = Offer(), trusting authority: TestCertificate? = nil) throws {
        guard let context = SSL_CTX_new(TLS_client_method()), let incoming = BIO_new(BIO_s_mem()),
            let outgoing = BIO_new(BIO_s_mem())
        else { throw TestCertificate.Failed(step: "SSL_CTX_new") }
        self.context = context
        self.incoming = incoming
        self.outgoing = outgoing
        // A client of long ago, where a test asks for one.
        SSL_CTX_set_security_level(context, 0)
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(offer.versions.lowerBound), nil)
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(offer.versions.upperBound), nil)
        if let ciphers = offer.ciphers { SSL_CTX_set_cipher_list(context, ciphers) }
        if let suites = offer.suites { SSL_CTX_set_ciphersuites(context, suites) }
        if let authority {
            X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.certificate)
            SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        }
        guard let ssl = SSL_new(context) else { throw TestCertificate.Failed(step: "SSL_new") }
        self.ssl = ssl
        SSL_set_bio(ssl, incoming, outgoing)
        if let groups = offer.groups {
            groups.withCString {
                _ = SSL_ctrl(ssl, SSL_CTRL_SET_GROUPS_LIST, 0, UnsafeMutableRawPointer(mutating: $0))
            }
        }
        if authority != nil { SSL_set1_host(ssl, "localhost") }
        if !offer.protocols.isEmpty {
            let list = offer.protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
            SSL_set_alpn_protos(ssl, list, UInt32(list.count))
        }
        if let session = offer.session { SSL_set_session(ssl, session.pointer) }
        SSL_set_connect_state(ssl)
        advance()
    }

    deinit {
        SSL_free(ssl)
        SSL_CTX_free(context)
    }

    // MARK: The wire

    /// Takes bytes from the server.
    public func receive(_ bytes: UnsafeRawBufferPointer) {
        BIO_write(incoming, bytes.baseAddress, Int32(bytes.count))
        advance()
    }

    /// Takes bytes from the server.
    public func receive(_ bytes: [UInt8]) { bytes.withUnsafeBytes { receive($0) } }

    /// Bytes for the server, taken out.
    public func takeOutput() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(outgoing))
        let count = BIO_read(outgoing, &bytes, Int32(bytes.count))
        return Array(bytes[..<Int(max(count, 0))])
    }

    private func advance() {
        var buffer = [UInt8](repeating: 0, count: 32 * 1024)
        while failure == nil, !hasEnded {
            ERR_clear_error()
            let count = SSL_read(ssl, &buffer, Int32(buffer.count))
            if count > 0 {
                received += buffer[..<Int(count)]
                continue
            }
            switch SSL_get_error(ssl, count) {
            case SSL_ERROR_WANT_READ: return
            case SSL_ERROR_ZERO_RETURN: hasEnded = true
            default:
                let reason = ERR_reason_error_string(ERR_peek_last_error()).map { String(cString: $0) }
                failure = reason ?? "no reason given"
            }
        }
    }

    // MARK: What it says

    /// Encrypts; before the handshake's end nothing is sent.
    public func send(_ plain: [UInt8]) {
        SSL_write(ssl, plain, Int32(plain.count))
        ERR_clear_error()
    }

    /// Says that nothing more comes.
    public func close() {
        SSL_shutdown(ssl)
        ERR_clear_error()
    }

    /// Asks for new keys: a second handshake in TLS 1.2, a key update that wants another in TLS 1.3.
    public func changeKeys() {
        if SSL_version(ssl) == TLS1_3_VERSION {
            SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED)
        } else {
            SSL_renegotiate(ssl)
        }
        SSL_do_handshake(ssl)
        ERR_clear_error()
    }

    // MARK: What was agreed

    public var isEstablished: Bool { SSL_is_init_finished(ssl) == 1 }

    public var isResumed: Bool { SSL_session_reused(ssl) == 1 }

    /// `TLSv1.2`, `TLSv1.3`.
    public var version: String { String(cString: SSL_get_version(ssl)) }

    public var cipher: String { String(cString: SSL_CIPHER_get_name(SSL_get_current_cipher(ssl))) }

    /// The protocol that the server chose.
    public var chosenProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &name, &count)
        guard let name, count > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(count)), as: UTF8.self)
    }

    /// The common name of the server's certificate.
    public var serverName: String? {
        guard let certificate = SSL_get1_peer_certificate(ssl) else { return nil }
        defer { X509_free(certificate) }
        var name = [CChar](repeating: 0, count: 256)
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, &name, Int32(name.count))
        return name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } }
    }

    /// What it can resume; in TLS 1.3 once the tickets have come.
    public var session: Session? {
        // A copy: that of the connection cannot be resumed any more once the connection's context is freed.
        guard let own = SSL_get_session(ssl), let session = SSL_SESSION_dup(own) else { return nil }
        return Session(session)
    }
}
