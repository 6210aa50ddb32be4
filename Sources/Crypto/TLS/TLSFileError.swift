// SPDX-License-Identifier: Apache-2.0

/// Why a certificate and its key cannot be used, in words for who configured them.
public enum TLSFileError: Error, Equatable, CustomStringConvertible {
    /// The file is not there, or may not be read.
    case unreadable(path: String, reason: String)
    /// No certificate in PEM form stands in the file.
    case noCertificate(path: String)
    /// No private key in PEM form stands in the file.
    case noKey(path: String)
    /// The key asks for a pass phrase, which a server that restarts by itself cannot type.
    case encryptedKey(path: String)
    /// The key does not belong to the first certificate of the file.
    case mismatch(certificate: String, key: String)
    /// OpenSSL refuses the certificate or the key: RSA below 2,048 bits, a curve or digest of the past.
    case refused(path: String, reason: String)
    /// The library itself failed.
    case library(reason: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
        case .noCertificate(let path): "\(path) holds no certificate in PEM form"
        case .noKey(let path): "\(path) holds no private key in PEM form"
        case .encryptedKey(let path):
            "the key in \(path) is encrypted; decrypt it (openssl pkey) and protect the file by its permissions"
        case .mismatch(let certificate, let key):
            "the key in \(key) does not belong to the first certificate in \(certificate)"
        case .refused(let path, let reason): "\(path) is refused: \(reason)"
        case .library(let reason): "OpenSSL failed: \(reason)"
        }
    }
}
