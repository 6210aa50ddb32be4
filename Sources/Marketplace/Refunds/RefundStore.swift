// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

/// The SQL of refunds: what is read, and calls of the functions that move money (migrations 0056 to 0058).
enum RefundStore {
    private static let columns = """
        r.id, r.request_id, r.payment_id, r.order_id, r.seller_order_id, r.user_id, r.amount_minor, r.currency, r.status, r.cause,
        r.note, r.funded_by, r.speed, r.speed_processed, r.origin, r.provider_refund_id, r.requested_by, r.decided_by,
        r.failure_code, r.failure_message, r.superseded_at is not null, r.created_at, r.processed_at
        """

    private enum SQL {
        static let byID = PostgresSQL(
            text: "select \(columns) from refunds.refunds r where r.id = $1 and ($2::bigint is null or r.user_id = $2)")
        static let ofRequest = PostgresSQL(
            text: "select \(columns) from refunds.refunds r where r.request_id = $1 order by r.id")
        static let ofPayments = PostgresSQL(
            text: """
                select \(columns) from refunds.refunds r where r.payment_id = any ($1) order by r.created_at desc, r.id desc
                """)
        /// Newest first, oldest first.
        static let page = [pageText("<", "desc"), pageText(">", "asc")].map { PostgresSQL(text: $0) }

        private static func pageText(_ comparison: String, _ direction: String) -> String {
            """
            select \(columns) from refunds.refunds r
             where ($1::bigint is null or r.user_id = $1) and ($2::text[] is null or r.status = any ($2))
               and ($3::bigint is null or r.order_id = $3) and ($4::bigint is null or r.payment_id = $4)
               and ($5::text is null or r.cause = $5)
               and ($6::timestamptz is null or (r.created_at, r.id) \(comparison) ($6, $7))
               and ($9::timestamptz is null or r.created_at >= $9) and ($10::timestamptz is null or r.created_at < $10)
             order by r.created_at \(direction), r.id \(direction) limit $8
            """
        }
    }

    /// A refund; nil where there is none, or not of this user.
    static func refund(
        _ id: RefundID, of user: UserID? = nil, in client: some PostgresClient
    ) async throws -> Refund? {
        let rows = try await client.query(
            SQL.byID, id.rawValue, user?.rawValue)
        return try await withParts(rows.map(refund), in: client).first
    }

    /// The refunds of a request, the first one first.
    static func refunds(ofRequest id: RefundID, in client: some PostgresClient) async throws -> [Refund] {
        let rows = try await client.query(
            SQL.ofRequest, id.rawValue)
        return try await withParts(rows.map(refund), in: client)
    }

    /// Which refunds a list shows.
    struct Filter: Sendable {
        /// Of one buyer; nil: of all.
        var user: UserID?
        var statuses: [RefundStatus]?
        var order: OrderID?
        var payment: PaymentID?
        var reason: String?
        /// Not before.
        var from: Timestamp?
        /// Before.
        var to: Timestamp?
        var isOldestFirst = false

        /// As cursors are bound to it.
        var sort: String { isOldestFirst ? "created_at" : "-created_at" }
    }

    /// A page by creation.
    ///
    /// - Parameter after: the last refund of the page before.
    static func list(
        _ filter: Filter, after: (createdAt: Int64, id: RefundID)?, limit: Int, in client: some PostgresClient
    ) async throws -> [Refund] {
        let rows = try await client.query(
            SQL.page[filter.isOldestFirst ? 1 : 0], filter.user?.rawValue, filter.statuses?.map(\.rawValue),
            filter.order?.rawValue,
            filter.payment?.rawValue, filter.reason, after.map { PostgresTimestamp(microseconds: $0.createdAt) },
            after?.id.rawValue, Int64(limit), filter.from.map { PostgresTimestamp(microseconds: $0.microseconds) },
            filter.to.map { PostgresTimestamp(microseconds: $0.microseconds) })
        return try await withParts(rows.map(refund), in: client)
    }

    /// The refunds of payments, newest first.
    static func refunds(
        ofPayments payments: [PaymentID], in client: some PostgresClient
    ) async throws -> [PaymentID: [Refund]] {
        guard !payments.isEmpty else { return [:] }
        let rows = try await client.query(
            SQL.ofPayments, payments.map(\.rawValue))
        return Dictionary(grouping: try await withParts(rows.map(refund), in: client), by: \.payment)
    }

    /// The steps of a refund, first to last.
    static func history(of id: RefundID, in client: some PostgresClient) async throws -> [Refund.Step] {
        try await client.query(
            """
            select at, from_status, to_status, event, actor, reason from refunds.history where refund_id = $1 order by id
            """, id.rawValue
        ).map { row in
            Refund.Step(
                at: Timestamp(microseconds: try row.timestamp(0)), from: try row.stringOrNil(1), to: try row.string(2),
                event: try row.string(3), actor: try row.string(4), reason: try row.stringOrNil(5))
        }
    }

    /// Adds what each refund gives back: one statement for all of them.
    private static func withParts(_ refunds: [Refund], in client: some PostgresClient) async throws -> [Refund] {
        guard !refunds.isEmpty else { return [] }
        let rows = try await client.query(
            """
            select refund_id, kind, line_id, quantity, amount_minor, taxable_minor, cgst_minor, sgst_minor, igst_minor, restocked
              from refunds.parts where refund_id = any ($1) order by refund_id, part_no
            """, refunds.map(\.id.rawValue))
        var parts: [RefundID: [Refund.Part]] = [:]
        for row in rows {
            guard let kind = Refund.PartKind(rawValue: try row.string(1)) else { throw RefundFault.unknownWord }
            parts[RefundID(rawValue: try row.int64(0)), default: []].append(
                Refund.Part(
                    kind: kind, line: try row.int64OrNil(2).map { OrderLineID(rawValue: $0) },
                    quantity: try row.int(3), amount: try row.int64(4),
                    taxes: (try row.int64(5), try row.int64(6), try row.int64(7), try row.int64(8)),
                    restocked: try row.int(9)))
        }
        return refunds.map { refund in
            var whole = refund
            whole.parts = parts[refund.id] ?? []
            return whole
        }
    }

    private static func refund(_ row: PostgresRow) throws -> Refund {
        guard let currency = Currency(try row.string(7)), let status = RefundStatus(rawValue: try row.string(8)) else {
            throw RefundFault.unknownWord
        }
        return Refund(
            id: RefundID(rawValue: try row.int64(0)), request: RefundID(rawValue: try row.int64(1)),
            payment: PaymentID(rawValue: try row.int64(2)), order: OrderID(rawValue: try row.int64(3)),
            sellerOrder: try row.int64OrNil(4).map { SellerOrderID(rawValue: $0) },
            user: UserID(rawValue: try row.int64(5)), amount: Money(minor: try row.int64(6), currency: currency),
            status: status, reason: try row.string(9), note: try row.stringOrNil(10), fundedBy: try row.string(11),
            speed: try row.string(12), speedProcessed: try row.stringOrNil(13), origin: try row.string(14),
            providerRefund: try row.stringOrNil(15),
            requestedBy: try row.int64OrNil(16).map { UserID(rawValue: $0) },
            decidedBy: try row.int64OrNil(17).map { UserID(rawValue: $0) },
            failure: (try row.stringOrNil(18), try row.stringOrNil(19)), isSuperseded: try row.bool(20),
            createdAt: Timestamp(microseconds: try row.timestamp(21)),
            processedAt: try row.timestampOrNil(22).map { Timestamp(microseconds: $0) })
    }
}

/// What the database never says to a server that fits it.
enum RefundFault: Error, CustomStringConvertible {
    /// A status, kind or code that this server does not know.
    case unknownWord

    var description: String { "the database says of a refund what this server does not know" }
}
