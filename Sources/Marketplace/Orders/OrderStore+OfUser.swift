// SPDX-License-Identifier: Apache-2.0
import Actors
public import MarketCore
import Postgres

/// What accounts ask about a user's orders.
extension OrderStore {
    /// Newest orders that are shown beside a user.
    private static let newestMax: Int64 = 10
    /// Orders that are given up at a time.
    private static let releasedMax: Int64 = 100

    /// How many orders each user has; who has none is left out.
    public func counts(of users: [UserID]) async throws -> [UserID: Int] {
        guard !users.isEmpty else { return [:] }
        let rows = try await postgres().query(
            "select user_id, count(*) from orders.orders where user_id = any ($1) group by user_id",
            users.map(\.rawValue))
        return Dictionary(uniqueKeysWithValues: try rows.map { (UserID(rawValue: try $0.int64(0)), try $0.int(1)) })
    }

    /// The newest orders of a user: id, status, total and time.
    public func newest(
        of user: UserID
    ) async throws -> [(id: OrderID, status: String, total: Money, createdAt: Timestamp)] {
        try await postgres().query(
            """
            select id, status, total_minor, currency, created_at from orders.orders
             where user_id = $1 order by created_at desc, id desc limit $2
            """, user.rawValue, Self.newestMax
        ).map { row in
            (
                OrderID(rawValue: try row.int64(0)), try row.string(1),
                Money(minor: try row.int64(2), currency: try Self.currency(row, 3)),
                Timestamp(microseconds: try row.timestamp(4))
            )
        }
    }

    /// Whose an order is, and for which company it was made; nil where there is none.
    func owner(of id: OrderID) async throws -> (user: UserID, company: CompanyID?)? {
        try await postgres().query(
            "select user_id, company_id from orders.orders where id = $1", id.rawValue
        ).first.map { row in
            (
                UserID(rawValue: try row.int64(0)), try row.int64OrNil(1).map { CompanyID(rawValue: $0) }
            )
        }
    }

    /// Whether a user has an order that has not come to its end.
    public func hasOpen(_ user: UserID) async throws -> Bool {
        try await postgres().first(
            """
            select 1 from orders.orders
             where user_id = $1 and status in ('pending_approval', 'pending_payment', 'confirmed', 'processing') limit 1
            """, user.rawValue) != nil
    }

    /// The orders of a user that wait for their payment, so many at a time.
    func pending(of user: UserID) async throws -> [OrderID] {
        try await postgres().query(
            """
            select id from orders.orders where user_id = $1 and status = 'pending_payment' order by id limit $2
            """, user.rawValue, Self.releasedMax
        ).map { OrderID(rawValue: try $0.int64(0)) }
    }
}
