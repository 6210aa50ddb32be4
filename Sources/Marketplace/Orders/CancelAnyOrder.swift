// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/admin/orders/cancel/`: an admin calls an order or some of its parts off, under the same rules as its buyer.
struct CancelAnyOrder: Sendable {
    let dependencies: OrdersDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await OrderCancelling(dependencies: dependencies).answer(request, caller, isAdmin: true)
    }
}
