// SPDX-License-Identifier: Apache-2.0
import HTTP
public import Logging
public import MarketCore
public import MarketHTTP
public import Postgres
public import UVRuntime

/// Works off runs of the reconciliation, a slice at a time, and begins one for each day that has ended.
///
/// - Isolation: an actor on the loop of its pool; `beginWhenDue` is the leader's.
public final actor ReconciliationJobs: LoopActor {
    /// The jobs that this works off.
    public static let kind = "payment.reconcile"

    public nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let pool: PostgresPool
    private let reconciler: Reconciler
    private let ids: IDGenerator
    private let logger: Logger
    private var nextLook: UInt64 = 0

    /// A slice ends within a job's lease of a minute, its last page with all retries included.
    private static let slice: UInt64 = 15_000_000_000
    /// How often the leader looks whether a day has ended.
    private static let look: UInt64 = 600_000_000_000

    /// Puts the parts together.
    public init(
        executor: LoopExecutor, clock: any LoopClock, pool: PostgresPool, reconciler: Reconciler, ids: IDGenerator,
        logger: Logger
    ) {
        self.executor = executor
        self.clock = clock
        self.pool = pool
        self.reconciler = reconciler
        self.ids = ids
        self.logger = logger
    }

    /// Owes the next slice of a run.
    static func owe(_ id: ReconciliationID, in client: some PostgresClient) async throws {
        var payload = JSONWriter(capacity: 64)
        payload.object { $0.field("reconciliation", id) }
        try await JobStore.owe(kind, key: nil, payload: payload.bytes, in: client)
    }

    /// Works off one job: a slice of its run, and owes the next.
    public func run(_ job: Job) async throws {
        guard let text = try? JSONDocument(parsing: job.payload).root["reconciliation"]?.string,
            let id = ReconciliationID(text)
        else { throw JobGivenUp("the job names no run") }
        let (clock, end) = (clock, clock.now &+ Self.slice)
        guard let run = try await reconciler.advance(id, while: { clock.now < end }) else {
            throw JobGivenUp("there is no such run")
        }
        if run.state != .done { try await Self.owe(id, in: pool) }
    }

    /// Begins the run of yesterday, in the store's time zone, an hour after it has ended; once.
    public func beginWhenDue() async {
        guard clock.now >= nextLook else { return }
        nextLook = clock.now &+ Self.look
        do {
            let id = ids.next(IDKinds.Reconciliation.self)
            try await pool.withTransaction { transaction in
                guard try await ReconciliationStore.beginYesterday(id, in: transaction) else { return }
                try await Self.owe(id, in: transaction)
            }
        } catch {
            logger.warning("beginning a reconciliation failed", metadata: ["reason": "\(error)"])
        }
    }
}
