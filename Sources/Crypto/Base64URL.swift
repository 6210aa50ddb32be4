// SPDX-License-Identifier: Apache-2.0

/// The URL-safe base 64 of RFC 4648 §5, without padding.
public enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The inverse of the alphabet; 0xFF marks what is not in it.
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 0xFF, count: 256)
        for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
        return table
    }()

    /// Four characters per three bytes, no padding.
    public static func encode(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        output.reserveCapacity((bytes.count * 4 + 2) / 3)
        var pending: UInt32 = 0
        var bits = 0
        for byte in bytes {
            pending = pending << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                output.append(alphabet[Int(pending >> UInt32(bits)) & 0x3F])
            }
        }
        if bits > 0 { output.append(alphabet[Int(pending << UInt32(6 - bits)) & 0x3F]) }
        return String(decoding: output, as: UTF8.self)
    }

    /// The bytes of `text`, or nil when it holds another character, padding, an impossible length or set unused bits.
    ///
    /// The last rule makes every byte string have exactly one spelling, so that a signed text cannot be varied.
    public static func decode(_ text: String) -> [UInt8]? {
        decode(text.utf8)
    }

    /// The bytes of the ASCII characters `text`; nil as for the other form.
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var output: [UInt8] = []
        output.reserveCapacity(text.count * 3 / 4)
        var pending: UInt32 = 0
        var bits = 0
        for character in text {
            let value = values[Int(character)]
            guard value != 0xFF else { return nil }
            pending = (pending << 6 | UInt32(value)) & 0xFFFF
            bits += 6
            if bits >= 8 {
                bits -= 8
                output.append(UInt8(truncatingIfNeeded: pending >> UInt32(bits)))
            }
        }
        let unused = pending & ((1 << UInt32(bits)) - 1)
        return unused == 0 ? output : nil
    }
}
