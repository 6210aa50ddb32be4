// SPDX-License-Identifier: Apache-2.0
import HTTP
import Logging
import Postgres
import Synchronization
import TestSupport
import Testing
import UVRuntime

@testable import MarketHTTP

@Suite(.timeLimit(.minutes(2))) struct JobRunnerTests {
    private struct Trouble: Error {}

    /// Runners over one database, each as in a process of its own.
    private struct Runners: Sendable {
        let first: JobRunner
        let second: JobRunner
        let done = Done()

        final class Done: Sendable {
            let jobs = Mutex<[String]>([])
        }

        init(
            _ loop: EventLoop, _ pool: PostgresPool, attempts: [String: Int] = [:],
            endings: [String: JobRunner.Ending] = [:], handler: @escaping JobRunner.Handler = { _ in }
        ) {
            let done = done
            let handlers: [String: JobRunner.Handler] = [
                "a": { job in
                    done.jobs.withLock { $0.append("\(job.key)#\(job.attempt)") }
                    try await handler(job)
                }
            ]
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            func make() -> JobRunner {
                JobRunner(
                    executor: loop, store: JobStore(postgres: pool), handlers: handlers, endings: endings,
                    attempts: attempts, logger: logger)
            }
            first = make()
            second = make()
        }
    }

    private func with(_ body: @escaping @Sendable (EventLoop, PostgresPool) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let result: Result<Void, any Error>
            do {
                try await loop.run {
                    let pool = PostgresPool(configuration: PostgresConfiguration(url: database.url), loop: loop)
                    let outcome: Result<Void, any Error>
                    do {
                        outcome = .success(try await body(loop, pool))
                    } catch {
                        outcome = .failure(error)
                    }
                    await pool.close()
                    try outcome.get()
                }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await group.shutdown()
            try result.get()
        }
    }

    private func states(_ pool: PostgresPool) async throws -> [String] {
        try await pool.query("select key || ' ' || state || ' ' || attempts from platform.jobs order by kind, key")
            .map { try $0.string(0) }
    }

    @Test func eachJobIsDoneByOneOfTwo() async throws {
        try await with { loop, pool in
            let runners = Runners(loop, pool)
            try await pool.execute(
                "insert into platform.jobs (kind, key) select 'a', n::text from generate_series(1, 50) n")
            async let first = runners.first.run()
            async let second = runners.second.run()
            #expect(await first + second == 50)
            let done = runners.done.jobs.withLock { $0 }
            #expect(done.count == 50 && Set(done).count == 50)
            #expect(try await states(pool).allSatisfy { $0.hasSuffix(" done 1") })
            // Other kinds are left alone.
            try await pool.execute("insert into platform.jobs (kind, key) values ('b', 'x')")
            #expect(await runners.first.run() == 0)
        }
    }

    @Test func whatADeadProcessClaimedIsDoneByAnother() async throws {
        try await with { loop, pool in
            let runners = Runners(loop, pool)
            try await pool.execute(
                """
                insert into platform.jobs (kind, key, state, attempts, run_at)
                values ('a', 'claimed', 'running', 1, now() + interval '1 minute'),
                       ('a', 'left', 'running', 3, now() - interval '1 second')
                """)
            #expect(await runners.first.run() == 1)
            #expect(try await states(pool) == ["claimed running 1", "left done 4"])
        }
    }

    @Test func aJobThatAlwaysFailsIsGivenUp() async throws {
        try await with { loop, pool in
            let runners = Runners(loop, pool) { _ in throw Trouble() }
            try await pool.execute("insert into platform.jobs (kind, key) values ('a', 'x')")
            var tries = 0
            while await runners.first.run() == 1, tries < 100 {
                tries += 1
                // Its pause is over at once.
                try await pool.execute("update platform.jobs set run_at = now()")
            }
            #expect(tries == 12)
            #expect(try await states(pool) == ["x dead 12"])
        }
    }

    @Test func whatIsGivenUpIsEndedAlthoughItsProcessDiedEachTime() async throws {
        try await with { loop, pool in
            let ended = Mutex<[String]>([])
            let refuses = Mutex(true)
            let runners = Runners(
                loop, pool,
                endings: [
                    "a": { job, error in
                        if refuses.withLock({ $0 }) { throw Trouble() }
                        ended.withLock { $0.append("\(job.key) \(error)") }
                    }
                ])
            try await pool.execute(
                """
                insert into platform.jobs (kind, key, state, attempts, run_at)
                values ('a', 'x', 'running', 12, now() - interval '1 second')
                """)
            // Nothing is given up before its end is written.
            #expect(await runners.first.run() == 1)
            #expect(try await states(pool) == ["x ready 13"])
            refuses.withLock { $0 = false }
            try await pool.execute("update platform.jobs set run_at = now()")
            #expect(await runners.first.run() == 1)
            #expect(try await states(pool) == ["x dead 14"])
            #expect(runners.done.jobs.withLock { $0 } == [])
            #expect(ended.withLock { $0 } == ["x its process ended during each of 12 attempts"])
        }
    }

    @Test func aKindMayHaveALimitOfItsOwn() async throws {
        try await with { loop, pool in
            let runners = Runners(loop, pool, attempts: ["a": 2]) { _ in throw Trouble() }
            try await pool.execute("insert into platform.jobs (kind, key) values ('a', 'x')")
            for _ in 0..<5 {
                await runners.first.run()
                try await pool.execute("update platform.jobs set run_at = now()")
            }
            #expect(try await states(pool) == ["x dead 2"])
            let error = try await pool.query("select last_error from platform.jobs").only().string(0)
            #expect(error == "Trouble()")
        }
    }

    @Test func whatCannotBeReadIsGivenUpAtOnce() async throws {
        try await with { loop, pool in
            let runners = Runners(loop, pool) { job in _ = try job.read { $0["id"]?.int64 } }
            try await pool.execute(
                """
                insert into platform.jobs (kind, key, payload) values ('a', 'bad', '{"id":"x"}'), ('a', 'good', '{"id":7}')
                """)
            #expect(await runners.first.run() == 2)
            #expect(try await states(pool) == ["bad dead 1", "good done 1"])
        }
    }

    /// A job that kills its process each time never comes as far as failing.
    @Test func whoseProcessEndsOverItEachTimeIsGivenUp() async throws {
        try await with { loop, pool in
            let runners = Runners(loop, pool)
            try await pool.execute(
                """
                insert into platform.jobs (kind, key, state, attempts, forgiven, run_at)
                values ('a', 'last', 'running', 11, 0, now()), ('a', 'poison', 'running', 12, 0, now() + interval '-1 s'),
                       ('a', 'sent back', 'running', 30, 20, now())
                """)
            #expect(await runners.first.run() == 3)
            #expect(try await states(pool) == ["last done 12", "poison dead 13", "sent back done 31"])
            #expect(runners.done.jobs.withLock { Set($0) } == ["last#12", "sent back#11"])
        }
    }

    /// However long it takes: while its process lives, nobody else begins it.
    @Test func aClaimIsRenewedWhileItsJobIsAtWork() async throws {
        try await with { loop, pool in
            let runners = Mutex<Runners?>(nil)
            let others = Mutex<[Int]>([])
            let made = Runners(loop, pool) { job in
                guard let runners = runners.withLock({ $0 }) else { return }
                // The lease is nearly over, for this one and for the one behind it.
                try await pool.execute("update platform.jobs set run_at = now() - interval '1 second'")
                await runners.first.renew()
                let taken = await runners.second.run()
                others.withLock { $0.append(taken) }
            }
            runners.withLock { $0 = made }
            try await pool.execute("insert into platform.jobs (kind, key) values ('a', 'x'), ('a', 'y')")
            #expect(await made.first.run() == 2)
            #expect(others.withLock { $0 } == [0, 0])
            #expect(try await states(pool) == ["x done 1", "y done 1"])
        }
    }

    /// What another process has taken over is not begun any more by the one that was too slow.
    @Test func whatWasTakenOverIsNotBegun() async throws {
        try await with { loop, pool in
            let runners = Mutex<Runners?>(nil)
            let made = Runners(loop, pool) { job in
                guard job.attempt == 1, let runners = runners.withLock({ $0 }) else { return }
                try await pool.execute(
                    "update platform.jobs set attempts = 2, run_at = now() + interval '1 minute' where key <> $1",
                    job.key)
                await runners.first.renew()
            }
            runners.withLock { $0 = made }
            try await pool.execute("insert into platform.jobs (kind, key) values ('a', 'x'), ('a', 'y')")
            await made.first.run()
            #expect(made.done.jobs.withLock { $0.count } == 1)
            let left = try await states(pool)
            #expect(left.count { $0.hasSuffix("done 1") } == 1 && left.count { $0.hasSuffix("running 2") } == 1)
        }
    }

    @Test func pausesGrowAndAreSpread() {
        for (attempt, seconds) in [(1, 1), (2, 2), (5, 16), (11, 1024), (12, 1800), (70, 1800)] {
            let whole = Duration.seconds(seconds)
            #expect(JobRunner.pause(after: attempt, random: 0) == whole / 2)
            let longest = (0..<UInt64(seconds * 500 + 1)).map { JobRunner.pause(after: attempt, random: $0) }.max()
            #expect(longest == whole)
            #expect(JobRunner.pause(after: attempt, random: .max) <= whole)
        }
    }

    @Test func aLimitOfDaysHoldsHoweverThePausesFall() {
        let days = Duration.seconds(3 * 86_400)
        let limit = JobRunner.attempts(lasting: days)
        let shortest = (1..<limit).map { JobRunner.pause(after: $0, random: 0) }
        #expect(shortest.reduce(.zero, +) >= days)
        #expect(shortest.dropLast().reduce(.zero, +) < days)
        #expect(JobRunner.attempts(lasting: .zero) == 1)
    }

    @Test func schedulesOweTheirJobsOnceForAllProcesses() async throws {
        try await with { loop, pool in
            let schedules = [
                JobSchedule("often", kind: "a", .every(.seconds(5))),
                JobSchedule("nightly", kind: "a", .daily(hour: 3, minute: 5, zone: "Asia/Kolkata")),
            ]
            let both = (1...2).map { _ in
                JobScheduler(executor: loop, postgres: pool, schedules: schedules, logger: Logger(label: "test"))
            }
            let runners = Runners(loop, pool)
            async let first = both[0].tick()
            async let second = both[1].tick()
            #expect(await first + second == 1)
            await runners.first.run()
            #expect(try await states(pool) == ["schedule:often done 1"])
            // Both fall due, one of them long ago: each once.
            try await pool.execute("update platform.schedules set next_run = now() - interval '40 days'")
            async let third = both[0].tick()
            async let fourth = both[1].tick()
            #expect(await third + fourth == 2)
            async let one = runners.first.run()
            async let other = runners.second.run()
            #expect(await one + other == 2)
            #expect(try await states(pool) == ["schedule:nightly done 1", "schedule:often done 2"])
            let ahead = try await pool.query("select count(*) from platform.schedules where next_run > now()").only()
            #expect(try ahead.int(0) == 2)
        }
    }

    @Test func whatWasDoneLongAgoIsRemoved() async throws {
        try await with { loop, pool in
            try await pool.execute(
                """
                insert into platform.jobs (kind, key, state, attempts, updated_at)
                select x.kind, x.key, x.state, 1, now() - make_interval(days => x.age)
                  from (values ('a', 'old', 'done', 31), ('a', 'young', 'done', 29), ('a', 'dead', 'dead', 99),
                               ('a', 'owed', 'ready', 99), ('payment.refund', 'money', 'done', 99), ('payment.late', 'late', 'done', 99),
                               ('payment.reconcile', 'slice', 'done', 31), ('payment.reconcile', 'young slice', 'done', 29)) x(kind, key, state, age)
                """)
            try await pool.execute(
                """
                insert into platform.jobs (kind, key, state, updated_at)
                select 'b', n::text, 'done', now() - interval '40 days' from generate_series(1, 2500) n
                """)
            let reaper = RowReaper.ofJobs(
                executor: loop, clock: loop, store: JobStore(postgres: pool), logger: Logger(label: "test"))
            #expect(await reaper.sweep() == 2502)
            #expect(
                try await states(pool) == [
                    "dead dead 1", "owed ready 1", "young done 1", "late done 1", "young slice done 1", "money done 1",
                ])
        }
    }

    /// Who comes late with a claim that was taken over says nothing about the job any more.
    @Test func aClaimThatWasTakenOverDecidesNothing() async throws {
        try await with { loop, pool in
            let runners = Runners(loop, pool) { job in
                guard job.attempt == 1 else { return }
                try await pool.execute("update platform.jobs set attempts = 7 where key = 'x'")
                throw Trouble()
            }
            try await pool.execute("insert into platform.jobs (kind, key) values ('a', 'x')")
            #expect(await runners.first.run() == 1)
            #expect(try await states(pool) == ["x running 7"])
        }
    }

    @Test func oneOfTwoLeadsAndTheOtherFollows() async throws {
        try await with { loop, pool in
            let leases = try (1...2).map { number in
                LeaderLease(
                    executor: loop, role: "test",
                    instance: try WorkerLeaseStore.instance([UInt8](repeating: UInt8(number), count: 16)),
                    store: LeaseStore(postgres: pool), logger: Logger(label: "test"))
            }
            #expect(await leases[0].renew())
            #expect(await !leases[1].renew())
            #expect(await leases[0].renew())
            // It says nothing for too long, as a process that died.
            try await pool.execute("update platform.leases set lease_until = now() - interval '1 second'")
            #expect(await leases[1].renew())
            #expect(await !leases[0].renew())
            // It ends and says so: the next one need not wait.
            await leases[1].release()
            #expect(await !leases[1].renew())
            #expect(await leases[0].renew())
        }
    }
}
