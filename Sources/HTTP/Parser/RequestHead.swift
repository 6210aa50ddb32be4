// SPDX-License-Identifier: Apache-2.0

/// A parsed request head: the octets as they came and the places of its parts in them.
///
/// A class, because the steps of a request hand it on: as a structure its three buffers would be counted at each.
// @unchecked: only `HeadDraft` writes, on the loop that reads the stream; once the head is complete nobody does.
final class RequestHead: @unchecked Sendable {
    /// The head from the first octet that was read for it to its empty line.
    var bytes: [UInt8] = []
    /// The field lines in order.
    var fields: [FieldRange] = []
    /// nil: a method this server does not know.
    var method: HTTPMethod?
    /// The decoded path when it differs from the octets sent.
    var normalisedPath: [UInt8]?
    /// The path as sent.
    var pathRange: Range<Int> = 0..<0
    /// What follows the question mark.
    var queryRange: Range<Int>?
    /// `OPTIONS *`.
    var isAsterisk = false
    /// The minor version: 0, or 1 for everything above.
    var minorVersion = 1
    var body = BodyFraming.none
    /// Whether the connection may go on after the answer.
    var keepsAlive = true
    /// HTTP/1.0 with `keep-alive`: the answer must say so.
    var saysKeepAlive = false
    /// `Expect: 100-continue` in HTTP/1.1.
    var expectsContinue = false
    /// Another expectation.
    var hasUnknownExpectation = false

    /// The octets to route by.
    func withPath<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        if let normalisedPath { return normalisedPath.withUnsafeBufferPointer(body) }
        return bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[pathRange])) }
    }

    /// Where the value of a field is that stands once; nil where there is none or several.
    func soleValue(_ name: StaticString) -> Range<Int>? {
        var found: Range<Int>?
        for field in fields where field.nameLength == name.utf8CodeUnitCount && isNamed(field, name) {
            if found != nil { return nil }
            found = field.value
        }
        return found
    }

    /// The values of all lines with this name, in order; octets that are not UTF-8 are replaced.
    func values(_ name: StaticString) -> [String] {
        var values: [String] = []
        for field in fields where isNamed(field, name) {
            values.append(String(decoding: bytes[field.value], as: UTF8.self))
        }
        return values
    }

    /// All field lines in the order sent, names as they were spelled.
    var lines: [(name: String, value: String)] {
        fields.map { field in
            let name = Int(field.nameStart)..<Int(field.nameStart) + Int(field.nameLength)
            return (String(decoding: bytes[name], as: UTF8.self), String(decoding: bytes[field.value], as: UTF8.self))
        }
    }

    /// Whether the field has this name, compared without case.
    func isNamed(_ field: FieldRange, _ name: StaticString) -> Bool {
        guard field.nameLength == name.utf8CodeUnitCount else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            name.withUTF8Buffer { name in
                FieldLine.equal(bytes, Int(field.nameStart), name)
            }
        }
    }
}

/// How the end of a request body is found.
enum BodyFraming: Sendable, Equatable {
    case none
    /// 0 is sent too.
    case length(Int)
    case chunked
}

/// The places of one field line's name and value in the head's octets.
struct FieldRange: Sendable {
    var nameStart: UInt16
    var nameLength: UInt16
    var valueStart: UInt16
    var valueEnd: UInt16

    var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
}

/// The rules of one field line (RFC 9112 §5), for heads and trailers alike.
enum FieldLine {
    /// The places of name and value in the line `range`, which excludes its CRLF.
    static func parse(
        _ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int
    ) throws(ParseFailure) -> FieldRange {
        var at = start
        while at < end, base[at].isToken { at += 1 }
        guard at > start, at < end, base[at] == UInt8(ascii: ":") else {
            throw .malformed("A header field line is not a name, a colon and a value.")
        }
        let nameLength = at - start
        at += 1
        while at < end, isSpace(base[at]) { at += 1 }
        var last = end
        while last > at, isSpace(base[last - 1]) { last -= 1 }
        for index in at..<last where base[index] < 0x20 && base[index] != 0x09 || base[index] == 0x7F {
            throw .malformed("A header field value contains a control character.")
        }
        return FieldRange(
            nameStart: UInt16(truncatingIfNeeded: start), nameLength: UInt16(truncatingIfNeeded: nameLength),
            valueStart: UInt16(truncatingIfNeeded: at), valueEnd: UInt16(truncatingIfNeeded: last))
    }

    static func isSpace(_ octet: UInt8) -> Bool { octet == 0x20 || octet == 0x09 }

    /// Whether the octets at `start` are `name`, compared without case; the caller has compared the lengths.
    static func equal(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        for index in 0..<name.count where bytes[start + index].lowered != name[index].lowered { return false }
        return true
    }

    /// Whether the octets are `text`, compared without case.
    static func equal(_ base: UnsafePointer<UInt8>, _ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for index in 0..<range.count where base[range.lowerBound + index].lowered != text.utf8Start[index].lowered {
            return false
        }
        return true
    }

    /// Calls `body` with each element of a comma list, without the space round it; empty ones included.
    static func forEachElement(
        _ base: UnsafePointer<UInt8>, _ list: Range<Int>, _ body: (Range<Int>) throws(ParseFailure) -> Void
    ) throws(ParseFailure) {
        var start = list.lowerBound
        while true {
            var end = start
            while end < list.upperBound, base[end] != UInt8(ascii: ",") { end += 1 }
            var first = start
            var last = end
            while first < last, isSpace(base[first]) { first += 1 }
            while last > first, isSpace(base[last - 1]) { last -= 1 }
            try body(first..<last)
            guard end < list.upperBound else { return }
            start = end + 1
        }
    }
}
