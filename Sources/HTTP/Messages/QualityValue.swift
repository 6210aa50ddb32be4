// SPDX-License-Identifier: Apache-2.0

/// What a client accepts and how gladly (RFC 9110 §12.4.2): `gzip`, `hi;q=0.8`, `*;q=0`.
enum QualityValue {
    /// The elements of a list that is written with commas, without the space around them; empty ones are to be overlooked
    /// (RFC 9110 §5.6.1.2).
    static func elements(_ list: ArraySlice<UInt8>) -> some Sequence<ArraySlice<UInt8>> {
        list.split(separator: UInt8(ascii: ",")).lazy.map(trimmed).filter { !$0.isEmpty }
    }

    /// token [ OWS ";" OWS "q=" qvalue ], the weight in thousandths; nil for anything else.
    static func weighted(_ element: ArraySlice<UInt8>) -> (name: ArraySlice<UInt8>, weight: Int)? {
        let mark = element.firstIndex(of: UInt8(ascii: ";"))
        let name = trimmed(element[..<(mark ?? element.endIndex)])
        guard !name.isEmpty, name.allSatisfy({ $0.isToken }) else { return nil }
        guard let mark else { return (name, 1000) }
        return weight(trimmed(element[(mark + 1)...])).map { (name, $0) }
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
