// SPDX-License-Identifier: Apache-2.0
public import Logging
public import Postgres
public import UVRuntime

/// Removes files of imports and exports that no row needs: of requests that died, of commits that failed. Each process sweeps, for
/// its disk may be its own; two at a time pass each other by.
///
/// - Isolation: an actor on the process's first loop.
public final actor TableSweep: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let pool: PostgresPool
    private let imports: TableFiles
    private let exports: TableFiles
    private let clock: any LoopClock
    private let logger: Logger
    private var isRunning = false
    private var due: UInt64 = 0

    /// Between two sweeps: what they find is rare.
    static let pause: Duration = .seconds(3600)
    /// Seconds in which a file is nobody's orphan: longer than any request lasts between its file and its row.
    static let idleMin = 3600
    /// Names that one statement asks for.
    static let batch = 1000

    /// Makes a sweep that is due at once.
    public init(
        executor: LoopExecutor, pool: PostgresPool, imports: TableFiles, exports: TableFiles, clock: any LoopClock,
        logger: Logger
    ) {
        self.executor = executor
        self.pool = pool
        self.imports = imports
        self.exports = exports
        self.clock = clock
        self.logger = logger
    }

    /// Sweeps if an hour has passed since the last time; for a timer.
    public func sweepWhenDue() async {
        guard clock.now >= due, !isRunning else { return }
        due = clock.now &+ Self.pause.wholeMilliseconds &* 1_000_000
        isRunning = true
        defer { isRunning = false }
        do {
            let gone = try await sweep()
            if gone > 0 { logger.info("files of tables that nobody needs are removed", metadata: ["files": "\(gone)"]) }
        } catch {
            logger.warning("files of tables were not swept", metadata: ["reason": "\(error)"])
        }
    }

    /// Looks at all files; returns how many are gone.
    func sweep() async throws -> Int {
        let pool = pool
        return try await Self.sweep(imports) { try await ImportStore.open(among: $0, in: pool) }
            + Self.sweep(exports) { try await ExportStore.named(among: $0, in: pool) }
    }

    private static func sweep(
        _ files: TableFiles, needed: ([String]) async throws -> Set<String>
    ) async throws -> Int {
        var names = try await files.names(idleFor: idleMin)[...]
        var count = 0
        while !names.isEmpty {
            let batch = Array(names.prefix(Self.batch))
            names = names.dropFirst(batch.count)
            let needed = try await needed(batch)
            for name in batch where !needed.contains(name) {
                try await files.remove(name)
                count += 1
            }
        }
        return count
    }
}
