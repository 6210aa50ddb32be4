// SPDX-License-Identifier: Apache-2.0

/// A WebP file as its chunks. libvips writes an EXIF chunk of its own (resolution, colour space) even where it is told to
/// write none.
enum WebPContainer {
    private static let metadata: Set<String> = ["EXIF", "XMP ", "ICCP"]
    /// Of VP8X: profile, EXIF, XMP.
    private static let metadataFlags: UInt8 = 0x20 | 0x08 | 0x04

    /// Without what is no picture; nil for a broken container.
    static func withoutMetadata(_ file: [UInt8]) -> [UInt8]? {
        guard file.count >= 12 else { return nil }
        var kept = Array(file[8..<12])
        var at = 12
        while at < file.count {
            guard at + 8 <= file.count else { return nil }
            let name = String(decoding: file[at..<at + 4], as: UTF8.self)
            let size = (0..<4).reduce(0) { $0 | Int(file[at + 4 + $1]) << (8 * $1) }
            let end = at + 8 + size + size % 2
            guard end <= file.count else { return nil }
            if !metadata.contains(name) {
                let start = kept.count
                kept += file[at..<end]
                if name == "VP8X", size > 0 { kept[start + 8] &= ~metadataFlags }
            }
            at = end
        }
        return Array(file[0..<4]) + (0..<4).map { UInt8(kept.count >> (8 * $0) & 255) } + kept
    }
}
