// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Postgres

/// What a seller has earned, as the ledger's accounts stand, in minor units.
struct SellerBalance: Sendable {
    let pending: Int64
    let available: Int64
    /// What open disputes hold, and all that is available where payouts are held.
    let onHold: Int64
    /// Disputes about what the seller sold that have not ended.
    let openDisputes: Int64
    /// Orders that are not finished.
    let openOrders: Int64

    var isZero: Bool { pending == 0 && available == 0 && onHold == 0 }
}

/// A seller in the admins' list.
struct SellerListing: Sendable {
    let seller: Seller
    let balance: SellerBalance
    /// Confirmed order value of thirty days, before refunds.
    let gmv: Int64
}

/// Which sellers a list holds.
struct SellerFilter: Sendable {
    var statuses: [SellerStatus]?
    var kyc: [KYCStatus]?
    var text: String?
    /// Not before.
    var from: Timestamp?
    /// Before.
    var to: Timestamp?
    var isOldestFirst = false
}

extension SellerStore {
    static func balance(of id: SellerID, in client: some PostgresClient) async throws -> SellerBalance {
        let row = try await client.query(MoneySQL.balance, id.rawValue).only()
        return try balance(row, 0)
    }

    /// A page of sellers, along the index of their registrations.
    static func sellers(
        _ filter: SellerFilter, after: (createdAt: Timestamp, id: SellerID)?, limit: Int, in client: some PostgresClient
    ) async throws -> [SellerListing] {
        let edge: Int64 = filter.isOldestFirst ? .min : .max
        let position = after ?? (Timestamp(microseconds: edge), SellerID(rawValue: edge))
        let rows = try await client.query(
            filter.isOldestFirst ? MoneySQL.oldest : MoneySQL.newest,
            PostgresTimestamp(microseconds: position.createdAt.microseconds), position.id.rawValue,
            filter.statuses.map { $0.map(\.rawValue) }, filter.kyc.map { $0.map(\.rawValue) },
            filter.text?.lowercased(), limit, filter.from.map { PostgresTimestamp(microseconds: $0.microseconds) },
            filter.to.map { PostgresTimestamp(microseconds: $0.microseconds) })
        return try rows.map {
            SellerListing(
                seller: try seller($0), balance: try balance($0, columnCount), gmv: try $0.int64(columnCount + 6))
        }
    }

    private static func balance(_ row: PostgresRow, _ start: Int) throws -> SellerBalance {
        let (available, disputed, isHeld) = (
            try row.int64(start + 1), try row.int64(start + 2), try row.bool(start + 4)
        )
        return SellerBalance(
            pending: try row.int64(start), available: isHeld ? 0 : available,
            onHold: isHeld ? available &+ disputed : disputed, openDisputes: try row.int64(start + 3),
            openOrders: try row.int64(start + 5))
    }

    private enum MoneySQL {
        /// Of the seller `s` with its balance `b`: pending, available, disputed, open disputes, whether it is held, open orders.
        private static let columnsOfMoney = """
            b.pending, b.available, b.disputed, b.open_disputes,
            s.status = 'suspended' or coalesce(s.payouts_held_until > now(), false),
            (select count(*) from sellers.orders_of_sellers o where o.seller_id = s.id and o.status not in
                ('completed', 'cancelled', 'rejected', 'returned', 'rto_received', 'partially_returned'))
            """
        static let balance = PostgresSQL(
            text: """
                select \(columnsOfMoney) from sellers.sellers s cross join lateral checkout.seller_balance_v1(s.id) b where s.id = $1
                """)
        static let newest = list("<", "desc")
        static let oldest = list(">", "asc")

        private static func list(_ comparison: String, _ direction: String) -> PostgresSQL {
            PostgresSQL(
                text: """
                    select \(columns), \(columnsOfMoney),
                           coalesce((select sum(o.total_minor) from sellers.orders_of_sellers o
                                      where o.seller_id = s.id and o.created_at > now() - interval '30 days'
                                        and o.status not in ('pending_payment', 'cancelled', 'rejected')), 0)::bigint
                      from (select * from sellers.sellers s
                             where (s.created_at, s.id) \(comparison) ($1, $2)
                               and ($3::text[] is null or s.status = any ($3))
                               and ($4::text[] is null or s.kyc_status = any ($4))
                               and ($5::text is null or strpos(lower(s.business_name), $5) > 0 or s.slug = $5
                                    or lower(s.gstin) = $5)
                               and ($7::timestamptz is null or s.created_at >= $7)
                               and ($8::timestamptz is null or s.created_at < $8)
                             order by s.created_at \(direction), s.id \(direction) limit $6) s
                      \(withLogo)
                     cross join lateral checkout.seller_balance_v1(s.id) b
                     order by s.created_at \(direction), s.id \(direction)
                    """)
        }
    }
}
