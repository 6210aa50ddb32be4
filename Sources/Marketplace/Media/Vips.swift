// SPDX-License-Identifier: Apache-2.0
internal import CVips

/// libvips, started once for the process: one thread for each call, no memory of earlier images, three loaders.
enum Vips {
    /// Whether it is usable.
    static let isReady = mve_vips_start() == 0

    /// What the last calls complained about. libvips keeps one text for the process: with several images in work it may be
    /// another's, which is why it goes nowhere but into the log.
    static func complaint() -> String {
        guard let text = vips_error_buffer_copy() else { return "" }
        defer { g_free(text) }
        return String(cString: text)
    }

    /// Gives back what libvips keeps for the calling thread.
    static func forgetThread() { vips_thread_shutdown() }

    /// Octets that are in use by libvips' own images.
    static var trackedOctets: Int { vips_tracked_get_mem() }
}

/// One image of libvips: a recipe until its pixels are asked for.
struct VipsPicture: ~Copyable {
    typealias Pointer = UnsafeMutablePointer<VipsImage>

    private let image: Pointer

    /// Takes over what a call of libvips gives.
    init(_ make: (UnsafeMutablePointer<Pointer?>) -> Int32) throws(ImageError) {
        var made: Pointer?
        guard make(&made) == 0, let made else {
            if let made { mve_vips_release(made) }
            throw .unreadable(Vips.complaint())
        }
        image = made
    }

    deinit { mve_vips_release(image) }

    var width: Int { Int(vips_image_get_width(image)) }
    var height: Int { Int(vips_image_get_height(image)) }
    var bands: Int { Int(vips_image_get_bands(image)) }
    var hasAlpha: Bool { vips_image_hasalpha(image) != 0 }
    var hasProfile: Bool { has("icc-profile-data") }
    /// Whether it is made of passes over the whole, which a decoder has to hold.
    var isInterlaced: Bool { has("interlaced") || has("jpeg-multiscan") }
    /// Octets of one pixel before anything is converted.
    var pixelOctets: Int { Int(vips_format_sizeof(vips_image_get_format(image))) * bands }

    private func has(_ field: String) -> Bool { mve_vips_has(image, field) != 0 }

    // MARK: Recipes

    /// Upright, within a square; with its colours in sRGB by its profile where `profiled`.
    func fitted(_ side: Int, profiled: Bool) throws(ImageError) -> VipsPicture {
        let image = image
        return try VipsPicture { mve_vips_fit(image, Int32(side), profiled ? "srgb" : nil, $0) }
    }

    func withoutProfile() throws(ImageError) -> VipsPicture {
        let image = image
        return try VipsPicture { mve_vips_without_profile(image, $0) }
    }

    /// Three bands of eight bits, or four with alpha.
    func inSRGB() throws(ImageError) -> VipsPicture {
        let image = image
        let colours = try VipsPicture { mve_vips_srgb(image, $0) }
        return try colours.inOctets()
    }

    private func inOctets() throws(ImageError) -> VipsPicture {
        let image = image
        return try VipsPicture { mve_vips_octets(image, $0) }
    }

    func bands(_ range: Range<Int>) throws(ImageError) -> VipsPicture {
        let image = image
        return try VipsPicture { mve_vips_bands(image, Int32(range.lowerBound), Int32(range.count), $0) }
    }

    // MARK: Pixels

    /// Works the recipe off: whatever is wrong with the file is found here.
    func inMemory() throws(ImageError) -> VipsPicture {
        let image = image
        return try VipsPicture {
            $0.pointee = vips_image_copy_memory(image)
            return $0.pointee == nil ? -1 : 0
        }
    }

    /// The least value of any band.
    func least() throws(ImageError) -> Double {
        var least = 0.0
        guard mve_vips_least(image, &least) == 0 else { throw .unreadable(Vips.complaint()) }
        return least
    }

    func jpeg(quality: Int) throws(ImageError) -> [UInt8] {
        try encoded { mve_vips_save_jpeg(image, Int32(quality), $0, $1) }
    }

    func webp(quality: Int, effort: Int) throws(ImageError) -> [UInt8] {
        let file = try encoded { mve_vips_save_webp(image, Int32(quality), Int32(effort), $0, $1) }
        guard let bare = WebPContainer.withoutMetadata(file) else { throw .unreadable("libvips wrote no WebP") }
        return bare
    }

    private func encoded(
        _ save: (UnsafeMutablePointer<UnsafeMutableRawPointer?>, UnsafeMutablePointer<Int>) -> Int32
    ) throws(ImageError) -> [UInt8] {
        var octets: UnsafeMutableRawPointer?
        var count = 0
        let result = save(&octets, &count)
        defer { g_free(octets) }
        guard result == 0, let octets else { throw .unreadable(Vips.complaint()) }
        return Array(UnsafeRawBufferPointer(start: octets, count: count))
    }
}
