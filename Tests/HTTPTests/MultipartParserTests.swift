// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

@Suite struct MultipartParserTests {
    @Test("takes forms apart and refuses what is none", arguments: MultipartSample.all)
    func followsTheRules(sample: MultipartSample) {
        let parsed = ParsedMultipart(sample.octets)
        if let parts = sample.parts {
            #expect(parsed.failure == nil)
            #expect(parsed.parts == parts)
        } else {
            #expect(parsed.failure?.kind == sample.kind, "\(parsed)")
        }
    }

    @Test("gives the same result wherever the body is cut", arguments: MultipartSample.all)
    func doesNotDependOnTheCuts(sample: MultipartSample) {
        let whole = ParsedMultipart(sample.octets)
        for cut in sample.octets.indices.dropFirst() {
            #expect(ParsedMultipart(sample.octets, cuts: [cut]) == whole, "cut at \(cut)")
        }
        #expect(ParsedMultipart(sample.octets, cuts: sample.octets.indices.dropFirst()) == whole)
    }

    /// Every prefix of a delimiter, one behind the other, between every two octets.
    @Test func findsTheDelimiterBehindEveryFalseStart() {
        let delimiter = Array("\r\n--bound".utf8)
        for length in 0..<delimiter.count {
            for repeats in 1...3 {
                let start = String(decoding: delimiter[..<length], as: UTF8.self)
                let content = "x" + String(repeating: start, count: repeats)
                let body = Array(
                    "--bound\r\nContent-Disposition: form-data; name=a\r\n\r\n\(content)\r\n--bound--".utf8)
                for cut in body.indices {
                    let parsed = ParsedMultipart(body, boundary: "bound", cuts: [cut])
                    #expect(parsed.failure == nil)
                    #expect(parsed.parts == ["a|-|-=\(content);"])
                }
            }
        }
    }

    @Test(
        "knows what a boundary may be",
        arguments: [
            ("b", true), ("", false), (String(repeating: "b", count: 70), true),
            (String(repeating: "b", count: 71), false), ("'()+_,-./:=? x", true), ("b ", false), (" b", true),
            ("a\r\nb", false), ("a\"b", false), ("é", false), ("a;b", false), ("a\\b", false), ("a\0b", false),
        ])
    func boundaries(text: String, isValid: Bool) {
        #expect((MultipartBoundary(Array(text.utf8)) != nil) == isValid)
    }

    /// The figure itself is allowed, one more is not.
    @Test func keepsItsLimits() {
        var limits = MultipartLimits()
        limits.partCountMax = 2
        limits.partHeadMax = 60
        limits.fileMax = 10
        limits.fieldMax = 5
        limits.fieldsTotalMax = 8
        func kind(_ parts: [String]) -> String? {
            let body = parts.map { "--b\r\n\($0)\r\n" }.joined() + "--b--"
            return ParsedMultipart(Array(body.utf8), limits: limits).failure?.kind.code
        }
        let field = "Content-Disposition: form-data; name=a\r\n\r\n"
        let file = "Content-Disposition: form-data; name=a; filename=b\r\n\r\n"
        #expect(kind([field, field]) == nil)
        #expect(kind([field, field, field]) == "payload-too-large")
        #expect(kind([field + "12345", field + "123"]) == nil)
        #expect(kind([field + "12345", field + "1234"]) == "payload-too-large")
        #expect(kind([field + "123456"]) == "payload-too-large")
        #expect(kind([file + "1234567890", field + "12345"]) == nil)
        #expect(kind([file + "12345678901"]) == "payload-too-large")
        let padding = String(repeating: "x", count: 60 - field.utf8.count - "X: \r\n".utf8.count)
        #expect(kind(["X: \(padding)\r\n" + field]) == nil)
        #expect(kind(["X: \(padding)x\r\n" + field]) == "payload-too-large")
    }

    /// Random octets of the kinds that framing is made of: nothing traps, and the cuts make no difference.
    @Test func survivesNoise() {
        var numbers = SeededNumbers(seed: 7)
        let pieces = [
            "\r", "\n", "-", "--b", "\r\n--b", "--b--", "Content-Disposition: form-data; name=a", ":", "\"", "x",
        ]
        for _ in 0..<2000 {
            let count = Int.random(in: 1...12, using: &numbers)
            let text = (0..<count).map { _ in pieces.randomElement(using: &numbers) ?? "" }.joined()
            let body = Array(("--b\r\n" + text).utf8)
            let whole = ParsedMultipart(body)
            let cut = Int.random(in: 0..<body.count, using: &numbers)
            #expect(ParsedMultipart(body, cuts: [cut]) == whole)
            #expect(ParsedMultipart(body, cuts: body.indices.dropFirst()) == whole)
        }
    }

    @Test func readsNoOctetBeyondItsInput() {
        let guarded = GuardedBuffer(capacity: 4096)
        for sample in MultipartSample.all {
            guard let boundary = MultipartBoundary([UInt8(ascii: "b")]) else { return }
            for end in sample.octets.indices {
                guarded.with(sample.octets[..<end]) { octets in
                    var parser = MultipartParser(boundary: boundary)
                    var failure: ParseFailure?
                    do throws(ParseFailure) { try parser.feed(octets) { _ in } } catch { failure = error }
                    if sample.parts != nil { #expect(failure == nil) }
                }
            }
        }
    }

    @Test func cutsFileNamesAtTheirLimit() {
        let name = MultipartHead.sanitised("/" + String(repeating: "é", count: 200))
        #expect(name.utf8.count == 254)
        #expect(MultipartHead.sanitised("a/") == "")
        #expect(MultipartHead.sanitised(" . .x") == "x")
    }
}
