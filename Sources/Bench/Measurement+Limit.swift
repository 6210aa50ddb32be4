// SPDX-License-Identifier: Apache-2.0

extension Measurement {
    /// Looks for the highest arrival rate that holds; the report is that of the run at this rate, or of the closed loop when none
    /// held. A mismatch of any step is one of the report.
    ///
    /// - Parameter bound: microseconds.
    /// - Throws: as `run`.
    func limit(p99Max bound: UInt64) async throws -> Result {
        var closed = self
        closed.settings.rate = nil
        say("looking for the limit: as fast as answers come first")
        var best = try await closed.run()
        var mismatches = best.report.mismatches
        var search = LimitSearch(ceiling: best.report.perSecond, p99Max: bound)
        while let rate = search.next {
            var step = self
            step.settings.rate = rate
            var result = try await step.run()
            mismatches += result.report.mismatches
            let isHeld = search.holds(result.report, at: rate)
            search.note(isHeld, at: rate)
            let p99 = result.report.latency.map { Decimals.fixed(Double($0.p99) / 1000, digits: 2) } ?? "–"
            say("\(Decimals.fixed(rate, digits: 1)) a second: \(isHeld ? "holds" : "does not hold"), p99 \(p99) ms")
            if isHeld {
                result.report.limit = rate
                best = result
            }
        }
        if best.report.limit == nil { best.report.limit = 0 }
        best.report.mismatches = mismatches
        if !mismatches.isEmpty { best.report.reconciled = false }
        return best
    }
}
