// SPDX-License-Identifier: Apache-2.0
import HTTP
public import MarketCore
import MarketHTTP
public import Postgres

extension ProductTable {
    /// A field of a row.
    public enum Cell: Sendable {
        /// A text of the seller's.
        case text(String)
        /// A whole number.
        case number(Int64)
        /// Yes or no.
        case flag(Bool)
        /// An object or a list.
        case json([UInt8])
        /// There is none, and a row that is sent back says so.
        case none
        /// Nothing is said; a row that is sent back leaves it as it is.
        case unsaid
    }

    /// Some products as rows.
    public struct Page: Sendable {
        /// The fields of each row, in the order of the columns.
        public let rows: [[Cell]]
        /// Where the next page goes on.
        public let after: Int64
        /// There are no more.
        public let isEnd: Bool
    }

    /// Products of a page. The largest that there can be, 250 variants with every field as long as it may be, has about 2 MB; common ones
    /// have some KB.
    static let pageSize = 20

    /// The products of a seller behind an id that are not archived, as the seller goes on editing them, with their variants that are
    /// not archived; each product is described in its first row. Sent back, they change nothing.
    ///
    /// - Cost: three statements, and four for each product.
    public static func page(
        of seller: SellerID, after: Int64, in client: some PostgresClient
    ) async throws -> Page {
        let store = ProductTableStore(client: client)
        let ids = try await store.page(of: seller, after: after, limit: pageSize)
        let references = try await store.references(ids)
        var products: [OwnedProduct] = []
        for id in ids {
            if let product = try await ProductStore(client: client).product(id, of: seller) { products.append(product) }
        }
        let slugs = try await store.slugs(products.map(\.proposal.fields.category))
        return Page(
            rows: products.flatMap { product in
                product.rows(
                    called: references[product.id] ?? product.slug,
                    in: slugs[product.proposal.fields.category])
            }, after: ids.last?.rawValue ?? after, isEnd: ids.count < pageSize)
    }
}

extension OwnedProduct {
    /// Its rows, in the order of `ProductTableColumn.exported`.
    fileprivate func rows(called name: String, in category: String?) -> [[ProductTable.Cell]] {
        let proposal = proposal
        return kept.enumerated().map { index, variant in
            let head: [ProductTable.Cell] = [.text(variant.sku), .text("\(id)"), .text(name)]
            let description =
                index == 0
                ? describing(proposal.fields, category) : Array(repeating: ProductTable.Cell.unsaid, count: 10)
            return head + description + variant.cells(proposal.variantOptions[variant.id], currency)
        }
    }

    /// Ten cells, from the title on. What was loaded in bulk and no request could have made is not said.
    private func describing(_ fields: ReviewedFields, _ category: String?) -> [ProductTable.Cell] {
        let policy = ProductStore.document(returnPolicy)
        let isSendable = ProductStore.document(fields.attributes).flatMap { ProductFields.attributes($0) } != nil
        let pictures = ProductStore.document(fields.images)?.elements ?? []
        let images = ProductImage.ids(fields.images)
        return [
            .text(fields.title), .text(fields.description),
            category.map { .text($0) } ?? .unsaid, fields.brand.map { .text($0) } ?? .none, .text(fields.hsnCode),
            .number(Int64(fields.gstRate)), isSendable ? .json(fields.attributes) : .unsaid,
            images.count == pictures.count ? .json(Self.json(images)) : .unsaid,
            policy?["days"]?.int64.map { .number($0) } ?? .unsaid,
            policy?["returnable"]?.bool.map { .flag($0) } ?? .unsaid,
        ]
    }

    private static func json(_ images: [ImageID]) -> [UInt8] {
        var json = JSONWriter()
        json.array { json in
            for image in images { json.value("\(image)") }
        }
        return json.bytes
    }
}

extension OwnedVariant {
    /// Eleven cells, from the options on.
    fileprivate func cells(_ proposed: [String: String]?, _ currency: Currency) -> [ProductTable.Cell] {
        var tiers = JSONWriter()
        tiers.array { json in
            for tier in self.tiers {
                json.object { json in
                    json.field("min_quantity", tier.minQuantity)
                    json.field("price_amount", tier.price)
                }
            }
        }
        return [
            .json(ProductFields.json(proposed ?? options)), .number(price), compareAt.map { .number($0) } ?? .none,
            .text("\(currency)"), .json(tiers.bytes), .number(Int64(minQuantity)),
            maxQuantity.map { .number(Int64($0)) } ?? .none, .number(Int64(step)), .number(Int64(grams)),
            barcode.map { .text($0) } ?? .none, .flag(isDefault),
        ]
    }
}
