// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import Postgres

/// Sellers' stock. Units move through `checkout.adjust_v1` alone.
extension StockStore {
    /// Why units were not changed.
    enum Refusal: Sendable, Equatable {
        /// No such variant.
        case unknown
        /// Fewer would be left than orders have been promised.
        case belowReserved(reserved: Int, onHand: Int)
    }

    /// What came of changes.
    enum Adjusted: Sendable {
        /// All of them are made; these rows are what they left. They are to be adopted only once the transaction has committed.
        case done([StockRow])
        /// None is made; by place in the list.
        case refused([(place: Int, refusal: Refusal)])
    }

    /// Which of these variants a seller does not have.
    func foreign(
        _ variants: [VariantID], to seller: SellerID, in client: some PostgresClient
    ) async throws(PostgresError) -> Set<VariantID> {
        var parameters = PostgresParameters()
        parameters.appendArray(variants) { $0.rawValue }
        parameters.append(seller.rawValue)
        let rows = try await client.query(
            "select variant_id from inventory.stock where variant_id = any($1) and seller_id = $2", with: parameters)
        var own: Set<VariantID> = []
        for row in rows { own.insert(VariantID(rawValue: try row.int64(0))) }
        return Set(variants).subtracting(own)
    }

    /// Sets thresholds. The rows are locked in the order in which every writer locks them, and before units move.
    func setThresholds(
        _ changes: [StockChange], in client: some PostgresClient
    ) async throws(PostgresError) {
        let wanted = changes.filter { $0.lowAt != nil }
        guard !wanted.isEmpty else { return }
        var locks = PostgresParameters()
        locks.appendArray(changes) { $0.variant.rawValue }
        _ = try await client.query(
            """
            select variant_id from inventory.stock where variant_id = any($1) order by variant_id for no key update
            """, with: locks)
        var parameters = PostgresParameters()
        parameters.appendArray(wanted) { $0.variant.rawValue }
        parameters.appendArray(wanted) { $0.lowAt ?? 0 }
        _ = try await client.query(
            """
            update inventory.stock s set low_at = x.low_at, version = s.version + 1
              from unnest($1::bigint[], $2::int[]) x(variant_id, low_at)
             where s.variant_id = x.variant_id and s.low_at <> x.low_at
            """, with: parameters)
    }

    /// Changes what is in the warehouse, all or nothing; a movement for each.
    ///
    /// - Parameter movement: fresh ids for the movements.
    func adjust(
        _ changes: [StockChange], by actor: String, movement: () -> Int64, in client: some PostgresClient
    ) async throws(PostgresError) -> Adjusted {
        var parameters = PostgresParameters()
        parameters.appendArray(changes) { $0.variant.rawValue }
        parameters.appendOptionalArray(changes) { $0.delta }
        parameters.appendOptionalArray(changes) { $0.target }
        parameters.appendArray(changes) { _ in movement() }
        parameters.appendArray(changes) { $0.reason }
        parameters.append(actor)
        let rows = try await client.query(
            """
            select kind, idx, code, a, b, c, d, e from checkout.adjust_v1($1, $2, $3, $4, 'adjust', $5, $6, true)
            """, with: parameters)
        var left: [StockRow] = []
        var refused: [(place: Int, refusal: Refusal)] = []
        for row in rows {
            switch (try row.int16(0), try row.int16(2)) {
            case (0, 1): refused.append((try row.int(1) - 1, .unknown))
            case (0, 2):
                refused.append(
                    (try row.int(1) - 1, .belowReserved(reserved: try row.int(4), onHand: try row.int(5))))
            case (0, _): break
            case (_, let sellable):
                left.append(
                    StockRow(
                        variant: VariantID(rawValue: try row.int64(3)), onHand: try row.int(4),
                        reserved: try row.int(5), version: try row.int64(6), offerVersion: try row.int64(7),
                        sellable: sellable == 1))
            }
        }
        return refused.isEmpty ? .done(left) : .refused(refused)
    }

    // MARK: Reading

    /// The levels of these variants, in their order.
    func levels(
        of variants: [VariantID], in client: some PostgresClient
    ) async throws(PostgresError) -> [StockLevel] {
        var parameters = PostgresParameters()
        parameters.appendArray(variants) { $0.rawValue }
        let rows = try await client.query(
            """
            select k.variant_id, k.product_id, p.title, v.sku, k.on_hand, k.reserved, k.low_at
              from inventory.stock k join catalog.variants v on v.id = k.variant_id
              join catalog.products p on p.id = k.product_id where k.variant_id = any($1)
            """, with: parameters)
        var found: [VariantID: StockLevel] = [:]
        for row in rows {
            let level = try Self.level(row)
            found[level.variant] = level
        }
        return variants.compactMap { found[$0] }
    }

    /// A seller's levels in the order of the variants' ids, those after one; of few units only where `isLow`.
    ///
    /// - Cost: by the index of the seller's rows; with `isLow` all of them may be looked at, since an index by what is left would
    ///   end heap-only updates of the stock.
    func levels(
        of seller: SellerID, after: VariantID?, isLow: Bool, limit: Int, in client: some PostgresClient
    ) async throws(PostgresError) -> [StockLevel] {
        let rows = try await client.query(
            """
            select k.variant_id, k.product_id, p.title, v.sku, k.on_hand, k.reserved, k.low_at
              from (select * from inventory.stock s
                     where s.seller_id = $1 and s.variant_id > $2 and (not $3 or s.on_hand - s.reserved <= s.low_at)
                     order by s.variant_id limit $4) k
              join catalog.variants v on v.id = k.variant_id
              join catalog.products p on p.id = k.product_id order by k.variant_id
            """, seller.rawValue, after?.rawValue ?? 0, isLow, Int64(limit))
        return try rows.map { row throws(PostgresError) in try Self.level(row) }
    }

    private static func level(_ row: PostgresRow) throws(PostgresError) -> StockLevel {
        StockLevel(
            variant: VariantID(rawValue: try row.int64(0)), product: ProductID(rawValue: try row.int64(1)),
            title: try row.string(2), sku: try row.string(3), onHand: try row.int(4), reserved: try row.int(5),
            lowAt: try row.int(6))
    }

    /// A variant's movements, the newest first, those before one.
    func movements(
        of variant: VariantID, before: (at: Timestamp, id: Int64)?, limit: Int, in client: some PostgresClient
    ) async throws(PostgresError) -> [StockMovement] {
        let rows = try await client.query(
            """
            select id, variant_id, delta, on_hand, cause, reason, actor, order_id, created_at from inventory.movements
             where variant_id = $1 and (created_at, id) < ($2, $3) order by created_at desc, id desc limit $4
            """, variant.rawValue,
            PostgresTimestamp(microseconds: before?.at.microseconds ?? Self.latest),
            before?.id ?? Int64.max, Int64(limit))
        var movements: [StockMovement] = []
        for row in rows {
            movements.append(
                StockMovement(
                    id: try row.int64(0), variant: variant, delta: try row.int(2), onHand: try row.int(3),
                    cause: try row.string(4), reason: try row.stringOrNil(5), actor: try row.string(6),
                    order: try row.int64OrNil(7).map { OrderID(rawValue: $0) },
                    createdAt: Timestamp(microseconds: try row.timestamp(8))))
        }
        return movements
    }

    /// After every movement: the year 9999.
    private static let latest: Int64 = 253_370_764_800_000_000
}
