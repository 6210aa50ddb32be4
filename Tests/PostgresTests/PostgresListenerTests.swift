// SPDX-License-Identifier: Apache-2.0
import Postgres
import Testing
import UVRuntime

@Suite(.timeLimit(.minutes(3))) struct PostgresListenerTests {
    /// What the callbacks told, on the loop.
    final actor Heard: LoopActor {
        nonisolated let executor: LoopExecutor
        var stale = 0
        /// When it began to listen last, by the loop's clock, and how often it had been said by then that everything was heard.
        var staleAt: (time: UInt64, heard: Int) = (0, 0)
        private let loop: EventLoop
        var payloads: [String] = []
        /// Up to when, by the loop's clock, everything was heard, and how much had been by then.
        var heardUpTo: [(time: UInt64, payloads: Int)] = []

        init(_ loop: EventLoop) {
            executor = loop
            self.loop = loop
        }

        nonisolated func hearStale() {
            assumeIsolated {
                $0.stale += 1
                $0.staleAt = ($0.loop.now, $0.heardUpTo.count)
            }
        }
        nonisolated func hear(_ notification: PostgresNotification) {
            assumeIsolated { $0.payloads.append("\(notification.channel):\(notification.payload)") }
        }
        nonisolated func heardAll(_ ago: Duration) {
            let nanoseconds =
                UInt64(ago.components.seconds) * 1_000_000_000 + UInt64(ago.components.attoseconds / 1_000_000_000)
            assumeIsolated { $0.heardUpTo.append(($0.loop.now &- nanoseconds, $0.payloads.count)) }
        }
    }

    @Test func hearsAndComesBackAndSaysSo() async throws {
        try await withDatabase { loop, settings, _ in
            let heard = Heard(loop)
            let listener = PostgresListener(
                configuration: settings, loop: loop, channels: ["stock", "Odd \" name"],
                onStale: { heard.hearStale() }, onNotification: { heard.hear($0) })
            await listener.start()
            try await waitUntil(loop) { await heard.stale == 1 }
            let other = try await PostgresConnection.connect(settings, on: loop)
            try await other.execute("select pg_notify('stock', $1)", "7")
            try await other.execute("select pg_notify('Odd \" name', '')")
            try await waitUntil(loop) { await heard.payloads.count == 2 }
            #expect(await heard.payloads == ["stock:7", "Odd \" name:"])

            let before = await listener.backendPID
            try await other.execute("select pg_terminate_backend($1)", before)
            try await waitUntil(loop) { await heard.stale == 2 }
            #expect(await listener.backendPID != before)
            try await other.execute("select pg_notify('stock', $1)", "8")
            try await waitUntil(loop) { await heard.payloads.count == 3 }
            #expect(await heard.payloads.last == "stock:8")

            await listener.stop()
            #expect(await !listener.isListening)
            await other.close()
        }
    }

    @Test func theHeartbeatGoesOn() async throws {
        try await withDatabase { loop, settings, _ in
            let heard = Heard(loop)
            let listener = PostgresListener(
                configuration: settings, loop: loop, channels: ["stock"], heartbeat: .milliseconds(5),
                onStale: { heard.hearStale() }, onNotification: { heard.hear($0) })
            await listener.start()
            try await waitUntil(loop) { await heard.stale == 1 }
            let other = try await PostgresConnection.connect(settings, on: loop)
            for _ in 0..<2 {
                // A heartbeat after this look is one that came later.
                let seen = try await other.query("select clock_timestamp()").only().timestamp(0)
                try await waitUntil(loop) {
                    try await other.query(
                        "select count(*) from pg_stat_activity where pid = $1 and query = 'select 1' and query_start > $2",
                        await listener.backendPID, PostgresTimestamp(microseconds: seen)
                    ).only().int(0) == 1
                }
            }
            #expect(await heard.stale == 1)
            await listener.stop()
            await other.close()
        }
    }

    /// What was notified before a moment has come when it is said that everything until then has.
    @Test func saysUpToWhenEverythingWasHeard() async throws {
        try await withDatabase { loop, settings, _ in
            let heard = Heard(loop)
            let listener = PostgresListener(
                configuration: settings, loop: loop, channels: ["stock"], heartbeat: .milliseconds(3),
                onStale: { heard.hearStale() }, onHeard: { heard.heardAll($0) },
                onNotification: { heard.hear($0) })
            await listener.start()
            try await waitUntil(loop) { await heard.stale == 1 }
            let other = try await PostgresConnection.connect(settings, on: loop)
            for count in 1...8 {
                try await other.execute("select pg_notify('stock', $1)", "\(count)")
                let committed = loop.now
                try await waitUntil(loop) { await heard.heardUpTo.last.map { $0.time > committed } ?? false }
                let first = await heard.heardUpTo.first { $0.time > committed }
                #expect(first?.payloads == count)
            }
            // A new session has told nothing yet: what it says first is of its own time.
            try await other.execute("select pg_terminate_backend($1)", await listener.backendPID)
            try await waitUntil(loop) { await heard.stale == 2 }
            let stale = await heard.staleAt
            try await waitUntil(loop) { await heard.heardUpTo.count > stale.heard }
            let first = await heard.heardUpTo[stale.heard]
            #expect(first.time >= stale.time)
            await listener.stop()
            await other.close()
        }
    }
}
