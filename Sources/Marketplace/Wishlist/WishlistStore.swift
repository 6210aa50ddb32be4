// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

/// What somebody has put by.
struct WishlistItem: Sendable, Equatable {
    let variant: VariantID
    /// What they want to be told of.
    let notify: WishlistNews?
    let addedAt: Timestamp
}

/// What somebody may want to be told of a variant.
enum WishlistNews: String, CaseIterable, Hashable, Sendable {
    /// It costs less than when it was put by, or than was told last.
    case price
    /// It was sold out and is back.
    case stock
}

/// The SQL of wishlists: through the functions of migration 0042.
enum WishlistStore {
    /// Variants on one list.
    static let itemsMax = 500

    /// What came of putting something by.
    enum Added: Sendable {
        case added
        /// It was on the list.
        case known
        case full
        /// There is no such variant.
        case unknown
    }

    static func add(
        _ variant: VariantID, to user: UserID, notify: WishlistNews?, in client: some PostgresClient
    ) async throws(PostgresError) -> Added {
        let row = try await client.query(
            "select wishlist.add_v1($1, $2, $3)", user.rawValue, variant.rawValue, notify?.rawValue
        ).only()
        switch try row.int16(0) {
        case 0: return .added
        case 1: return .known
        case 2: return .full
        case 3: return .unknown
        case let code: throw PostgresError(.decoding, outcome: .unknown, "a wishlist's addition came to \(code)")
        }
    }

    static func remove(
        _ variant: VariantID, from user: UserID, in client: some PostgresClient
    ) async throws(PostgresError) {
        _ = try await client.query("select wishlist.remove_v1($1, $2)", user.rawValue, variant.rawValue)
    }

    /// Removes all that a user has put by.
    static func forget(_ user: UserID, in client: some PostgresClient) async throws(PostgresError) {
        _ = try await client.query("select wishlist.forget_v1($1)", user.rawValue)
    }

    /// A user's items, the newest first, those before one.
    static func items(
        of user: UserID, before: (at: Timestamp, variant: VariantID)?, limit: Int, in client: some PostgresClient
    ) async throws(PostgresError) -> [WishlistItem] {
        let rows = try await client.query(
            """
            select variant_id, notify, added_at from wishlist.items
             where user_id = $1 and (added_at, variant_id) < ($2, $3) order by added_at desc, variant_id desc limit $4
            """, user.rawValue, PostgresTimestamp(microseconds: before?.at.microseconds ?? latest),
            before?.variant.rawValue ?? Int64.max, Int64(limit))
        var items: [WishlistItem] = []
        for row in rows {
            items.append(
                WishlistItem(
                    variant: VariantID(rawValue: try row.int64(0)),
                    notify: try row.stringOrNil(1).flatMap { WishlistNews(rawValue: $0) },
                    addedAt: Timestamp(microseconds: try row.timestamp(2))))
        }
        return items
    }

    /// After every item: the year 9999.
    private static let latest: Int64 = 253_370_764_800_000_000

    /// Writes an event for each customer who wants to know of a price, at most `limit` of them; returns how many.
    static func tell(
        price: Int64, _ currency: String, of variant: Int64, limit: Int, in client: some PostgresClient
    ) async throws(PostgresError) -> Int {
        try await client.query(
            "select wishlist.tell_price_v1($1, $2, $3, $4)", variant, price, currency, Int32(clamping: limit)
        ).only().int(0)
    }

    /// The same of units that are back.
    static func tell(
        stock sequence: Int, of variant: Int64, limit: Int, in client: some PostgresClient
    ) async throws(PostgresError) -> Int {
        try await client.query(
            "select wishlist.tell_stock_v1($1, $2, $3)", variant, Int32(clamping: sequence), Int32(clamping: limit)
        ).only().int(0)
    }
}
