// SPDX-License-Identifier: Apache-2.0

/// What came of the requests of one kind.
struct Tally: Sendable {
    private(set) var ok = 0
    /// Answers 4xx by their code.
    private(set) var refusals: [String: Int] = [:]
    /// Answers 5xx by their code, and requests without an answer.
    private(set) var errors: [String: Int] = [:]
    /// Of the answers that were ok: a refusal may be quick.
    private(set) var latencies = LatencyHistogram()

    var refused: Int { refusals.values.reduce(0, +) }
    var failed: Int { errors.values.reduce(0, +) }
    var requests: Int { ok + refused + failed }

    mutating func add(_ verdict: Verdict) {
        switch verdict {
        case .ok(let exchange, let since):
            ok += 1
            latencies.record(nanoseconds: exchange.receivedAt - min(since, exchange.receivedAt))
        case .refused(let code): refusals[code, default: 0] += 1
        case .failed(let code): errors[code, default: 0] += 1
        case .lost(let failure): errors[failure.name, default: 0] += 1
        }
    }
}
