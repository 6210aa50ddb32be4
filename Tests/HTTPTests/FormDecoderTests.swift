// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

@Suite struct FormDecoderTests {
    /// A form and its pairs, each `name=value;`; nil for one that is refused.
    static let samples: [(String, String?)] = [
        ("", ""), ("a=1", "a=1;"), ("a=1&b=2&a=3", "a=1;b=2;a=3;"), ("a", "a=;"), ("a=", "a=;"), ("=1", "=1;"),
        ("&&a=1&", "a=1;"), ("a=b=c", "a=b=c;"), ("a+b=c+d", "a b=c d;"), ("%61=%3D%26%2b", "a==&+;"),
        ("a=%e2%82%B9", "a=\u{20B9};"), ("a=%0D%0A", "a=\r\n;"), ("=", "=;"), ("a=%25", "a=%;"),
        ("a=%", nil), ("a=%4", nil), ("a=%4g", nil), ("a=%&b=1", nil), ("a=%4&b=1", nil), ("a=%00", nil),
        ("a=%ff", nil), ("a=%c3", nil), ("a=%C0%80", nil), ("a=\u{20B9}", nil), ("a=b c", nil), ("a=1\r\n", nil),
        ("a=\0", nil), ("%ff=1", nil), ("a=%ed%a0%80", nil),
    ]

    private static func decode(_ text: String, cuts: [Int], limits: FormLimits = FormLimits()) -> (String?, String) {
        let octets = Array(text.utf8)
        var decoder = FormDecoder(limits: limits)
        do throws(ParseFailure) {
            var start = 0
            for end in cuts + [octets.count] {
                let piece = Array(octets[start..<end])
                start = end
                try piece.withUnsafeBufferPointer { (piece) throws(ParseFailure) in try decoder.feed(piece) }
            }
            try decoder.finish()
            return (decoder.pairs.map { "\($0.name)=\($0.value);" }.joined(), "")
        } catch {
            return (nil, error.kind.code)
        }
    }

    @Test("decodes forms and refuses what is none, wherever they are cut", arguments: samples)
    func followsTheRules(text: String, expected: String?) {
        let count = text.utf8.count
        #expect(Self.decode(text, cuts: []).0 == expected)
        for cut in 0..<count { #expect(Self.decode(text, cuts: [cut]).0 == expected, "cut at \(cut)") }
        #expect(Self.decode(text, cuts: Array(0..<count)).0 == expected)
    }

    @Test func keepsItsLimits() {
        var limits = FormLimits()
        (limits.countMax, limits.nameMax, limits.valueMax) = (2, 3, 4)
        func code(_ text: String) -> String { Self.decode(text, cuts: [], limits: limits).1 }
        #expect(code("abc=1234&x=y&&") == "")
        #expect(code("a=1&b=2&c=3") == "payload-too-large")
        #expect(code("abcd=1") == "payload-too-large")
        #expect(code("a=12345") == "payload-too-large")
        // Decoded octets count.
        #expect(code("%61%62%63=%31%32%33%34") == "")
    }
}
