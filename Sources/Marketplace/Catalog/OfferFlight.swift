// SPDX-License-Identifier: Apache-2.0
import MarketCore
import UVRuntime

/// One look-up of offers and everybody who waits for it.
///
/// - Isolation: touched on the cache's loop alone; not Sendable, so the compiler holds it there.
final class OfferFlight {
    /// What is looked up.
    var variants: Set<VariantID> = []
    /// Variants that were found to have changed after the look-up began: what it brings of them is not remembered.
    var outdated: Set<VariantID> = []
    private var result: Result<[VariantID: Offer], any Error>?
    private var waiting: [LoopContinuation<[VariantID: Offer]>] = []

    /// The offers, once they are there.
    func landed() async throws -> [VariantID: Offer] {
        try await withLoopContinuation { continuation in
            if let result {
                continuation.resume(with: result)
            } else {
                waiting.append(continuation)
            }
        }
    }

    /// Hands the offers to all who wait.
    func land(_ result: Result<[VariantID: Offer], any Error>) {
        self.result = result
        let waiting = waiting
        self.waiting = []
        for continuation in waiting { continuation.resume(with: result) }
    }
}
