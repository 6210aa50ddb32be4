// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
import TestSupport
import Testing
import UVRuntime

@Suite(.timeLimit(.minutes(3))) struct PostgresMigratorTests {
    func step(_ file: String, _ sql: String) throws -> PostgresMigration {
        try PostgresMigration(fileName: file, bytes: Array(sql.utf8))
    }

    func failure(_ migrator: PostgresMigrator, _ settings: PostgresConfiguration, _ loop: EventLoop) async
        -> PostgresError?
    {
        await PostgresTests.failure { () async throws(PostgresError) in try await migrator.migrate(settings, on: loop) }
    }

    func report(_ version: Int32, _ files: [String]) -> PostgresMigrator.Report {
        PostgresMigrator.Report(version: version, files: files)
    }

    @Test func appliesInOrderOnceAndOnlyForward() async throws {
        try await withDatabase { loop, settings, database in
            let one = try step("0001_first.sql", "create table public.t (n int); insert into public.t values (1);")
            let two = try step("0002_second.sql", "insert into public.t select n + 1 from public.t; -- end")
            let first = try await PostgresMigrator([one]).migrate(settings, on: loop)
            #expect(first == report(1, ["0001_first.sql"]))
            let both = try PostgresMigrator([two, one])
            let client = try await PostgresConnection.connect(settings, on: loop)
            #expect(try await both.pending(in: client) == report(1, ["0002_second.sql"]))
            #expect(try await both.migrate(settings, on: loop).files == ["0002_second.sql"])
            #expect(try await both.migrate(settings, on: loop) == report(2, []))
            #expect(try await client.query("select sum(n)::int from t").only().int(0) == 3)
            await client.close()
        }
    }

    @Test func refusesWhatDoesNotFit() async throws {
        try await withDatabase { loop, settings, _ in
            let one = try step("0001_a.sql", "create table public.a ()")
            let three = try step("0003_c.sql", "create table public.c ()")
            _ = try await PostgresMigrator([one, three]).migrate(settings, on: loop)

            let changed = try PostgresMigrator([try step("0001_a.sql", "create table public.a () "), three])
            #expect(await failure(changed, settings, loop)?.message.contains("changed") == true)
            let missing = try PostgresMigrator([three])
            #expect(await failure(missing, settings, loop)?.message.contains("missing") == true)
            let newer = try PostgresMigrator([one])
            #expect(await failure(newer, settings, loop)?.message.contains("newer than this program") == true)
            let late = try PostgresMigrator([one, try step("0002_b.sql", "create table public.b ()"), three])
            #expect(await failure(late, settings, loop)?.message.contains("older") == true)
            #expect(throws: PostgresError.self) { try PostgresMigrator([one, try step("0001_x.sql", "")]) }
        }
    }

    @Test func aFailingFileLeavesNothingBehind() async throws {
        try await withDatabase { loop, settings, database in
            let bad = try PostgresMigrator([try step("0001_bad.sql", "create table public.a (); select 1/0;")])
            let error = await failure(bad, settings, loop)
            #expect(error?.sqlstate == "22012")
            #expect(error?.message.hasPrefix("0001_bad.sql") == true)
            #expect(try await database.sql("select to_regclass('public.a') is null").contains("t"))
            let good = try PostgresMigrator([try step("0001_bad.sql", "create table public.a ()")])
            #expect(try await good.migrate(settings, on: loop).files.count == 1)
        }
    }

    @Test func aFileMustNotEndItsTransaction() async throws {
        try await withDatabase { loop, settings, _ in
            let bad = try PostgresMigrator([try step("0001_bad.sql", "create table public.a (); commit;")])
            #expect(await failure(bad, settings, loop)?.code == .migration)
        }
    }

    @Test func concurrentRunnersApplyEachFileOnce() async throws {
        try await withDatabase { loop, settings, _ in
            var limits = PostgresMigrator.Limits()
            limits.pollInterval = .milliseconds(10)
            let migrator = try PostgresMigrator(
                (1...5).map { try step("000\($0)_step.sql", "create table public.t\($0) (); select pg_sleep(0.01);") },
                limits: limits)
            let reports = try await withThrowingTaskGroup(of: PostgresMigrator.Report.self) { group in
                for _ in 0..<4 { group.addTask { try await migrator.migrate(settings, on: loop) } }
                return try await group.reduce(into: [PostgresMigrator.Report]()) { $0.append($1) }
            }
            #expect(reports.allSatisfy { $0.version == 5 })
            #expect(reports.map(\.files.count).sorted() == [0, 0, 0, 5])
        }
    }

    /// A session that waits for the lock keeps a snapshot, for which CREATE INDEX CONCURRENTLY of the one that has the lock waits.
    @Test func whoComesSecondHindersNoIndexBuild() async throws {
        try await withDatabase { loop, settings, _ in
            let migrator = try PostgresMigrator([try step("0001_a.sql", "create table public.a ()")])
            let first = try await PostgresConnection.connect(settings, on: loop)
            try await first.execute("create table public.b (n int)")
            // "mve-migr", the lock of all migrators.
            try await first.execute("select pg_advisory_lock(x'6d76652d6d696772'::bigint)")
            async let second = migrator.migrate(settings, on: loop)
            try await waitUntil(loop) {
                try await first.query(
                    """
                    select count(*) from pg_stat_activity where datname = current_database()
                       and application_name = 'mve-tests-migrate' and query like '%advisory_lock%'
                    """
                ).only().int(0) > 0
            }
            try await first.execute("create index concurrently b_n on public.b (n)")
            await first.close()
            let report = try await second
            #expect(report.files == ["0001_a.sql"])
        }
    }

    @Test func triesAgainWhileATableIsLocked() async throws {
        try await withDatabase { loop, settings, _ in
            var limits = PostgresMigrator.Limits()
            limits.lockTimeout = .milliseconds(20)
            limits.retryPause = .milliseconds(5)
            let one = try step("0001_a.sql", "create table public.a ()")
            _ = try await PostgresMigrator([one]).migrate(settings, on: loop)
            let holder = try await PostgresConnection.connect(settings, on: loop)
            let two = try PostgresMigrator(
                [one, try step("0002_b.sql", "alter table public.a add b int")], limits: limits)
            try await holder.execute("create table public.tries (n int)")
            try await holder.execute("begin")
            try await holder.execute("lock table public.a in access exclusive mode")
            async let done = two.migrate(settings, on: loop)
            // Released once a first attempt is seen waiting for it.
            try await waitUntil(loop) {
                try await holder.query(
                    "select count(*) from pg_locks where not granted and relation = 'public.a'::regclass"
                ).only().int(0) > 0
            }
            try await waitUntil(loop) {
                try await holder.query(
                    "select count(*) from pg_locks where not granted and relation = 'public.a'::regclass"
                ).only().int(0) == 0
            }
            try await holder.execute("commit")
            #expect(try await done.files == ["0002_b.sql"])
            await holder.close()
        }
    }

    @Test func theRepositorysMigrationsApply() async throws {
        try await withDatabase { loop, settings, _ in
            let migrations = try PostgresMigration.read(
                directory: Repository.root.appendingPathComponent("migrations").path)
            let report = try await PostgresMigrator(migrations).migrate(settings, on: loop)
            #expect(report.files.count == migrations.count)
            #expect(try await PostgresMigrator(migrations).migrate(settings, on: loop).files.isEmpty)
        }
    }

    @Test(arguments: ["1_a.sql", "0000_a.sql", "0001.sql", "0001_.sql", "0001-a.sql", "0001_a.txt", "٠٠٠١_a.sql"])
    func namesAreStrict(_ name: String) {
        #expect(throws: PostgresError.self) { try PostgresMigration(fileName: name, bytes: []) }
    }
}
