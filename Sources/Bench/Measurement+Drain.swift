// SPDX-License-Identifier: Apache-2.0
import UVRuntime

extension Measurement {
    /// Waits until the server has published the events that were written before this run, as long as the settings allow.
    ///
    /// Mails and other jobs are not waited for: they are sent at a pace of their own, whatever waits, and are the same burden for
    /// every run.
    ///
    /// - Returns: the events that wait all the same, and burden the run; nil where the settings wait for none.
    /// - Throws: `PostgresError`.
    func drained(_ store: BenchStore, on loop: EventLoop) async throws -> Int? {
        guard let most = settings.drainMax else { return nil }
        let patience = Patience(loop: loop, deadline: MonotonicTime.now + most.nanoseconds)
        var waiting = try await store.waitingEvents()
        guard waiting > 0 else { return 0 }
        say("\(waiting) events wait to be published: the run begins after them")
        while waiting > 0, patience.isLeft {
            await patience.pause()
            waiting = try await store.waitingEvents()
        }
        if waiting > 0 { say("\(waiting) events still wait after \(most): the run bears them") }
        return waiting
    }
}
