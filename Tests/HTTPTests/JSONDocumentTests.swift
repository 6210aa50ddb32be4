// SPDX-License-Identifier: Apache-2.0
import MarketCrypto
import Testing

@testable import HTTP

@Suite struct JSONDocumentTests {
    private func document(_ text: String) throws -> JSONDocument { try JSONDocument(parsing: Array(text.utf8)) }

    @Test("accepts RFC 8259 and nothing beside it", arguments: JSONSamples.all)
    func isStrict(sample: JSONSample) throws {
        guard let fault = sample.fault else {
            _ = try JSONDocument(parsing: sample.octets)
            return
        }
        let error = #expect(throws: JSONError.self) { _ = try JSONDocument(parsing: sample.octets) }
        #expect(error?.reason == fault)
        #expect((0...sample.octets.count).contains(error?.offset ?? -1))
    }

    @Test func everyPrefixOfADocumentIsRefused() throws {
        let text = #"{"a":[1,-2.5e+3,true,null,"x\u00e9\n😀"],"b":{"c":{}}}"#
        let octets = Array(text.utf8)
        _ = try JSONDocument(parsing: octets)
        for count in octets.indices {
            #expect(throws: JSONError.self, "\(count)") { _ = try JSONDocument(parsing: Array(octets[..<count])) }
        }
    }

    @Test("nests as deep as allowed and no deeper", arguments: ["[", "{\"a\":"])
    func depth(opening: String) {
        func text(_ depth: Int) -> [UInt8] {
            let close = opening == "[" ? "]" : "}"
            return Array(
                (String(repeating: opening, count: depth - 1) + (opening == "[" ? "[" : "{")
                    + String(repeating: close, count: depth)).utf8)
        }
        #expect(throws: Never.self) { _ = try JSONDocument(parsing: text(64)) }
        #expect(throws: JSONError(reason: .tooDeep, offset: 64 * opening.utf8.count)) {
            _ = try JSONDocument(parsing: text(65))
        }
        // The parser stops at the limit, whatever follows.
        let flood = Array(String(repeating: opening, count: 100_000).utf8)
        #expect(throws: JSONError(reason: .tooDeep, offset: 64 * opening.utf8.count)) {
            _ = try JSONDocument(parsing: flood)
        }
    }

    @Test(
        "reads integers exactly or not at all",
        arguments: [
            ("0", 0), ("-0", 0), ("7", 7), ("9223372036854775807", .max), ("-9223372036854775808", .min),
            ("9007199254740993", 9_007_199_254_740_993), ("9223372036854775808", nil), ("-9223372036854775809", nil),
            ("18446744073709551616", nil), ("99999999999999999999", nil), ("1.0", nil), ("1e2", nil), ("1E0", nil),
            ("\"1\"", nil), ("true", nil), ("null", nil), ("[1]", nil),
        ] as [(String, Int64?)])
    func integers(text: String, expected: Int64?) throws {
        #expect(try document(text).root.int64 == expected)
        #expect(try document(" [\(text)] ").root.elements?.first?.int64 == expected)
    }

    @Test func resolvesEscapes() throws {
        let text = #""\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00\u0000é€😀""#
        #expect(try document(text).root.string == "\"\\/\u{8}\u{C}\n\r\tAé€😀\0é€😀")
        // Eight octets are looked at together: an escape at every place of a word.
        for place in 0..<20 {
            let pad = String(repeating: "x", count: place)
            #expect(try document("\"\(pad)\\n\(pad)\"").root.string == "\(pad)\n\(pad)")
            #expect(try document("\"\(pad)é\(pad)\"").root.string == "\(pad)é\(pad)")
            #expect(throws: JSONError(reason: .malformedString, offset: place + 1)) {
                try document("\"\(pad)\u{1F}\(pad)\"")
            }
        }
    }

    @Test func findsMembersByTheirResolvedNames() throws {
        let root = try document(#"{"a":1,"\u0062":2,"é":3,"e\u0301":4,"c":{"a":5},"":6,"null":null}"#).root
        #expect(root["a"]?.int == 1)
        #expect(root["b"]?.int == 2)
        // Octets, not canonical equivalence.
        #expect(root[dynamic: "é"]?.int == 3)
        #expect(root[dynamic: "e\u{301}"]?.int == 4)
        #expect(root["c"]?["a"]?.int == 5)
        #expect(root[""]?.int == 6)
        #expect(root["null"]?.isNull == true)
        #expect(root["d"] == nil)
        #expect(root["a"]?["a"] == nil)
        #expect(root.members?.map(\.name) == ["a", "b", "é", "e\u{301}", "c", "", "null"])
    }

    @Test func keepsWhatWasSent() throws {
        let root = try document(#" { "a" : [ 1.50 , "x\u0041" ] , "b":true } "#).root
        #expect(String(decoding: root.raw, as: UTF8.self) == #"{ "a" : [ 1.50 , "x\u0041" ] , "b":true }"#)
        #expect(root["a"]?.elements?.map { String(decoding: $0.raw, as: UTF8.self) } == ["1.50", #""x\u0041""#])
        #expect(root["a"]?.elements?[0].numberText == "1.50")
        #expect(root["b"]?.bool == true)
        #expect(root["b"]?.string == nil)
        #expect(root["a"]?.bool == nil)
    }

    @Test func textsSayWhatAndWhereAndQuoteNothing() throws {
        let error = #expect(throws: JSONError.self) { try document(#"{"secret":"hunter2","secret":1}"#) }
        #expect(error?.description == "duplicate member at octet 21")
        #expect(error?.problem.status == .badRequest)
        #expect(error?.problem.detail?.contains("hunter2") == false)
    }

    // MARK: The canonical form

    @Test(
        "gives one form to one value",
        arguments: [
            (#" { "sku" : "A-1" , "qty" : 2 } "#, #"{"qty":2,"sku":"A-1"}"#),
            (#"{"b":[1, 1.0,-0,1E+2],"a":{}}"#, #"{"a":{},"b":[1,1.0,-0,1E+2]}"#),
            (#"["\u0041\/\u000A\u00e9","\ud83d\ude00"]"#, #"["A/\né","😀"]"#),
            (#"{"\u0062":1,"a":2,"B":3,"":4}"#, #"{"":4,"B":3,"a":2,"b":1}"#),
            (#"{"é":1,"z":2,"e":3}"#, #"{"e":3,"z":2,"é":1}"#),
            (#"{"a":{"d":1,"c":[{"f":1,"e":2}]}}"#, #"{"a":{"c":[{"e":2,"f":1}],"d":1}}"#),
            (#"[9007199254740993, true , null,[ ]]"#, "[9007199254740993,true,null,[]]"),
            ("\"\\u001f\\u007f\"", "\"\\u001f\u{7F}\""), ("{}", "{}"), (" 5 ", "5"),
        ])
    func canonical(text: String, expected: String) throws {
        #expect(String(decoding: try document(text).canonical(), as: UTF8.self) == expected)
        #expect(try document(expected).canonical() == Array(expected.utf8))
    }

    @Test(
        "hashes to the published value however it was spaced and ordered",
        arguments: [
            #"{"qty":2,"sku":"A-1"}"#, #"{"sku":"A-1","qty":2}"#, " {\n\t\"sku\" : \"\\u0041-1\" ,\r\n \"qty\":2 } ",
        ])
    func publishedHash(text: String) throws {
        #expect(
            SHA256.hash(try document(text).canonical()).hex
                == "3e2ac8717ff0cc0e1d7e17074c04e8d66bfaafd84035efad486f7778c07d7de3")
    }

    @Test func canonicalFormsKeepDifferentValuesApart() throws {
        let texts = [
            "1", "1.0", "1e0", "-0", "0", "\"1\"", "[]", "[[]]", "{}", "null", "\"\"", "9007199254740993",
            "9007199254740992", "{\"a\":1}", "{\"a\":[1]}", "[\"a\",1]", "\"é\"", "\"e\u{301}\"",
        ]
        let forms = try texts.map { try document($0).canonical() }
        #expect(Set(forms).count == texts.count)
    }

    @Test func canonicalOrderHoldsForManyMembers() throws {
        var numbers = SeededNumbers(seed: 11)
        let names = (0..<100).map { "\"n\($0)\":\($0)" }
        let sent = try document("{" + names.shuffled(using: &numbers).joined(separator: ",") + "}")
        #expect(sent.canonical() == (try document("{" + names.joined(separator: ",") + "}")).canonical())
    }
}
