// SPDX-License-Identifier: Apache-2.0
public import Logging
internal import MarketCrypto
public import UVRuntime

/// Makes images anew, off the loop and a few at a time.
///
/// ```swift
/// let image = try await images.process(try await part.octets())
/// let kept = try await files.publish(image)
/// ```
/// - Isolation: an actor on its loop; the work is done by worker threads.
public final actor ImageProcessor: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let loop: EventLoop
    private let decoder: ImageDecoder
    private let logger: Logger
    private var inWork = 0
    private var waiting: [LoopContinuation<Void>] = []

    /// Makes a processor on a loop.
    public init(
        loop: EventLoop, limits: ImageLimits = ImageLimits(), logger: Logger = Logger(label: "mve.media")
    ) {
        self.init(loop: loop, decoder: ImageDecoder(limits: limits), logger: logger)
    }

    init(loop: EventLoop, decoder: ImageDecoder, logger: Logger) {
        executor = loop
        self.loop = loop
        self.decoder = decoder
        self.logger = logger
    }

    /// Decodes, checks and encodes; in the order of asking.
    ///
    /// - Throws: `ImageError`, of which what is `unavailable` stands in the log; `RuntimeError.offloadsExhausted`.
    public func process(_ octets: [UInt8]) async throws -> ProcessedImage {
        try await enter()
        defer { leave() }
        let decoder = decoder
        do {
            return try await loop.offload { try decoder.process(octets) }
        } catch ImageError.unavailable(let reason) {
            logger.error("images cannot be processed", metadata: ["reason": "\(reason)"])
            throw ImageError.unavailable(reason)
        }
    }

    private func enter() async throws {
        if inWork < decoder.limits.inWorkMax {
            inWork += 1
            return
        }
        guard waiting.count < decoder.limits.waitingMax else { throw ImageError.busy }
        // Whoever leaves hands the place over.
        try await withLoopContinuation { waiting.append($0) }
    }

    private func leave() {
        if waiting.isEmpty {
            inWork -= 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}
