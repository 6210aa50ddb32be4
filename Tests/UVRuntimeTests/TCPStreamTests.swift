// SPDX-License-Identifier: Apache-2.0
import Testing
import UVRuntime

@Suite(.timeLimit(.minutes(1))) struct TCPStreamTests {
    @Test func whatIsGatheredInAnIterationIsWrittenOnce() async throws {
        try await withLoop { loop in
            let pair = try await StreamPair(loop)
            let before = loop.counters.writes
            for number in 0..<100 {
                pair.near.output.append(UInt8(number))
                pair.near.scheduleFlush()
            }
            try await pair.until { pair.farEars.receivedCount == 100 }
            #expect(loop.counters.writes - before == 1)
            #expect(pair.farEars.received == (0..<100).map { UInt8($0) })
            #expect(pair.near.writtenBytes == 100)
        }
    }

    @Test func aSlowReaderHoldsTheWriterAndLosesNothing() async throws {
        try await withLoop { loop in
            let pair = try await StreamPair(loop)
            let bound = 256 * 1024
            let piece = [UInt8](repeating: 0x61, count: 64 * 1024)
            let total = 64 * 1024 * 1024
            let progress = Progress()
            pair.farEars.keeps = false
            pair.far.stopReading()
            // Writes until its bound is reached, goes on when told that everything has left.
            func pump() {
                while progress.offered < total, pair.near.pendingBytes < bound {
                    pair.near.output += piece
                    progress.offered += piece.count
                    progress.largest = max(progress.largest, pair.near.pendingBytes)
                    pair.near.flush()
                }
            }
            pair.nearEars.onDrain = pump
            pump()
            for _ in 0..<100 { try await loop.sleep(for: .zero) }
            // The kernel's buffers are full, ours is bounded, the rest was never offered.
            #expect(pair.near.unsentBytes > 0)
            #expect(progress.offered < total / 2)
            #expect(pair.farEars.receivedCount == 0)
            pair.far.startReading()
            try await pair.until { pair.farEars.receivedCount == total }
            #expect(progress.largest < bound + piece.count)
            #expect(pair.nearEars.drained > 0)
            #expect(pair.near.pendingBytes == 0)
            #expect(pair.near.writtenBytes == UInt64(total))
        }
    }

    /// Used on one loop only.
    private final class Progress: @unchecked Sendable {
        var offered = 0
        var largest = 0
    }

    @Test func endingTheWriteSideSendsWhatIsLeftAndStillReads() async throws {
        try await withLoop { loop in
            let pair = try await StreamPair(loop)
            let large = [UInt8](repeating: 1, count: 8 * 1024 * 1024)
            pair.near.output += large
            pair.near.shutdownWriting()
            try await pair.until { pair.farEars.ended }
            #expect(pair.farEars.receivedCount == large.count)
            #expect(pair.farEars.error == nil)
            pair.far.output += [7]
            pair.far.scheduleFlush()
            try await pair.until { pair.nearEars.received == [7] }
            #expect(!pair.nearEars.ended)
            pair.far.close()
            try await pair.until { pair.nearEars.ended && pair.farEars.closed }
            pair.near.close()
            // Whatever is called on a closed stream does nothing.
            pair.near.output += [1]
            pair.near.scheduleFlush()
            pair.near.flush()
            pair.near.startReading()
            pair.near.shutdownWriting()
            pair.near.close()
            try await pair.until { pair.nearEars.closed }
        }
    }

    @Test func aPeerThatIsGoneIsAnErrorAndNoSignal() async throws {
        SignalWatcher.ignoreBrokenPipes()
        try await withLoop { loop in
            let pair = try await StreamPair(loop)
            pair.far.output += [1]
            pair.far.scheduleFlush()
            // Closed with unread input: the kernel resets the connection.
            pair.near.stopReading()
            try await pair.until { pair.far.writtenBytes == 1 }
            pair.near.close()
            try await pair.until { pair.farEars.ended }
            for _ in 0..<3 {
                pair.far.output += [1, 2, 3]
                pair.far.flush()
            }
            try await pair.until { pair.farEars.error?.isDisconnect == true }
            pair.far.close()
            try await pair.until { pair.farEars.closed }
        }
    }

    @Test func aConnectionThatNobodyTakesIsAnError() async throws {
        try await withLoop { loop in
            let any = try #require(SocketAddress(host: "127.0.0.1", port: 0))
            let listener = try TCPListener(loop: loop, address: any, refused: { _ in }, accept: { $0.close() })
            let address = try #require(listener.localAddress)
            listener.close()
            let error = await #expect(throws: UVError.self) { _ = try await TCPStream.connect(to: address, on: loop) }
            #expect(error?.name == "ECONNREFUSED")
        }
    }

    @Test(
        "numeric addresses of both families are read and written",
        arguments: [("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80"), ("0.0.0.0", "0.0.0.0:80")])
    func addresses(host: String, text: String) throws {
        let address = try #require(SocketAddress(host: host, port: 80))
        #expect("\(address)" == text)
        #expect(SocketAddress(host: "localhost", port: 80) == nil)
        #expect(SocketAddress(host: "", port: 80) == nil)
        #expect(SocketAddress(host: "127.0.0.256", port: 80) == nil)
    }

    @Test func bothEndsKnowEachOther() async throws {
        try await withLoop { loop in
            let pair = try await StreamPair(loop)
            #expect(pair.near.peer == pair.listener.localAddress)
            #expect(pair.far.peer?.host == "127.0.0.1")
            #expect(pair.far.peer?.port != 0)
        }
    }
}
