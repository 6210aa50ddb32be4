// SPDX-License-Identifier: Apache-2.0

/// The rules of request targets: authorities, paths and queries (RFC 9112 §3.2, RFC 3986).
enum RequestTarget {
    /// What follows the authority of an absolute-form target.
    static func afterAuthority(
        _ base: UnsafePointer<UInt8>, _ target: Range<Int>
    ) throws(ParseFailure) -> Range<Int> {
        let schemeEnd: Int
        if target.count > 7, FieldLine.equal(base, target.lowerBound..<target.lowerBound + 7, "http://") {
            schemeEnd = target.lowerBound + 7
        } else if target.count > 8, FieldLine.equal(base, target.lowerBound..<target.lowerBound + 8, "https://") {
            schemeEnd = target.lowerBound + 8
        } else {
            throw .malformed("The request target has none of the known forms.")
        }
        let rest = schemeEnd..<target.upperBound
        let end = rest.firstIndex { base[$0] == UInt8(ascii: "/") || base[$0] == UInt8(ascii: "?") } ?? rest.upperBound
        guard isAuthority(base, schemeEnd..<end) else { throw .malformed("The authority is malformed.") }
        return end..<target.upperBound
    }

    /// uri-host [":" port]; no user information, not empty.
    static func isAuthority(_ base: UnsafePointer<UInt8>, _ text: Range<Int>) -> Bool {
        guard let first = text.first else { return false }
        var at = text.lowerBound
        if base[first] == UInt8(ascii: "[") {
            guard let close = text.firstIndex(where: { base[$0] == UInt8(ascii: "]") }), close > first + 2,
                (first + 1..<close).allSatisfy({ isAddressOctet(base[$0]) })
            else { return false }
            at = close + 1
        } else {
            while at < text.upperBound, base[at] != UInt8(ascii: ":") {
                if base[at] == UInt8(ascii: "%") {
                    guard at + 2 < text.upperBound, base[at + 1].hexValue != nil, base[at + 2].hexValue != nil else {
                        return false
                    }
                    at += 3
                } else {
                    guard isRegisteredNameOctet(base[at]) else { return false }
                    at += 1
                }
            }
            guard at > text.lowerBound else { return false }
        }
        if at == text.upperBound { return true }
        // At most five digits; the number itself is nobody's business here.
        let port = at + 1..<text.upperBound
        return base[at] == UInt8(ascii: ":") && port.count <= 5 && port.allSatisfy { base[$0].decimalValue != nil }
    }

    private static func isAddressOctet(_ octet: UInt8) -> Bool {
        octet.hexValue != nil || octet == UInt8(ascii: ":") || octet == UInt8(ascii: ".")
    }

    private static func isRegisteredNameOctet(_ octet: UInt8) -> Bool {
        // unreserved and sub-delims (RFC 3986 §2), one bit per ASCII code.
        octet.isIn(low: 0x2BFF_7FD2_0000_0000, high: 0x47FF_FFFE_87FF_FFFE)
    }

    // MARK: Paths

    /// Whether the octet may stand in a target and says nothing but itself: no query, escape, dot or reverse solidus.
    static func isPlain(_ octet: UInt8) -> Bool {
        octet.isIn(low: 0x7FFF_BFD6_0000_0000, high: 0x7FFF_FFFF_EFFF_FFFF)
    }

    /// The path decoded once and without dot segments; nil when that changes nothing.
    static func normalised(_ base: UnsafePointer<UInt8>, _ path: Range<Int>) throws(ParseFailure) -> [UInt8]? {
        guard !path.isEmpty else { return [UInt8(ascii: "/")] }
        var isPlain = true
        for index in path {
            switch base[index] {
            case UInt8(ascii: "\\"): throw .malformed("The path contains a reverse solidus.")
            case UInt8(ascii: "%"): isPlain = false
            case UInt8(ascii: ".") where base[index - 1] == UInt8(ascii: "/"): isPlain = false
            default: break
            }
        }
        if isPlain { return nil }
        return withoutDotSegments(try decodedPath(base, path))
    }

    private static func decodedPath(_ base: UnsafePointer<UInt8>, _ path: Range<Int>) throws(ParseFailure) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(path.count)
        var at = path.lowerBound
        while at < path.upperBound {
            guard base[at] == UInt8(ascii: "%") else {
                out.append(base[at])
                at += 1
                continue
            }
            guard at + 2 < path.upperBound, let high = base[at + 1].hexValue, let low = base[at + 2].hexValue else {
                throw .malformed("The path contains a malformed percent escape.")
            }
            let octet = high << 4 | low
            guard octet != 0, octet != UInt8(ascii: "/"), octet != UInt8(ascii: "\\") else {
                throw .malformed("The path contains an escape that is not accepted.")
            }
            out.append(octet)
            at += 3
        }
        guard out.withUnsafeBufferPointer(UTF8Check.isValid) else { throw .malformed("The path is not UTF-8.") }
        return out
    }

    private static func withoutDotSegments(_ path: [UInt8]) -> [UInt8] {
        var kept: [ArraySlice<UInt8>] = []
        var endsOpen = false
        for segment in path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            endsOpen = true
            if segment.elementsEqual(".".utf8) { continue }
            if segment.elementsEqual("..".utf8) {
                _ = kept.popLast()
                continue
            }
            endsOpen = false
            kept.append(segment)
        }
        var out: [UInt8] = []
        for segment in kept {
            out.append(UInt8(ascii: "/"))
            out.append(contentsOf: segment)
        }
        if endsOpen || out.isEmpty { out.append(UInt8(ascii: "/")) }
        return out
    }
}
