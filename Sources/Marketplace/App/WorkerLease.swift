// SPDX-License-Identifier: Apache-2.0
import Foundation
import LocalServices
import Logging
import MarketCore
import MarketHTTP
import Postgres
import UVRuntime

/// What tells this process from the others on its database.
struct ProcessIdentity: Sendable {
    /// Makes ids that no other process makes.
    let ids: IDGenerator
    /// The leased number.
    let worker: Int
    /// A name that no process had before.
    let instance: PostgresUUID
}

/// The worker number of this process, leased from the database, and the ids made with it (hot path rule 15).
///
/// - Isolation: an actor on the first loop.
final actor WorkerLease: LoopActor {
    nonisolated let executor: LoopExecutor
    nonisolated let identity: ProcessIdentity
    private let store: WorkerLeaseStore
    private let worker: Int16
    private let logger: Logger

    /// A lease is renewed six times before it runs out.
    static let renewal: Duration = .seconds(10)
    static let lifetime: Int32 = 60

    private init(
        loop: EventLoop, ids: IDGenerator, store: WorkerLeaseStore, worker: Int16, instance: PostgresUUID,
        logger: Logger
    ) {
        executor = loop
        identity = ProcessIdentity(ids: ids, worker: Int(worker), instance: instance)
        self.store = store
        self.worker = worker
        self.logger = logger
    }

    /// Takes a free number.
    ///
    /// - Throws: `ServiceFailure` when all 1,024 are taken.
    static func take(_ pool: PostgresPool, on loop: EventLoop, logger: Logger) async throws -> WorkerLease {
        let bytes = withUnsafeBytes(of: UUID().uuid) { Array($0) }
        return try await loop.run {
            let store = WorkerLeaseStore(postgres: pool)
            let instance = try WorkerLeaseStore.instance(bytes)
            guard let (worker, floor) = try await patiently({ try await store.lease(instance, lifetime: lifetime) }),
                let ids = IDGenerator(
                    worker: Int(worker), clock: SystemClock(), after: Timestamp(microseconds: floor &* 1000))
            else {
                throw ServiceFailure(.inUse, service: "worker numbers", message: "all 1,024 are leased")
            }
            return WorkerLease(
                loop: loop, ids: ids, store: store, worker: worker, instance: instance, logger: logger)
        }
    }

    /// The first statement of a process opens its first connection, which takes longer than a request may wait where the
    /// machine is busy with starting everything else. That the database is there was seen by whoever looked at its migrations.
    private static func patiently<Value>(_ ask: () async throws -> Value) async throws -> Value {
        for _ in 1..<startAttempts {
            do {
                return try await ask()
            } catch let error as PostgresError where error.code == .acquireTimeout {
                continue
            }
        }
        return try await ask()
    }

    /// Each waits as long as the pool lets it: two seconds.
    private static let startAttempts = 8

    /// Keeps the number for another while.
    func renew() async {
        do {
            guard try await store.renew(worker, identity.instance, lifetime: Self.lifetime) else {
                logger.critical("the worker number was lost; ids could repeat, so the process ends")
                _exit(3)
            }
        } catch {
            logger.warning("renewing the worker number failed", metadata: ["reason": "\(error)"])
        }
    }

    /// Gives the number back at the end.
    func release() async {
        do {
            try await store.release(worker, identity.instance)
        } catch {
            logger.debug("the worker number runs out by itself", metadata: ["reason": "\(error)"])
        }
    }
}
