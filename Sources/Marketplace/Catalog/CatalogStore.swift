// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
public import Postgres

/// The catalogue's statements. Products by list and by name are in the extensions.
///
/// - Isolation: a value; its functions are called on the loop that the client belongs to.
public struct CatalogStore: Sendable {
    /// Categories that a tree may have; the API promises the whole tree in one answer.
    static let categoriesMax = 2000
    /// Variants of one product that are shown: all that one may have.
    static let variantsShownMax = ProductLimits.variants.upperBound

    let client: any PostgresClient
    /// For what may take long.
    let searches: any PostgresClient

    /// Makes a store over a client whose statements may be served by any connection.
    ///
    /// - Parameter searches: runs searches and filters; nil where none are asked for.
    public init(client: any PostgresClient, searches: (any PostgresClient)? = nil) {
        self.client = client
        self.searches = searches ?? client
    }

    /// All categories, parents before children, with how many visible products each has itself.
    func categories() async throws(PostgresError) -> [CategoryRow] {
        let rows = try await client.query(
            """
            select c.id, c.parent_id, c.slug, c.name, c.image_url, c.position, c.tax_class, c.path,
                   coalesce(n.products, 0)
              from catalog.categories c
              left join (select category_id, count(*) products from catalog.products
                          where visible and price_min_minor is not null group by category_id) n on n.category_id = c.id
             order by cardinality(c.path), c.position, c.id
             limit $1
            """, Self.categoriesMax)
        var categories: [CategoryRow] = []
        categories.reserveCapacity(rows.count)
        for row in rows {
            categories.append(
                CategoryRow(
                    id: CategoryID(rawValue: try row.int64(0)),
                    parent: try row.int64OrNil(1).map { CategoryID(rawValue: $0) },
                    slug: try row.string(2), name: try row.string(3), imageURL: try row.stringOrNil(4),
                    position: try row.int(5), taxClass: try row.string(6), path: try row.decode(7),
                    products: try row.int(8)))
        }
        return categories
    }

    /// The variants of a product that are for sale, in the seller's order.
    func variants(of product: ProductID) async throws(PostgresError) -> [Variant] {
        let rows = try await client.query(
            """
            select v.id, v.sku, v.options, v.price_minor, v.compare_at_minor, v.currency, v.tiers, v.min_quantity,
                   v.max_quantity, v.step, case when k.sellable then k.on_hand - k.reserved else 0 end, v.weight_g,
                   v.barcode, v.is_default
              from catalog.variants v join inventory.stock k on k.variant_id = v.id
             where v.product_id = $1 and v.status = 'active'
             order by v.position, v.id
             limit $2
            """, product.rawValue, Self.variantsShownMax)
        var variants: [Variant] = []
        variants.reserveCapacity(rows.count)
        for row in rows { variants.append(try Self.variant(row)) }
        return variants
    }

    private static func variant(_ row: PostgresRow) throws(PostgresError) -> Variant {
        let currency = try currency(row, 5)
        return Variant(
            id: VariantID(rawValue: try row.int64(0)), sku: try row.string(1), options: try row.bytes(2),
            price: Money(minor: try row.int64(3), currency: currency),
            compareAtPrice: try row.int64OrNil(4).map { Money(minor: $0, currency: currency) },
            tiers: try tiers(row, 6), minQuantity: try row.int(7), maxQuantity: try row.intOrNil(8),
            step: try row.int(9), available: try row.int(10), weightGrams: try row.int(11),
            barcode: try row.stringOrNil(12), isDefault: try row.bool(13))
    }

    /// Whether there is a seller with this id, whatever its state.
    func sellerExists(_ seller: SellerID) async throws(PostgresError) -> Bool {
        let row = try await client.first("select 1 from catalog.seller_cards where id = $1", seller.rawValue)
        return row != nil
    }

    // MARK: Columns

    static func currency(_ row: PostgresRow, _ column: Int) throws(PostgresError) -> Currency {
        guard let currency = Currency(try row.string(column)) else { throw malformed("currency") }
        return currency
    }

    /// Reads `[{"min_quantity":10,"price_minor":9900}, …]` in rising order of the quantity.
    static func tiers(_ row: PostgresRow, _ column: Int) throws(PostgresError) -> [PriceTier] {
        let text = try row.bytes(column)
        // Most variants have none.
        if text == [UInt8(ascii: "["), UInt8(ascii: "]")] { return [] }
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(parsing: text)
        } catch {
            throw malformed("tiers")
        }
        var tiers: [PriceTier] = []
        for element in document.root.elements ?? [] {
            guard let quantity = element["min_quantity"]?.int, let price = element["price_minor"]?.int64 else {
                throw malformed("tiers")
            }
            tiers.append(PriceTier(minQuantity: quantity, price: price))
        }
        return tiers.sorted { $0.minQuantity < $1.minQuantity }
    }

    private static func malformed(_ column: String) -> PostgresError {
        PostgresError(.decoding, outcome: .notExecuted, "the catalogue holds malformed \(column)")
    }
}
