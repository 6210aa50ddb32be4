// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// Takes requests and dies over each: it reads a head and closes without a word.
final class DyingServer: Sendable {
    struct Failed: Error {
        let code: Int32
    }

    let port: UInt16
    private let descriptor: Int32
    private let state: State

    /// What its thread counts, and outlives it with.
    private final class State: Sendable {
        let requests = Atomic(0)
    }

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isOpen = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isOpen else { throw Failed(code: errno) }
        self.descriptor = descriptor
        port = UInt16(bigEndian: address.sin_port)
        let state = State()
        self.state = state
        Thread.detachNewThread {
            while true {
                let connection = accept(descriptor, nil, nil)
                // Shut down: nobody comes any more.
                guard connection >= 0 else { break }
                if Self.readsHead(connection) { state.requests.add(1, ordering: .relaxed) }
                close(connection)
            }
            close(descriptor)
        }
    }

    deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Requests that it has taken.
    var requests: Int { state.requests.load(ordering: .relaxed) }

    private static func readsHead(_ connection: Int32) -> Bool {
        var head: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while head.firstRange(of: Array("\r\n\r\n".utf8)) == nil {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return false }
            head += buffer[..<count]
        }
        return true
    }
}
