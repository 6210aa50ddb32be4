// SPDX-License-Identifier: Apache-2.0
public import Actors
import MarketCore
import MarketHTTP
public import Postgres

/// Payment attempts, the provider's payments and its events in PostgreSQL.
public struct PaymentStore: PaymentJournal {
    let postgres: @Sendable () -> any PostgresClient
    private let writer: @Sendable () -> any PostgresClient

    /// Makes a store.
    ///
    /// - Parameters:
    ///   - postgres: reads and small writes, on the calling loop.
    ///   - writer: the connections of the batches.
    public init(
        postgres: @escaping @Sendable () -> any PostgresClient, writer: @escaping @Sendable () -> any PostgresClient
    ) {
        self.postgres = postgres
        self.writer = writer
    }

    public func apply(_ messages: [PaymentMessage]) async throws(JournalError) -> [PaymentOutcome] {
        do {
            let rows = try await writer().query(
                """
                select idx, code, a, b, c from checkout.pay_v3(
                  $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
                """, with: Self.parameters(messages))
            return try Self.outcomes(rows, count: messages.count)
        } catch {
            throw JournalError(error)
        }
    }

    private static func parameters(_ messages: [PaymentMessage]) -> PostgresParameters {
        var parameters = PostgresParameters()
        let bodies = messages.reduce(0) { $0 + ($1.event?.body.count ?? 0) }
        parameters.reserve(parameters: 16, bytes: 1024 + messages.count * 384 + bodies)
        parameters.append(RazorpayClient.provider)
        parameters.appendOptionalArray(messages) { $0.event?.id }
        parameters.appendOptionalArray(messages) { $0.event?.type }
        parameters.appendOptionalArray(messages) { $0.event?.bodyHash.bytes }
        parameters.appendOptionalArray(messages) { $0.event?.body }
        parameters.appendArray(messages) { $0.source }
        parameters.appendOptionalArray(messages) { $0.requestID }
        parameters.appendArray(messages) { $0.kind.rawValue }
        parameters.appendOptionalArray(messages) { $0.payment?.order }
        parameters.appendOptionalArray(messages) { $0.payment?.payment }
        parameters.appendOptionalArray(messages) { $0.payment?.amount }
        parameters.appendOptionalArray(messages) { $0.payment?.currency }
        parameters.appendOptionalArray(messages) { $0.payment?.method }
        parameters.appendOptionalArray(messages) { $0.payment?.failure.code }
        parameters.appendOptionalArray(messages) { $0.payment?.failure.message }
        parameters.appendArray(messages) { $0.ledgerEntry.rawValue }
        return parameters
    }

    private static func outcomes(_ rows: PostgresRows, count: Int) throws -> [PaymentOutcome] {
        var outcomes = [PaymentOutcome?](repeating: nil, count: count)
        for row in rows {
            let index = try row.int(0) - 1
            guard outcomes.indices.contains(index), let code = PaymentOutcome.Code(rawValue: try row.int16(1)) else {
                throw JournalError.fault("pay_v3 answers for no message")
            }
            let (order, payment) = (try row.int64(2), try row.int64(3))
            outcomes[index] = PaymentOutcome(
                code: code, order: order == 0 ? nil : OrderID(rawValue: order),
                payment: payment == 0 ? nil : PaymentID(rawValue: payment),
                confirmedOrder: try row.int64(4) & 1 != 0)
        }
        return try outcomes.map {
            guard let outcome = $0 else { throw JournalError.fault("pay_v3 left a message without an outcome") }
            return outcome
        }
    }
}
