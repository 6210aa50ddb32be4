// SPDX-License-Identifier: Apache-2.0

/// What a client says of codings (RFC 9110 §12.5.3).
enum AcceptEncoding {
    /// Whether an answer in gzip is at least as welcome as a plain one. A client that says nothing, or nothing that can be
    /// read, gets a plain one.
    static func prefersGzip(_ head: RequestHead) -> Bool {
        var weights = Weights()
        var isSaid = false
        for field in head.fields where head.isNamed(field, "accept-encoding") {
            isSaid = true
            let value = head.bytes[field.value]
            for element in value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: true) {
                let element = trimmed(element)
                // Empty elements are to be overlooked (RFC 9110 §5.6.1.2).
                if element.isEmpty { continue }
                guard weights.take(element) else { return false }
            }
        }
        return isSaid && weights.prefersGzip
    }

    private struct Weights {
        /// In thousandths; nil where the coding is not named.
        var gzip: Int?
        var identity: Int?
        var others: Int?

        var prefersGzip: Bool {
            let gzip = gzip ?? others ?? 0
            // A plain answer that nobody asked for by name is always in order, and never better.
            return gzip > 0 && gzip >= identity ?? 0
        }

        /// coding [ OWS ";" OWS "q=" qvalue ]; false for anything else.
        mutating func take(_ element: ArraySlice<UInt8>) -> Bool {
            let mark = element.firstIndex(of: UInt8(ascii: ";"))
            let coding = trimmed(element[..<(mark ?? element.endIndex)])
            guard !coding.isEmpty, coding.allSatisfy({ $0.isToken }) else { return false }
            var weight = 1000
            if let mark {
                guard let read = AcceptEncoding.weight(trimmed(element[(mark + 1)...])) else { return false }
                weight = read
            }
            switch String(decoding: coding.map(\.lowered), as: UTF8.self) {
            case "gzip", "x-gzip": gzip = gzip ?? weight
            case "identity": identity = identity ?? weight
            case "*": others = others ?? weight
            default: break
            }
            return true
        }
    }

    /// `q=0.123` in thousandths: one digit 0 or 1, at most three behind the point, none but zeros behind 1.
    private static func weight(_ text: ArraySlice<UInt8>) -> Int? {
        let octets = Array(text)
        guard (3...7).contains(octets.count), octets[0].lowered == UInt8(ascii: "q"), octets[1] == UInt8(ascii: "="),
            let whole = octets[2].decimalValue, whole <= 1
        else { return nil }
        guard octets.count > 3 else { return Int(whole) * 1000 }
        guard octets[3] == UInt8(ascii: ".") else { return nil }
        var thousandths = 0
        var unit = 100
        for octet in octets[4...] {
            guard let digit = octet.decimalValue else { return nil }
            thousandths += Int(digit) * unit
            unit /= 10
        }
        return whole == 1 ? (thousandths == 0 ? 1000 : nil) : thousandths
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text.drop(while: FieldLine.isSpace)
        while let last = text.last, FieldLine.isSpace(last) { text.removeLast() }
        return text
    }
}
