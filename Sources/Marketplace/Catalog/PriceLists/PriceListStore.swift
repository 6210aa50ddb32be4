// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres

/// Price lists in the catalogue. Changes go through functions (migration 0040), which raise the offers that they touch.
struct PriceListStore: Sendable {
    let client: any PostgresClient

    /// What became of a change.
    enum Outcome: Sendable {
        /// Done; these variants have another price for somebody.
        case saved(touched: [VariantID])
        case notFound
        case moved(to: Int64)
        /// Variants that are not the seller's or not in the currency, or companies that there are not.
        case unknown([Int64])
    }

    /// The values of a list that is made or changed; entries nil: as they are.
    struct Values: Sendable {
        var name: String
        var currency: Currency
        var starts: Timestamp?
        var ends: Timestamp?
        var entries: [PriceList.Entry]?
    }

    func save(
        _ id: PriceListID, of seller: SellerID, _ values: Values, isNew: Bool, expectedVersion: Int64?
    ) async throws(PostgresError) -> Outcome {
        var parameters = PostgresParameters()
        parameters.append(id.rawValue)
        parameters.append(seller.rawValue)
        parameters.append(isNew)
        parameters.append(expectedVersion)
        parameters.append(values.name)
        parameters.append(values.currency.description)
        parameters.append(values.starts.map { PostgresTimestamp(microseconds: $0.microseconds) })
        parameters.append(values.ends.map { PostgresTimestamp(microseconds: $0.microseconds) })
        guard let entries = values.entries else {
            return try Self.outcome(
                try await client.query(
                    """
                    select code, version, variants
                      from catalog.save_price_list_v1($1, $2, $3, $4, $5, $6, $7, $8, null, null)
                    """, with: parameters
                ).only())
        }
        parameters.appendArray(entries) { $0.variant.rawValue }
        parameters.appendArray(entries) { Self.text($0.tiers) }
        return try Self.outcome(
            try await client.query(
                """
                select code, version, variants from catalog.save_price_list_v1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                """, with: parameters
            ).only())
    }

    func assign(
        _ id: PriceListID, of seller: SellerID, to companies: [CompanyID], expectedVersion: Int64?
    ) async throws(PostgresError) -> Outcome {
        var parameters = PostgresParameters()
        parameters.append(id.rawValue)
        parameters.append(seller.rawValue)
        parameters.append(expectedVersion)
        parameters.appendArray(companies) { $0.rawValue }
        return try Self.outcome(
            try await client.query(
                "select code, version, variants from catalog.assign_price_list_v1($1, $2, $3, $4)", with: parameters
            ).only())
    }

    /// Lets lists begin and end; returns the variants that have another price for somebody.
    func apply(limit: Int) async throws(PostgresError) -> [VariantID] {
        let rows = try await client.query("select * from catalog.apply_price_lists_v1($1)", Int32(clamping: limit))
        return try rows.map { row throws(PostgresError) in VariantID(rawValue: try row.int64(0)) }
    }

    private static func outcome(_ row: PostgresRow) throws(PostgresError) -> Outcome {
        switch try row.int16(0) {
        case 0: .saved(touched: try row.decode(2, as: [Int64].self).map { VariantID(rawValue: $0) })
        case 1: .notFound
        case 2: .moved(to: try row.int64(1))
        case 3: .unknown(try row.decode(2, as: [Int64].self))
        case let code: throw PostgresError(.decoding, outcome: .unknown, "a price list's change came to \(code)")
        }
    }

    private static func text(_ tiers: [PriceTier]) -> String {
        var json = JSONWriter(capacity: 48 * tiers.count)
        json.array { json in
            for tier in tiers {
                json.object { json in
                    json.field("min_quantity", tier.minQuantity)
                    json.field("price_minor", tier.price)
                }
            }
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }

    // MARK: Reading

    /// A seller's lists, the newest first, those before `after`.
    func lists(
        of seller: SellerID, after: PriceListID?, limit: Int
    ) async throws(PostgresError) -> [PriceList] {
        let rows = try await client.query(
            """
            select l.id, l.name, l.currency, l.starts_at, l.ends_at, l.in_force, l.version, l.created_at,
                   (select count(*) from catalog.price_list_entries e where e.list_id = l.id),
                   (select count(*) from catalog.price_list_companies c where c.list_id = l.id)
              from catalog.price_lists l where l.seller_id = $1 and l.id < $2 order by l.id desc limit $3
            """, seller.rawValue, after?.rawValue ?? Int64.max, Int64(limit))
        return try rows.map { row throws(PostgresError) in try Self.list(row) }
    }

    /// A seller's list with its entries and companies; nil where it is none of theirs.
    func list(
        _ id: PriceListID, of seller: SellerID
    ) async throws(PostgresError) -> (list: PriceList, entries: [PriceList.Entry], companies: [CompanyID])? {
        let row = try await client.first(
            """
            select l.id, l.name, l.currency, l.starts_at, l.ends_at, l.in_force, l.version, l.created_at,
                   (select count(*) from catalog.price_list_entries e where e.list_id = l.id),
                   (select count(*) from catalog.price_list_companies c where c.list_id = l.id)
              from catalog.price_lists l where l.id = $1 and l.seller_id = $2
            """, id.rawValue, seller.rawValue)
        guard let row else { return nil }
        var entries: [PriceList.Entry] = []
        for row in try await client.query(
            "select variant_id, tiers from catalog.price_list_entries where list_id = $1 order by variant_id",
            id.rawValue)
        {
            entries.append(
                PriceList.Entry(
                    variant: VariantID(rawValue: try row.int64(0)), tiers: try CatalogStore.tiers(row, 1)))
        }
        let companies = try await client.query(
            "select company_id from catalog.price_list_companies where list_id = $1 order by company_id", id.rawValue)
        return (
            try Self.list(row), entries,
            try companies.map { row throws(PostgresError) in CompanyID(rawValue: try row.int64(0)) }
        )
    }

    private static func list(_ row: PostgresRow) throws(PostgresError) -> PriceList {
        PriceList(
            id: PriceListID(rawValue: try row.int64(0)), name: try row.string(1),
            currency: try CatalogStore.currency(row, 2),
            starts: try row.timestampOrNil(3).map { Timestamp(microseconds: $0) },
            ends: try row.timestampOrNil(4).map { Timestamp(microseconds: $0) }, isInForce: try row.bool(5),
            version: try row.int64(6), createdAt: Timestamp(microseconds: try row.timestamp(7)),
            entryCount: try row.int(8), companyCount: try row.int(9))
    }
}
