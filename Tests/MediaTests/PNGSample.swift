// SPDX-License-Identifier: Apache-2.0

/// PNG files by hand: any head, rows as they are given, deflated in stored blocks or in runs that blow up.
struct PNGSample {
    enum Colour: UInt8 { case grey = 0, rgb = 2, greyAlpha = 4, rgba = 6 }

    var width: Int
    var height: Int
    var depth: UInt8 = 8
    var colour = Colour.rgb
    var isInterlaced = false

    /// A whole file of rows of octets.
    func file(_ rows: [[UInt8]]) -> [UInt8] { file(Self.stored(rows.flatMap { [0] + $0 })) }

    /// A file whose pixels are this zlib stream.
    func file(_ stream: [UInt8]) -> [UInt8] {
        let head = Self.big(width) + Self.big(height) + [depth, colour.rawValue, 0, 0, isInterlaced ? 1 : 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + Self.chunk("IHDR", head)
            + Self.chunk("IDAT", stream) + Self.chunk("IEND", [])
    }

    static func big(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(value >> $0 & 255) } }

    static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + data
        return big(data.count) + body + big(Int(crc(body)))
    }

    /// A zlib stream of stored blocks.
    static func stored(_ octets: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        var at = 0
        repeat {
            let count = min(65535, octets.count - at)
            let isLast = at + count == octets.count
            stream += [isLast ? 1 : 0, UInt8(count & 255), UInt8(count >> 8)]
            stream += [UInt8(~count & 255), UInt8(~count >> 8 & 255)] + octets[at..<at + count]
            at += count
        } while at < octets.count
        var (a, b): (UInt32, UInt32) = (1, 0)
        for octet in octets {
            a = (a + UInt32(octet)) % 65521
            b = (b + a) % 65521
        }
        return stream + big(Int(b << 16 | a))
    }

    private static func crc(_ octets: [UInt8]) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for octet in octets {
            crc ^= UInt32(octet)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return crc ^ 0xFFFF_FFFF
    }
}
