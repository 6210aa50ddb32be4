// SPDX-License-Identifier: Apache-2.0
import MarketHTTP
import UVRuntime

/// One look-up and everybody who waits for it.
///
/// - Isolation: touched on the memory's loop alone; not Sendable, so the compiler holds it there.
final class AnswerFlight {
    let began: UInt64
    /// What was told of since it began.
    var news: [SharedChange] = []
    /// News may have been missed since it began.
    var isDistrusted = false
    private var result: Result<CatalogAnswer, any Error>?
    private var waiting: [LoopContinuation<CatalogAnswer>] = []

    init(began: UInt64) {
        self.began = began
    }

    func landed() async throws -> CatalogAnswer {
        try await withLoopContinuation { continuation in
            if let result {
                continuation.resume(with: result)
            } else {
                waiting.append(continuation)
            }
        }
    }

    func land(_ result: Result<CatalogAnswer, any Error>) {
        self.result = result
        let waiting = waiting
        self.waiting = []
        for continuation in waiting { continuation.resume(with: result) }
    }
}
