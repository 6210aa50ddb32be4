// SPDX-License-Identifier: Apache-2.0
import HTTP
import Tabular

/// Some rows of an export.
public struct ExportedPage: Sendable {
    /// The fields of each row, in the order of the columns.
    public let rows: [[ExportedCell]]
    /// Where the next page goes on.
    public let after: Int64
    /// There are no more.
    public let isEnd: Bool

    /// States it.
    public init(rows: [[ExportedCell]], after: Int64, isEnd: Bool) {
        self.rows = rows
        self.after = after
        self.isEnd = isEnd
    }
}

/// A field of a row.
public enum ExportedCell: Sendable {
    /// A text of somebody's.
    case text(String)
    /// A whole number.
    case number(Int64)
    /// Yes or no.
    case flag(Bool)
    /// An object or a list.
    case json([UInt8])
    /// There is none: said even so, for what is left out would be left alone when the table is sent back.
    case none
    /// Nothing is said.
    case unsaid

    func write(to csv: inout CSVWriter) {
        switch self {
        case .text(let text): csv.text(text)
        case .number(let number): csv.number(number)
        case .flag(let flag): csv.text(flag ? "true" : "false")
        case .json(let json): csv.text(String(decoding: json, as: UTF8.self))
        case .none, .unsaid: csv.optionalText(nil)
        }
    }

    func write(as column: String, to json: inout JSONWriter) {
        if case .unsaid = self { return }
        json.key(dynamic: column)
        switch self {
        case .text(let text): json.value(text)
        case .number(let number): json.value(number)
        case .flag(let flag): json.value(flag)
        case .json(let composed): json.raw(composed)
        case .none, .unsaid: json.null()
        }
    }
}

extension ExportedVariant {
    /// The columns of a kind, in their order. An import overlooks those that it does not know, so that an export can be sent back.
    static func columns(of kind: TableKind) -> [String] {
        let head = [TableColumn.sku, "title"]
        return switch kind {
        case .stock: head + [TableColumn.quantity, "reserved"]
        case .prices: head + [TableColumn.price, TableColumn.compareAt, TableColumn.currency]
        case .products: head
        }
    }

    func cells(of kind: TableKind) -> [ExportedCell] {
        let head: [ExportedCell] = [.text(sku), .text(title)]
        return switch kind {
        case .stock: head + [.number(Int64(quantity)), .number(Int64(reserved))]
        case .prices: head + [.number(price), compareAt.map { .number($0) } ?? .none, .text(currency)]
        case .products: head
        }
    }
}
