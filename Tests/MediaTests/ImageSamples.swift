// SPDX-License-Identifier: Apache-2.0
import CVips

@testable import Media

/// Files as strangers send them, made by libvips and by hand.
enum ImageSamples {
    typealias Pixel = (_ x: Int, _ y: Int) -> [UInt8]

    /// Left half red, right half blue, the upper quarter green: every turn looks different.
    static func flag(_ width: Int, _ height: Int) -> Pixel {
        { x, y in y * 4 < height ? [0, 200, 0] : x * 2 < width ? [220, 0, 0] : [0, 0, 220] }
    }

    static func pixels(_ width: Int, _ height: Int, _ pixel: Pixel) -> [UInt8] {
        var octets: [UInt8] = []
        for y in 0..<height { for x in 0..<width { octets += pixel(x, y) } }
        return octets
    }

    // MARK: By libvips

    static func jpeg(_ width: Int, _ height: Int, _ pixel: Pixel, cmyk: Bool = false) -> [UInt8] {
        saved(width, height, pixel, cmyk: cmyk) { image in { mve_vips_save_jpeg(image, 95, $0, $1) } }
    }

    static func webp(_ width: Int, _ height: Int, _ pixel: Pixel) -> [UInt8] {
        saved(width, height, pixel) { image in { mve_vips_save_webp(image, 95, 0, $0, $1) } }
    }

    private static func saved(
        _ width: Int, _ height: Int, _ pixel: Pixel, cmyk: Bool = false,
        _ save: (OpaquePointer) -> (
            UnsafeMutablePointer<UnsafeMutableRawPointer?>, UnsafeMutablePointer<Int>
        ) -> Int32
    ) -> [UInt8] {
        if let fault = Vips.fault { preconditionFailure(fault) }
        let octets = pixels(width, height, pixel)
        let bands = octets.count / (width * height)
        guard
            let image = mve_vips_from_pixels(
                octets, octets.count, Int32(width), Int32(height), Int32(bands), cmyk ? 1 : 0)
        else { preconditionFailure("no image") }
        defer { mve_vips_release(image) }
        var out: UnsafeMutableRawPointer?
        var count = 0
        precondition(save(image)(&out, &count) == 0, Vips.complaint())
        defer { mve_vips_free(out) }
        return Array(UnsafeRawBufferPointer(start: out, count: count))
    }

    /// What a file shows at a place: decoded by the loaders of the processor.
    static func pixel(_ octets: [UInt8], _ x: Int, _ y: Int) -> [Int] {
        octets.withUnsafeBytes { bytes in
            var image: OpaquePointer?
            let kind = MediaKind(sniffing: octets)
            let result =
                kind == .webp
                ? mve_vips_webp(bytes.baseAddress, bytes.count, &image)
                : mve_vips_jpeg(bytes.baseAddress, bytes.count, 1, &image)
            guard result == 0, let image else { return [] }
            defer { mve_vips_release(image) }
            var memory: OpaquePointer?
            guard mve_vips_in_memory(image, &memory) == 0, let memory else { return [] }
            defer { mve_vips_release(memory) }
            let bands = Int(mve_vips_band_count(memory))
            let width = Int(mve_vips_width(memory))
            guard let data = mve_vips_pixels(memory)?.assumingMemoryBound(to: UInt8.self) else { return [] }
            return (0..<bands).map { Int(data[(y * width + x) * bands + $0]) }
        }
    }

    // MARK: EXIF

    /// A JPEG with an EXIF block: turned as `orientation` says, taken at a place, with a comment behind its end.
    static func withEXIF(_ jpeg: [UInt8], orientation: UInt8) -> [UInt8] {
        let gps = Array("GPS-52.5200N-13.4050E".utf8)
        var tiff: [UInt8] = Array("MM".utf8) + [0, 42, 0, 0, 0, 8]
        // One directory of two entries: the orientation, and a text that stands behind the directory.
        tiff += [0, 2]
        tiff += [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]
        tiff += [0x01, 0x0E, 0, 2, 0, 0, 0, UInt8(gps.count), 0, 0, 0, 38]
        tiff += [0, 0, 0, 0] + gps
        let block = Array("Exif".utf8) + [0, 0] + tiff
        let length = block.count + 2
        return Array(jpeg[..<2]) + [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + block + jpeg[2...]
    }

    // MARK: WebP by hand

    /// An animation of still pictures of one size.
    static func animation(_ frames: [[UInt8]], _ width: Int, _ height: Int) -> [UInt8] {
        func little(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(value >> (8 * $0) & 255) } }
        func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
            Array(name.utf8) + little(data.count, 4) + data + (data.count % 2 == 1 ? [0] : [])
        }
        var body = Array("WEBP".utf8)
        body += chunk("VP8X", [0x02, 0, 0, 0] + little(width - 1, 3) + little(height - 1, 3))
        body += chunk("ANIM", [0, 0, 0, 0, 0, 0])
        for frame in frames {
            let head = little(0, 3) + little(0, 3) + little(width - 1, 3) + little(height - 1, 3) + little(100, 3) + [0]
            // The picture's own chunk; what else libvips put round it is not allowed in a frame.
            let start = frame.firstRange(of: Array("VP8 ".utf8))?.lowerBound ?? 12
            let size = (0..<4).reduce(0) { $0 | Int(frame[start + 4 + $1]) << (8 * $1) }
            body += chunk("ANMF", head + frame[start..<start + 8 + size])
        }
        return Array("RIFF".utf8) + little(body.count, 4) + body
    }
}
