// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/admin/sellers/close/`: a suspended seller, or one that never sold, ends, once no order and no dispute
/// is open and nobody owes anything.
///
/// Postings do not wait for this, nor this for them: what a refund or a dispute of an old order takes later falls on a closed
/// seller as well, so a balance that changes an instant before the end is no worse than one that changes after it.
struct CloseSeller: Sendable {
    let dependencies: SellersDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let act = MoveSeller.Act<SellerActInput>(
            event: .close, type: { _ in "seller.closed" }, read: SellerActInput.required, id: { $0.id },
            reason: { ($0.reasonCode, $0.note) },
            judge: { _, seller, _, log in
                let balance = try await SellerStore.balance(of: seller.id, in: log.transaction)
                var faults: [Problem.Item] = []
                if balance.openOrders > 0 {
                    faults.append(.init(code: "open-orders", message: "\(balance.openOrders) orders are open"))
                }
                if balance.openDisputes > 0 {
                    faults.append(.init(code: "open-disputes", message: "\(balance.openDisputes) disputes are open"))
                }
                if !balance.isZero {
                    faults.append(.init(code: "balance-not-zero", message: "the balance is not zero"))
                }
                guard faults.isEmpty else {
                    let elsewhere = SellerStatus.machine.allowed(from: seller.status).filter { $0 != .closed }
                        .map(\.rawValue)
                    throw Problem(
                        .illegalTransition, detail: "The seller cannot be closed yet.", errors: faults,
                        members: [("from", .string(seller.status.rawValue)), ("allowed", .strings(elsewhere))])
                }
            }, mail: nil)
        return try await MoveSeller(dependencies: dependencies).answer(act, request, caller)
    }
}
