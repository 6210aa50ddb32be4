// SPDX-License-Identifier: Apache-2.0
import HTTP
import Logging
import Synchronization
import Testing
import UVRuntime

@testable import Media

/// Loading libvips, and machines on which that fails.
@Suite struct VipsTests {
    private static let file = ImageSamples.jpeg(60, 40, ImageSamples.flag(60, 40))

    private func refusal(_ library: String) -> ImageError? {
        let decoder = ImageDecoder(limits: ImageLimits(), fault: { Vips.fault(loading: library) })
        do throws(ImageError) {
            _ = try decoder.process(Self.file)
            return nil
        } catch {
            return error
        }
    }

    private func reason(_ error: ImageError?) throws -> String {
        guard case .unavailable(let reason) = error else {
            Issue.record("taken for \(String(describing: error))")
            return ""
        }
        return reason
    }

    @Test func aLibraryThatIsNotThereIsSaidByName() throws {
        #expect(try reason(refusal("libvips-of-nobody.so.1")).contains("libvips-of-nobody.so.1: cannot open"))
    }

    @Test func aLibraryWithoutOurFunctionsIsSaidWithTheFirst() throws {
        let reason = try reason(refusal("libc.so.6"))
        #expect(reason.contains("libc.so.6") && reason.contains("undefined symbol: vips_init"))
    }

    @Test func whoSentThePictureIsNotBlamed() throws {
        let problem = try #require(refusal("libvips-of-nobody.so.1")).problem()
        #expect(problem.kind == .dependencyUnavailable && problem.errors.isEmpty)
        #expect(problem.detail?.contains("libvips") == false)
    }

    @Test func theLogSaysWhatIsMissing() async throws {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        let log = LoggedReasons()
        let code = try await loop.run {
            let processor = ImageProcessor(
                loop: loop,
                decoder: ImageDecoder(
                    limits: ImageLimits(), fault: { Vips.fault(loading: "libvips-of-nobody.so.1") }),
                logger: Logger(label: "test") { _ in LoggedReasons.Handler(log: log) })
            do {
                _ = try await processor.process(Self.file)
                return "taken"
            } catch let error as ImageError {
                return error.code
            }
        }
        #expect(code == "dependency-unavailable")
        let reasons = log.reasons.withLock { $0 }
        #expect(reasons.count == 1 && reasons.first?.contains("libvips-of-nobody.so.1") == true)
        await group.shutdown()
    }

    @Test func aFailureTakesNothingFromWhatIsLoaded() throws {
        #expect(Vips.fault == nil)
        _ = refusal("libc.so.6")
        #expect(try ImageDecoder(limits: ImageLimits()).process(Self.file).width == 60)
    }
}

/// What errors gave as their reason.
private final class LoggedReasons: Sendable {
    let reasons = Mutex<[String]>([])

    struct Handler: LogHandler {
        let log: LoggedReasons
        var logLevel = Logger.Level.error
        var metadata = Logger.Metadata()

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let reason = event.metadata?["reason"].map { "\($0)" } ?? "none"
            log.reasons.withLock { $0.append(reason) }
        }
    }
}
