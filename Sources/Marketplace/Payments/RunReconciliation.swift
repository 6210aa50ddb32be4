// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/reconciliation/run/`: has a day compared with the provider; the work is done by jobs.
///
/// Run, job, audit row and key commit together.
struct RunReconciliation: Sendable {
    let dependencies: PaymentsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            try Self.read(request)
        } _: { transaction, date in
            let id = dependencies.ids.next(IDKinds.Reconciliation.self)
            guard
                let span = try await ReconciliationStore.day(date, in: transaction),
                try await ReconciliationStore.begin(id, span, origin: "admin:\(caller.user.rawValue)", in: transaction)
            else {
                throw Problem(
                    .validationFailed,
                    errors: [.init(pointer: "/date", code: "invalid", message: "not a day that has begun")])
            }
            try await ReconciliationJobs.owe(id, in: transaction)
            try await AuditLog.append(
                "reconciliation.requested", by: caller, in: request, entityType: "reconciliation",
                entityID: id.rawValue,
                reason: date, in: transaction)
            guard let run = try await ReconciliationStore.run(id, in: transaction) else { throw Problem(.notFound) }
            return .json(.accepted, capacity: 512) { run.writeMembers(to: &$0) }
        }
    }

    private static func read(_ request: RequestContext) throws -> String {
        try request.json { body in
            body.parsed("date", length: 10...10, placeholder: "") { StoreDay.isValid($0) ? $0 : nil }
        }
    }
}
