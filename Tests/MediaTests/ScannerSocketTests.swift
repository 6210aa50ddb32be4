// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import HTTP
import Testing
import UVRuntime

@testable import Media

/// A scanner's answers over a real socket.
@Suite(.timeLimit(.minutes(1))) struct ScannerSocketTests {
    /// A scanner that takes one file and says what it was told to.
    private static func listen(at path: String, answer: String?) -> AsyncStream<[UInt8]> {
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let isBound = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        precondition(isBound && Glibc.listen(listener, 1) == 0, "no socket")
        let (stream, told) = AsyncStream<[UInt8]>.makeStream()
        // A thread of its own: what blocks here must not hold up a test.
        Thread.detachNewThread {
            let client = accept(listener, nil, nil)
            defer {
                close(client)
                close(listener)
            }
            var received: [UInt8] = []
            var block = [UInt8](repeating: 0, count: 4096)
            // Until the empty block that ends a file.
            while !received.suffix(4).elementsEqual([0, 0, 0, 0]) {
                let count = recv(client, &block, block.count, 0)
                if count <= 0 { break }
                received += block[..<count]
            }
            if let answer {
                let octets = Array(answer.utf8) + [0]
                _ = send(client, octets, octets.count, 0)
            }
            told.yield(received)
            told.finish()
        }
        return stream
    }

    private static let answers: [(String?, DocumentVerdict)] = [
        ("stream: OK", .clean), ("stream: Eicar-Signature FOUND", .refused),
        ("stream: INSTREAM size limit exceeded. ERROR", .unavailable), ("OK", .unavailable), (nil, .unavailable),
    ]

    @Test(arguments: answers)
    func theScannersWordCounts(_ answer: String?, _ verdict: DocumentVerdict) async throws {
        let folder = TemporaryFolder()
        let path = folder.path + "/clamd"
        let scanner = try #require(ScannerSocket(path: path))
        let server = Self.listen(at: path, answer: answer)
        let octets = (0..<70_000).map { UInt8($0 % 251 + 1) }
        let part = try FormPart.sample(octets)
        let said = try await onLoop { _ in try await scanner.verdict(on: part) }
        #expect(said == verdict)
        let received = await server.first { _ in true } ?? []
        #expect(received.starts(with: Array("zINSTREAM\0".utf8)))
        #expect(received.dropFirst(10).prefix(4).elementsEqual([0, 1, 0, 0]))
        // The command, two blocks with their lengths before them, and the length of none.
        let expected = 10 + 70_000 + 3 * 4
        #expect(received.count == expected)
    }

    @Test func withoutAScannerNothingIsClean() async throws {
        let folder = TemporaryFolder()
        let scanner = try #require(ScannerSocket(path: folder.path + "/nobody"))
        let part = try FormPart.sample([1])
        #expect(try await onLoop { _ in try await scanner.verdict(on: part) } == .unavailable)
        #expect(ScannerSocket(path: String(repeating: "x", count: 200)) == nil && ScannerSocket(path: "") == nil)
    }
}
