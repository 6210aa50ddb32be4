// SPDX-License-Identifier: Apache-2.0
internal import CCurl

/// Why there is no answer, and whether the request may have had its effect.
public struct HTTPClientError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    public enum Kind: String, Sendable {
        /// The request itself is malformed or names another protocol.
        case invalidRequest
        /// Too many requests wait already.
        case overloaded
        /// The client is closed.
        case closed
        /// The name has no address.
        case resolve
        /// No connection.
        case connect
        /// The handshake or the certificate failed.
        case tls
        /// The request took longer than its time-out.
        case timedOut
        /// The connection broke.
        case connectionLost
        /// The answer is larger than the client accepts.
        case responseTooLarge
        /// The answer is no HTTP.
        case malformedResponse
        /// Something else that libcurl or the system refused.
        case other
    }

    /// What the other side may have done.
    public enum Outcome: String, Sendable {
        /// Not one byte of the request left us: nothing happened, it may be sent again.
        case neverSent
        /// Some of the request left us: it may have happened. Ask before sending again.
        case unknown
    }

    /// What went wrong.
    public let kind: Kind
    /// What the other side may have done.
    public let outcome: Outcome
    /// For logs: libcurl's words, never a body or a secret.
    public let message: String

    /// Takes the three.
    public init(kind: Kind, outcome: Outcome, message: String) {
        self.kind = kind
        self.outcome = outcome
        self.message = message
    }

    public var description: String { "\(kind.rawValue) (\(outcome.rawValue)): \(message)" }

    init(code: CURLcode, sent: Bool) {
        self.init(kind: Self.kind(of: code), outcome: sent ? .unknown : .neverSent, message: Self.text(code))
    }

    static func text(_ code: CURLcode) -> String {
        curl_easy_strerror(code).map { String(cString: $0) } ?? "libcurl error \(code.rawValue)"
    }

    private static func kind(of code: CURLcode) -> Kind {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolve
        case CURLE_COULDNT_CONNECT: .connect
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        // Rewinding fails when libcurl would send a body a second time after a lost connection: we do not let it.
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_SEND_FAIL_REWIND:
            .connectionLost
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            .tls
        case CURLE_WRITE_ERROR, CURLE_FILESIZE_EXCEEDED: .responseTooLarge
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING: .malformedResponse
        case CURLE_URL_MALFORMAT: .invalidRequest
        default: .other
        }
    }
}
