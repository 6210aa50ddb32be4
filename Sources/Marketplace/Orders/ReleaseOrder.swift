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
/// - Errors: 404 for a foreign or unknown order; 409 `illegal-transition` for one that does not wait for its payment;
///   412 `version-conflict`.
struct ReleaseOrder: Sendable {
    let dependencies: OrdersDependencies

    /// What the request asks for, and what its transaction left for after the commit.
    private struct Work: Sendable {
        let order: OrderID
        /// The version that it has to have.
        let version: Int64?
        let aftermath = OrderAftermath()
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(
            request, as: caller.principal, honoursIfMatch: true, retries: OrdersDependencies.retries
        ) {
            try Self.read(request)
        } _: { transaction, work in
            let store = OrderStore(postgres: { transaction }, writer: { transaction })
            try await store.hold(work.order, of: caller.user, at: work.version)
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

    private static func read(_ request: RequestContext) throws -> Work {
        let ifMatch = try EntityTag.expectedVersion(of: request)
        let (text, version) = try request.json { body in
            (body.string("id", length: 1...64), body.expectedVersion(ifMatch: ifMatch))
        }
        guard let id = OrderID(text) else { throw Problem(.notFound) }
        return Work(order: id, version: version)
    }

    private func refusal(_ order: OrderID, _ user: UserID, _ store: OrderStore) async throws -> Problem {
        guard let state = try await store.state(order, of: user) else { return Problem(.notFound) }
        return OrdersDependencies.illegalTransition(
            from: state.head.status, by: .buyer, detail: "Only an order that waits for its payment can be released.")
    }
}
