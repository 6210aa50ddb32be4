// SPDX-License-Identifier: Apache-2.0
import UVRuntime

/// One kind of requests: what has to be there beforehand, the requests themselves, and what must be true afterwards.
///
/// A run alternates: `beginRound`, `prepare` and `endPreparing` are not measured, `send` is.
/// - Isolation: lives in the run that owns it, on its loop.
protocol Traffic: AnyObject {
    /// As the report's parts are called.
    var name: String { get }
    /// Requests of one kind within a mix, where they are counted apart.
    var parts: [Part] { get }
    /// Connections of its own, which the run looks after beside its own.
    var extraConnections: [LoadConnection] { get }
    /// The progress line while nothing is measured.
    var preparation: String? { get }
    /// Begins to prepare.
    ///
    /// - Parameter count: requests that will be sent at most; nil when that is not known.
    func beginRound(wanting count: Int?)
    /// Prepares one thing; false when this round needs no more, or no more can be had.
    func prepare(on connection: LoadConnection) async throws(ExchangeFailure) -> Bool
    /// Counts a preparation that got no answer.
    func notePreparation(_ failure: ExchangeFailure)
    /// What is done once, with all that was prepared.
    func endPreparing() async throws
    /// Whether there is something to send.
    var isReady: Bool { get }
    /// Why there is nothing to send.
    var shortage: BenchError { get }
    /// Sends one request and waits for its answer; nil when nothing is left in this round.
    ///
    /// - Parameter start: when it should have been sent; `.max` in a closed loop.
    func send(on connection: LoadConnection, start: UInt64) async -> Verdict?
    /// Sends what is in doubt again, under its key, until it is answered.
    func settle(on connection: LoadConnection, _ patience: Patience) async
    /// Everything in the database that does not fit, one sentence each; nil when there is nothing to compare.
    func mismatches(in store: BenchStore) async throws -> [String]?
}

/// Requests of one kind.
struct Part: Sendable {
    let name: String
    let tally: Tally
}

extension Traffic {
    var parts: [Part] { [] }
    var extraConnections: [LoadConnection] { [] }
    var preparation: String? { nil }
    var isReady: Bool { true }
    var shortage: BenchError { .usage("\(name): there is nothing to send") }
    func beginRound(wanting count: Int?) {}
    func prepare(on connection: LoadConnection) async throws(ExchangeFailure) -> Bool { false }
    func notePreparation(_ failure: ExchangeFailure) {}
    func endPreparing() async throws {}
    func settle(on connection: LoadConnection, _ patience: Patience) async {}
    func mismatches(in store: BenchStore) async throws -> [String]? { nil }
}

/// What came of a request.
enum Verdict {
    /// - Parameter since: when it was sent, or should have been.
    case ok(Exchange, since: UInt64)
    /// A 4xx, by its code.
    case refused(String)
    /// A 5xx, or an answer that leaves it open, by its code.
    case failed(String)
    case lost(ExchangeFailure)
}

/// Until when something is tried again.
struct Patience {
    let loop: EventLoop
    let deadline: UInt64

    var isLeft: Bool { MonotonicTime.now < deadline }

    /// The server says that it is not ready.
    func pause() async {
        // A cancelled pause ends at the deadline too.
        try? await loop.sleep(for: .milliseconds(200))
    }
}
