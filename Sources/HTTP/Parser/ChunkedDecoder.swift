// SPDX-License-Identifier: Apache-2.0

/// Takes the chunk framing off a body (RFC 9112 §7.1); trailers are checked and dropped.
struct ChunkedDecoder {
    enum Event {
        case needMore
        case data(UnsafeBufferPointer<UInt8>)
        case end
    }

    private enum State {
        case size
        case extensionStart, extensionName, extensionNameSpace
        case valueStart, valueToken, valueQuoted, valueQuotedPair, valueEnd, valueSpace
        case sizeLF
        case data(remaining: Int)
        case dataCR, dataLF
        case trailers
    }

    private let limits: ParserLimits
    private var state = State.size
    private var size = 0
    private var digitCount = 0
    private var total = 0
    private var extensionCount = 0
    private var extensionTotal = 0
    private var trailerLine: [UInt8] = []
    private var trailerTotal = 0
    private var trailerFieldCount = 0

    init(limits: ParserLimits) {
        self.limits = limits
    }

    /// - Parameter bodyMax: the data of all chunks together; refused at the size line, before the data is awaited.
    mutating func next(
        _ input: UnsafeBufferPointer<UInt8>, _ consumed: inout Int, bodyMax: Int
    ) throws(ParseFailure) -> Event {
        while consumed < input.count {
            if case .data(let remaining) = state {
                let count = min(remaining, input.count - consumed)
                let part = UnsafeBufferPointer(rebasing: input[consumed..<consumed + count])
                consumed += count
                state = count == remaining ? .dataCR : .data(remaining: remaining - count)
                return .data(part)
            }
            let octet = input[consumed]
            consumed += 1
            if case .trailers = state {
                if try trailer(octet) { return .end }
            } else {
                try framing(octet, bodyMax: bodyMax)
            }
        }
        return .needMore
    }

    private mutating func framing(_ octet: UInt8, bodyMax: Int) throws(ParseFailure) {
        switch state {
        case .size: try sizeOctet(octet, bodyMax: bodyMax)
        case .sizeLF:
            try expect(octet, UInt8(ascii: "\n"))
            total += size
            state = size == 0 ? .trailers : .data(remaining: size)
        case .dataCR:
            try expect(octet, UInt8(ascii: "\r"))
            state = .dataLF
        case .dataLF:
            try expect(octet, UInt8(ascii: "\n"))
            (size, digitCount, extensionCount) = (0, 0, 0)
            state = .size
        case .data, .trailers: break
        default: try extensionOctet(octet)
        }
    }

    private func expect(_ octet: UInt8, _ expected: UInt8) throws(ParseFailure) {
        guard octet == expected else { throw .malformed("The chunk framing is malformed.") }
    }

    private mutating func sizeOctet(_ octet: UInt8, bodyMax: Int) throws(ParseFailure) {
        if let digit = octet.hexValue {
            digitCount += 1
            guard digitCount <= limits.chunkSizeDigitCountMax else {
                throw .malformed("A chunk size has too many digits.")
            }
            let (shifted, overflow) = size.multipliedReportingOverflow(by: 16)
            let (sum, sumOverflow) = shifted.addingReportingOverflow(Int(digit))
            guard !overflow, !sumOverflow, sum <= max(bodyMax - total, 0) else {
                throw ParseFailure(.payloadTooLarge, "The body is longer than \(bodyMax) octets.")
            }
            size = sum
            return
        }
        guard digitCount > 0 else { throw .malformed("A chunk size is missing.") }
        switch octet {
        case UInt8(ascii: "\r"): state = .sizeLF
        case UInt8(ascii: ";"): try enterExtension()
        default: throw .malformed("A chunk size is malformed.")
        }
    }

    // MARK: Extensions

    private mutating func enterExtension() throws(ParseFailure) {
        try countExtensionOctet()
        state = .extensionStart
    }

    private mutating func countExtensionOctet() throws(ParseFailure) {
        extensionCount += 1
        extensionTotal += 1
        guard extensionCount <= limits.chunkExtensionMax, extensionTotal <= limits.chunkExtensionTotalMax else {
            throw .malformed("The chunk extensions are too long.")
        }
    }

    /// chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ), without space after the size and
    /// before the line end.
    private mutating func extensionOctet(_ octet: UInt8) throws(ParseFailure) {
        let isSpace = FieldLine.isSpace(octet)
        let mayEnd =
            switch state {
            case .extensionName, .valueToken, .valueEnd: true
            default: false
            }
        if mayEnd, octet == UInt8(ascii: "\r") {
            state = .sizeLF
            return
        }
        try countExtensionOctet()
        switch state {
        case .extensionStart where isSpace, .valueStart where isSpace, .extensionNameSpace where isSpace,
            .valueSpace where isSpace:
            return
        case .valueToken where isSpace, .valueEnd where isSpace: state = .valueSpace
        case .extensionStart where octet.isToken: state = .extensionName
        case .extensionName where octet.isToken, .valueToken where octet.isToken: return
        case .extensionName where isSpace: state = .extensionNameSpace
        case .extensionName where octet == UInt8(ascii: "="), .extensionNameSpace where octet == UInt8(ascii: "="):
            state = .valueStart
        case .extensionName where octet == UInt8(ascii: ";"), .extensionNameSpace where octet == UInt8(ascii: ";"),
            .valueToken where octet == UInt8(ascii: ";"), .valueEnd where octet == UInt8(ascii: ";"),
            .valueSpace where octet == UInt8(ascii: ";"):
            state = .extensionStart
        case .valueStart where octet == UInt8(ascii: "\""): state = .valueQuoted
        case .valueStart where octet.isToken: state = .valueToken
        case .valueQuoted where octet == UInt8(ascii: "\""): state = .valueEnd
        case .valueQuoted where octet == UInt8(ascii: "\\"): state = .valueQuotedPair
        case .valueQuoted where isText(octet): return
        case .valueQuotedPair where isText(octet): state = .valueQuoted
        default: throw .malformed("A chunk extension is malformed.")
        }
    }

    private func isText(_ octet: UInt8) -> Bool { octet >= 0x20 && octet != 0x7F || octet == 0x09 }

    // MARK: Trailers

    /// One octet of the trailer section; true after its empty line.
    private mutating func trailer(_ octet: UInt8) throws(ParseFailure) -> Bool {
        trailerTotal += 1
        guard trailerTotal <= limits.trailerMax else {
            throw ParseFailure(.headersTooLarge, "The trailer section is longer than \(limits.trailerMax) octets.")
        }
        guard octet == UInt8(ascii: "\n") else {
            trailerLine.append(octet)
            return false
        }
        guard trailerLine.popLast() == UInt8(ascii: "\r") else { throw .malformed("A line does not end in CRLF.") }
        if trailerLine.isEmpty { return true }
        trailerFieldCount += 1
        guard trailerFieldCount <= limits.fieldCountMax else {
            throw ParseFailure(.headersTooLarge, "More than \(limits.fieldCountMax) trailer fields.")
        }
        let line = trailerLine
        try line.withUnsafeBufferPointer { (line) throws(ParseFailure) in
            guard let base = line.baseAddress else { return }
            _ = try FieldLine.parse(base, 0, line.count)
        }
        trailerLine.removeAll(keepingCapacity: true)
        return false
    }
}
