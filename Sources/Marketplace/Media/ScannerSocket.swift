// SPDX-License-Identifier: Apache-2.0
internal import Glibc
public import HTTP
internal import UVRuntime

/// A virus scanner behind a unix socket that speaks clamd's `INSTREAM`: the file goes over in blocks, one line comes back.
///
/// What is not said to be clean is not kept: no socket, no answer within ten seconds and an answer that is not understood are
/// all `unavailable`.
public struct ScannerSocket: DocumentScanner {
    /// Octets of a block.
    private static let blockSize = 64 * 1024
    /// Of one call of the system: a scanner takes a second for the largest document.
    private static let patienceSeconds = 10

    private let path: String

    /// A scanner that listens at a path; nil where the path is longer than a socket's may be.
    public init?(path: String) {
        guard !path.isEmpty, path.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path) else { return nil }
        self.path = path
    }

    public func verdict(on part: FormPart) async throws -> DocumentVerdict {
        guard let loop = EventLoop.currentLoop else { preconditionFailure("documents are examined from a loop") }
        let path = path
        return try await loop.offload { try Self.verdict(on: part, at: path) }
    }

    /// Blocks.
    private static func verdict(on part: FormPart, at path: String) throws(SpoolError) -> DocumentVerdict {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return .unavailable }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: patienceSeconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
        guard connects(descriptor, path), sends(descriptor, Array("zINSTREAM\0".utf8)) else { return .unavailable }
        var at = 0
        while at < part.size {
            let block = try part.readBlocking(at: at, count: blockSize)
            let count = (0..<4).map { UInt8(truncatingIfNeeded: block.count >> (24 - 8 * $0)) }
            guard !block.isEmpty, sends(descriptor, count + block) else { return .unavailable }
            at += block.count
        }
        guard sends(descriptor, [0, 0, 0, 0]) else { return .unavailable }
        return verdict(of: line(descriptor))
    }

    /// `stream: OK`, or `stream: … FOUND`.
    static func verdict(of line: String) -> DocumentVerdict {
        if line == "stream: OK" { return .clean }
        return line.hasPrefix("stream: ") && line.hasSuffix(" FOUND") ? .refused : .unavailable
    }

    private static func connects(_ descriptor: Int32, _ path: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }

    private static func sends(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var at = 0
            while at < bytes.count {
                let base = bytes.baseAddress?.advanced(by: at)
                let count = send(descriptor, base, bytes.count - at, Int32(MSG_NOSIGNAL))
                if count < 0, errno == EINTR { continue }
                if count <= 0 { return false }
                at += count
            }
            return true
        }
    }

    /// What comes before a zero or the end; cut at a length that no verdict has.
    private static func line(_ descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var octet: UInt8 = 0
        while bytes.count < 1024 {
            let count = recv(descriptor, &octet, 1, 0)
            if count < 0, errno == EINTR { continue }
            if count <= 0 || octet == 0 { break }
            bytes.append(octet)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
