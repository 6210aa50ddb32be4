// SPDX-License-Identifier: Apache-2.0
public import Logging
public import Postgres
public import UVRuntime

/// Owes the jobs of schedules when they are due, for the process that leads.
///
/// A schedule moves on and owes its job in one transaction that others pass by: two leaders for a moment begin nothing twice, and
/// what fell due while no server ran is begun once when one does.
///
/// - Isolation: an actor on the process's first loop.
public final actor JobScheduler: LoopActor {
    public nonisolated let executor: LoopExecutor
    private let store: JobScheduleStore
    private let schedules: [JobSchedule]
    private let logger: Logger
    private var isDeclared = false
    private var isRunning = false

    /// Makes one; a timer calls `tick`.
    public init(
        executor: LoopExecutor, postgres: any PostgresClient, schedules: [JobSchedule], logger: Logger
    ) {
        self.executor = executor
        store = JobScheduleStore(postgres: postgres)
        self.schedules = schedules
        self.logger = logger
    }

    /// Owes what is due; returns how many jobs. The first call says which schedules there are.
    @discardableResult
    public func tick() async -> Int {
        guard !isRunning else { return 0 }
        isRunning = true
        defer { isRunning = false }
        do {
            if !isDeclared {
                try await store.declare(schedules)
                isDeclared = true
            }
            return try await store.run()
        } catch {
            // They stay due.
            logger.warning("schedules were not looked at", metadata: ["reason": "\(error)"])
            return 0
        }
    }
}
