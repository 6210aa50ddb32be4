// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

/// A JSON text and the first fault in it; nil where there is none.
struct JSONSample: Sendable, CustomTestStringConvertible {
    let octets: [UInt8]
    let fault: JSONError.Reason?

    init(_ text: String, _ fault: JSONError.Reason? = nil) {
        self.init(octets: Array(text.utf8), fault)
    }

    init(octets: [UInt8], _ fault: JSONError.Reason? = nil) {
        self.octets = octets
        self.fault = fault
    }

    var testDescription: String { String(decoding: octets, as: UTF8.self).debugDescription }
}

/// Texts of RFC 8259 and what only looks like one.
enum JSONSamples {
    static let all = values + structures + numbers + strings + octetSequences

    private static func ok(_ texts: String...) -> [JSONSample] { texts.map { JSONSample($0) } }

    private static func bad(_ fault: JSONError.Reason, _ texts: String...) -> [JSONSample] {
        texts.map { JSONSample($0, fault) }
    }

    static let values =
        ok("null", "true", "false", "0", "\"\"", "[]", "{}", " \t\r\n1 \t\r\n")
        + bad(.empty, "", " ", "\r\n")
        + bad(.truncated, "nul", "t", "fals", "-", "[", "{", "\"", "[1", "{\"a\"", "{\"a\":", "{\"a\":1", "[1,", "\"\\")
        + bad(
            .unexpectedOctet, "nulL", "True", "NaN", "Infinity", "'a'", "]", "}", ",", ":", "\u{FEFF}1", "\u{B}1",
            "/**/1")
        + bad(.trailingGarbage, "1 2", "nullx", "{}{}", "[]]", "\"a\"b", "1,", "null\0", "0 //")

    static let structures =
        ok("[[],{}]", "{\"a\":{\"b\":[{}]}}", "{\"\":0}", "{\"a\":1,\"b\":2}", "[1 , 2]", "{ \"a\" : 1 , \"b\" : 2 }")
        + ok("{\"a\":{\"a\":{\"a\":1}}}", "[{\"a\":1},{\"a\":2}]", "{\"a\":1,\"A\":2}", "{\"é\":1,\"e\u{301}\":2}")
        + bad(
            .unexpectedOctet, "[,]", "[1,]", "[1,,2]", "{,}", "{\"a\":1,}", "{\"a\",1}", "{\"a\" 1}", "{a:1}", "{1:1}")
        + bad(.unexpectedOctet, "[1}", "{\"a\":1]", "{\"a\"}", "[1 2]", "{null:1}", "{\"a\":}", "[:]")
        + bad(.duplicateMember, "{\"a\":1,\"a\":1}", "{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":1,\"\\u0061\":2}")
        + bad(.duplicateMember, "{\"\":1,\"\":2}", "[{\"b\":{\"é\":1,\"\\u00e9\":2}}]", "{\"/\":1,\"\\/\":2}")
        + bad(.duplicateMember, "{\"\\ud83d\\ude00\":1,\"😀\":2}")
        + [
            // More members than are compared pair by pair.
            JSONSample("{" + (0..<40).map { "\"m\($0)\":\($0)" }.joined(separator: ",") + "}"),
            JSONSample("{" + (0..<40).map { "\"m\($0 % 39)\":\($0)" }.joined(separator: ",") + "}", .duplicateMember),
            JSONSample(String(repeating: "[", count: 8) + String(repeating: "]", count: 8)),
        ]

    static let numbers =
        ok("-0", "10", "-1", "1.5", "0.0", "1e5", "1E+5", "1e-05", "-0.0e0", "9223372036854775807", "1e400")
        + ok("-9223372036854775808", "99999999999999999999999999", "1.000000000000000000000000000000001")
        + bad(.malformedNumber, "01", "-01", "00", "-a", "1.a", "1.e5", "1ea", "-.5", "1.-5")
        + bad(.truncated, "1.", "1e", "1e+", "-", "0.")
        + bad(.unexpectedOctet, "+1", ".5", "٣", "[+1]")
        + bad(.trailingGarbage, "1.5.5", "0x10", "1_000", "1e5.5", "1e5e5", "1-1")

    static let strings =
        ok("\"a\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0041\\u00e9\\u20AC\"", "\"\\ud83d\\ude00\"", "\"\u{7F}\"")
        + ok("\"é€😀\"", "\"\u{2028}\"", "\"\\u0000\"", "\"\\uFFFF\"", "\"\\udbff\\udfff\"", "\"12345678901234567\"")
        + bad(.malformedString, "\"\u{1}\"", "\"\t\"", "\"\n\"", "\"\0\"", "\"\u{1F}\"", "\"1234567\u{1}9\"")
        + bad(
            .malformedString, "\"\\a\"", "\"\\'\"", "\"\\U0041\"", "\"\\x41\"", "\"\\u00g0\"", "\"\\u+041\"", "\"\\0\"")
        + bad(.malformedString, "\"\\\n\"", "\"\\ud83d\\u00g0\"")
        + bad(.loneSurrogate, "\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83dx\"", "\"\\ud83d\\n\"", "\"\\ud83d\\ud83d\"")
        + bad(.loneSurrogate, "\"\\ude00\\ud83d\"", "\"\\ud83d\\u0041\"", "\"\\udfff\"", "\"\\ud800 \\udc00\"")
        + bad(.truncated, "\"\\u", "\"\\u004", "\"a", "\"12345678")

    /// Octets inside a string that are, or are not, well-formed UTF-8 (Unicode 15, table 3-7).
    static let octetSequences: [JSONSample] =
        ([
            [0x7F], [0xC2, 0x80], [0xDF, 0xBF], [0xE0, 0xA0, 0x80], [0xEC, 0x80, 0x80], [0xED, 0x9F, 0xBF],
            [0xEE, 0x80, 0x80], [0xEF, 0xBF, 0xBF], [0xF0, 0x90, 0x80, 0x80], [0xF3, 0x80, 0x80, 0x80],
            [0xF4, 0x8F, 0xBF, 0xBF],
        ] as [[UInt8]]).map { JSONSample(octets: [0x22] + $0 + [0x22]) }
        + ([
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xC2, 0xC2], [0xE0, 0x80, 0x80],
            [0xE0, 0x9F, 0xBF], [0xE2, 0x82], [0xE2, 0x28, 0xA1], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF],
            [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFE], [0xFF],
        ] as [[UInt8]]).map { JSONSample(octets: [0x22] + $0 + [0x22], .invalidUTF8) }
}
