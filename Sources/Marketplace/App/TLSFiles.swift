// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCrypto

/// The files of `TLS_CERTIFICATE` and `TLS_KEY`.
public struct TLSFiles: Sendable, Equatable {
    /// A chain in PEM form, the server's certificate first. Absolute.
    public let certificate: String
    /// Its key in PEM form, unencrypted. Absolute.
    public let key: String

    /// Reads them.
    ///
    /// - Throws: `ConfigurationError` that names the key whose file cannot serve.
    func load(tickets: TLSTicketKeys) throws(ConfigurationError) -> TLSServerContext {
        do throws(TLSFileError) {
            return try TLSServerContext(certificate: certificate, key: key, tickets: tickets)
        } catch {
            throw ConfigurationError(problems: [.init(key: Self.key(of: error, key), message: "\(error)")])
        }
    }

    private static func key(of error: TLSFileError, _ keyPath: String) -> String {
        switch error {
        case .unreadable(keyPath, _), .refused(keyPath, _), .noKey, .encryptedKey, .mismatch: "TLS_KEY"
        case .unreadable, .refused, .noCertificate, .library: "TLS_CERTIFICATE"
        }
    }
}
