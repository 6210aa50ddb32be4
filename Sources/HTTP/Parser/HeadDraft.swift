// SPDX-License-Identifier: Apache-2.0

/// A head while its lines come in, and the rules that look at more than one of them.
struct HeadDraft {
    let head = RequestHead()
    /// The request line's authority, when it had one: it overrides Host.
    private var hostCount = 0
    private var lengthCount = 0
    private var codingCount = 0
    private var contentLength = 0
    private var closes = false
    private var keepsAlive = false
    private var expectationCount = 0
    private var hasContinue = false
    /// CONNECT and TRACE end the connection with their refusal.
    private var isTunnel = false

    // MARK: Request line

    /// method SP target SP HTTP-version, exactly one space each.
    mutating func requestLine(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) throws(ParseFailure) {
        var at = start
        while at < end, base[at].isToken { at += 1 }
        guard at > start, at < end, base[at] == 0x20 else { throw .malformed("The method is not a token.") }
        let method = UnsafeBufferPointer(start: base + start, count: at - start)
        head.method = HTTPMethod(method)
        isTunnel = FieldLine.equal(base, start..<at, "CONNECT") || FieldLine.equal(base, start..<at, "TRACE")
        let targetStart = at + 1
        at = targetStart
        while at < end, RequestTarget.isPlain(base[at]) { at += 1 }
        // Most targets are a path that is to be taken as it is.
        if at < end, base[at] == 0x20, base[targetStart] == UInt8(ascii: "/"), !isTunnel {
            try version(base, at + 1, end)
            head.fields.reserveCapacity(12)
            head.pathRange = targetStart..<at
            return
        }
        while at < end, base[at] > 0x20, base[at] < 0x7F, base[at] != UInt8(ascii: "#") { at += 1 }
        guard at > targetStart, at < end, base[at] == 0x20 else {
            throw .malformed("The request target is empty or contains a forbidden octet.")
        }
        try version(base, at + 1, end)
        head.fields.reserveCapacity(12)
        try target(base, targetStart..<at)
    }

    private mutating func version(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) throws(ParseFailure) {
        let name: StaticString = "HTTP/"
        var isVersion = end - start == 8
        for index in 0..<5 where isVersion { isVersion = base[start + index] == name.utf8Start[index] }
        guard isVersion, let major = base[start + 5].decimalValue, base[start + 6] == UInt8(ascii: "."),
            let minor = base[start + 7].decimalValue
        else { throw .malformed("The HTTP version is malformed.") }
        guard major == 1 else { throw ParseFailure(.versionNotSupported, "Only HTTP/1 is spoken here.") }
        head.minorVersion = minor == 0 ? 0 : 1
    }

    private mutating func target(_ base: UnsafePointer<UInt8>, _ target: Range<Int>) throws(ParseFailure) {
        if isTunnel { return }
        var target = target
        if base[target.lowerBound] != UInt8(ascii: "/") {
            if target.count == 1, base[target.lowerBound] == UInt8(ascii: "*") {
                guard head.method == .options else { throw .malformed("Only OPTIONS may ask for \"*\".") }
                head.isAsterisk = true
                return
            }
            target = try RequestTarget.afterAuthority(base, target)
            // `OPTIONS http://host` means the server as a whole (RFC 9112 §3.2.4).
            if target.isEmpty, head.method == .options { head.isAsterisk = true }
        }
        let mark = target.firstIndex { base[$0] == UInt8(ascii: "?") } ?? target.upperBound
        head.pathRange = target.lowerBound..<mark
        if mark < target.upperBound { head.queryRange = mark + 1..<target.upperBound }
        head.normalisedPath = try RequestTarget.normalised(base, head.pathRange)
    }

    // MARK: Fields

    mutating func field(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) throws(ParseFailure) {
        let field = try FieldLine.parse(base, start, end)
        head.fields.append(field)
        let name = start..<start + Int(field.nameLength)
        switch name.count {
        case 4 where FieldLine.equal(base, name, "host"):
            hostCount += 1
            guard hostCount == 1, RequestTarget.isAuthority(base, field.value) else {
                throw .malformed("Host must be one valid host.")
            }
        case 6 where FieldLine.equal(base, name, "expect"):
            expectationCount += 1
            hasContinue = FieldLine.equal(base, field.value, "100-continue")
        case 10 where FieldLine.equal(base, name, "connection"):
            try FieldLine.forEachElement(base, field.value) { element in
                if FieldLine.equal(base, element, "close") { closes = true }
                if FieldLine.equal(base, element, "keep-alive") { keepsAlive = true }
            }
        case 14 where FieldLine.equal(base, name, "content-length"):
            lengthCount += 1
            guard lengthCount == 1 else { throw .malformed("Content-Length is repeated.") }
            contentLength = try length(base, field.value)
        case 17 where FieldLine.equal(base, name, "transfer-encoding"): codingCount += 1
        default: break
        }
    }

    /// 1*DIGIT. What does not fit 63 bits is longer than any limit.
    private func length(_ base: UnsafePointer<UInt8>, _ digits: Range<Int>) throws(ParseFailure) -> Int {
        guard !digits.isEmpty else { throw .malformed("Content-Length is not a number.") }
        var length = 0
        var isTooLong = false
        for index in digits {
            guard let digit = base[index].decimalValue else { throw .malformed("Content-Length is not a number.") }
            let (shifted, overflow) = length.multipliedReportingOverflow(by: 10)
            let (sum, sumOverflow) = shifted.addingReportingOverflow(Int(digit))
            isTooLong = isTooLong || overflow || sumOverflow
            length = isTooLong ? Int.max : sum
        }
        if isTooLong { throw ParseFailure(.payloadTooLarge, "The body is too long.") }
        return length
    }

    // MARK: The whole

    mutating func finish(_ base: UnsafePointer<UInt8>) throws(ParseFailure) {
        if head.minorVersion == 1, hostCount == 0 { throw .malformed("Host is missing.") }
        try frameBody(base)
        head.keepsAlive = !closes && !isTunnel && (head.minorVersion == 1 || keepsAlive)
        head.saysKeepAlive = head.minorVersion == 0 && head.keepsAlive
        // HTTP/1.0 knows no expectations.
        if expectationCount > 0, head.minorVersion == 1 {
            head.hasUnknownExpectation = expectationCount > 1 || !hasContinue
            head.expectsContinue = !head.hasUnknownExpectation && head.body != .none && head.body != .length(0)
        }
    }

    private mutating func frameBody(_ base: UnsafePointer<UInt8>) throws(ParseFailure) {
        guard codingCount > 0 else {
            if lengthCount > 0 { head.body = .length(contentLength) }
            return
        }
        if lengthCount > 0 { throw .malformed("Transfer-Encoding and Content-Length exclude each other.") }
        if head.minorVersion == 0 { throw .malformed("HTTP/1.0 has no Transfer-Encoding.") }
        var count = 0
        var chunkedCount = 0
        var lastIsChunked = false
        for field in head.fields where isTransferEncoding(base, field) {
            try FieldLine.forEachElement(base, field.value) { (coding) throws(ParseFailure) in
                guard !coding.isEmpty, coding.allSatisfy({ base[$0].isToken }) else {
                    throw .malformed("Transfer-Encoding is malformed.")
                }
                count += 1
                lastIsChunked = FieldLine.equal(base, coding, "chunked")
                if lastIsChunked { chunkedCount += 1 }
            }
        }
        guard lastIsChunked, chunkedCount == 1 else {
            throw .malformed("The last transfer coding must be \"chunked\", once.")
        }
        guard count == 1 else { throw ParseFailure(.notImplemented, "A transfer coding is not implemented.") }
        head.body = .chunked
    }

    private func isTransferEncoding(_ base: UnsafePointer<UInt8>, _ field: FieldRange) -> Bool {
        let start = Int(field.nameStart)
        return FieldLine.equal(base, start..<start + Int(field.nameLength), "transfer-encoding")
    }
}
