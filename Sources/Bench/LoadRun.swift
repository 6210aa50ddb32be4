// SPDX-License-Identifier: Apache-2.0
import UVRuntime

/// Sends one kind of traffic over connections that work side by side on one loop, until the time is over.
///
/// Rounds alternate: what the traffic needs is prepared (not measured), then it is sent (measured) until that is used up.
final actor LoadRun: LoopActor {
    nonisolated let executor: LoopExecutor
    private let loop: EventLoop
    private let settings: LoadSettings
    private let say: Say
    private let connections: [LoadConnection]
    private let traffic: any Traffic
    private var meter: UsageMeter
    private var tally = Tally()
    private var timeline = Timeline()
    private var progress = Progress()
    private var arrivals: Arrivals?
    /// Requests that were begun, all rounds.
    private var begun = 0

    init(
        _ settings: LoadSettings, traffic: sending any Traffic, keepsBodies: Bool, postmasterPID: Int32?,
        on loop: EventLoop, say: @escaping Say
    ) {
        executor = loop
        self.loop = loop
        self.settings = settings
        self.say = say
        self.traffic = traffic
        connections = (0..<settings.connections).map { _ in
            LoadConnection(to: settings.target, on: loop, keepsBodies: keepsBodies)
        }
        meter = UsageMeter(serverPID: settings.serverPID, postmasterPID: postmasterPID)
    }

    /// What the report needs.
    struct Outcome: Sendable {
        let tally: Tally
        let parts: [Part]
        let meter: UsageMeter
        let timeline: Timeline
        /// nil when the traffic leaves nothing to compare.
        let mismatches: [String]?
    }

    /// Runs to its end; afterwards nothing is in doubt, or it is a mismatch.
    ///
    /// - Parameter store: nil when nothing is compared.
    func run(_ store: BenchStore?) async throws -> Outcome {
        try await firstAnswer()
        try await withTicker { try await rounds() }
        await traffic.settle(
            on: connections[0],
            Patience(loop: loop, deadline: MonotonicTime.now + settings.resolveTimeout.nanoseconds))
        for connection in connections + traffic.extraConnections { await connection.close() }
        var mismatches: [String]?
        if let store {
            say("reconciling with the database")
            mismatches = try await traffic.mismatches(in: store)
        }
        return Outcome(
            tally: tally, parts: traffic.parts, meter: meter, timeline: timeline, mismatches: mismatches)
    }

    /// A server that is not there is said at once, not counted ten thousand times.
    private func firstAnswer() async throws {
        do throws(ExchangeFailure) {
            _ = try await connections[0].exchange(
                RequestBytes(authority: settings.target.authority).get("/api/health/"))
        } catch {
            throw BenchError.unreachable("\(settings.target.address) does not answer: \(error.name)")
        }
    }

    private func rounds() async throws {
        while meter.elapsed < settings.duration.nanoseconds, requestsLeft > 0 {
            traffic.beginRound(wanting: wanted)
            await everyone { run, connection in await run.prepare(on: connection) }
            try await traffic.endPreparing()
            guard traffic.isReady else {
                if begun == 0 { throw traffic.shortage }
                return say("the run ends early: \(traffic.shortage)")
            }
            meter.start()
            arrivals = settings.rate.map { Arrivals(rate: $0, from: MonotonicTime.now) }
            await everyone { run, connection in await run.work(on: connection) }
            meter.stop()
            timeline.endInterval(at: meter.elapsed)
        }
    }

    private var requestsLeft: Int { (settings.requestsMax ?? .max) - begun }

    /// Requests that the rest of the time may need: at the rate so far, and a fifth.
    private var wanted: Int? {
        let left = Double(settings.duration.nanoseconds) - Double(meter.elapsed)
        var estimate: Int?
        if let rate = settings.rate {
            estimate = Int(rate * left / 1e9) + 1
        } else if meter.elapsed > 0, begun > 0 {
            estimate = Int(Double(begun) / Double(meter.elapsed) * left * 1.2)
        }
        let counted = estimate.map { $0 + connections.count }
        guard settings.requestsMax != nil else { return counted }
        return min(requestsLeft, counted ?? .max)
    }

    /// Starts `body` once for each connection and waits for all of them.
    private func everyone(_ body: @escaping @Sendable (isolated LoadRun, LoadConnection) async -> Void) async {
        let tasks = connections.map { connection in Task { await body(self, connection) } }
        for task in tasks { await task.value }
    }

    private func prepare(on connection: LoadConnection) async {
        while true {
            do throws(ExchangeFailure) {
                guard try await traffic.prepare(on: connection) else { return }
            } catch {
                traffic.notePreparation(error)
                await pause(after: error)
            }
        }
    }

    private func work(on connection: LoadConnection) async {
        while requestsLeft > 0, meter.elapsed < settings.duration.nanoseconds {
            begun += 1
            guard let start = await nextStart(), let verdict = await traffic.send(on: connection, start: start) else {
                begun -= 1
                return
            }
            tally.add(verdict)
            timeline.add(verdict)
            if case .lost(let failure) = verdict { await pause(after: failure) }
        }
    }

    /// When the next request starts, once that is now; nil when the time is over.
    ///
    /// - Returns: `.max` in a closed loop: the request starts when it is sent.
    private func nextStart() async -> UInt64? {
        let end = settings.duration.nanoseconds
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
    private func pause(after failure: ExchangeFailure) async {
        guard failure == .notConnected else { return }
        // Cancelled runs end at their next look at the time.
        try? await loop.sleep(for: .milliseconds(100))
    }

    // MARK: Once a second

    /// Runs `body` with a look at the clock every second: time-outs and the progress line.
    private func withTicker(_ body: () async throws -> Void) async rethrows {
        let timer = loop.schedule(every: .seconds(1)) { [self] in assumeIsolated { $0.tick() } }
        defer { timer.cancel() }
        try await body()
    }

    private func tick() {
        let now = MonotonicTime.now
        let limit = now - min(now, settings.timeout.nanoseconds)
        for connection in connections + traffic.extraConnections {
            connection.assumeIsolated { $0.expire(sentBefore: limit) }
        }
        guard meter.isRunning else {
            if let preparation = traffic.preparation { say(preparation) }
            return
        }
        meter.noteMemory()
        timeline.endInterval(at: meter.elapsed)
        say(progress.line(tally, at: meter.elapsed))
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
