// SPDX-License-Identifier: Apache-2.0
import HTTP
public import MarketCore
public import Postgres

/// The statements about products as their sellers and admins have them: in a transaction where they write.
///
/// - Isolation: a value; its functions are called on the loop that the client belongs to.
public struct ProductStore: Sendable {
    let client: any PostgresClient

    /// Makes a store over a client or a transaction.
    public init(client: any PostgresClient) {
        self.client = client
    }

    /// A product; of one seller alone where that is given.
    func product(_ id: ProductID, of seller: SellerID? = nil) async throws(PostgresError) -> OwnedProduct? {
        try await product(
            from: client.first(
                """
                select p.id, p.slug, p.currency, p.rating_count, p.rating_sum, p.badges, p.created_at, p.updated_at,
                       p.version, p.revision, p.event_seq, p.status, p.moderation, p.moderation_reason, p.title,
                       p.description, p.category_id, p.brand, p.attributes, p.hsn_code, p.gst_rate_bps, p.options,
                       p.images, p.return_policy, s.id, s.name, s.rating_count, s.rating_sum
                  from catalog.products p join catalog.seller_cards s on s.id = p.seller_id
                 where p.id = $1 and ($2::bigint is null or p.seller_id = $2)
                """, id.rawValue, seller?.rawValue))
    }

    /// The same, locked until the transaction ends; writers of products take this lock before any other.
    func lockedProduct(_ id: ProductID, of seller: SellerID? = nil) async throws(PostgresError) -> OwnedProduct? {
        let lock = try await client.first(
            """
            select 1 from catalog.products p where p.id = $1 and ($2::bigint is null or p.seller_id = $2)
             order by p.id for no key update
            """, id.rawValue, seller?.rawValue)
        guard lock != nil else { return nil }
        // Whoever sets prices holds the product too; what is read below is what is overwritten later.
        _ = try await client.query(
            "select 1 from catalog.variants where product_id = $1 order by id for no key update", id.rawValue)
        return try await product(id, of: seller)
    }

    /// Whether there is such a category; in a transaction it stays until that ends.
    func keepsCategory(_ category: CategoryID) async throws(PostgresError) -> Bool {
        try await client.first(
            "select 1 from catalog.categories where id = $1 order by id for key share", category.rawValue) != nil
    }

    /// Which seller a user writes for.
    public func standing(of user: UserID) async throws(PostgresError) -> SellerStanding? {
        guard
            let row = try await client.first(
                "select seller_id, status, trusted from catalog.seller_standings where user_id = $1 limit 1",
                user.rawValue)
        else { return nil }
        return SellerStanding(
            seller: SellerID(rawValue: try row.int64(0)), status: try row.string(1), isTrusted: try row.bool(2))
    }

    /// The user who owns a seller.
    func owner(of seller: SellerID) async throws(PostgresError) -> UserID? {
        let row = try await client.first(
            "select user_id from catalog.seller_standings where seller_id = $1 limit 1", seller.rawValue)
        return try row.map { row throws(PostgresError) in UserID(rawValue: try row.int64(0)) }
    }

    // MARK: Rows

    private func product(from row: PostgresRow?) async throws(PostgresError) -> OwnedProduct? {
        guard let row else { return nil }
        let id = ProductID(rawValue: try row.int64(0))
        guard let listing = ProductListing(rawValue: try row.string(11)),
            let moderation = ProductModeration(rawValue: try row.string(12)),
            let attributes = Self.canonical(try row.bytes(18)), let images = Self.canonical(try row.bytes(22)),
            let returnPolicy = Self.canonical(try row.bytes(23)),
            let options = Self.document(try row.bytes(21)).flatMap({ ProductOption.read($0) })
        else { throw Self.malformed("product") }
        let fields = ReviewedFields(
            title: try row.string(14), description: try row.string(15),
            category: CategoryID(rawValue: try row.int64(16)), brand: try row.stringOrNil(17), attributes: attributes,
            hsnCode: try row.string(19), gstRate: try row.int(20), options: options, images: images)
        let newest = try await newestRevision(of: id)
        return OwnedProduct(
            id: id,
            seller: SellerCard(
                id: SellerID(rawValue: try row.int64(24)), name: try row.string(25),
                rating: Rating(count: try row.int(26), sum: try row.int64(27))),
            slug: try row.string(1), currency: try CatalogStore.currency(row, 2),
            rating: Rating(count: try row.int(3), sum: try row.int64(4)), badges: try row.decode(5),
            createdAt: Timestamp(microseconds: try row.timestamp(6)),
            updatedAt: Timestamp(microseconds: try row.timestamp(7)), version: try row.int64(8),
            revision: try row.int(9), eventSequence: try row.int32(10), listing: listing, moderation: moderation,
            moderationReason: try row.stringOrNil(13), fields: fields, returnPolicy: returnPolicy,
            variants: try await variants(of: [id])[id] ?? [], open: newest.open, lastEnd: newest.end)
    }

    /// All variants of products, in the seller's order.
    func variants(of products: [ProductID]) async throws(PostgresError) -> [ProductID: [OwnedVariant]] {
        let rows = try await client.query(
            """
            select v.product_id, v.id, v.sku, v.status, v.options, v.price_minor, v.compare_at_minor, v.tiers,
                   v.min_quantity, v.max_quantity, v.step, v.weight_g, v.barcode, v.is_default, v.position, k.on_hand,
                   k.reserved
              from catalog.variants v join inventory.stock k on k.variant_id = v.id
             where v.product_id = any($1)
             order by v.product_id, v.position, v.id
            """, products.map(\.rawValue))
        var variants: [ProductID: [OwnedVariant]] = [:]
        for row in rows {
            guard let status = VariantStatus(rawValue: try row.string(3)),
                let options = Self.document(try row.bytes(4)).flatMap({ ProductProposal.texts($0) })
            else { throw Self.malformed("variant") }
            variants[ProductID(rawValue: try row.int64(0)), default: []].append(
                OwnedVariant(
                    id: VariantID(rawValue: try row.int64(1)), sku: try row.string(2), status: status, options: options,
                    price: try row.int64(5), compareAt: try row.int64OrNil(6), tiers: try CatalogStore.tiers(row, 7),
                    minQuantity: try row.int(8), maxQuantity: try row.intOrNil(9), step: try row.int(10),
                    grams: try row.int(11), barcode: try row.stringOrNil(12), isDefault: try row.bool(13),
                    position: try row.int(14),
                    stock: VariantStock(onHand: try row.int(15), reserved: try row.int(16))))
        }
        return variants
    }

    private func newestRevision(
        of product: ProductID
    ) async throws(PostgresError) -> (open: OpenRevision?, end: RevisionEnd?) {
        guard
            let row = try await client.first(
                """
                select number, state, proposed, submitted_at from catalog.revisions
                 where product_id = $1 order by number desc limit 1
                """, product.rawValue)
        else { return (nil, nil) }
        if let end = RevisionEnd(rawValue: try row.string(1)) { return (nil, end) }
        guard let proposal = ProductProposal(json: try row.bytes(2)) else { throw Self.malformed("revision") }
        let open = OpenRevision(
            number: try row.int(0), proposal: proposal, submittedAt: Timestamp(microseconds: try row.timestamp(3)))
        return (open, nil)
    }

    static func document(_ text: [UInt8]) -> JSONValue? {
        (try? JSONDocument(parsing: text))?.root
    }

    static func canonical(_ text: [UInt8]) -> [UInt8]? {
        (try? JSONDocument(parsing: text))?.canonical()
    }

    static func malformed(_ what: String) -> PostgresError {
        PostgresError(.decoding, outcome: .notExecuted, "the catalogue holds a malformed \(what)")
    }
}
