// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import Postgres

extension PaymentStore {
    /// What an order allows.
    enum InitiateResult: Sendable {
        case opened(OpenedPayment)
        case notFound
        case alreadyPaid
        case expired
        case notPayable
    }

    /// Opens an attempt for an order, or finds the one that is open. The amount comes from the order.
    func initiate(
        _ order: OrderID, of user: UserID, newPayment: PaymentID, in client: some PostgresClient
    ) async throws -> InitiateResult {
        let row = try await client.query(
            "select code, a, b, c, bytes1, bytes2 from checkout.initiate_v2($1, $2, $3, $4)", [order.rawValue],
            [user.rawValue], [newPayment.rawValue], RazorpayClient.provider
        ).only()
        let code = try row.int16(0)
        switch code {
        case 0, 1:
            guard let currency = Currency(String(decoding: try row.bytes(5), as: UTF8.self)) else {
                throw JournalError.fault("a payment has no currency")
            }
            return .opened(
                OpenedPayment(
                    payment: PaymentID(rawValue: try row.int64(1)), order: order,
                    amount: Money(minor: try row.int64(2), currency: currency),
                    reservedUntil: Timestamp(microseconds: try row.int64(3) &* 1000),
                    providerOrder: try row.bytesOrNil(4).map { String(decoding: $0, as: UTF8.self) },
                    isNew: code == 0))
        case 2: return .notFound
        case 3: return .alreadyPaid
        case 4: return .expired
        case 5: return .notPayable
        default: throw JournalError.fault("initiate_v2 answers \(code)")
        }
    }

    /// Writes down the provider's order of an attempt; one that stands there already wins.
    func initiated(
        _ payment: PaymentID, providerOrder: String, in client: some PostgresClient
    ) async throws {
        let row = try await client.query(
            "select code from checkout.initiated_v1($1, $2)", [payment.rawValue], [providerOrder]
        ).only()
        if try row.int16(0) == 2 { throw JournalError.fault("the payment of a provider's order is gone") }
    }
}
