// SPDX-License-Identifier: Apache-2.0
internal import CVips
internal import MarketCrypto

/// Makes an image anew from a file that a stranger sent. Blocks; for a worker thread.
///
/// 1. The first octets decide which of the three loaders reads it.
/// 2. The header tells the size; what is too large is refused before a pixel is decoded.
/// 3. Pixels alone go on: turned upright, in sRGB, eight bits, no side longer than `masterSide`. Whatever else the file
///    held (EXIF, XMP, profiles, further frames, what was put behind its end) is gone.
struct ImageDecoder {
    let limits: ImageLimits
    /// Why libvips cannot be used; nil when it can.
    var fault: @Sendable () -> String? = { Vips.fault }

    func process(_ octets: [UInt8]) throws(ImageError) -> ProcessedImage {
        guard octets.count <= limits.octetsMax else { throw .tooLong(max: limits.octetsMax) }
        guard let kind = MediaKind(sniffing: octets), [.jpeg, .png, .webp].contains(kind) else { throw .unsupported }
        if let fault = fault() { throw .unavailable(fault) }
        defer { Vips.forgetThread() }
        // Typed throws do not pass through the closure's generic result.
        let result = octets.withUnsafeBytes { bytes -> Result<ProcessedImage, ImageError> in
            do throws(ImageError) {
                return .success(try process(bytes, kind))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func process(_ bytes: UnsafeRawBufferPointer, _ kind: MediaKind) throws(ImageError) -> ProcessedImage {
        let master = try master(bytes, kind)
        let kept: MediaKind = master.hasAlpha ? .webp : .jpeg
        var thumbnails: [ProcessedImage.Thumbnail] = []
        for side in limits.thumbnailSides {
            let small = try master.fitted(side, profiled: false).inSRGB()
            thumbnails.append(
                ProcessedImage.Thumbnail(
                    side: side, width: small.width, height: small.height, octets: try encode(small, kept)))
        }
        let octets = try encode(master, kept)
        return ProcessedImage(
            kind: kept, width: master.width, height: master.height, octets: octets, digest: SHA256.hash(octets),
            thumbnails: thumbnails)
    }

    private func encode(_ picture: borrowing VipsPicture, _ kind: MediaKind) throws(ImageError) -> [UInt8] {
        kind == .webp
            ? try picture.webp(quality: limits.webpQuality, effort: limits.webpEffort)
            : try picture.jpeg(quality: limits.jpegQuality)
    }

    // MARK: Decoding

    private func master(_ bytes: UnsafeRawBufferPointer, _ kind: MediaKind) throws(ImageError) -> VipsPicture {
        let (shrink, hasProfile) = try check(bytes, kind)
        let decoded: VipsPicture
        do throws(ImageError) {
            decoded = try load(bytes, kind, shrink).fitted(limits.masterSide, profiled: hasProfile).inSRGB().inMemory()
        } catch {
            // A profile that cannot be used is no reason to refuse the picture; what else is wrong shows again.
            guard hasProfile else { throw error }
            let bare = try load(bytes, kind, shrink).withoutProfile()
            decoded = try bare.fitted(limits.masterSide, profiled: false).inSRGB().inMemory()
        }
        return decoded.hasAlpha ? try opaqueWherePossible(decoded) : decoded
    }

    /// Without an alpha band in which nothing is transparent.
    private func opaqueWherePossible(_ picture: consuming VipsPicture) throws(ImageError) -> VipsPicture {
        let alpha = picture.bands - 1
        guard try picture.bands(alpha..<picture.bands).least() == 255 else { return picture }
        return try picture.bands(0..<alpha).inMemory()
    }

    /// Refuses what is too large, by its header; how far JPEG may be shrunk while it is decoded.
    private func check(
        _ bytes: UnsafeRawBufferPointer, _ kind: MediaKind
    ) throws(ImageError) -> (shrink: Int, hasProfile: Bool) {
        let picture = try load(bytes, kind, 1)
        let (width, height) = (picture.width, picture.height)
        let held = width * height * held(picture, kind)
        guard max(width, height) <= limits.sideMax, held <= limits.heldMax else {
            throw .tooLarge(width: width, height: height)
        }
        let shrink = [8, 4, 2].first { max(width, height) / $0 >= limits.masterSide } ?? 1
        return (shrink, picture.hasProfile)
    }

    /// Octets of one pixel in what the decoder holds whole; 0 where it goes line by line.
    private func held(_ picture: borrowing VipsPicture, _ kind: MediaKind) -> Int {
        switch kind {
        // The coefficients of all blocks, sixteen bits each.
        case .jpeg: picture.isInterlaced ? picture.bands * 2 : 0
        case .png: picture.isInterlaced ? picture.pixelOctets : 0
        default: 4
        }
    }

    private func load(
        _ bytes: UnsafeRawBufferPointer, _ kind: MediaKind, _ shrink: Int
    ) throws(ImageError) -> VipsPicture {
        try VipsPicture { out in
            switch kind {
            case .jpeg: mve_vips_jpeg(bytes.baseAddress, bytes.count, Int32(shrink), out)
            case .png: mve_vips_png(bytes.baseAddress, bytes.count, out)
            default: mve_vips_webp(bytes.baseAddress, bytes.count, out)
            }
        }
    }
}
