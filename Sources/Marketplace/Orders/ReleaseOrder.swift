// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/orders/release/`: the buyer gives an unpaid order up, and its units go back at once.
///
/// Key, transition, units and the stored answer commit together, so a reservation ends once: with this, with a payment, or
/// with its time. The order's rows are locked from the transition on; the stock rows last, when the answer stands.
///
/// - Errors: 404 for a foreign or unknown order; 409 `illegal-transition` for one that does not wait for its payment.
struct ReleaseOrder: Sendable {
    let dependencies: OrdersDependencies

    /// What the request asks for, and what its transaction left for after the commit.
    private struct Work: Sendable {
        let order: OrderID
        let aftermath = OrderAftermath()
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(
            request, as: caller.principal, retries: OrdersDependencies.retries
        ) {
            Work(order: try Self.read(request))
        } _: { transaction, work in
            let store = OrderStore(postgres: { transaction }, writer: { transaction })
            let left: StockShift
            switch try await store.callOff(
                work.order, of: caller.user, reason: "released by the buyer", requestID: "\(request.requestID)")
            {
            case .notFound: throw Problem(.notFound)
            case .notPending: throw try await refusal(work.order, caller.user, store)
            case .cancelled(let units): left = units
            }
            guard let order = try await store.order(work.order, of: caller.user) else { throw Problem(.notFound) }
            let shown = try await dependencies.labelled(order, in: transaction)
            var response = HTTPResponse.json(shown)
            response.headers.append(EntityTag(version: shown.version).header)
            try await dependencies.settle(left, in: transaction, work.aftermath)
            return response
        } afterCommit: { work in
            await dependencies.follow(work.aftermath)
        }
    }

    private static func read(_ request: RequestContext) throws -> OrderID {
        let text = try request.json { body in body.string("id", length: 1...64) }
        guard let id = OrderID(text) else { throw Problem(.notFound) }
        return id
    }

    private func refusal(_ order: OrderID, _ user: UserID, _ store: OrderStore) async throws -> Problem {
        guard let state = try await store.state(order, of: user) else { return Problem(.notFound) }
        let from = state.head.status
        return Problem(
            .illegalTransition, detail: "Only an order that waits for its payment can be released.",
            members: [
                ("from", .string(from.rawValue)),
                ("allowed", .strings(OrderStatus.machine.allowed(from: from).map(\.rawValue))),
            ])
    }
}
