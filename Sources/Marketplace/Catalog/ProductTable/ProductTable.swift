// SPDX-License-Identifier: Apache-2.0
import HTTP
public import MarketCore
import MarketCrypto
import MarketHTTP
public import Postgres

/// A seller's products as a table: rows that make and change them, and pages of all of them.
///
/// Rows of one product are one edit, made of the same fields and judged by the same rules as the requests that create and update
/// products. What is refused of it is laid at the rows that are to blame; the others of its rows are applied without them.
public struct ProductTable: Sendable {
    let ids: IDGenerator
    let clock: any WallClock

    /// Binds it.
    public init(ids: IDGenerator, clock: any WallClock) {
        self.ids = ids
        self.clock = clock
    }

    /// What is wrong with a row.
    public struct Fault: Sendable, Equatable {
        /// The column, with the place in it for what is composed; nil for the row as a whole.
        public let field: String?
        /// A stable code.
        public let code: String
        /// For a person.
        public let message: String

        static let unknownProduct = Fault(
            field: ProductTableColumn.productID, code: "unknown-product", message: "none of your products has this id")
        static let otherProduct = Fault(
            field: ProductTableColumn.sku, code: "other-product", message: "another product has this sku")
        static let contradicts = Fault(
            field: ProductTableColumn.title, code: "contradicts",
            message: "an earlier row says something else of the product")
        static let productRefused = Fault(
            field: nil, code: "product-refused", message: "its product was not made: see the row that describes it")
        static let isArchived = Fault(
            field: ProductTableColumn.archived, code: "not-here", message: "a new variant cannot be archived")
        static let nameTaken = Fault(
            field: ProductTableColumn.product, code: "name-taken",
            message: "another product was given this name at the same moment")
    }

    /// Whose rows they are.
    struct Sender: Sendable {
        let seller: SellerID
        let user: UserID
        /// What stands in the history of products and in the audit log for a request.
        let reference: String
    }

    /// Rows that are about one product.
    struct Group: Sendable {
        /// nil: one that is not there yet.
        let product: ProductID?
        let reference: String?
        /// By their places.
        var rows: [Int]
    }

    /// Applies rows within the caller's transaction, which has to be committed; several rows of a sku are a mistake of the caller's.
    ///
    /// - Parameters:
    ///   - user: who sent them.
    ///   - reference: what is written down in place of a request, such as the import's id; at most 64 characters.
    /// - Returns: what is wrong with each row, in their order; and what changed, for `ProductPorts.changed` after the commit.
    /// - Cost: six statements, and for each product those of one request and of two savepoints; the products by their ids, so that
    ///   two who write several meet in one order.
    public func apply(
        _ rows: [ProductTableRow], of seller: SellerID, by user: UserID, as reference: String,
        in transaction: PostgresTransaction
    ) async throws -> (faults: [Fault?], news: [ProductNews]) {
        let store = ProductTableStore(client: transaction)
        let sender = Sender(seller: seller, user: user, reference: reference)
        let names = try await ProductTableNames(of: rows, seller, store)
        var (groups, faults) = names.groups(of: rows)
        groups.sort { ($0.product?.rawValue ?? .max, $0.rows[0]) < ($1.product?.rawValue ?? .max, $1.rows[0]) }
        let isTrusted = try await store.isTrusted(seller)
        var news: [ProductNews] = []
        for group in groups {
            let work = ProductTableWork(
                table: self, rows: rows, names: names, group: group, sender: sender, isTrusted: isTrusted,
                act: ProductAct(transaction: transaction, user: user, reference: reference), store: store)
            let (found, changed) = try await work.run()
            for (row, fault) in found { faults[row] = fault }
            news += changed
        }
        return (faults, news)
    }
}

/// What rows name, as it is there.
struct ProductTableNames: Sendable {
    let variants: [String: (id: VariantID, product: ProductID)]
    /// What each row says of its product.
    let statements: [[UInt8]?]
    private let own: Set<ProductID>
    private let called: [String: ProductID]

    init(of rows: [ProductTableRow], _ seller: SellerID, _ store: ProductTableStore) async throws {
        variants = try await store.variants(rows.map(\.sku), of: seller)
        own = try await store.own(rows.compactMap(\.product), of: seller)
        called = try await store.products(called: Array(Set(rows.compactMap(\.reference))), of: seller)
        let slugs = Set(
            rows.compactMap { $0.values[ProductTableColumn.category] }.filter { ProductFields.line($0, 1...120) == $0 })
        let categories = try await store.categories(Array(slugs))
        var hashes: [String: Digest256] = [:]
        for image in rows.flatMap(\.images) {
            if let hash = Hex.decode(image).flatMap({ Digest256($0) }) { hashes[image] = hash }
        }
        let pictures = try await store.pictures(Array(Set(hashes.values)), of: seller)
        let byText = hashes.compactMapValues { pictures[$0] }
        statements = rows.map { $0.statement(categories: categories, pictures: byText) }
    }

    /// The rows by their products, and those that name none that is theirs.
    func groups(of rows: [ProductTableRow]) -> (groups: [ProductTable.Group], faults: [ProductTable.Fault?]) {
        var groups: [ProductTable.Group] = []
        var byProduct: [ProductID: Int] = [:]
        var byName: [String: Int] = [:]
        var faults = rows.map(\.fault)
        for (place, row) in rows.enumerated() where faults[place] == nil {
            let (product, fault) = product(of: row)
            faults[place] = fault
            guard fault == nil else { continue }
            let found =
                product.flatMap { byProduct[$0] } ?? (product == nil ? row.reference.flatMap { byName[$0] } : nil)
            if let found {
                groups[found].rows.append(place)
            } else {
                if let product {
                    byProduct[product] = groups.count
                } else if let name = row.reference {
                    byName[name] = groups.count
                }
                groups.append(.init(product: product, reference: row.reference, rows: [place]))
            }
        }
        return (groups, faults)
    }

    private func product(of row: ProductTableRow) -> (ProductID?, ProductTable.Fault?) {
        let known = variants[row.sku]?.product
        if known == nil, row.isArchived == true { return (nil, .isArchived) }
        if let id = row.product {
            guard own.contains(id) else { return (nil, .unknownProduct) }
            return known.map { $0 == id } ?? true ? (id, nil) : (nil, .otherProduct)
        }
        guard let name = row.reference else { return (known, nil) }
        let named = called[name]
        return known == nil || known == named ? (named, nil) : (nil, .otherProduct)
    }
}
