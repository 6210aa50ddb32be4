// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import TestSupport
import Testing

/// What dies around a request: processes, connections, Redis, the database.
@Suite(.timeLimit(.minutes(4))) struct FailureTests {
    private static let account =
        #"{"email":"asha@example.org","password":"correct horse battery","full_name":"Asha Rao"}"#

    /// A real server that kills itself at a step of registering, and one that is asked again.
    ///
    /// - Parameter body: gets the second answer, and how many accounts there are.
    private func killed(at point: CrashPoint, _ body: (TestClient.Answer, String) throws -> Void) async throws {
        try await TestDatabase.with { database in
            let first = try await ServerProcess.start(
                .init(databaseURL: database.url, environment: ["MVE_CRASH_AT": point.rawValue]))
            await #expect(throws: (any Error).self) {
                try await first.client.post("/api/auth/register/", Self.account, key: SmallShop.key)
            }
            let how = await first.ended()
            let log = first.log
            #expect(log.contains { $0.contains("killing itself at \(point.rawValue)") }, "the server \(how)")
            try await ServerProcess.with(.init(databaseURL: database.url)) { second in
                let again = try await second.client.post("/api/auth/register/", Self.account, key: SmallShop.key)
                try body(
                    again,
                    try await database.sql("select count(*) from accounts.users where email = 'asha@example.org';")
                        .trimmed)
            }
        }
    }

    /// `CrashTests` do the same at every step under load.
    @Test func case32_aProcessKilledBeforeItsCommitLeavesNothing() async throws {
        try await killed(at: .keyedExecuted) { again, accounts in
            #expect(again.status == 201 && !again.isReplay)
            #expect(accounts == "1")
        }
    }

    @Test func case33_aProcessKilledAfterItsCommitIsReplayed() async throws {
        try await killed(at: .keyedCommitted) { again, accounts in
            #expect(again.status == 201 && again.isReplay)
            #expect(accounts == "1")
        }
    }

    /// Waiting that lasts until the test lets go, however slow the machine is.
    private static var long: KeyWaits.Limits {
        var limits = KeyWaits.Limits()
        limits.waiting = .seconds(100)
        return limits
    }

    /// The reply to COMMIT is lost and the commit comes late: nothing is said of the outcome, and nothing executed again,
    /// while the old backend lives; then its row is found.
    @Test(arguments: [1, 2]) func case34_aLateCommitCountsOnce(servers: Int) async throws {
        try await SmallShop.with(.init(servers: servers, waits: Self.long, patience: .seconds(2))) { shop in
            try await HeldSession.with(shop.database, "select pg_advisory_xact_lock(42)") { lock in
                let late = [(name: "X-Plan", value: "late")]
                let first = Task { try await shop.make(headers: late) }
                // Its connection was given up, and it waits for the backend that is still there.
                try await shop.until { try await shop.first.waiting() == 1 }
                #expect(try await shop.effects() == 0)
                let again = Task { try await shop.make(at: shop.other, headers: late) }
                try await shop.until {
                    try await shop.first.waiting() + (servers == 1 ? 0 : shop.other.waiting()) == 2
                }
                #expect(shop.doorstep.came == 1)
                try await lock.letGo()
                let (answer, replay) = (try await first.value, try await again.value)
                #expect(answer.status == 201 && !answer.isReplay)
                #expect(replay.isReplay && replay.body == answer.body)
                #expect(try await shop.effects() == 1)
                #expect(shop.doorstep.came == 1)
            }
        }
    }

    /// The same where the backend is ended: then it is known that nothing was done, and the retry executes.
    @Test(arguments: [1, 2]) func case34_aCommitThatNeverCameLeavesNothing(servers: Int) async throws {
        try await SmallShop.with(.init(servers: servers, waits: Self.long, patience: .seconds(2))) { shop in
            try await HeldSession.with(shop.database, "select pg_advisory_xact_lock(42)") { lock in
                let first = Task { try await shop.make(headers: [(name: "X-Plan", value: "late")]) }
                try await shop.until { try await shop.first.waiting() == 1 }
                _ = try await shop.database.sql(
                    """
                    select pg_terminate_backend(pid) from pg_stat_activity
                     where datname = current_database() and wait_event = 'advisory' and query = 'commit';
                    """)
                let answer = try await first.value
                #expect(answer.status == 503 && answer.code == "dependency-unavailable")
                try await lock.letGo()
                let retried = try await shop.make(at: shop.other)
                #expect(retried.status == 201 && !retried.isReplay)
                #expect(try await shop.effects() == 1)
            }
        }
    }

    /// Past the waiting the outcome stays unknown, and is never guessed.
    @Test func case34_anUnknownOutcomeIsSaid() async throws {
        try await SmallShop.with(.init(patience: .seconds(2))) { shop in
            try await HeldSession.with(shop.database, "select pg_advisory_xact_lock(42)") { lock in
                let late = [(name: "X-Plan", value: "late")]
                let first = Task { try await shop.make(headers: late) }
                try await shop.until { try await shop.first.waiting() == 1 }
                try await shop.pass(.seconds(10))
                let unknown = try await first.value
                #expect(unknown.status == 504 && unknown.code == "outcome-unknown")
                try await lock.letGo()
                let again = try await shop.make(headers: late)
                #expect(again.status == 201 && again.isReplay)
                #expect(try await shop.effects() == 1 && shop.doorstep.came == 1)
            }
        }
    }

    /// No Redis at all, under a handful of the other cases.
    @Test(arguments: [1, 2]) func case54_withoutRedisEverythingIsTheSame(servers: Int) async throws {
        try await SmallShop.with(.init(servers: servers, redisURL: "/nonexistent/redis.sock")) { shop in
            let first = try await shop.make()
            let again = try await shop.make(at: shop.other)
            let other = try await shop.make("{}", at: shop.other)
            #expect(first.status == 201 && again.isReplay && again.body == first.body)
            #expect(other.code == "idempotency-key-reused")
            let refused = try await shop.make(#"{"qty":0}"#, "/read/")
            let refusedAgain = try await shop.make(#"{"qty":0}"#, at: shop.other, "/read/")
            #expect(refused.status == 422 && refusedAgain.isReplay && refusedAgain.body == refused.body)
            let refund = try await shop.make(#""line-1""#, "/refunds/")
            let refundAgain = try await shop.make(#""line-1""#, at: shop.other, "/refunds/")
            #expect(refund.status == 201 && refundAgain.isReplay && shop.provider.calls == 1)
            #expect(try await shop.effects() == 1)
        }
    }

    /// The database takes no connections, as when it is down; what was sent meanwhile was not executed.
    @Test(arguments: [1, 2]) func case55_withoutADatabaseNothingIsExecuted(servers: Int) async throws {
        try await SmallShop.with(servers) { shop in
            try await shop.database.refuseConnections(true)
            for path in ["/things/", "/refunds/"] {
                let answer = try await shop.make("{}", at: shop.other, path)
                #expect(answer.status == 503 && answer.header("Retry-After") != nil, "\(answer.text)")
            }
            #expect(shop.doorstep.came == 0 && shop.provider.calls == 0)
            try await shop.database.refuseConnections(false)
            try await shop.until { try await shop.make("{}", at: shop.other).status == 201 }
            #expect(try await shop.effects() == 1)
        }
    }
}
