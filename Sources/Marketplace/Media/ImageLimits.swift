// SPDX-License-Identifier: Apache-2.0

/// How much of an image is decoded, and into what it is made.
public struct ImageLimits: Sendable {
    /// Octets of the file.
    public var octetsMax = 8 * 1024 * 1024
    /// Pixels of one side, as the header says: nothing is decoded before that is known.
    public var sideMax = 8000
    /// Octets that a decoder may have to hold at once. What is decoded line by line takes next to nothing; interlaced PNG,
    /// progressive JPEG and WebP are held whole. It lets every WebP of 8,000 × 8,000 pixels pass, and every progressive JPEG of that size
    /// in three bands (366 MiB); one in four, as printers have it, up to 7,000 × 7,000. With four worker threads a process holds
    /// four of them at most.
    public var heldMax = 384 * 1024 * 1024
    /// Pixels of the longer side of what is kept: twice what a product page shows when it is zoomed on a dense screen.
    public var masterSide = 2400
    /// Pixels of the longer side of the thumbnails: a cart's line, a card, a page.
    public var thumbnailSides = [160, 480, 1200]
    /// Of JPEG: above it files grow and nobody sees a difference.
    public var jpegQuality = 84
    /// Of WebP, in which only what is transparent is kept.
    public var webpQuality = 84
    /// How hard WebP is pressed: 2 takes a third of the time of 4 and some five percent more octets.
    public var webpEffort = 2
    /// Images in work at once on one loop: two of the four worker threads, so that uploads and downloads go on.
    public var inWorkMax = 2
    /// Images that may wait for their turn; one takes up to some two seconds and a handler has thirty.
    public var waitingMax = 16

    /// The default limits.
    public init() {}
}
