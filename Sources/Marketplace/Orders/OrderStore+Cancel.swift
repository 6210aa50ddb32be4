// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP
import Postgres

extension OrderStore {
    /// What came of calling an order off, its units aside.
    enum CallOffResult: Sendable {
        /// It is cancelled now; these units are to be given back before the transaction ends.
        case cancelled(StockShift)
        /// Somebody else's, or none.
        case notFound
        /// It does not wait for its payment any more; nothing was done.
        case notPending
    }

    /// Holds an order until the transaction of the store's writer ends, and refuses where it has another version than is expected; nil expects
    /// none, and holds nothing.
    ///
    /// - Parameter user: whose it has to be; nil for anybody's.
    /// - Throws: `Problem` 404; 412 `version-conflict`.
    func hold(_ order: OrderID, of user: UserID?, at version: Int64?) async throws {
        guard let version else { return }
        let row = try await writer().first(
            """
            select version from orders.orders where id = $1 and ($2::bigint is null or user_id = $2) order by id for no key update
            """, order.rawValue, user?.rawValue)
        guard let row else { throw Problem(.notFound) }
        let current = try row.int64(0)
        if current != version { throw Problem.changedMeanwhile("order", version: current) }
    }

    /// Cancels a user's unpaid order in the transaction of the store's writer and leaves its units to the end of it: `shift` has to follow.
    ///
    /// - Parameter actor: who calls it off, as histories name them; nil for that user.
    func callOff(
        _ order: OrderID, of user: UserID, by actor: String? = nil, reason: String, requestID: String?
    ) async throws -> CallOffResult {
        var shift = StockShift(order: order, actor: actor ?? "user:\(user.rawValue)")
        let rows = try await writer().query(
            """
            select kind, idx, code, a, b, c, d, e, bytes1, bytes2, bytes3
              from checkout.cancel_v2($1, $2, $3, $4, $5)
            """, [order.rawValue], [user.rawValue], shift.actor, reason, requestID)
        var code: Int16?
        for row in rows {
            switch try row.int16(0) {
            case 0: code = try row.int16(2)
            case 4: shift.units.append(try Self.units(row))
            default: break
            }
        }
        switch code {
        case 0?: return .cancelled(shift)
        case 1?: return .notFound
        case 2?: return .notPending
        default: throw JournalError.fault("cancel_v2 answers nothing that is known")
        }
    }
}
