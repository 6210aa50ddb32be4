// SPDX-License-Identifier: Apache-2.0
import Glibc
import UVRuntime

/// A blocking socket, which tells a reset from an end where libuv does not. Used on worker threads.
struct PlainSocket: Sendable {
    struct Failed: Error {}

    private let descriptor: Int32

    /// Connects to a port of 127.0.0.1.
    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            close(descriptor)
            throw Failed()
        }
    }

    func write(_ text: String) throws {
        let octets = Array(text.utf8)
        guard send(descriptor, octets, octets.count, Int32(MSG_NOSIGNAL)) == octets.count else { throw Failed() }
    }

    /// What comes until the end, and the error that ended it; 0 for an orderly end. Closes the socket.
    func readToEnd() -> (text: String, error: Int32) {
        defer { close(descriptor) }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count <= 0 { return (String(decoding: received, as: UTF8.self), count == 0 ? 0 : errno) }
            received += buffer[..<count]
        }
    }
}
