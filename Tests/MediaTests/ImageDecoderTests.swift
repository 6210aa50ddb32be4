// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Media

/// What strangers send, and what becomes of it.
@Suite(.serialized) struct ImageDecoderTests {
    private let decoder = ImageDecoder(limits: ImageLimits())

    private func refusal(_ octets: [UInt8], _ decoder: ImageDecoder? = nil) -> ImageError? {
        do throws(ImageError) {
            _ = try (decoder ?? self.decoder).process(octets)
            return nil
        } catch {
            return error
        }
    }

    private static func isNear(_ pixel: [Int], _ wanted: [Int]) -> Bool {
        pixel.count == wanted.count && zip(pixel, wanted).allSatisfy { abs($0 - $1) < 40 }
    }

    // MARK: Taken

    @Test func aJPEGIsMadeAnewWithItsThumbnails() throws {
        let image = try decoder.process(ImageSamples.jpeg(1600, 800, ImageSamples.flag(1600, 800)))
        #expect(image.kind == .jpeg && image.width == 1600 && image.height == 800)
        #expect(image.thumbnails.map(\.side) == [160, 480, 1200])
        #expect(image.thumbnails.map(\.width) == [160, 480, 1200])
        #expect(image.thumbnails.map(\.height) == [80, 240, 600])
        for octets in [image.octets] + image.thumbnails.map(\.octets) { #expect(MediaKind(sniffing: octets) == .jpeg) }
        #expect(Self.isNear(ImageSamples.pixel(image.octets, 100, 700), [220, 0, 0]))
        #expect(Self.isNear(ImageSamples.pixel(image.octets, 1500, 700), [0, 0, 220]))
        #expect(Self.isNear(ImageSamples.pixel(image.thumbnails[0].octets, 80, 5), [0, 200, 0]))
    }

    @Test func theSameFileGivesTheSameOctets() throws {
        let file = ImageSamples.jpeg(300, 200, ImageSamples.flag(300, 200))
        let (one, other) = (try decoder.process(file), try decoder.process(file))
        #expect(one.digest == other.digest && one.octets == other.octets)
        #expect(one.thumbnails.map(\.octets) == other.thumbnails.map(\.octets))
    }

    @Test func aPNGWithoutTransparencyBecomesAJPEG() throws {
        let opaque = PNGSample(width: 40, height: 30, colour: .rgba)
        let image = try decoder.process(
            opaque.file((0..<30).map { _ in (0..<40).flatMap { _ in [10, 200, 30, 255] } }))
        #expect(image.kind == .jpeg && image.width == 40 && image.height == 30)
        #expect(Self.isNear(ImageSamples.pixel(image.octets, 20, 15), [10, 200, 30]))
    }

    @Test func whatIsTransparentStaysSo() throws {
        let sample = PNGSample(width: 64, height: 64, colour: .rgba)
        let image = try decoder.process(
            sample.file((0..<64).map { y in (0..<64).flatMap { _ in [200, 30, 30, y < 32 ? 0 : 255] } }))
        #expect(image.kind == .webp)
        #expect(image.octets.firstRange(of: Array("EXIF".utf8)) == nil)
        let (clear, solid) = (ImageSamples.pixel(image.octets, 32, 8), ImageSamples.pixel(image.octets, 32, 56))
        #expect(clear.count == 4 && clear.last == 0)
        #expect(Self.isNear(solid, [200, 30, 30, 255]))
        #expect(image.thumbnails.allSatisfy { MediaKind(sniffing: $0.octets) == .webp })
    }

    @Test func onePixelIsAnImage() throws {
        let image = try decoder.process(PNGSample(width: 1, height: 1).file([[1, 2, 3]]))
        #expect(image.width == 1 && image.height == 1)
        #expect(image.thumbnails.allSatisfy { $0.width == 1 && $0.height == 1 })
    }

    @Test func sixteenBitsBecomeEight() throws {
        let sample = PNGSample(width: 20, height: 20, depth: 16)
        let row: [UInt8] = (0..<20).flatMap { _ in [0xC8, 0x00, 0x00, 0x10, 0x32, 0x00] }
        let image = try decoder.process(sample.file(Array(repeating: row, count: 20)))
        #expect(Self.isNear(ImageSamples.pixel(image.octets, 10, 10), [0xC8, 0, 0x32]))
    }

    @Test func greyOfSixteenBitsWithAlphaIsShownAsItIs() throws {
        let sample = PNGSample(width: 8, height: 8, depth: 16, colour: .greyAlpha)
        let row: [UInt8] = (0..<8).flatMap { _ in [0x80, 0x00, 0xFF, 0xFF] }
        let image = try decoder.process(sample.file(Array(repeating: row, count: 8)))
        #expect(image.kind == .jpeg)
        #expect(Self.isNear(ImageSamples.pixel(image.octets, 4, 4), [0x80, 0x80, 0x80]))
    }

    @Test func printersColoursBecomeThoseOfScreens() throws {
        let image = try decoder.process(ImageSamples.jpeg(32, 32, { _, _ in [0, 255, 255, 0] }, cmyk: true))
        let pixel = ImageSamples.pixel(image.octets, 16, 16)
        #expect(image.kind == .jpeg && pixel.count == 3)
        #expect(pixel.first.map { $0 > 150 } == true && pixel.dropFirst().allSatisfy { $0 < 90 })
    }

    private static let turns: [(UInt8, [[Int]])] = [
        (1, [[0, 200, 0], [0, 200, 0]]), (3, [[0, 0, 220], [220, 0, 0]]), (6, [[220, 0, 0], [0, 200, 0]]),
        (8, [[0, 200, 0], [0, 0, 220]]),
    ]

    @Test(arguments: turns)
    func orientationIsApplied(_ orientation: UInt8, _ corners: [[Int]]) throws {
        let file = ImageSamples.withEXIF(
            ImageSamples.jpeg(60, 40, ImageSamples.flag(60, 40)), orientation: orientation)
        let image = try decoder.process(file)
        let isTurned = orientation > 4
        #expect(image.width == (isTurned ? 40 : 60) && image.height == (isTurned ? 60 : 40))
        // The two upper corners of what is seen.
        #expect(Self.isNear(ImageSamples.pixel(image.octets, 2, 2), corners[0]))
        #expect(Self.isNear(ImageSamples.pixel(image.octets, image.width - 3, 2), corners[1]))
    }

    @Test func whereItWasTakenIsGone() throws {
        let file = ImageSamples.withEXIF(ImageSamples.jpeg(60, 40, ImageSamples.flag(60, 40)), orientation: 6)
        let marker = Array("GPS-52".utf8)
        #expect(file.firstRange(of: marker) != nil)
        let image = try decoder.process(file)
        for octets in [image.octets] + image.thumbnails.map(\.octets) {
            #expect(octets.firstRange(of: marker) == nil && octets.firstRange(of: Array("Exif".utf8)) == nil)
            #expect(octets.firstRange(of: Array("ICC_PROFILE".utf8)) == nil)
        }
    }

    @Test func whatStandsBehindTheEndIsGone() throws {
        let script = Array("<script>alert(1)</script><?php echo 1 ?>PK\u{3}\u{4}".utf8)
        let image = try decoder.process(ImageSamples.jpeg(60, 40, ImageSamples.flag(60, 40)) + script)
        #expect(image.octets.firstRange(of: Array("script".utf8)) == nil)
    }

    @Test func ofAnAnimationTheFirstFrameIsTaken() throws {
        let frames = [[220, 0, 0], [0, 0, 220]].map { colour in ImageSamples.webp(32, 32) { _, _ in colour } }
        let image = try decoder.process(ImageSamples.animation(frames, 32, 32))
        #expect(image.width == 32 && image.height == 32)
        #expect(Self.isNear(Array(ImageSamples.pixel(image.octets, 16, 16).prefix(3)), [220, 0, 0]))
    }

    @Test func eightThousandPixelsASideAreDecodedInLittleMemory() throws {
        // Runs of one octet: a megabyte of stored blocks would not be the sample that a stranger makes.
        let sample = PNGSample(width: 8000, height: 8000, depth: 1, colour: .grey)
        let image = try decoder.process(
            sample.file(Array(repeating: [UInt8](repeating: 0xAA, count: 1000), count: 8000)))
        #expect(image.width == 2400 && image.height == 2400)
    }

    // MARK: Refused

    @Test func anotherKindIsRefused() {
        let samples: [[UInt8]] = [
            [], [0xFF], Array("GIF89a\u{1}\u{0}\u{1}\u{0}".utf8), Array("%PDF-1.7\n".utf8),
            Array("<svg xmlns='http://www.w3.org/2000/svg'/>".utf8), Array("<?xml version='1.0'?><svg/>".utf8),
            Array("RIFF\u{4}\u{0}\u{0}\u{0}WAVE".utf8), Array("push graphic-context".utf8), Array("BM0000".utf8),
        ]
        for sample in samples { #expect(refusal(sample) == .unsupported) }
    }

    @Test func whatOnlyBeginsLikeAnImageIsUnreadable() {
        let heads: [[UInt8]] = [
            [0xFF, 0xD8, 0xFF], [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], Array("RIFF0000WEBP".utf8),
        ]
        for head in heads {
            let page = head + Array("<html><script>alert(1)</script>".utf8)
            #expect(refusal(page)?.code == "image-unreadable")
        }
    }

    @Test func everyCutIsUnreadable() {
        let pixel: ImageSamples.Pixel = { x, y in [UInt8(x * 37 & 255), UInt8(y * 59 & 255), UInt8(x * y & 255)] }
        let files = [
            ImageSamples.jpeg(120, 90, pixel), ImageSamples.webp(120, 90, pixel),
            PNGSample(width: 120, height: 90).file(
                (0..<90).map { y in (0..<120).flatMap { x in pixel(x, y) } }),
        ]
        for file in files {
            for tenth in 1...9 {
                let refused = refusal(Array(file[..<(file.count * tenth / 10)]))
                #expect(refused.map { ["image-unreadable", "unsupported-media-type"].contains($0.code) } == true)
            }
        }
    }

    @Test func brokenOctetsNeverDoMoreThanBeUnreadable() {
        let pixel: ImageSamples.Pixel = { x, y in [UInt8(x * 37 & 255), UInt8(y * 59 & 255), UInt8(x * y & 255)] }
        var seed: UInt64 = 7
        for file in [ImageSamples.jpeg(64, 48, pixel), ImageSamples.webp(64, 48, pixel)] {
            for _ in 0..<150 {
                var broken = file
                for _ in 0..<4 {
                    seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    broken[12 + Int(seed >> 33) % (file.count - 12)] = UInt8(truncatingIfNeeded: seed >> 25)
                }
                if let refused = refusal(broken) {
                    #expect(["image-unreadable", "image-too-large"].contains(refused.code))
                }
            }
        }
    }

    @Test func aHeadThatClaimsTooMuchIsRefusedUndecoded() {
        for (width, height) in [(8001, 10), (10, 8001), (100_000, 100_000), (0x7FFF_FFFF, 0x7FFF_FFFF)] {
            let refused = refusal(PNGSample(width: width, height: height).file(PNGSample.stored([0])))
            #expect(refused.map { ["image-too-large", "image-unreadable"].contains($0.code) } == true)
        }
        #expect(
            refusal(PNGSample(width: 8001, height: 10).file(PNGSample.stored([0])))
                == .tooLarge(width: 8001, height: 10))
    }

    @Test func whatTheDecoderWouldHaveToHoldIsBounded() {
        let sample = PNGSample(width: 8000, height: 8000, depth: 16, colour: .rgba, isInterlaced: true)
        #expect(refusal(sample.file(PNGSample.stored([0]))) == .tooLarge(width: 8000, height: 8000))
    }

    /// The bound lets the largest picture pass that may be sent at all, whichever way its format is written.
    @Test func theLargestPictureFitsWhatMayBeHeld() {
        let limits = ImageLimits()
        let pixels = limits.sideMax * limits.sideMax
        // Of a progressive JPEG, three bands of coefficients of sixteen bits; of a WebP, four octets.
        #expect(pixels * 3 * 2 <= limits.heldMax && pixels * 4 <= limits.heldMax)
    }

    @Test func tooManyOctetsAreNotLookedAt() {
        var limits = ImageLimits()
        limits.octetsMax = 100
        let file = ImageSamples.jpeg(60, 40, ImageSamples.flag(60, 40))
        #expect(refusal(file, ImageDecoder(limits: limits)) == .tooLong(max: 100))
    }

    // MARK: Memory

    @Test func nothingIsLeftBehind() throws {
        let good = ImageSamples.jpeg(400, 300, ImageSamples.flag(400, 300))
        let cut = Array(good[..<(good.count / 2)])
        _ = try decoder.process(good)
        let before = Vips.trackedOctets
        for _ in 0..<60 {
            _ = try decoder.process(good)
            #expect(refusal(cut)?.code == "image-unreadable")
        }
        // The tests of other suites decode small pictures meanwhile.
        #expect(Vips.trackedOctets - before < 10 * 400 * 300 * 3)
    }
}
