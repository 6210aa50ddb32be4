// SPDX-License-Identifier: Apache-2.0
public import Actors
public import MarketCore
public import Postgres

/// A seller's variants as a table: many rows set at once by their skus, and pages of all of them.
///
/// Rows are locked in the order of their ids, products before variants and stock last, within the caller's transaction.
public enum SellerTableStore {
    /// What became of a row.
    public enum Outcome: Sendable, Hashable {
        /// It is so now.
        case set
        /// No active variant of the seller has the sku.
        case unknown
        /// Orders hold so many units.
        case belowReserved(Int)
        /// A price for larger quantities is not below it.
        case tierNotBelow
        /// What the price is compared with, as it stays, would be below it.
        case compareAtBelow
        /// The variant is sold in this other currency.
        case otherCurrency(String)
    }

    /// What a variant is to cost.
    public struct Price: Sendable {
        let amount: Int64
        let compareAt: Int64?
        let keepsCompareAt: Bool
        let currency: String?

        /// States it: `compareAt` counts unless it is kept as it is; `currency` is what the price is meant in, nil for the variant's.
        public init(amount: Int64, compareAt: Int64?, keepsCompareAt: Bool, currency: String?) {
            self.amount = amount
            self.compareAt = compareAt
            self.keepsCompareAt = keepsCompareAt
            self.currency = currency
        }
    }

    /// A variant as tables show it.
    public struct Row: Sendable {
        /// The variant.
        public let id: Int64
        /// The seller's own name of it.
        public let sku: String
        /// Its product's title.
        public let title: String
        /// Units on hand, and of these those that orders hold.
        public let onHand, reserved: Int
        /// In minor units.
        public let price: Int64
        /// What the price is compared with.
        public let compareAt: Int64?
        /// ISO 4217.
        public let currency: String
    }

    // MARK: Stock

    /// Sets units on hand through `checkout.adjust_v1`, each with a movement; what is so already leaves none.
    ///
    /// - Parameters:
    ///   - units: by sku, 0…2,147,483,647.
    ///   - newID: ids of movements.
    /// - Returns: what became of each sku, and the rows of stock that changed.
    /// - Cost: two statements.
    public static func setStock(
        _ units: [String: Int], of seller: SellerID, by user: UserID, newID: () -> Int64,
        in transaction: PostgresTransaction
    ) async throws -> (outcomes: [String: Outcome], changed: [StockRow]) {
        var outcomes = units.mapValues { _ in Outcome.unknown }
        let found = try await transaction.query(
            """
            select v.id, v.sku from catalog.variants v
             where v.seller_id = $1 and v.sku = any ($2) and v.status = 'active' order by v.id
            """, seller.rawValue, Array(units.keys))
        var own: [(variant: Int64, sku: String, units: Int32)] = []
        for row in found {
            let sku = try row.string(1)
            own.append((try row.int64(0), sku, Int32(clamping: units[sku] ?? 0)))
        }
        guard !own.isEmpty else { return (outcomes, []) }
        let rows = try await transaction.query(
            """
            select kind, idx, code, a, b, c, d, e from checkout.adjust_v1($1, $2, $3, $4, 'import', $5, $6, false)
            """, own.map(\.variant), own.map { _ in Int32?.none }, own.map { Int32?.some($0.units) },
            own.map { _ in newID() }, own.map { _ in String?.none }, "user:\(user.rawValue)")
        var changed: [StockRow] = []
        for row in rows {
            switch (try row.int16(0), try row.int16(2)) {
            case (0, let code):
                let sku = own[try row.int(1) - 1].sku
                outcomes[sku] = code == 0 ? .set : code == 2 ? .belowReserved(try row.int(4)) : .unknown
            case (_, let sellable):
                changed.append(
                    StockRow(
                        variant: VariantID(rawValue: try row.int64(3)), onHand: try row.int(4),
                        reserved: try row.int(5), version: try row.int64(6), offerVersion: try row.int64(7),
                        sellable: sellable == 1))
            }
        }
        return (outcomes, changed)
    }

    // MARK: Pages

    /// A page of a seller's active variants behind an id, by their ids.
    ///
    /// - Cost: one statement along the index of the seller's stock.
    public static func page(
        of seller: SellerID, after: Int64, limit: Int, in client: some PostgresClient
    ) async throws -> [Row] {
        try await client.query(
            """
            select v.id, v.sku, p.title, s.on_hand, s.reserved, v.price_minor, v.compare_at_minor, v.currency
              from inventory.stock s join catalog.variants v on v.id = s.variant_id
              join catalog.products p on p.id = v.product_id
             where s.seller_id = $1 and s.variant_id > $2 and v.status = 'active'
             order by s.variant_id limit $3
            """, seller.rawValue, after, limit
        ).map { row in
            Row(
                id: try row.int64(0), sku: try row.string(1), title: try row.string(2), onHand: try row.int(3),
                reserved: try row.int(4), price: try row.int64(5), compareAt: try row.int64OrNil(6),
                currency: try row.string(7))
        }
    }
}
