// SPDX-License-Identifier: Apache-2.0
internal import CVips

/// libvips, loaded and started once for the process, with its first image (docs/adr/0016): one thread for each call, no memory
/// of earlier images, three loaders.
enum Vips {
    /// Why it cannot be used; nil when it can. Whoever asks first waits until it is loaded: for worker threads.
    static let fault = fault(loading: "libvips.so.42")

    /// Loads the library of this name; what is wrong with it, if anything.
    static func fault(loading library: String) -> String? { mve_vips_load(library).map { String(cString: $0) } }

    /// What the last calls complained about. libvips keeps one text for the process: with several images in work it may be
    /// another's, which is why it goes nowhere but into the log.
    static func complaint() -> String {
        guard let text = mve_vips_complaint() else { return "" }
        defer { mve_vips_free(text) }
        return String(cString: text)
    }

    /// Gives back what libvips keeps for the calling thread.
    static func forgetThread() { mve_vips_forget_thread() }

    /// Octets that are in use by libvips' own images.
    static var trackedOctets: Int { mve_vips_tracked() }
}

/// One image of libvips: a recipe until its pixels are asked for.
struct VipsPicture: ~Copyable {
    typealias Pointer = OpaquePointer

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

    var width: Int { Int(mve_vips_width(image)) }
    var height: Int { Int(mve_vips_height(image)) }
    var bands: Int { Int(mve_vips_band_count(image)) }
    var hasAlpha: Bool { mve_vips_has_alpha(image) != 0 }
    var hasProfile: Bool { has("icc-profile-data") }
    /// Whether it is made of passes over the whole, which a decoder has to hold.
    var isInterlaced: Bool { has("interlaced") || has("jpeg-multiscan") }
    /// Octets of one pixel before anything is converted.
    var pixelOctets: Int { Int(mve_vips_band_octets(image)) * bands }

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
        return try VipsPicture { mve_vips_in_memory(image, $0) }
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
        defer { mve_vips_free(octets) }
        guard result == 0, let octets else { throw .unreadable(Vips.complaint()) }
        return Array(UnsafeRawBufferPointer(start: octets, count: count))
    }
}
