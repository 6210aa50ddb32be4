// SPDX-License-Identifier: Apache-2.0
public import HTTP
import MarketCore
public import MarketHTTP
public import Postgres

/// What the endpoints of those are made of who keep the shop running.
public struct OperationsDependencies: Sendable {
    let pool: PostgresPool
    let gate: Gate
    let transactions: KeyedTransactions
    let cursors: CursorCodec
    let ports: OperationsPorts

    /// Hands everything in.
    public init(
        pool: PostgresPool, gate: Gate, transactions: KeyedTransactions, cursors: CursorCodec, ports: OperationsPorts
    ) {
        self.pool = pool
        self.gate = gate
        self.transactions = transactions
        self.cursors = cursors
        self.ports = ports
    }
}

/// The endpoints of operators: jobs, the outbox, what unpaid orders hold, and the whole shop at a glance.
public func operationsRoutes(_ dependencies: OperationsDependencies) -> [Route] {
    let gate = dependencies.gate
    let jobs = ListJobs(dependencies: dependencies)
    let retry = RetryJobs(dependencies: dependencies)
    let acknowledge = AcknowledgeJobs(dependencies: dependencies)
    let outbox = ListOutbox(dependencies: dependencies)
    let reservations = ListReservations(dependencies: dependencies)
    let overview = ReadOverview(dependencies: dependencies)
    return [
        gate.route(
            .get, ListJobs.path, name: "admin.ops.jobs", role: .admin, permission: .opsRead,
            query: Pages.parameters + ["state", "kind"]
        ) { try await jobs.handle($0, $1) }.described(as: ListJobs.description),
        gate.route(
            .post, "/api/admin/ops/jobs/retry/", name: "admin.ops.jobs.retry", role: .admin, permission: .opsWrite,
            idempotency: .accepted
        ) { try await retry.handle($0, $1) }.described(as: RetryJobs.description),
        gate.route(
            .post, "/api/admin/ops/jobs/acknowledge/", name: "admin.ops.jobs.acknowledge", role: .admin,
            permission: .opsWrite, idempotency: .accepted
        ) { try await acknowledge.handle($0, $1) }.described(as: AcknowledgeJobs.description),
        gate.route(
            .get, ListOutbox.path, name: "admin.ops.outbox", role: .admin, permission: .opsRead,
            query: Pages.parameters + ["state"]
        ) { try await outbox.handle($0, $1) }.described(as: ListOutbox.description),
        gate.route(.get, ReadOverview.path, name: "admin.ops.overview", role: .admin, permission: .opsRead) {
            try await overview.handle($0, $1)
        }.described(as: ReadOverview.description),
        gate.route(
            .get, ListReservations.path, name: "admin.ops.reservations", role: .admin, permission: .opsRead,
            query: Pages.parametersAndSort
        ) { try await reservations.handle($0, $1) }.described(as: ListReservations.description),
    ]
}
