// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A private PostgreSQL server: our own cluster, our own settings, reachable only through a unix socket by our account.
///
/// The cluster is made on the first start. It belongs to one process at a time (take the `ServiceLock` of the directory
/// first); a server that an earlier process left behind is stopped before ours starts, and PostgreSQL recovers what it
/// had acknowledged.
public struct LocalPostgres: Sendable {
    /// The role and the database that the marketplace uses.
    public static let name = "mve"

    /// A libpq URI with the unix socket.
    public let url: String
    /// Directory of the unix socket.
    public let socketDirectory: String
    /// The cluster's files.
    public let dataDirectory: String
    let process: ServiceProcess
    private let binaries: String

    /// Starts the server, making the cluster when there is none.
    ///
    /// - Parameter removeAtExit: a directory to remove after the end, for tests.
    /// - Throws: `.programMissing`, `.directoryUnusable`, `.commandFailed` (initdb), `.startFailed`.
    /// - Cost: about a second for a new cluster, a tenth of one otherwise; crash recovery takes what it takes, up to
    ///   ten minutes.
    @concurrent
    public static func start(
        in directory: ServiceDirectory, settings: PostgresSettings, removeAtExit: String? = nil
    ) async throws(LocalServiceError) -> LocalPostgres {
        let service = "postgres"
        let user = try ServiceUser.forService(["postgres"], service: service)
        let home = try directory.prepareService(service, user: user)
        let sockets = try directory.prepareSockets(service, user: user)
        let data = home + "/data"
        let binaries = try PostgresBinaries.directory(forCluster: data)
        if access(data + "/PG_VERSION", F_OK) != 0 {
            try await makeCluster(data, home: home, user: user, binaries: binaries)
        }
        guard await endLeftover(in: data) else {
            throw LocalServiceError(.inUse, service: service, message: "an earlier server in \(data) does not end")
        }
        // Nobody works here any more, so what these say is stale. PostgreSQL would refuse them as long as the process id in
        // them exists: while a killed server is still being taken down, or when another process got its number.
        for stale in [data + "/postmaster.pid", sockets + "/.s.PGSQL.5432.lock", sockets + "/.s.PGSQL.5432"] {
            unlink(stale)
        }
        try writeConfiguration(settings, data: data, sockets: sockets, user: user)
        let command = ServiceCommand(
            name: service, executable: binaries + "/postgres", arguments: ["-D", data], user: user,
            workingDirectory: home)
        // INT is PostgreSQL's fast shutdown: it ends the sessions, checkpoints and goes.
        let process = try await ServiceProcess.start(
            command,
            .init(
                stopSignal: "INT", readyWithin: .seconds(600), logFile: directory.root + "/postgres.log",
                removeAtExit: removeAtExit
            ) { $0.hasSuffix("database system is ready to accept connections") })
        return LocalPostgres(
            url: url(database: name, in: directory), socketDirectory: sockets, dataDirectory: data, process: process,
            binaries: binaries)
    }

    /// The URI of a database of the server that runs, or would run, in the directory.
    public static func url(database: String, in directory: ServiceDirectory) -> String {
        "postgresql:///\(database)?host=\(percentEncoded(directory.socketDirectory("postgres")))&user=\(name)"
    }

    /// Stops the server: sessions end, what is acknowledged is on disk already, a checkpoint makes the next start quick.
    public func stop() async {
        // A checkpoint of 4 GB to a slow disk is the longest part; killed after that, it recovers on the next start.
        await process.stop(within: .seconds(120))
    }

    /// Kills the postmaster as a crash would and returns when it is gone: its sessions end when they notice. What was
    /// committed is there when the server is started in the same directory again.
    public func kill() async {
        await process.kill()
    }

    /// Waits for the server's end and says how it came about, with its last lines.
    public func ended() async -> LocalServiceError {
        let how = await process.ended()
        return LocalServiceError(.endedUnexpectedly, service: process.name, message: how, log: process.recentLog)
    }

    /// Runs SQL with psql as the owner, stopping at the first error. For set-up; requests use the pool.
    ///
    /// - Parameters:
    ///   - sql: statements, or psql commands such as `\i file`.
    ///   - database: a database of this server.
    /// - Returns: what psql printed, unaligned, without headers.
    @concurrent
    public func psql(_ sql: String, database: String) async throws(LocalServiceError) -> String {
        let command = ServiceCommand(
            name: "psql", executable: binaries + "/psql",
            arguments: [
                "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1", "--host",
                socketDirectory,
                "--username", Self.name, "--dbname", database, "--file", "-",
            ], user: .current(), workingDirectory: "/")
        return try await command.run(input: sql)
    }

    private static func makeCluster(
        _ data: String, home: String, user: ServiceUser, binaries: String
    ) async throws(LocalServiceError) {
        // Built beside and renamed when whole, so an interrupted first start leaves nothing half made in place.
        let draft = home + "/data.draft"
        func command(_ program: String, _ arguments: [String]) -> ServiceCommand {
            ServiceCommand(
                name: program, executable: program == "rm" ? "/bin/rm" : binaries + "/" + program, arguments: arguments,
                user: user, workingDirectory: home)
        }
        _ = try await command("rm", ["-rf", draft]).run()
        // C.UTF-8 orders by code point: the fastest comparison, and no index goes stale when a library changes its
        // rules. Lists for people name an ICU collation where they are sorted.
        _ = try await command(
            "initdb",
            [
                "--pgdata", draft, "--username", name, "--encoding", "UTF8", "--locale", "C.UTF-8", "--data-checksums",
                "--auth", "peer", "--no-instructions",
            ]
        ).run()
        _ = try await command("postgres", ["--single", "-D", draft, "postgres"]).run(input: "CREATE DATABASE \(name)\n")
        guard rename(draft, data) == 0 else {
            throw LocalServiceError(
                .directoryUnusable, service: "postgres",
                message: "cannot rename \(draft): \(String(cString: strerror(errno)))")
        }
    }

    private static func writeConfiguration(
        _ settings: PostgresSettings, data: String, sockets: String, user: ServiceUser
    ) throws(LocalServiceError) {
        let own = ServiceUser.current().name
        let files = [
            ("postgresql.conf", settings.text(socketDirectory: sockets)),
            ("pg_hba.conf", "# Written by mve at every start.\nlocal all \(name) peer map=mve\n"),
            (
                "pg_ident.conf",
                "# Written by mve at every start.\nmve \"\(own)\" \(name)\nmve \"\(user.name)\" \(name)\n"
            ),
        ]
        for (file, text) in files {
            try replaceFile(data + "/" + file, with: text, mode: 0o600, owner: user, service: "postgres")
        }
    }

    private static func endLeftover(in data: String) async -> Bool {
        let main = readSmallFile(data + "/postmaster.pid").flatMap {
            $0.split(separator: "\n").first.flatMap { pid_t($0) }
        }
        // Fast, then immediate (no checkpoint, recovery at the start), then by force.
        return await Leftovers.end(
            in: data, main: main, signals: [(SIGINT, .seconds(60)), (SIGQUIT, .seconds(10)), (SIGKILL, .seconds(10))])
    }

    private static func percentEncoded(_ path: String) -> String {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
        return path.utf8.map { byte in
            if plain.contains(byte) { return String(UnicodeScalar(byte)) }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.utf8.count == 1 ? "0" + digits : digits)
        }.joined()
    }
}
