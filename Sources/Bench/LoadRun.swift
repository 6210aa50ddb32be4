// SPDX-License-Identifier: Apache-2.0
import UVRuntime

/// What runs of all scenarios have in common: connections that work side by side on one loop, a meter, a line a second.
protocol LoadRun: LoopActor {
    var loop: EventLoop { get }
    var settings: LoadSettings { get }
    var say: Say { get }
    var connections: [LoadConnection] { get }
    var meter: UsageMeter { get set }
    var progress: Progress { get set }
    var arrivals: Arrivals? { get set }
    /// The progress line while nothing is measured.
    var preparation: String? { get }
    /// What the progress line and the report are about.
    var measured: Tally { get }
}

extension LoadRun {
    /// Starts `body` once for each connection and waits for all of them.
    func everyone(_ body: @escaping @Sendable (isolated Self, LoadConnection) async -> Void) async {
        let tasks = connections.map { connection in Task { await body(self, connection) } }
        for task in tasks { await task.value }
    }

    /// Begins a measured part; with a rate, the arrivals begin anew with it.
    func startMeasuring() {
        meter.start()
        arrivals = settings.rate.map { Arrivals(rate: $0, from: MonotonicTime.now) }
    }

    /// When the next request starts, once that is now; nil when the time is over.
    ///
    /// - Returns: `.max` in a closed loop: the request starts when it is sent.
    func nextStart() async -> UInt64? {
        let end = settings.duration.nanoseconds
        guard meter.elapsed < end else { return nil }
        guard let start = arrivals?.next() else { return .max }
        // One that would start behind the end belongs to no run.
        let now = MonotonicTime.now
        guard start < now + (end - min(end, meter.elapsed)) else { return nil }
        do {
            try await Arrivals.wait(until: start, on: loop)
            return start
        } catch {
            return nil
        }
    }

    /// Where nothing listens any more, asking again at once would only burn a processor.
    func pause(after failure: ExchangeFailure) async {
        guard failure == .notConnected else { return }
        // Cancelled runs end at their next look at the time.
        try? await loop.sleep(for: .milliseconds(100))
    }

    /// Runs `body` with a look at the clock every second: time-outs and the progress line.
    func withTicker(_ body: () async throws -> Void) async rethrows {
        let timer = loop.schedule(every: .seconds(1)) { [self] in assumeIsolated { $0.tick() } }
        defer { timer.cancel() }
        try await body()
    }

    private func tick() {
        let now = MonotonicTime.now
        let limit = now - min(now, settings.timeout.nanoseconds)
        for connection in connections { connection.assumeIsolated { $0.expire(sentBefore: limit) } }
        guard meter.isRunning else {
            if let preparation { say(preparation) }
            return
        }
        meter.noteMemory()
        say(progress.line(measured, at: meter.elapsed))
    }
}

/// The line that is printed every second.
struct Progress {
    private var lastOK = 0
    private var lastAt: UInt64 = 0

    /// - Parameter elapsed: nanoseconds that were measured so far.
    mutating func line(_ tally: Tally, at elapsed: UInt64) -> String {
        let rate = elapsed > lastAt ? Double(tally.ok - lastOK) * 1e9 / Double(elapsed - lastAt) : 0
        lastOK = tally.ok
        lastAt = elapsed
        let p99 = tally.latencies.p99.map { Decimals.fixed(Double($0) / 1000, digits: 2) + " ms" } ?? "–"
        return "\(Decimals.fixed(Double(elapsed) / 1e9, digits: 1)) s  \(Decimals.fixed(rate, digits: 0)) ok/s  "
            + "p99 \(p99)  \(tally.ok) ok  \(tally.refused) refused  \(tally.failed) errors"
    }
}
