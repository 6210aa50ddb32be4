// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing
import UVRuntime

@testable import bench

struct ListeningProcessTests {
    @Test("the process that listens is found, on one address and on all", arguments: ["127.0.0.1", "0.0.0.0", "::1"])
    func findsWhoListens(host: String) async throws {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        let found = try await loop.run { () -> (open: Int32?, other: Int32?, foreign: Int32?) in
            let address = try #require(SocketAddress(host: host, port: 0))
            let listener = try TCPListener(loop: loop, address: address, refused: { Issue.record($0) }) { $0.close() }
            defer { listener.close() }
            let port = try #require(listener.localAddress?.port)
            func find(_ host: String) throws -> Int32? {
                ListeningProcess.find(at: try #require(SocketAddress(host: host, port: port)))
            }
            return (
                try find(host == "::1" ? "::1" : "127.0.0.1"),
                // Nobody takes connections to another loopback address, unless on all.
                try find(host == "::1" ? "127.0.0.1" : "127.9.8.7"), try find("192.0.2.1")
            )
        }
        await group.shutdown()
        #expect(found.open == getpid())
        #expect(found.other == (host == "0.0.0.0" ? getpid() : nil))
        #expect(found.foreign == nil)
    }

    @Test func whereNobodyListensThereIsNobody() throws {
        #expect(ListeningProcess.find(at: try #require(SocketAddress(host: "127.0.0.1", port: 1))) == nil)
    }
}
