// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// A row of an import that could be read, for the context that applies it.
public struct ImportRow<Change: Sendable>: Sendable {
    /// The seller's own name of the variant; no two rows of a chunk have the same.
    public let sku: String
    /// What the row says of it.
    public let change: Change

    init(sku: String, change: Change) {
        self.sku = sku
        self.change = change
    }
}

/// The cells of a row that its reader leaves to who applies it.
public struct TableCells: Sendable, Hashable {
    /// By column.
    public let values: [String: String]
    /// Columns that are there without a value.
    public let empty: Set<String>
}

/// What a row of prices says.
public struct PriceChange: Sendable, Hashable {
    /// In minor units of the variant's currency.
    public let price: Int64
    /// What the price is compared with, not below it.
    public let compareAt: CompareAt
    /// What the row takes the variant's currency for; nil where it does not say.
    public let currency: String?

    /// What a row says of the second price.
    public enum CompareAt: Sendable, Hashable {
        /// Nothing: its column is not there.
        case kept
        /// A price; nil for none.
        case set(Int64?)
    }

    init(price: Int64, compareAt: CompareAt, currency: String?) {
        self.price = price
        self.compareAt = compareAt
        self.currency = currency
    }
}

/// What is wrong with a row.
public struct RowFault: Error, Sendable, Hashable {
    /// The column; nil for the row as a whole.
    public let field: String?
    /// A stable code.
    public let code: String
    /// For a person.
    public let message: String

    /// States it.
    public init(field: String?, code: String, message: String) {
        self.field = field
        self.code = code
        self.message = message
    }

    /// No variant of the seller has the sku.
    public static let unknownSKU = RowFault(
        field: TableColumn.sku, code: "unknown-sku", message: "none of your variants has this sku")
    /// Fewer units than orders hold.
    public static func belowReserved(_ reserved: Int) -> RowFault {
        RowFault(field: TableColumn.quantity, code: "below-reserved", message: "orders hold \(reserved)")
    }
    /// The price is above what it is compared with.
    public static let belowPrice = RowFault(
        field: TableColumn.compareAt, code: "below-price", message: "what a price is compared with is not below it")
    /// A price in another currency than the variant's.
    public static func otherCurrency(_ own: String) -> RowFault {
        RowFault(field: TableColumn.currency, code: "currency-mismatch", message: "the variant is sold for \(own)")
    }
    /// A tier for larger quantities would cost more than one piece.
    public static let tierAbovePrice = RowFault(
        field: TableColumn.price, code: "below-tier", message: "a price for larger quantities is not below it")
}

/// Reads the values of rows.
struct RowReader {
    /// By column; a column that is missing or empty is not there.
    let values: [String: String]
    /// Columns that are there without a value.
    let empty: Set<String>

    /// More than any shelf holds, and within 32 bits.
    static let quantityMax: Int64 = 1_000_000_000
    static let skuLength = 1...100

    func stock() throws(RowFault) -> ImportRow<Int> {
        ImportRow(
            sku: try sku(), change: Int(try required(TableColumn.quantity, in: 0...Self.quantityMax)))
    }

    func price() throws(RowFault) -> ImportRow<PriceChange> {
        let sku = try sku()
        let price = try required(TableColumn.price, in: PriceRange.amounts)
        let compareAt = try number(TableColumn.compareAt, in: PriceRange.amounts)
        if let compareAt, compareAt < price { throw .belowPrice }
        let isSaid = compareAt != nil || empty.contains(TableColumn.compareAt)
        return ImportRow(
            sku: sku,
            change: PriceChange(
                price: price, compareAt: isSaid ? .set(compareAt) : .kept, currency: values[TableColumn.currency]))
    }

    func product() throws(RowFault) -> ImportRow<TableCells> {
        ImportRow(sku: try sku(), change: TableCells(values: values, empty: empty))
    }

    private func sku() throws(RowFault) -> String {
        guard let sku = values[TableColumn.sku] else { throw Self.missing(TableColumn.sku) }
        guard Self.skuLength.contains(sku.unicodeScalars.count), !sku.unicodeScalars.contains("\0") else {
            throw RowFault(field: TableColumn.sku, code: "invalid", message: "1 to 100 characters are expected")
        }
        return sku
    }

    private func required(_ column: String, in range: ClosedRange<Int64>) throws(RowFault) -> Int64 {
        guard let number = try number(column, in: range) else { throw Self.missing(column) }
        return number
    }

    private func number(_ column: String, in range: ClosedRange<Int64>) throws(RowFault) -> Int64? {
        guard let text = values[column] else { return nil }
        // Digits alone: what a spreadsheet has made of a number (1.299,00 or 1e5) is somebody's mistake, not ours to guess.
        let isPlain = text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isPlain, let number = Int64(text), range.contains(number) else {
            throw RowFault(
                field: column, code: "out-of-range",
                message: "a whole number from \(range.lowerBound) to \(range.upperBound) is expected")
        }
        return number
    }

    private static func missing(_ column: String) -> RowFault {
        RowFault(field: column, code: "required", message: "is required")
    }
}
