// SPDX-License-Identifier: Apache-2.0

extension Measurement {
    /// How long a run of the search waits for what the ones before it left: all their requests are answered by then, but their events
    /// wait to be published. 10 s at 5,000 a second are published within 6 s (migration 0072); this is for a machine a tenth as fast.
    static let drainMax = Duration.seconds(60)

    /// Looks for the highest arrival rate that holds (`LimitSearch` has the rule); the report is that of the run at this rate, or of
    /// the closed loop when none held. A mismatch of any run is one of the report.
    ///
    /// - Parameter bound: microseconds.
    /// - Throws: as `run`.
    func limit(p99Max bound: UInt64) async throws -> Result {
        var closed = self
        closed.settings.rate = nil
        closed.settings.drainMax = max(Self.drainMax, settings.duration)
        say("looking for the limit: as fast as answers come first")
        var best = try await closed.run()
        say("as fast as answers come: \(Decimals.fixed(best.report.perSecond, digits: 1)) ok/s")
        var mismatches = best.report.mismatches
        var search = LimitSearch(
            ceiling: best.report.perSecond, p99Max: bound, duration: settings.duration.nanoseconds)
        while let rate = search.next {
            var open = closed
            open.settings.rate = rate
            let result = try await open.run()
            mismatches += result.report.mismatches
            let run = search.note(result.report, at: rate)
            say("\(run)\(search.doubted == nil ? "" : "; it is measured again")")
            if run.outcome == .held { best = result }
        }
        best.report.limit = search.held
        best.report.limitRuns = search.runs
        best.report.mismatches = mismatches
        if !mismatches.isEmpty { best.report.reconciled = false }
        return best
    }
}
