// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@testable import LocalServices

@Suite(.timeLimit(.minutes(3)))
struct LocalPostgresTests {
    @Test func makesAClusterThatIsDurableChecksummedAndUnicode() async throws {
        try await withScratch { directory in
            let postgres = try await LocalPostgres.start(in: directory, settings: .small)
            let answer = try await postgres.psql(
                """
                select name || '=' || setting from pg_settings where name in
                ('fsync','synchronous_commit','full_page_writes','data_checksums','server_encoding','listen_addresses','jit')
                order by name;
                select datcollate from pg_database where datname = current_database();
                """, database: LocalPostgres.name)
            await postgres.stop()
            #expect(
                answer.split(separator: "\n") == [
                    "data_checksums=on", "fsync=on", "full_page_writes=on", "jit=off", "listen_addresses=",
                    "server_encoding=UTF8", "synchronous_commit=on", "C.UTF-8",
                ])
        }
    }

    @Test func stopsWithoutLeavingAProcessAndKeepsItsData() async throws {
        try await withScratch { directory in
            let first = try await LocalPostgres.start(in: directory, settings: .small)
            _ = try await first.psql("create table kept as select 42 as n;", database: LocalPostgres.name)
            await first.stop()
            #expect(Leftovers.find(in: first.dataDirectory).isEmpty)
            #expect(access(first.dataDirectory + "/postmaster.pid", F_OK) != 0, "a fast shutdown removes it")

            let second = try await LocalPostgres.start(in: directory, settings: .small)
            let kept = try await second.psql("select n from kept;", database: LocalPostgres.name)
            await second.stop()
            #expect(kept == "42\n")
        }
    }

    @Test func recoversCommittedRowsAfterEveryProcessWasKilled() async throws {
        try await withScratch { directory in
            let first = try await LocalPostgres.start(in: directory, settings: .small)
            _ = try await first.psql("create table kept as select 7 as n;", database: LocalPostgres.name)
            for id in Leftovers.find(in: first.dataDirectory) { kill(id, SIGKILL) }
            let failure = await first.ended()
            #expect(failure.code == .endedUnexpectedly)
            #expect(access(first.dataDirectory + "/postmaster.pid", F_OK) == 0, "the stale file is part of the case")

            let second = try await LocalPostgres.start(in: directory, settings: .small)
            let kept = try await second.psql("select n from kept;", database: LocalPostgres.name)
            await second.stop()
            #expect(kept == "7\n")
        }
    }

    @Test func endsWithItsSupervisorWhenThatIsKilled() async throws {
        try await withScratch { directory in
            let server = try await LocalPostgres.start(in: directory, settings: .small)
            let postmaster = try #require(
                readSmallFile(server.dataDirectory + "/postmaster.pid")?.split(separator: "\n").first)
            let status = try #require(readSmallFile("/proc/\(postmaster)/status"))
            let parent = try #require(
                status.split(separator: "\n").first { $0.hasPrefix("PPid:") }
                    .flatMap { pid_t(trimmed(String($0.dropFirst("PPid:".count)))) })
            try #require(parent != getpid() && parent > 1)
            #expect(kill(parent, SIGKILL) == 0)
            _ = await server.ended()
            // Signal 0 only waits: the kernel's signal, sent for the supervisor's death, must be enough.
            #expect(await Leftovers.end(in: server.dataDirectory, main: nil, signals: [(0, .seconds(60))]))
            #expect(access(server.dataDirectory + "/postmaster.pid", F_OK) != 0, "it was an orderly shutdown")
        }
    }

    @Test func startsAlthoughAnotherProcessGotTheNumberOfAKilledServer() async throws {
        try await withScratch { directory in
            let first = try await LocalPostgres.start(in: directory, settings: .small)
            let note = try #require(readSmallFile(first.dataDirectory + "/postmaster.pid"))
            await first.stop()
            let user = try ServiceUser.forService(["postgres"], service: "postgres")
            let other = try await ServiceProcess.start(
                ServiceCommand(
                    name: "other", executable: "/bin/sh", arguments: ["-c", "echo $$; exec sleep 600"], user: user,
                    workingDirectory: "/"),
                .init(stopSignal: "TERM", readyWithin: .seconds(30)) { pid_t($0) != nil })
            let number = try #require(other.recentLog.first)
            let stale = number + note.drop { $0 != "\n" }
            for path in [first.dataDirectory + "/postmaster.pid", first.socketDirectory + "/.s.PGSQL.5432.lock"] {
                try replaceFile(path, with: stale, mode: 0o600, owner: user, service: "postgres")
            }
            let second = try await LocalPostgres.start(in: directory, settings: .small)
            await second.stop()
            await other.stop(within: .seconds(30))
        }
    }

    @Test func takesOverFromAServerThatAnEarlierProcessLeftBehind() async throws {
        try await withScratch { directory in
            let first = try await LocalPostgres.start(in: directory, settings: .small)
            _ = try await first.psql("create table kept as select 9 as n;", database: LocalPostgres.name)
            let before = Leftovers.find(in: first.dataDirectory)
            // Started again without a stop, as after a crash in which the supervisor did not come through either.
            let second = try await LocalPostgres.start(in: directory, settings: .small)
            let kept = try await second.psql("select n from kept;", database: LocalPostgres.name)
            let after = Leftovers.find(in: second.dataDirectory)
            await second.stop()
            #expect(kept == "9\n")
            #expect(Set(before).isDisjoint(with: after))
            _ = await first.ended()
        }
    }

    @Test func saysInItsOwnWordsWhyItDoesNotStart() async throws {
        try await withScratch { directory in
            let healthy = try await LocalPostgres.start(in: directory, settings: .small)
            await healthy.stop()
            unlink(healthy.dataDirectory + "/global/pg_control")
            let error = await #expect(throws: LocalServiceError.self) {
                try await LocalPostgres.start(in: directory, settings: .small)
            }
            #expect(error?.code == .startFailed)
            #expect(error?.log.contains { $0.contains("pg_control") } == true, "\(String(describing: error))")
        }
    }

    struct Scale {
        let memory: Int
        let disk: Int
        let buffers: Int
        let wal: Int
    }

    /// Memory and disk in MiB, as the expected settings.
    static let scales = [
        Scale(memory: 1_024, disk: 4_096, buffers: 256, wal: 409),
        Scale(memory: 8_192, disk: 102_400, buffers: 2_048, wal: 10_240),
        Scale(memory: 65_536, disk: 921_600, buffers: 4_096, wal: 16_384),
        Scale(memory: 64, disk: 1, buffers: 32, wal: 256),
    ]

    @Test("settings follow the machine within their bounds", arguments: scales)
    func followsTheMachine(_ scale: Scale) {
        let machine = MachineResources(memory: scale.memory << 20, freeDisk: scale.disk << 20, processors: 2)
        let settings = PostgresSettings.scaled(to: machine)
        #expect(settings.sharedBuffers == scale.buffers)
        #expect(settings.maxWALSize == scale.wal)
        #expect(settings.minWALSize <= settings.maxWALSize)
    }

    @Test func putsTheSocketUnderAShortNameWhenThePathIsTooLong() {
        let long = ServiceDirectory(root: "/" + String(repeating: "d", count: 200))
        let short = ServiceDirectory(root: "/srv/mve")
        #expect(short.socketDirectory("postgres") == "/srv/mve/postgres/run")
        #expect(long.socketDirectory("postgres").utf8.count <= ServiceDirectory.socketDirectoryBytesMax)
        #expect(long.socketDirectory("postgres") != long.socketDirectory("redis"))
    }
}
