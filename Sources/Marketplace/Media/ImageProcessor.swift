// SPDX-License-Identifier: Apache-2.0
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
    private let limits: ImageLimits
    private var inWork = 0
    private var waiting: [LoopContinuation<Void>] = []

    /// Makes a processor on a loop.
    public init(loop: EventLoop, limits: ImageLimits = ImageLimits()) {
        executor = loop
        self.loop = loop
        self.limits = limits
    }

    /// Decodes, checks and encodes; in the order of asking.
    ///
    /// - Throws: `ImageError`; `RuntimeError.offloadsExhausted`.
    public func process(_ octets: [UInt8]) async throws -> ProcessedImage {
        try await enter()
        defer { leave() }
        let decoder = ImageDecoder(limits: limits)
        return try await loop.offload { try decoder.process(octets) }
    }

    private func enter() async throws {
        if inWork < limits.inWorkMax {
            inWork += 1
            return
        }
        guard waiting.count < limits.waitingMax else { throw ImageError.busy }
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
