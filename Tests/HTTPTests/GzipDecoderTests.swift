// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

@Suite struct GzipDecoderTests {
    /// `hello, hello, hello` by gzip -n9.
    static let hello: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0xD7, 0x51, 0xC8,
        0x40, 0xA2, 0x00, 0x9F, 0xA1, 0xCA, 0x09, 0x13, 0x00, 0x00, 0x00,
    ]

    struct Decoded: Equatable {
        var bytes: [UInt8] = []
        var failure: ParseFailure?

        init(_ coded: [UInt8], cuts: some Sequence<Int> = [], limits: GzipLimits = GzipLimits(decodedMax: 1 << 20)) {
            do throws(ParseFailure) {
                var decoder = try GzipDecoder(limits: limits)
                var start = 0
                for end in Array(cuts) + [coded.count] {
                    let piece = Array(coded[start..<end])
                    start = end
                    bytes += try GzipDecoderTests.feed(piece, to: &decoder)
                }
                try decoder.finish()
            } catch {
                failure = error
            }
        }
    }

    private static func feed(_ piece: [UInt8], to decoder: inout GzipDecoder) throws(ParseFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var consumed = 0
        try piece.withUnsafeBufferPointer { (piece) throws(ParseFailure) in
            while let block = try decoder.next(piece, &consumed) { bytes += block }
        }
        #expect(consumed == piece.count)
        return bytes
    }

    static func coded(_ bytes: [UInt8]) throws -> [UInt8] {
        let encoder = try #require(GzipEncoder())
        return try #require(encoder.encode(bytes))
    }

    @Test func decodesWhereverItIsCut() {
        let whole = Decoded(Self.hello)
        #expect(whole.failure == nil)
        #expect(String(decoding: whole.bytes, as: UTF8.self) == "hello, hello, hello")
        for cut in Self.hello.indices { #expect(Decoded(Self.hello, cuts: [cut]) == whole, "cut at \(cut)") }
        #expect(Decoded(Self.hello, cuts: Self.hello.indices) == whole)
    }

    @Test func refusesWhatIsCutOff() {
        for end in Self.hello.indices {
            #expect(Decoded(Array(Self.hello[..<end])).failure?.kind == .malformedRequest, "cut off at \(end)")
        }
    }

    /// The check sum, the wrapper, the length: a flipped bit is never another text. Some mean nothing: those of time, system
    /// and padding.
    @Test func aFlippedBitIsNeverAnotherText() {
        let whole = Decoded(Self.hello)
        var refused = 0
        for index in Self.hello.indices {
            for bit in 0..<8 {
                var coded = Self.hello
                coded[index] ^= 1 << bit
                let decoded = Decoded(coded)
                if decoded.failure?.kind == .malformedRequest { refused += 1 }
                let isSame = decoded == whole
                #expect(isSame || decoded.failure?.kind == .malformedRequest, "bit \(bit) of octet \(index)")
            }
        }
        #expect(refused > 8 * (Self.hello.count - 8))
    }

    @Test func refusesWhatFollows() {
        for tail in [[0], Self.hello, Array("x".utf8)] as [[UInt8]] {
            let coded = Self.hello + tail
            #expect(Decoded(coded).failure?.kind == .malformedRequest)
            #expect(Decoded(coded, cuts: [Self.hello.count]).failure?.kind == .malformedRequest)
        }
        for other in [[], Array("hello".utf8), [0x78, 0x9C, 0x03, 0, 0, 0, 0, 1]] as [[UInt8]] {
            #expect(Decoded(other).failure?.kind == .malformedRequest)
        }
    }

    @Test func bodiesComeBackAsTheyWere() throws {
        var numbers = SeededNumbers(seed: 3)
        for size in [500, 1000, 16 * 1024, 16 * 1024 + 1, 300_000] {
            let body = (0..<size).map { _ in UInt8.random(in: 0..<16, using: &numbers) }
            let coded = try Self.coded(body)
            #expect(coded.count < size)
            #expect(Decoded(coded).bytes == body)
            #expect(Decoded(coded, cuts: [1, coded.count / 2]).bytes == body)
        }
        let encoder = try #require(GzipEncoder())
        let noise = (0..<4096).map { _ in UInt8.random(in: 0...255, using: &numbers) }
        #expect(encoder.encode(noise) == nil)
        #expect(encoder.encode([]) == nil)
        // The encoder is none the worse for it.
        let text = [UInt8](repeating: 65, count: 4096)
        let again = try #require(encoder.encode(text))
        #expect(Decoded(again).bytes == text)
    }

    @Test func stopsBombs() throws {
        let zeros = [UInt8](repeating: 0, count: 2_000_000)
        let coded = try Self.coded(zeros)
        #expect(coded.count * 100 < zeros.count)
        // More than 1 MiB at more than a hundred to one.
        #expect(Decoded(coded, limits: GzipLimits(decodedMax: 4_000_000)).failure?.kind == .payloadTooLarge)
        var limits = GzipLimits(decodedMax: zeros.count)
        limits.ratioMax = 2000
        #expect(Decoded(coded, limits: limits).bytes == zeros)
        limits.decodedMax -= 1
        let failed = Decoded(coded, limits: limits)
        #expect(failed.failure?.kind == .payloadTooLarge)
        #expect(failed.bytes.count <= limits.decodedMax)
        // Below it nobody asks for the ratio.
        let short = [UInt8](repeating: 0, count: 1024 * 1024)
        #expect(Decoded(try Self.coded(short)).bytes == short)
    }
}
