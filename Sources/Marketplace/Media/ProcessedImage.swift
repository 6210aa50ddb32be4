// SPDX-License-Identifier: Apache-2.0
public import MarketCrypto

/// An image made anew from the pixels of what was sent, and its thumbnails.
public struct ProcessedImage: Sendable {
    /// JPEG, or WebP where something is transparent.
    public let kind: MediaKind
    /// Pixels, upright.
    public let width: Int
    /// Pixels, upright.
    public let height: Int
    /// The file.
    public let octets: [UInt8]
    /// Of `octets`; the name under which it is kept.
    public let digest: Digest256
    /// One for each side of `ImageLimits.thumbnailSides`, of the same kind; never larger than the image.
    public let thumbnails: [Thumbnail]

    /// A smaller one.
    public struct Thumbnail: Sendable {
        /// The bound it was made for.
        public let side: Int
        /// Pixels.
        public let width: Int
        /// Pixels.
        public let height: Int
        /// The file.
        public let octets: [UInt8]
    }
}
