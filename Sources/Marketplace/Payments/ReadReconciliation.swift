// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/admin/reconciliation/detail/`: a comparison with the provider and what it has found, what is open first.
struct ReadReconciliation: Sendable {
    let dependencies: PaymentsDependencies

    /// Differences that are shown; a day with more of them has another problem.
    static let differencesMax = 1000

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let reads = dependencies.pool.reads
        guard let id = ReconciliationID(try request.query.required("id")),
            let run = try await ReconciliationStore.run(id, in: reads)
        else { throw Problem(.notFound) }
        let found = try await ReconciliationStore.differences(of: id, limit: Self.differencesMax, in: reads)
        return .json(capacity: 512 + found.count * 192) { json in
            run.writeMembers(to: &json)
            json.array("differences") { json in
                for difference in found { json.value(difference) }
            }
        }
    }
}
