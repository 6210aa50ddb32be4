// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A TCP port of the loopback interface that stays ours while servers on it come and go.
///
/// Bound and never listening: servers that listen with `SO_REUSEPORT` share it, their look whether somebody listens there
/// passes it by (`SO_REUSEADDR`), and without one a connection is refused.
public final class PortReservation: Sendable {
    /// The port.
    public let port: UInt16
    private let descriptor: Int32

    /// Takes one that the system chose.
    public init() throws(RawSocket.Failure) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw RawSocket.Failure(step: "socket", code: errno) }
        var on: Int32 = 1
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                [SO_REUSEPORT, SO_REUSEADDR].allSatisfy {
                    setsockopt(descriptor, SOL_SOCKET, $0, &on, socklen_t(MemoryLayout<Int32>.size)) == 0
                } && bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else {
            let code = errno
            Glibc.close(descriptor)
            throw RawSocket.Failure(step: "bind", code: code)
        }
        self.descriptor = descriptor
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { Glibc.close(descriptor) }
}
