// SPDX-License-Identifier: Apache-2.0
internal import CUV
internal import Glibc

/// A listening socket of one loop; several loops listen on one port by SO_REUSEPORT, and the kernel spreads connections.
///
/// - Isolation: on the loop.
public final class TCPListener: HandleOwner, @unchecked Sendable {
    /// Connections the kernel completes before they are accepted; the system's `somaxconn` caps it.
    public static let backlog: Int32 = 4096

    private var accept: ((TCPStream) -> Void)?
    private var refused: ((UVError) -> Void)?
    private var tcp: UnsafeMutablePointer<uv_tcp_t> { memory.assumingMemoryBound(to: uv_tcp_t.self) }

    /// Binds and listens.
    ///
    /// - Parameters:
    ///   - address: port 0 lets the system choose; read it from `localAddress`.
    ///   - refused: told when a connection could not be accepted (descriptors exhausted); listening goes on.
    ///   - accept: called on the loop for each connection, which it must start or close.
    /// - Throws: `UVError` (EADDRINUSE, EACCES …).
    public init(
        loop: EventLoop, address: SocketAddress, refused: @escaping (UVError) -> Void,
        accept: @escaping (TCPStream) -> Void
    ) throws(UVError) {
        self.accept = accept
        self.refused = refused
        super.init(loop: loop, type: UV_TCP)
        // Naming the family makes libuv open the socket now, so that the option is set before bind.
        let status = uv_tcp_init_ex(loop.uv, tcp, UInt32(address.isIPv6 ? AF_INET6 : AF_INET))
        guard status == 0 else {
            discard()
            throw UVError(code: status, call: "uv_tcp_init_ex")
        }
        own()
        do throws(UVError) {
            try listen(on: address)
        } catch {
            close()
            throw error
        }
    }

    /// Throws where somebody listens on the address already: SO_REUSEPORT would let two programs of one user share it, each
    /// with half of the connections, and neither would say so. Whoever starts to listen right afterwards is not seen.
    ///
    /// - Throws: `UVError` (EADDRINUSE, EACCES, EADDRNOTAVAIL …).
    public static func requireUnused(_ address: SocketAddress) throws(UVError) {
        let family = address.isIPv6 ? AF_INET6 : AF_INET
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw UVError(code: -errno, call: "socket") }
        defer { Glibc.close(descriptor) }
        // Connections of an earlier run that the kernel has not forgotten yet (TIME_WAIT) are in nobody's way.
        var on: Int32 = 1
        guard setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw UVError(code: -errno, call: "setsockopt")
        }
        let length = address.isIPv6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
        guard address.withPointer({ bind(descriptor, $0, socklen_t(length)) }) == 0 else {
            throw UVError(code: -errno, call: "bind")
        }
    }

    private func listen(on address: SocketAddress) throws(UVError) {
        var descriptor: uv_os_fd_t = -1
        try UVError.check(uv_fileno(handle, &descriptor), "uv_fileno")
        var on: Int32 = 1
        guard setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw UVError(code: -errno, call: "setsockopt")
        }
        try UVError.check(address.withPointer { uv_tcp_bind(tcp, $0, 0) }, "uv_tcp_bind")
        let stream = memory.assumingMemoryBound(to: uv_stream_t.self)
        try UVError.check(
            uv_listen(stream, Self.backlog) { stream, status in
                let me: TCPListener = HandleOwner.of(stream?.pointee.data)
                me.connectionWaits(status)
            }, "uv_listen")
    }

    private func connectionWaits(_ status: Int32) {
        guard status == 0 else {
            refused?(UVError(code: status, call: "accept"))
            return
        }
        do throws(UVError) {
            let connection = try TCPStream(loop: loop)
            let accepted = uv_accept(memory.assumingMemoryBound(to: uv_stream_t.self), connection.stream)
            guard accepted == 0 else {
                connection.close()
                throw UVError(code: accepted, call: "uv_accept")
            }
            uv_tcp_nodelay(connection.tcp, 1)
            if let accept { accept(connection) } else { connection.close() }
        } catch {
            refused?(error)
        }
    }

    /// The bound address, with the port that the system chose.
    public var localAddress: SocketAddress? {
        SocketAddress.read { address, length in uv_tcp_getsockname(tcp, address, length) }
    }

    override func willClose() {
        accept = nil
        refused = nil
    }
}
