// SPDX-License-Identifier: Apache-2.0
import Foundation
import MarketCore
import TestSupport
import Testing

/// Jobs in several processes, and in some that die over them. The jobs are mails: each leaves a file with its name.
@Suite(.timeLimit(.minutes(5)), .serialized) struct JobKillTests {
    private static let count = 40

    private static let people = """
        insert into accounts.users (id, email, email_folded, password_hash, full_name, status)
        values (2000, 'b0@example.org', 'b0@example.org', 'none', 'Buyer', 'active');
        """

    /// No other job is begun meanwhile, which would be counted among the steps.
    private static let unscheduled = """
        insert into platform.schedules (name, kind, every_s, next_run) values ('outbox.reap', 'outbox.reap', 600, now() + interval '1 hour'),
                                                                                 ('provider.resume', 'provider.resume', 300, now() + interval '1 hour'),
                                                                                 ('inbox.reap', 'inbox.reap', 600, now() + interval '1 hour');
        """

    private static let owe = """
        insert into platform.jobs (kind, key, payload)
        select 'mail.send', 'mail-' || n, '{"template":"account.unblocked","user":2000,"data":{}}' from generate_series(1, \(count)) n;
        """

    private static func untilDone(_ database: TestDatabase) async throws {
        while try await database.text("select count(*) from platform.jobs where kind = 'mail.send' and state = 'done';")
            != "\(count)"
        {}
    }

    /// The Message-IDs of the mails that a server wrote.
    private static func mails(_ directory: String) throws -> [String] {
        let folder = URL(fileURLWithPath: directory).appendingPathComponent("mail")
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "eml" }
            .compactMap { file in
                try String(contentsOf: file, encoding: .utf8).firstMatch(of: /(?mi)^Message-ID: (.+)$/).map {
                    String($0.output.1)
                }
            }
    }

    @Test func twoProcessesDoEachJobOnce() async throws {
        try await LiveShop.with(.init(servers: 2)) { shop in
            _ = try await shop.database.sql(Self.people + Self.owe)
            try await Self.untilDone(shop.database)
            let written = try shop.servers.flatMap { try Self.mails($0.workingDirectory) }
            #expect(written.count == Self.count && Set(written).count == Self.count)
            #expect(
                try await shop.database.text("select max(attempts) from platform.jobs where kind = 'mail.send';") == "1"
            )
        }
    }

    @Test func whatAProcessDiesOverIsDoneAgainByAnother() async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/mve-jobs-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await TestDatabase.with { database in
            _ = try await database.sql(Fixture.catalogue(stock: 1) + Self.people + Self.unscheduled + Self.owe)
            // It has done the third and says so to nobody.
            let victim = try await ServerProcess.start(
                .init(
                    databaseURL: database.url,
                    environment: ["MVE_CRASH_AT": "job.worked:3", "MVE_DATA_DIR": directory]))
            await victim.untilLogged("killing itself at job.worked")
            await victim.kill()
            let left = try await database.text(
                """
                select string_agg(distinct state, ' ' order by state), count(*) filter (where state = 'ready'),
                       count(*) filter (where state = 'done')
                  from platform.jobs where kind = 'mail.send';
                """)
            let states = left.split(separator: "|")
            let isWritten = try #require(states.last.flatMap { Int($0) })
            // The first two are written down together, or will be a tenth of a second after the first.
            #expect(states.count == 3 && states[1] == "36" && (0...2).contains(isWritten))
            #expect(states[0] == (isWritten == 0 ? "ready running" : "done ready running"))
            // Its claims are over when its lease is.
            _ = try await database.sql("update platform.jobs set run_at = now() where state = 'running';")
            try await ServerProcess.with(.init(databaseURL: database.url)) { server in
                try await Self.untilDone(database)
                let (first, second) = (try Self.mails(directory), try Self.mails(server.workingDirectory))
                #expect(first.count == 3 && second.count == Self.count - isWritten)
                // What was done twice is the same mail to whoever gets it.
                #expect(Set(first + second).count == Self.count)
            }
        }
    }
}
