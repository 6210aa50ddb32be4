// SPDX-License-Identifier: Apache-2.0
import Postgres
import Testing
import UVRuntime

@Suite(.timeLimit(.minutes(3))) struct PostgresListenerTests {
    /// What the callbacks told, on the loop.
    final actor Heard: LoopActor {
        nonisolated let executor: LoopExecutor
        var stale = 0
        var payloads: [String] = []

        init(_ loop: EventLoop) { executor = loop }

        nonisolated func hearStale() { assumeIsolated { $0.stale += 1 } }
        nonisolated func hear(_ notification: PostgresNotification) {
            assumeIsolated { $0.payloads.append("\(notification.channel):\(notification.payload)") }
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
}
