// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import bench

struct ResponseParserTests {
    private static let whole =
        "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\ncontent-LENGTH:  5 \r\nServer: mve\r\n\r\nhello"

    private static func take(_ parser: inout ResponseParser, _ text: some StringProtocol) throws
        -> ResponseParser.Answer?
    {
        try Array(text.utf8).withUnsafeBufferPointer { try parser.take($0) }
    }

    private static func parse(_ text: String) throws -> ResponseParser.Answer? {
        var parser = ResponseParser(keepsBodies: true)
        return try take(&parser, text)
    }

    @Test func readsAnAnswerCutAtEveryOctet() throws {
        for cut in 0...Self.whole.utf8.count {
            var parser = ResponseParser(keepsBodies: true)
            let middle = Self.whole.utf8.index(Self.whole.startIndex, offsetBy: cut)
            let first = try Self.take(&parser, Self.whole[..<middle])
            #expect((first != nil) == (cut == Self.whole.utf8.count))
            #expect(parser.isInside == (0 < cut && cut < Self.whole.utf8.count))
            let answer = try first ?? Self.take(&parser, Self.whole[middle...])
            #expect(answer == .init(status: 201, body: Array("hello".utf8), keepsAlive: true), "cut at \(cut)")
        }
    }

    @Test func readsAnswersOneOctetAtATimeOneAfterTheOther() throws {
        var parser = ResponseParser(keepsBodies: true)
        for _ in 0..<3 {
            var answers: [ResponseParser.Answer] = []
            for character in Self.whole {
                if let answer = try Self.take(&parser, String(character)) { answers.append(answer) }
            }
            #expect(answers == [.init(status: 201, body: Array("hello".utf8), keepsAlive: true)])
        }
    }

    @Test func bodiesThatNobodyReadsAreOnlyCounted() throws {
        var parser = ResponseParser(keepsBodies: false)
        #expect(try Self.take(&parser, Self.whole) == .init(status: 201, body: [], keepsAlive: true))
        #expect(try Self.take(&parser, Self.whole) == .init(status: 201, body: [], keepsAlive: true))
    }

    @Test func knowsWhenTheConnectionEnds() throws {
        let closing = "HTTP/1.1 503 Service Unavailable\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n"
        #expect(try Self.parse(closing) == .init(status: 503, body: [], keepsAlive: false))
        #expect(try Self.parse("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")?.keepsAlive == false)
        #expect(try Self.parse("HTTP/1.1 204 No Content\r\n\r\n") == .init(status: 204, body: [], keepsAlive: true))
    }

    @Test func skipsInterimAnswers() throws {
        #expect(try Self.parse("HTTP/1.1 100 Continue\r\n\r\n" + Self.whole)?.status == 201)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", ResponseParser.Failure.encoded),
        ("HTTP/1.1 200 OK\r\n\r\n", .withoutLength),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", .malformed),
        ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", .malformed),
        ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", .bodyTooLarge),
        ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", .malformed),
        ("HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n", .malformed),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab", .malformed),
    ])
    func refuses(_ text: String, _ failure: ResponseParser.Failure) {
        #expect(throws: failure) { try Self.parse(text) }
    }

    @Test func aHeadWithoutAnEndIsRefused() {
        #expect(throws: ResponseParser.Failure.headTooLarge) {
            try Self.parse("HTTP/1.1 200 OK\r\nX: " + String(repeating: "y", count: ResponseParser.headMax))
        }
    }
}
