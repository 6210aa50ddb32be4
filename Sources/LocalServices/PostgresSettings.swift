// SPDX-License-Identifier: Apache-2.0

/// Settings of a private PostgreSQL, scaled to the machine.
///
/// The shape is the one that measured best for the order path: large buffers and few checkpoints, so that full-page
/// images stay rare. Durability is not a setting: `fsync`, `full_page_writes` and `synchronous_commit` are always on.
public struct PostgresSettings: Sendable, Equatable {
    /// MiB of page cache of its own.
    public var sharedBuffers: Int
    /// MiB that the planner may take for cached.
    public var effectiveCacheSize: Int
    /// MiB of log that waits to be written.
    public var walBuffers: Int
    /// MiB of log between checkpoints.
    public var maxWALSize: Int
    /// MiB of log kept for reuse, so that no commit waits for a new segment.
    public var minWALSize: Int
    /// MiB for one index build or vacuum.
    public var maintenanceWorkMemory: Int
    /// Sessions.
    ///
    /// A process of ours uses a few per loop; the rest is for several processes, the load generator and a person.
    public var connectionsMax: Int

    /// For a server: `shared_buffers` is the smaller of 4 GiB and a quarter of the memory, the write-ahead log may take
    /// the smaller of 16 GiB and a tenth of the free disk.
    public static func scaled(to machine: MachineResources) -> PostgresSettings {
        let memory = machine.memory >> 20
        let disk = machine.freeDisk >> 20
        let buffers = clamp(memory / 4, 32...4_096)
        let wal = clamp(disk / 10, 256...16_384)
        return PostgresSettings(
            sharedBuffers: buffers, effectiveCacheSize: max(64, memory / 2), walBuffers: clamp(buffers / 32, 4...64),
            maxWALSize: wal, minWALSize: clamp(wal / 4, 64...4_096),
            maintenanceWorkMemory: clamp(memory / 32, 16...256),
            connectionsMax: 200)
    }

    /// For tests: the same behaviour in little space.
    public static let small = PostgresSettings(
        sharedBuffers: 128, effectiveCacheSize: 512, walBuffers: 16, maxWALSize: 1_024, minWALSize: 256,
        maintenanceWorkMemory: 32, connectionsMax: 200)

    /// The whole of `postgresql.conf`.
    func text(socketDirectory: String) -> String {
        let directory = socketDirectory.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
        return """
            # Written by mve at every start; changes here are lost.
            listen_addresses = ''
            unix_socket_directories = '\(directory)'
            unix_socket_permissions = 0700
            max_connections = \(connectionsMax)
            # A batch may hold 128 advisory locks; with this the shared table has room for one on every connection.
            max_locks_per_transaction = 256

            shared_buffers = \(sharedBuffers)MB
            effective_cache_size = \(effectiveCacheSize)MB
            work_mem = 16MB
            maintenance_work_mem = \(maintenanceWorkMemory)MB
            random_page_cost = 1.1
            jit = off
            # Statements here are short; a worker process costs more than it brings.
            max_parallel_workers_per_gather = 0
            max_parallel_maintenance_workers = 0

            fsync = on
            full_page_writes = on
            synchronous_commit = on
            wal_level = replica
            wal_compression = lz4
            wal_buffers = \(walBuffers)MB
            wal_writer_delay = 20ms
            max_wal_size = \(maxWALSize)MB
            min_wal_size = \(minWALSize)MB
            checkpoint_timeout = 30min
            checkpoint_completion_target = 0.9

            # The stock table is updated all the time: look often, in small steps with long rests. Most of what is vacuumed only grows, and three
            # workers over cached pages took the orders' cores: at half of the limit the p99 was 23 to 58 ms with rests of 2 ms, 12 to 24 with
            # these. 30,000 units a second keep up with a shop that takes 40 % of its limit around the clock.
            autovacuum_naptime = 15s
            autovacuum_vacuum_cost_limit = 300
            autovacuum_vacuum_cost_delay = 10ms

            log_destination = 'stderr'
            logging_collector = off
            log_line_prefix = '%m [%p] '
            log_timezone = 'UTC'
            log_checkpoints = off
            log_lock_waits = on
            # Refusals (unique, check) are answers here, not faults: they are counted by us, not logged there.
            log_min_messages = log
            log_min_error_statement = panic
            lc_messages = 'C.UTF-8'
            timezone = 'UTC'
            datestyle = 'iso, ymd'

            """
    }

    private static func clamp(_ value: Int, _ range: ClosedRange<Int>) -> Int {
        min(max(value, range.lowerBound), range.upperBound)
    }
}
