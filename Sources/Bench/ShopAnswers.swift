// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// What an order is made from, read from a cart's answer.
struct CartAnswer {
    let version: Int64
    let total: Int64
    let currency: String
    /// The lines; more than were added when something was left in it.
    let items: [(variant: VariantID, quantity: Int64)]
    var units: Int64 { items.reduce(0) { $0 + $1.quantity } }
    var lines: String { LineList.text(items) }

    /// nil when the body is no cart.
    init?(_ body: [UInt8]) {
        guard let root = try? JSONDocument(parsing: body).root, let version = root["version"]?.int64,
            let grandTotal = root["totals"]?["grand_total"], let total = grandTotal["amount"]?.int64,
            let currency = grandTotal["currency"]?.string, let groups = root["groups"]?.elements
        else { return nil }
        var items: [(variant: VariantID, quantity: Int64)] = []
        for line in groups.flatMap({ $0["lines"]?.elements ?? [] }) {
            guard let variant = line["variant_id"]?.string.flatMap({ VariantID($0) }),
                let quantity = line["quantity"]?.int64
            else { return nil }
            items.append((variant, quantity))
        }
        self.version = version
        self.total = total
        self.currency = currency
        self.items = items
    }
}

/// What the server acknowledged.
struct OrderAnswer: Equatable {
    let id: OrderID
    let total: Int64
}

extension OrderAnswer {
    /// nil when the body is no order.
    init?(_ body: [UInt8]) {
        guard let root = try? JSONDocument(parsing: body).root, let id = root["id"]?.string.flatMap({ OrderID($0) }),
            let total = root["totals"]?["grand_total"]?["amount"]?.int64
        else { return nil }
        self.id = id
        self.total = total
    }
}

/// The code of a problem document.
enum RefusalCode {
    /// `status-NNN` when the body is none.
    static func of(_ answer: ResponseParser.Answer) -> String {
        (try? JSONDocument(parsing: answer.body).root)?["code"]?.string ?? "status-\(answer.status)"
    }
}
