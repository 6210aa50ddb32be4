// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import Glibc

/// The bytes of a certificate's or key's file, and what stands in them.
struct PEMFile {
    /// A chain of ten certificates takes some 20 KiB; a path that names something else entirely is not read whole.
    private static let sizeMax = 1024 * 1024

    let path: String
    /// Anybody on this machine may read it.
    let isOpenToAll: Bool
    private let bytes: [UInt8]

    init(path: String) throws(TLSFileError) {
        self.path = path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .unreadable(path: path, reason: Self.reason(errno)) }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw .unreadable(path: path, reason: Self.reason(errno)) }
        guard info.st_mode & S_IFMT == S_IFREG else { throw .unreadable(path: path, reason: "it is not a file") }
        guard info.st_size <= Self.sizeMax else { throw .unreadable(path: path, reason: "it is larger than 1 MiB") }
        isOpenToAll = info.st_mode & S_IROTH != 0
        var bytes = [UInt8](repeating: 0, count: Self.sizeMax)
        var count = 0
        while count < bytes.count {
            let part = bytes.withUnsafeMutableBytes {
                read(descriptor, $0.baseAddress?.advanced(by: count), $0.count - count)
            }
            guard part >= 0 else { throw .unreadable(path: path, reason: Self.reason(errno)) }
            if part == 0 { break }
            count += part
        }
        self.bytes = Array(bytes[..<count])
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

    /// Calls `body` with a BIO that reads the bytes.
    private func reading<Value>(_ body: (OpaquePointer?) -> Value) -> Value {
        bytes.withUnsafeBytes { bytes in
            let bio = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count))
            defer { BIO_free(bio) }
            return body(bio)
        }
    }

    /// The certificates in their order; the caller frees them.
    func certificates() throws(TLSFileError) -> [OpaquePointer] {
        let (found, isWhole) = reading { bio -> ([OpaquePointer], Bool) in
            var found: [OpaquePointer] = []
            while let certificate = PEM_read_bio_X509(bio, nil, nil, nil) { found.append(certificate) }
            // Behind the last one no other begins; anything else is damage.
            let code = ERR_peek_last_error()
            ERR_clear_error()
            return (found, OpenSSL.reason(of: code) == PEM_R_NO_START_LINE)
        }
        guard !found.isEmpty, isWhole else {
            for certificate in found { X509_free(certificate) }
            throw .noCertificate(path: path)
        }
        return found
    }

    /// The private key; the caller frees it.
    func key() throws(TLSFileError) -> OpaquePointer {
        var isEncrypted = false
        let key = withUnsafeMutablePointer(to: &isEncrypted) { flag in
            reading { bio in
                // OpenSSL would ask on the terminal.
                PEM_read_bio_PrivateKey(
                    bio, nil,
                    { _, _, _, flag in
                        flag?.assumingMemoryBound(to: Bool.self).pointee = true
                        return -1
                    }, flag)
            }
        }
        ERR_clear_error()
        if let key { return key }
        throw isEncrypted ? .encryptedKey(path: path) : .noKey(path: path)
    }
}
