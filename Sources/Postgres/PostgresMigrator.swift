// SPDX-License-Identifier: Apache-2.0
internal import Logging
public import UVRuntime

/// Brings a database's schema forward, one file and one transaction at a time.
///
/// What was applied stands in `platform.schema_migrations` with the SHA-256 of its file. Several processes may start at
/// once: one works, the others poll for the advisory lock (waiting for it would deadlock with concurrent index builds)
/// and then find nothing left to do.
///
/// - Isolation: call it on the loop.
public struct PostgresMigrator: Sendable {
    /// The bounds of a run.
    public struct Limits: Sendable {
        /// Between two looks at the lock.
        public var pollInterval: Duration = .milliseconds(250)
        /// How long another process may work before this one gives up.
        public var lockWait: Duration = .seconds(600)
        /// A statement waits this long for a table's lock, while everybody else queues up behind it.
        public var lockTimeout: Duration = .seconds(3)
        /// How often a migration is tried again after it did not get its locks.
        public var lockRetries = 20
        /// The first pause after that; doubles up to ten seconds, with jitter.
        public var retryPause: Duration = .milliseconds(200)
        /// For one statement of a migration.
        public var statementTimeout: Duration = .seconds(1800)

        /// The defaults.
        public init() {}
    }

    /// What a run, or a look, found.
    public struct Report: Sendable, Equatable {
        /// The newest version in the database; 0 when there is none.
        public var version: Int32
        /// The files that were applied by this run (`migrate`) or are still to be applied (`pending`).
        public var files: [String]

        /// States both.
        public init(version: Int32, files: [String]) {
            self.version = version
            self.files = files
        }
    }

    /// "mve-migr" in ASCII: one lock for all processes that migrate one database.
    static let lockKey: Int64 = 0x6D76_652D_6D69_6772

    private let migrations: [PostgresMigration]
    private let limits: Limits

    /// States what the schema consists of.
    ///
    /// - Throws: `.migration` when a version occurs twice.
    public init(_ migrations: [PostgresMigration], limits: Limits = Limits()) throws(PostgresError) {
        self.migrations = try PostgresMigration.sorted(migrations)
        self.limits = limits
    }

    /// What would be applied, without changing anything: for a server that must not run on an old or newer schema.
    ///
    /// - Throws: `.migration` when an applied file was changed or is missing, or the database is newer.
    public func pending(in client: some PostgresClient) async throws(PostgresError) -> Report {
        let applied = try await applied(in: client)
        let missing = try await check(applied, with: client)
        return Report(version: applied.last?.version ?? 0, files: missing.map(\.migration.fileName))
    }

    /// Applies what is missing.
    ///
    /// - Parameter configuration: a direct or session-pooled connection with the right to create schemas.
    /// - Throws: `.migration` when files and database do not fit together or the lock stays taken; else the failing
    ///   migration's error. What was applied before it stays; running again goes on from there.
    public func migrate(
        _ configuration: PostgresConfiguration, on loop: EventLoop
    ) async throws(PostgresError) -> Report {
        var configuration = configuration
        configuration.applicationName += "-migrate"
        configuration.lockTimeout = limits.lockTimeout
        configuration.statementTimeout = limits.statementTimeout
        configuration.isReadOnly = false
        let connection = try await PostgresConnection.connect(configuration, on: loop)
        do throws(PostgresError) {
            try await lock(connection)
            let report = try await applyMissing(on: connection)
            await connection.close()  // which gives the lock back
            return report
        } catch {
            await connection.close()
            throw error
        }
    }

    private func lock(_ connection: PostgresConnection) async throws(PostgresError) {
        let end = connection.loop.now &+ limits.lockWait.wholeMilliseconds &* 1_000_000
        while try await !connection.query("select pg_try_advisory_lock($1)", Self.lockKey).only().bool(0) {
            guard connection.loop.now < end else {
                throw PostgresError(
                    .migration, outcome: .notExecuted, "another process has been migrating for too long")
            }
            try await pause(limits.pollInterval, connection.loop)
        }
    }

    private func applyMissing(on connection: PostgresConnection) async throws(PostgresError) -> Report {
        let applied = try await applied(in: connection)
        let missing = try await check(applied, with: connection)
        for (migration, checksum) in missing {
            try await apply(migration, checksum, on: connection)
            connection.configuration.logger.info("postgres: migrated", metadata: ["file": "\(migration.fileName)"])
        }
        let newest = missing.last?.migration.version ?? applied.last?.version ?? 0
        return Report(version: newest, files: missing.map(\.migration.fileName))
    }

    /// One file in one transaction, again and again while its tables are locked by others.
    private func apply(
        _ migration: PostgresMigration, _ checksum: String, on connection: PostgresConnection
    ) async throws(PostgresError) {
        var backOff = BackOff(minimum: limits.retryPause, maximum: .seconds(10))
        var random = SystemRandomNumberGenerator()
        while true {
            do {
                try await connection.withTransaction { transaction in
                    // Begins the transaction; the file then runs in the simple protocol, many statements at once.
                    try await transaction.execute("set local client_min_messages = warning")
                    try await connection.runScript(
                        PostgresSQL(text: String(decoding: migration.bytes, as: UTF8.self)),
                        timeout: limits.statementTimeout)
                    guard await connection.isInTransactionBlock else {
                        throw PostgresError(.migration, outcome: .unknown, "it ended its transaction itself")
                    }
                    try await Self.record(migration, checksum, in: transaction)
                }
                return
            } catch {
                let error = PostgresError.wrap(error)
                guard error.errorClass == .lockTimeout, backOff.failures < limits.lockRetries else {
                    throw PostgresError(
                        error.code, outcome: error.outcome, "\(migration.fileName): \(error.message)",
                        server: error.server)
                }
                try await pause(backOff.failed(using: &random), connection.loop)
            }
        }
    }

    private static func record(
        _ migration: PostgresMigration, _ checksum: String, in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        try await transaction.execute("create schema if not exists platform")
        try await transaction.execute(
            """
            create table if not exists platform.schema_migrations (
              version int primary key, name text not null, checksum text not null,
              applied_at timestamptz not null default now())
            """)
        try await transaction.execute(
            "insert into platform.schema_migrations (version, name, checksum) values ($1, $2, $3)",
            migration.version, migration.name, checksum)
    }

    private struct Applied {
        let version: Int32
        let name: String
        let checksum: String
    }

    private func applied(in client: some PostgresClient) async throws(PostgresError) -> [Applied] {
        let table = try await client.query("select to_regclass('platform.schema_migrations') is not null").only()
        guard try table.bool(0) else { return [] }
        var applied: [Applied] = []
        for row in try await client.query(
            "select version, name, checksum from platform.schema_migrations order by version")
        {
            applied.append(
                Applied(version: try row.int32(0), name: try row.string(1), checksum: try row.string(2)))
        }
        return applied
    }

    /// Compares files and database; returns what is missing there, with its checksum.
    private func check(
        _ applied: [Applied], with client: some PostgresClient
    ) async throws(PostgresError) -> [(migration: PostgresMigration, checksum: String)] {
        // The server hashes: this client has no cryptography of its own.
        let rows = try await client.query(
            "select encode(sha256(file), 'hex') from unnest($1) with ordinality files (file, n) order by n",
            migrations.map(\.bytes))
        guard rows.count == migrations.count else {
            throw PostgresError(.migration, outcome: .notExecuted, "the checksums could not be computed")
        }
        var known: [Int32: (migration: PostgresMigration, checksum: String)] = [:]
        for (migration, row) in zip(migrations, rows) { known[migration.version] = (migration, try row.string(0)) }
        let newest = migrations.last?.version ?? 0
        for one in applied {
            guard let file = known.removeValue(forKey: one.version) else {
                let reason = one.version > newest ? "the database is newer than this program" : "its file is missing"
                throw PostgresError(
                    .migration, outcome: .notExecuted, "migration \(one.version) (\(one.name)): \(reason)")
            }
            guard file.checksum == one.checksum else {
                throw PostgresError(
                    .migration, outcome: .notExecuted, "\(file.migration.fileName) was changed after it was applied")
            }
        }
        let missing = known.values.sorted { $0.migration.version < $1.migration.version }
        if let first = missing.first, let last = applied.last, first.migration.version < last.version {
            throw PostgresError(
                .migration, outcome: .notExecuted,
                "\(first.migration.fileName) is older than \(last.version), which is applied; give it a newer version")
        }
        return missing
    }

    private func pause(_ duration: Duration, _ loop: EventLoop) async throws(PostgresError) {
        do {
            try await loop.sleep(for: duration)
        } catch {
            throw PostgresError(.cancelled, outcome: .notExecuted, "the task was cancelled between two migrations")
        }
    }
}
