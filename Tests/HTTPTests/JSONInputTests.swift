// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

@Suite struct JSONInputTests {
    private enum Color: String, CaseIterable {
        case red, green
    }

    private func read<T>(_ text: String, _ body: (inout JSONInput) throws -> T) throws -> (value: T, ignored: [String])
    {
        try JSONInput.read(try JSONDocument(parsing: Array(text.utf8)), body)
    }

    /// `pointer code` of every fault that reading finds.
    private func faults(_ text: String, _ body: (inout JSONInput) throws -> Void) throws -> [String] {
        do {
            _ = try read(text, body)
            return []
        } catch let problem as Problem {
            #expect(problem.kind == .validationFailed)
            return problem.errors.map { "\($0.pointer ?? "none") \($0.code)" }
        }
    }

    @Test func readsEveryKindOfMember() throws {
        let text = #"{"s":"x","i":-5,"b":true,"c":"red","o":{"n":1},"l":[{"n":2},{"n":3}],"t":["y","z"],"d":"7"}"#
        let value = try read(text) { body in
            #expect(body.string("s") == "x")
            #expect(body.int("i", in: -5...5) == -5)
            #expect(body.bool("b") == true)
            #expect(body.choice("c", of: Color.self) == .red)
            #expect(body.object("o") { $0.int("n") } == 1)
            #expect(body.array("l", count: 1...2) { $0.int("n") } == [2, 3])
            #expect(body.strings("t", count: 0...2) == ["y", "z"])
            #expect(body.parsed("d", placeholder: 0) { Int($0) } == 7)
            #expect(body.optionalString("none") == nil)
            #expect(body.optionalInt("none") == nil)
            #expect(body.optionalObject("none") { $0.int("n") } == nil)
            return 1
        }
        #expect(value.value == 1)
        #expect(value.ignored == [])
    }

    @Test(
        "names every fault by its place",
        arguments: [
            ("{}", ["/s required", "/i required", "/l required"]),
            (#"{"s":null,"i":null,"l":null}"#, ["/s required", "/i required", "/l required"]),
            (#"{"s":5,"i":"5","l":{}}"#, ["/s wrong-type", "/i wrong-type", "/l wrong-type"]),
            (#"{"s":"","i":0,"l":[]}"#, ["/s too-short", "/i out-of-range", "/l too-few"]),
            (#"{"s":"abcd","i":10,"l":[{},{},{}]}"#, ["/s too-long", "/i out-of-range", "/l too-many"]),
            (#"{"s":"a\u0000","i":1,"l":[1,{"q":2.0}]}"#, ["/s invalid", "/l/0 wrong-type", "/l/1/q wrong-type"]),
            (#"{"s":"a","i":1e0,"l":[{"q":99999999999999999999}]}"#, ["/i wrong-type", "/l/0/q out-of-range"]),
            (#"{"s":"ééé","i":-0,"l":[{"q":1}]}"#, ["/i out-of-range"]), (#"{"s":"a","i":1,"l":[{"q":1}]}"#, []),
        ] as [(String, [String])])
    func faultsByPlace(text: String, expected: [String]) throws {
        let found = try faults(text) { body in
            _ = body.string("s", length: 1...3)
            _ = body.int("i", in: 1...9)
            _ = body.array("l", count: 1...2) { $0.int("q") }
        }
        #expect(found == expected)
    }

    @Test func aBodyThatIsNoObjectIsOneFault() throws {
        for text in ["[]", "1", "null", "\"x\""] { #expect(try faults(text) { _ = $0.string("s") } == [" wrong-type"]) }
    }

    @Test func optionalMembersAreAbsentNullOrRight() throws {
        #expect(
            try faults(#"{"a":5,"b":"x","c":1,"d":"blue","e":[1],"f":2}"#) { body in
                _ = body.optionalString("a")
                _ = body.optionalInt("b")
                _ = body.optionalBool("c")
                _ = body.optionalChoice("d", of: Color.self)
                _ = body.optionalStrings("e", count: 0...1)
                _ = body.optionalObject("f") { $0.int("x") }
            } == ["/a wrong-type", "/b wrong-type", "/c wrong-type", "/d invalid", "/e/0 wrong-type", "/f wrong-type"])
        let read = try read(#"{"a":null}"#) { body in (body.contains("a"), body.isNull("a"), body.contains("b")) }
        #expect(read.value == (true, true, false))
    }

    @Test func membersThatNobodyAskedForAreReported() throws {
        let read = try read(#"{"a":1,"b/c":2,"d":{"~e":3,"f":4},"g":[{"h":5}]}"#) { body in
            _ = body.int("a")
            _ = body.object("d") { $0.int("f") }
            _ = body.array("g", count: 0...9) { $0.optionalInt("i") }
        }
        #expect(read.ignored.sorted() == ["/b~1c", "/d/~0e", "/g/0/h"])
    }

    @Test func whatIsFoundAndReportedIsBounded() throws {
        let many = "{" + (0..<500).map { "\"m\($0)\":1" }.joined(separator: ",") + "}"
        #expect(try read(many) { _ in }.ignored.count == 100)
        let list = "{\"l\":[" + [String](repeating: "1", count: 500).joined(separator: ",") + "]}"
        #expect(try faults(list) { _ = $0.array("l", count: 0...1_000) { _ in } }.count == 100)
    }

    @Test func faultsWinOverWhatTheReaderThrows() throws {
        struct Own: Error {}
        #expect(throws: Own.self) { _ = try read("{}") { _ in throw Own() } }
        #expect(
            try faults("{}") { body in
                _ = body.string("s")
                throw Own()
            } == ["/s required"])
        #expect(
            try faults(#"{"a":1}"#) { body in
                body.fail("a", code: "odd", message: "is odd")
                body.fail(code: "whole", message: "is wrong")
            } == ["/a odd", " whole"])
    }

    /// What the reader of a member or of an element throws comes out, whichever element it is.
    @Test func readersOfMembersAndElementsMayThrow() throws {
        struct Own: Error {}
        #expect(throws: Own.self) { _ = try read(#"{"o":{}}"#) { try $0.object("o") { _ in throw Own() } } }
        #expect(throws: Own.self) { _ = try read(#"{"o":{}}"#) { try $0.optionalObject("o") { _ in throw Own() } } }
        for place in 0..<3 {
            #expect(throws: Own.self) {
                _ = try read(#"{"l":[{"n":0},{"n":1},{"n":2}]}"#) { body in
                    try body.array("l", count: 1...9) { element in
                        if element.int("n") == place { throw Own() }
                    }
                }
            }
            #expect(throws: Own.self) {
                _ = try read(#"{"l":[{"n":0},{"n":1},{"n":2}]}"#) { body in
                    try body.optionalArray("l", count: 1...9) { element in
                        if element.int("n") == place { throw Own() }
                    }
                }
            }
        }
    }
}
