// SPDX-License-Identifier: Apache-2.0

/// What a table is about.
public enum TableKind: String, Sendable, Hashable, CaseIterable {
    /// Units on hand.
    case stock
    /// What variants cost.
    case prices
    /// Variants with all that is said of them and of their products.
    case products

    /// The columns of an import that must be there.
    var required: [String] {
        switch self {
        case .stock: [TableColumn.sku, TableColumn.quantity]
        case .prices: [TableColumn.sku, TableColumn.price]
        case .products: [TableColumn.sku]
        }
    }

    /// Whether only who may sell now may send it; units on the shelf can be counted at any time.
    var needsActiveSeller: Bool { self != .stock }
}

/// How a table is written down.
enum TableFormat: String, Sendable, Hashable, CaseIterable {
    case csv, jsonl

    /// How it is served.
    var mediaType: String {
        switch self {
        case .csv: "text/csv; charset=utf-8"
        case .jsonl: "application/jsonl"
        }
    }
}

/// Where an import or an export stands.
enum TableState: String, Sendable, CaseIterable {
    case waiting, running, done, failed

    var isFinished: Bool { self == .done || self == .failed }
}

/// The names of columns.
enum TableColumn {
    static let sku = "sku"
    static let quantity = "quantity"
    /// In minor units.
    static let price = "price_amount"
    static let compareAt = "compare_at_amount"
    /// ISO 4217.
    static let currency = "currency"
    /// Of whose rows one product is made; the first of them that has a value.
    static let product = ["product_id", "product"]
}
