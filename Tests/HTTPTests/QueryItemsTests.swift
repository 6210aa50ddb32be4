// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

@Suite struct QueryItemsTests {
    @Test(
        "decodes pairs in the order they were sent",
        arguments: [
            ("", []), ("a=b", ["a=b"]), ("a", ["a="]), ("a=", ["a="]), ("=b", ["=b"]), ("=", ["="]),
            ("a=b=c", ["a=b=c"]), ("a=1&b=2&a=3", ["a=1", "b=2", "a=3"]), ("&&a=1&&", ["a=1"]),
            ("a+b=c+d", ["a b=c d"]), ("a%2Bb=%26%3d", ["a+b=&="]), ("%c3%A9=%e2%82%ac", ["é=€"]),
            ("a=%F0%9F%98%80", ["a=😀"]), ("a[]=1&a[]=2", ["a[]=1", "a[]=2"]), ("a=%0A", ["a=\n"]),
        ] as [(String, [String])])
    func decodes(text: String, expected: [String]) throws {
        let items = try QueryItems(decoding: Array(text.utf8))
        #expect(items.pairs.map { "\($0.name)=\($0.value)" } == expected)
        #expect(items.isEmpty == expected.isEmpty)
    }

    @Test(
        "refuses broken escapes and what is no text",
        arguments: ["%", "a=%", "a=%4", "a=%4g", "a=%g4", "%%41", "a=%00", "a=%c3", "a=%ff", "a=%ed%a0%80", "a=%c0%80"])
    func refuses(text: String) {
        let problem = #expect(throws: Problem.self) { _ = try QueryItems(decoding: Array(text.utf8)) }
        #expect(problem?.kind == .malformedRequest)
    }

    @Test func boundsTheirNumber() throws {
        let most = Array(String(repeating: "a=b&", count: QueryItems.countMax).utf8)
        #expect(try QueryItems(decoding: most).pairs.count == QueryItems.countMax)
        #expect(throws: Problem.self) { _ = try QueryItems(decoding: most + Array("c".utf8)) }
    }

    @Test func valuesAreFoundByOctets() throws {
        let items = try QueryItems(decoding: Array("a=1&A=2&a=3&%C3%A9=4".utf8))
        #expect(items["a"] == "1")
        #expect(items["A"] == "2")
        #expect(items.values("a") == ["1", "3"])
        #expect(items["é"] == "4")
        #expect(items["e\u{301}"] == nil)
        #expect(items["b"] == nil)
    }
}
