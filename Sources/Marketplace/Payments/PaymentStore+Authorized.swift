// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import Postgres

/// What is to be done about authorized money.
enum AuthorizedMoney: Sendable, Equatable {
    /// Its order waits for it: the provider is to be told to take it, and that this was decided is recorded.
    case capture(Money)
    /// It may not be taken any more, and that is recorded now; its order is as it was before.
    case voided(OrderID)
    /// It is not authorized here, or was given up before.
    case nothing
}

extension PaymentStore {
    /// Decides about a provider's payment that is authorized; see `checkout.settle_authorized_v1`.
    ///
    /// - Parameter isGone: the provider has given it back.
    func settleAuthorized(_ payment: String, isGone: Bool) async throws -> AuthorizedMoney {
        let row = try await postgres().query(
            "select code, amount, currency, order_id from checkout.settle_authorized_v1($1, $2, $3)",
            RazorpayClient.provider,
            payment, isGone
        ).only()
        let code = try row.int16(0)
        switch code {
        case 0:
            guard let currency = try row.stringOrNil(2).flatMap({ Currency($0) }) else {
                throw JournalError.fault("settle_authorized_v1 gives no currency")
            }
            return .capture(Money(minor: try row.int64(1), currency: currency))
        case 1: return .voided(OrderID(rawValue: try row.int64(3)))
        case 2: return .nothing
        default: throw JournalError.fault("settle_authorized_v1 answers \(code)")
        }
    }
}
