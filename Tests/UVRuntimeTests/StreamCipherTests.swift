// SPDX-License-Identifier: Apache-2.0
import Testing
import UVRuntime

/// Turns each byte over. A byte has a meaning of its own: `E` ends, `F` fails, `P` is not encrypted, `?` is answered by
/// the cipher itself.
private final class Turning: StreamCipher, @unchecked Sendable {  // used on one loop only
    private var own: [UInt8] = []
    private(set) var ends = 0
    private(set) var opened = 0
    var answer: [UInt8] = [1]

    func open(_ wire: UnsafeRawBufferPointer, receive: (UnsafeRawBufferPointer) -> Void) -> StreamCipherState {
        opened += 1
        for byte in wire {
            switch byte {
            case UInt8(ascii: "E"): return .ended
            case UInt8(ascii: "F"): return .failed
            case UInt8(ascii: "P"): return .notEncrypted
            case UInt8(ascii: "?"): own += answer
            default: withUnsafeBytes(of: ~byte, receive)
            }
        }
        return .open
    }

    var hasOutput: Bool { !own.isEmpty }

    func seal(_ plain: UnsafeRawBufferPointer, isLast: Bool, send: (UnsafeRawBufferPointer) -> Void) {
        var wire = own + plain.map { ~$0 }
        own = []
        if isLast, ends == 0 {
            ends += 1
            wire += Array("end".utf8)
        }
        if !wire.isEmpty { wire.withUnsafeBytes(send) }
    }
}

@Suite(.timeLimit(.minutes(1))) struct StreamCipherTests {
    @Test func bothWaysGoThroughIt() async throws {
        try await withLoop { loop in
            let pair = try await StreamPair(loop, cipher: Turning())
            pair.near.output += [1, 2, 3]
            pair.near.scheduleFlush()
            try await pair.until { pair.farEars.receivedCount == 3 }
            #expect(pair.farEars.received == [254, 253, 252])
            let before = loop.counters.writes
            pair.far.output += [4]
            pair.far.scheduleFlush()
            pair.far.output += [5]
            pair.far.scheduleFlush()
            try await pair.until { pair.nearEars.receivedCount == 2 }
            #expect(pair.nearEars.received == [251, 250])
            #expect(loop.counters.writes - before == 1)
            #expect(pair.far.pendingBytes == 0 && pair.far.writtenBytes == 2)
        }
    }

    @Test func itsOwnWordsNeedNobodyElse() async throws {
        try await withLoop { loop in
            let pair = try await StreamPair(loop, cipher: Turning())
            pair.near.output += Array("?".utf8)
            pair.near.scheduleFlush()
            try await pair.until { pair.nearEars.received == [1] }
            #expect(pair.farEars.receivedCount == 0)
        }
    }

    @Test func theEndIsSaidOnceAndBehindWhatWaits() async throws {
        try await withLoop { loop in
            let cipher = Turning()
            let pair = try await StreamPair(loop, cipher: cipher)
            let large = [UInt8](repeating: 0, count: 8 * 1024 * 1024)
            pair.far.output += large
            pair.far.shutdownWriting()
            try await pair.until { pair.nearEars.ended }
            #expect(pair.nearEars.receivedCount == large.count + 3)
            #expect(pair.nearEars.received.suffix(3) == Array("end".utf8)[...])
            #expect(cipher.ends == 1)
            #expect(pair.nearEars.error == nil)
        }
    }

    @Test func anEndThatItHearsIsThePeersEnd() async throws {
        try await withLoop { loop in
            let cipher = Turning()
            let pair = try await StreamPair(loop, cipher: cipher)
            pair.near.output += [7] + Array("E".utf8) + [8]
            pair.near.scheduleFlush()
            try await pair.until { pair.farEars.ended }
            #expect(pair.farEars.error == nil)
            #expect(pair.farEars.received == [~7])
            // Nothing is read behind it, also when somebody asks.
            pair.far.startReading()
            pair.near.output += [9]
            pair.near.scheduleFlush()
            pair.far.output += [1]
            pair.far.scheduleFlush()
            try await pair.until { pair.nearEars.receivedCount == 1 }
            #expect(cipher.opened == 1)
        }
    }

    @Test(arguments: [("F", StreamCipherState.failed), ("P", .notEncrypted)])
    func aRefusalIsTold(byte: String, state: StreamCipherState) async throws {
        try await withLoop { loop in
            let pair = try await StreamPair(loop, cipher: Turning())
            pair.near.output += Array(byte.utf8)
            pair.near.scheduleFlush()
            try await pair.until { pair.farEars.refused != nil }
            #expect(pair.farEars.refused == state)
            #expect((pair.far.cipher == nil) == (state == .notEncrypted))
            // What is not encrypted is answered in the clear.
            pair.far.output += [1, 2]
            pair.far.scheduleFlush()
            try await pair.until { pair.nearEars.receivedCount == 2 }
            #expect(pair.nearEars.received == (state == .notEncrypted ? [1, 2] : [254, 253]))
        }
    }

    /// A peer that makes the cipher answer and takes no answer is given up, before memory is.
    @Test func answersThatNobodyTakesAreBounded() async throws {
        try await withLoop { loop in
            let cipher = Turning()
            cipher.answer = [UInt8](repeating: 1, count: 64)
            let pair = try await StreamPair(loop, cipher: cipher)
            pair.near.stopReading()
            var largest = 0
            while !pair.farEars.ended {
                if pair.near.pendingBytes == 0 {
                    pair.near.output += [UInt8](repeating: UInt8(ascii: "?"), count: 4096)
                    pair.near.scheduleFlush()
                }
                largest = max(largest, pair.far.unsentBytes)
                try await loop.sleep(for: .zero)
            }
            #expect(pair.farEars.error?.name == "ENOBUFS")
            #expect(largest < 1024 * 1024)
        }
    }
}
