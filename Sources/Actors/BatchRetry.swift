// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import Metrics
internal import UVRuntime

/// How often a failed batch is sent again, by the class of its failure (hot path rules 2, 7 and 14).
public struct RetryLimits: Sendable {
    /// Resends of a batch whose guarded update ran short, before the one that locks and the bisection.
    public var short = 2
    /// Resends after serialization failures and deadlocks.
    public var conflict = 5
    /// First pause after a lost reply; doubles up to `unknownPauseMax`, without end: the batch must get its answer.
    public var unknownPause = Duration.milliseconds(20)
    /// Longest pause between resends of a batch with an unknown outcome.
    public var unknownPauseMax = Duration.seconds(1)

    /// The defaults.
    public init() {}
}

/// A message was left out of its batch, so that the others could go on: surely nothing was done.
struct SetAside: Error {}

/// Writes a batch until every message of it has an outcome: resends, locks, splits, as the class of failure asks.
///
/// - Isolation: runs in the caller's; the messages' order is kept.
struct BatchRetry<Message: Sendable, Outcome: Sendable> {
    let actor: String
    let clock: any LoopClock
    let limits: RetryLimits
    let logger: Logger
    /// Draws jitter; handed in so that simulations repeat.
    let random: @Sendable () -> UInt64
    /// One attempt: all messages in one transaction.
    let attempt: @Sendable ([Message], Attempt) async throws(JournalError) -> [Outcome]
    /// After a lock time-out: which messages are to leave the batch so that the others can go on.
    let setAside: (@Sendable ([Message]) async -> [Bool])?
    private let durations: Metrics.Timer

    init(
        actor: String, clock: any LoopClock, limits: RetryLimits, logger: Logger,
        random: @escaping @Sendable () -> UInt64,
        attempt: @escaping @Sendable ([Message], Attempt) async throws(JournalError) -> [Outcome],
        setAside: (@Sendable ([Message]) async -> [Bool])? = nil
    ) {
        self.actor = actor
        self.clock = clock
        self.limits = limits
        self.logger = logger
        self.random = random
        self.attempt = attempt
        self.setAside = setAside
        durations = Metrics.Timer(label: "mve_batch_duration_seconds", dimensions: [("actor", actor)])
    }

    /// What an attempt knows of those before it.
    struct Attempt: Sendable {
        /// When stock is looked at: not twice before it has been found short.
        var check = StockCheck.atUpdate
        /// The reply of an earlier attempt was lost: a key that is known now may be our own.
        var mayBeOwn = false
    }

    /// Writes a whole batch as it was taken, and measures it.
    func write(_ messages: [Message]) async -> [Result<Outcome, any Error>] {
        let began = clock.now
        let results = await write(messages, after: Attempt())
        durations.recordNanoseconds(clock.now &- began)
        return results
    }

    private func write(_ messages: [Message], after earlier: Attempt) async -> [Result<Outcome, any Error>] {
        var state = earlier
        if state.check == .locking { state.check = .before }
        var shorts = 0
        var conflicts = 0
        var stucks = 0
        var pause = limits.unknownPause
        while true {
            do throws(JournalError) {
                return try await attempt(messages, state).map { .success($0) }
            } catch {
                count(error)
                switch error {
                case .short:
                    shorts += 1
                    state.check = shorts > limits.short ? .locking : .before
                    if shorts > limits.short + 1 { return await halves(messages, state, error) }
                case .conflict:
                    conflicts += 1
                    if conflicts > limits.conflict { return await halves(messages, state, error) }
                    await sleep(.microseconds(500 + Int64(random() % 4500)))
                case .data:
                    return await halves(messages, state, error)
                case .stuck:
                    stucks += 1
                    let aside = await setAside?(messages) ?? []
                    if aside.contains(true) { return await others(messages, aside, state) }
                    // Whoever had the lock may have let go while we looked for it.
                    if setAside == nil || stucks > 1 { return await halves(messages, state, error) }
                case .unknownOutcome:
                    state.mayBeOwn = true
                    await sleep(pause)
                    pause = min(pause * 2, limits.unknownPauseMax)
                case .unavailable:
                    // Refused before anything was sent; but what an earlier attempt sent still needs its answer.
                    guard state.mayBeOwn else { return failures(messages, error) }
                    await sleep(pause)
                    pause = min(pause * 2, limits.unknownPauseMax)
                case .fault(let text):
                    logger.error("batch failed", metadata: ["actor": "\(actor)", "reason": "\(text)"])
                    return failures(messages, error)
                }
            }
        }
    }

    /// Sends again without the messages that are set aside, which fail.
    private func others(
        _ messages: [Message], _ aside: [Bool], _ state: Attempt
    ) async -> [Result<Outcome, any Error>] {
        let rest = zip(messages, aside).filter { !$1 }.map(\.0)
        let written = rest.isEmpty ? [] : await write(rest, after: state)
        precondition(written.count == rest.count, "every message of a batch has an outcome")
        var next = written.makeIterator()
        let out: any Error = state.mayBeOwn ? JournalError.unknownOutcome : SetAside()
        return aside.map { isAside in (isAside ? nil : next.next()) ?? .failure(out) }
    }

    private func halves(
        _ messages: [Message], _ state: Attempt, _ error: JournalError
    ) async -> [Result<Outcome, any Error>] {
        guard messages.count > 1 else {
            logger.warning("message failed alone", metadata: ["actor": "\(actor)", "reason": "\(error)"])
            // What an earlier attempt sent may be committed, whatever this one ran into.
            return failures(messages, state.mayBeOwn ? .unknownOutcome : error)
        }
        let middle = messages.count / 2
        let first = await write(Array(messages[..<middle]), after: state)
        return first + (await write(Array(messages[middle...]), after: state))
    }

    private func failures(_ messages: [Message], _ error: JournalError) -> [Result<Outcome, any Error>] {
        messages.map { _ in .failure(error) }
    }

    private func sleep(_ duration: Duration) async {
        // Only a continuation that is never resumed could throw here; there is none.
        try? await clock.pause(for: duration)
    }

    private func count(_ error: JournalError) {
        Counter(label: "mve_batch_retries_total", dimensions: [("actor", actor), ("class", error.className)])
            .increment()
    }
}

extension JournalError {
    /// The class as metrics name it.
    public var className: String {
        switch self {
        case .short: "short"
        case .conflict: "conflict"
        case .data: "data"
        case .stuck: "stuck"
        case .unknownOutcome: "unknown"
        case .unavailable: "unavailable"
        case .fault: "fault"
        }
    }
}
