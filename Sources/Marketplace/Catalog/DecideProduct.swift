// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/products/approve/` and `…/reject/`: decides about exactly the revision that was looked at.
///
/// - Errors: as ``ProductDecision/carryOut(_:_:)``.
struct DecideProduct: Sendable {
    let isApproved: Bool
    let dependencies: ProductsDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.write(request, by: caller) {
            try request.json { try ProductDecision.read(&$0, isApproved: isApproved) }
        } _: { act, writing, decision in
            try await decision.carryOut(act, writing).response()
        }
    }
}
