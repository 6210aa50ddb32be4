// SPDX-License-Identifier: Apache-2.0

/// How a webhook's JSON spells characters that can be spelled in several ways: all the same text, never the same octets.
enum EscapeStyle: String, CaseIterable, Sendable {
    /// `\/`, and `\uhhhh` for everything outside ASCII: the provider's usual way.
    case ascii
    /// Everything as it is, in UTF-8.
    case utf8
    /// UTF-8, but `<`, `>`, `&` and the line separators as `\uhhhh`: safe inside a page.
    case html

    /// Respells JSON that the writer wrote. The characters concerned stand inside strings only.
    func applied(to json: [UInt8]) -> [UInt8] {
        guard self != .utf8 else { return json }
        var out: [UInt8] = []
        out.reserveCapacity(json.count + json.count / 4)
        for scalar in String(decoding: json, as: UTF8.self).unicodeScalars {
            switch (self, scalar) {
            case (.ascii, "/"): out += [UInt8(ascii: "\\"), UInt8(ascii: "/")]
            case (.html, "<"), (.html, ">"), (.html, "&"), (.html, "\u{2028}"), (.html, "\u{2029}"):
                Self.escape(scalar, &out)
            case (.ascii, _) where !scalar.isASCII: Self.escape(scalar, &out)
            case (_, _) where scalar.isASCII: out.append(UInt8(truncatingIfNeeded: scalar.value))
            default: out.append(contentsOf: String(scalar).utf8)
            }
        }
        return out
    }

    private static func escape(_ scalar: Unicode.Scalar, _ out: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        // A pair of surrogates above U+FFFF.
        for unit in String(scalar).utf16 {
            out += [UInt8(ascii: "\\"), UInt8(ascii: "u")]
            for shift in [12, 8, 4, 0] { out.append(digits[Int(unit >> UInt16(shift)) & 15]) }
        }
    }
}
