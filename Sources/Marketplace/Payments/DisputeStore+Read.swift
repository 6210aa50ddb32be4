// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import Postgres

extension DisputeStore {
    /// A page of disputes, newest first.
    static func disputes(
        statuses: [DisputeStatus]?, after: (openedAt: Timestamp, id: DisputeID)?, limit: Int,
        in client: some PostgresClient
    ) async throws -> [Dispute] {
        let position = after ?? (Timestamp(microseconds: .max), DisputeID(rawValue: .max))
        return try await client.query(
            SQL.page, statuses.map { $0.map(\.rawValue) },
            PostgresTimestamp(microseconds: position.openedAt.microseconds),
            position.id.rawValue, limit
        ).map(Self.dispute)
    }

    /// One dispute; nil when there is none.
    static func dispute(_ id: DisputeID, in client: some PostgresClient) async throws -> Dispute? {
        try await client.first(SQL.byID, id.rawValue).map(Self.dispute)
    }

    /// The same, locked until the transaction ends.
    static func lock(_ id: DisputeID, in transaction: PostgresTransaction) async throws -> Dispute? {
        try await transaction.first(SQL.locked, id.rawValue).map(Self.dispute)
    }

    private static func dispute(_ row: PostgresRow) throws -> Dispute {
        guard let currency = Currency(try row.string(6)), let phase = DisputePhase(rawValue: try row.string(9)),
            let status = DisputeStatus(rawValue: try row.string(10))
        else { throw JournalError.fault("a dispute has an unknown currency, phase or status") }
        return Dispute(
            id: DisputeID(rawValue: try row.int64(0)), providerDispute: try row.string(1),
            providerPayment: try row.string(2), payment: PaymentID(rawValue: try row.int64(3)),
            order: OrderID(rawValue: try row.int64(4)), amount: Money(minor: try row.int64(5), currency: currency),
            deducted: try row.int64(7), reason: try row.stringOrNil(8), phase: phase, status: status,
            respondBy: try row.timestampOrNil(11).map { Timestamp(microseconds: $0) },
            openedAt: Timestamp(microseconds: try row.timestamp(12)),
            endedAt: try row.timestampOrNil(13).map { Timestamp(microseconds: $0) }, version: try row.int64(14))
    }

    private enum SQL {
        static let page = PostgresSQL(
            text: """
                select \(columns) from payments.disputes
                 where ($1::text[] is null or status = any ($1)) and (opened_at, id) < ($2, $3)
                 order by opened_at desc, id desc limit $4
                """)
        static let byID = PostgresSQL(text: "select \(columns) from payments.disputes where id = $1")
        static let locked = PostgresSQL(
            text: "select \(columns) from payments.disputes where id = $1 order by id for no key update")

        private static let columns = """
            id, provider_dispute_id, provider_payment_id, payment_id, order_id, amount_minor, currency, deducted_minor, reason_code,
            phase, status, respond_by, opened_at, ended_at, version
            """
    }
}
