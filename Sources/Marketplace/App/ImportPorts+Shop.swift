// SPDX-License-Identifier: Apache-2.0
import Actors
import Catalog
import Imports
import MarketCore
import MarketHTTP
import Postgres

extension ImportPorts {
    /// Imports over the catalogue and its stock.
    ///
    /// - Parameters:
    ///   - ids: of products, variants and movements.
    ///   - inventory: of this process, which takes nobody's word for its own stock but that of who writes it.
    ///   - news: told of a chunk after its commit.
    ///   - changed: told of products after the commit of their chunk.
    static func ofShop(
        pool: PostgresPool, ids: IDGenerator, inventory: InventoryDirectory, news: any ChangeNews,
        changed: @escaping @Sendable ([ProductNews]) async -> Void
    ) -> ImportPorts {
        let table = ProductTable(ids: ids, clock: SystemClock())
        return ImportPorts(
            seller: { try await SellerRatingStore.seller(of: $0, in: pool.reads) },
            isActive: { try await SellerRatingStore.isActive($0, in: $1) },
            setStock: { rows, owner, _, transaction in
                let units = Dictionary(rows.map { ($0.sku, $0.change) }) { $1 }
                let result = try await SellerTableStore.setStock(
                    units, of: owner.seller, by: owner.user, newID: { ids.nextRawValue() },
                    in: transaction)
                return (rows.map { fault(result.outcomes[$0.sku]) }, result.changed.map(\.variant))
            },
            setPrices: { rows, owner, reference, transaction in
                let prices = Dictionary(rows.map { ($0.sku, price($0.change)) }) { $1 }
                let result = try await SellerTableStore.setPrices(
                    prices, of: owner.seller, by: owner.user, as: reference, in: transaction)
                return (rows.map { fault(result.outcomes[$0.sku]) }, result.changed)
            },
            changed: { kind, variants in
                switch kind {
                case .stock:
                    // Before anybody is told, who would ask it at once.
                    await inventory.markStale(variants)
                    await news.announce(.stock(variants))
                case .prices: await news.announce(.offers(variants))
                // Told of as products.
                case .products: break
                }
            },
            variants: { seller, after, limit in
                try await SellerTableStore.page(of: seller, after: after, limit: limit, in: pool.reads).map {
                    ExportedVariant(
                        id: $0.id, sku: $0.sku, title: $0.title, quantity: $0.onHand, reserved: $0.reserved,
                        price: $0.price, compareAt: $0.compareAt, currency: $0.currency)
                }
            },
            products: ProductTablePorts(
                columns: ProductTableColumn.exported,
                apply: { rows, owner, reference, transaction in
                    let rows = rows.map {
                        ProductTableRow(sku: $0.sku, values: $0.change.values, empty: $0.change.empty)
                    }
                    let result = try await table.apply(
                        rows, of: owner.seller, by: owner.user, as: reference, in: transaction)
                    let news = result.news
                    let faults = result.faults.map { fault in
                        fault.map { RowFault(field: $0.field, code: $0.code, message: $0.message) }
                    }
                    return (faults, { if !news.isEmpty { await changed(news) } })
                },
                page: { seller, after in
                    let page = try await ProductTable.page(of: seller, after: after, in: pool.reads)
                    return ExportedPage(
                        rows: page.rows.map { $0.map(cell) }, after: page.after, isEnd: page.isEnd)
                }))
    }

    private static func cell(_ cell: ProductTable.Cell) -> ExportedCell {
        switch cell {
        case .text(let text): .text(text)
        case .number(let number): .number(number)
        case .flag(let flag): .flag(flag)
        case .json(let json): .json(json)
        case .none: .none
        case .unsaid: .unsaid
        }
    }

    private static func price(_ change: PriceChange) -> SellerTableStore.Price {
        switch change.compareAt {
        case .kept:
            SellerTableStore.Price(
                amount: change.price, compareAt: nil, keepsCompareAt: true, currency: change.currency)
        case .set(let compareAt):
            SellerTableStore.Price(
                amount: change.price, compareAt: compareAt, keepsCompareAt: false, currency: change.currency)
        }
    }

    private static func fault(_ outcome: SellerTableStore.Outcome?) -> RowFault? {
        switch outcome {
        case .set?: nil
        case .unknown?, nil: .unknownSKU
        case .belowReserved(let reserved)?: .belowReserved(reserved)
        case .tierNotBelow?: .tierAbovePrice
        case .compareAtBelow?: .belowPrice
        case .otherCurrency(let own)?: .otherCurrency(own)
        }
    }
}

extension AppConfiguration {
    /// Where the tables that sellers send are kept: on the file system of the uploads, from where they are moved.
    var importFiles: TableFiles { TableFiles(directory: dataDirectory + "/imports") }
    /// Where the tables that sellers fetch are kept.
    var exportFiles: TableFiles { TableFiles(directory: dataDirectory + "/exports") }
}
