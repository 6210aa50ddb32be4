// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

/// `HTTP_CONNECTIONS_PER_SOURCE_MAX` of a process with several loops.
@Suite(.timeLimit(.minutes(5))) struct ConnectionBoundTests {
    @Test func theLoopsOfAProcessCountTogether() async throws {
        let environment = ["HTTP_CONNECTIONS_PER_SOURCE_MAX": "6"]
        try await LiveShop.with(.init(loops: 2), environment: environment) { shop in
            let port = try #require(shop.server.url.split(separator: ":").last.flatMap { UInt16($0) })
            var sockets: [RawSocket] = []
            var served = 0
            // The kernel spreads them over the loops.
            for _ in 0..<24 {
                let socket = try RawSocket(port: port)
                try socket.send("GET /api/health/ HTTP/1.1\r\nHost: a\r\n\r\n")
                let answer = try socket.receive(until: "\r\n")
                if answer.hasPrefix("HTTP/1.1 200 ") { served += 1 }
                sockets.append(socket)
            }
            #expect((1...6).contains(served))
            // All of them are open until here.
            #expect(sockets.count == 24)
        }
    }
}
