// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// What a notice is about: what its text, its link and its data are made of.
///
/// **Shape** as it is stored: `{"order_id":7,"amount_minor":129900,"currency":"INR","product":"Rug","business":"Loom"}`, each where there is
/// one; ids are numbers.
struct NoticeFacts: Sendable {
    /// Ids of the event's payload that a reader may see.
    static let ids: [StaticString] = [
        "order_id", "seller_order_id", "payment_id", "refund_id", "product_id", "variant_id", "seller_id", "review_id",
    ]

    private let root: JSONValue

    /// Reads what is stored; nil for what we did not write.
    init?(_ stored: [UInt8]) {
        guard let root = try? JSONDocument(parsing: stored).root, root.members != nil else { return nil }
        self.root = root
    }

    /// What is stored of an event.
    ///
    /// - Parameters:
    ///   - product: the title of the product that it is about.
    ///   - business: the seller's name.
    static func stored(of payload: JSONValue, product: String?, business: String?) -> [UInt8] {
        var json = JSONWriter(capacity: 160)
        json.object { json in
            for name in ids {
                if let number = payload[name]?.int64 { json.field(name, number) }
            }
            let amount =
                payload["amount_minor"]?.int64 ?? payload["price_minor"]?.int64 ?? payload["total_minor"]?.int64
            if let amount, let currency = payload["currency"]?.string {
                json.field("amount_minor", amount)
                json.field("currency", currency)
            }
            json.fieldIfPresent("product", product)
            json.fieldIfPresent("business", business)
        }
        return json.bytes
    }

    private func number(_ name: StaticString) -> Int64? { root[name]?.int64 }

    /// The amount.
    var amount: Money? {
        guard let minor = root["amount_minor"]?.int64, let code = root["currency"]?.string,
            let currency = Currency(code)
        else { return nil }
        return Money(minor: minor, currency: currency)
    }

    /// The order's number as people read it.
    var order: String? {
        number("order_id").map { "\(OrderID(rawValue: $0))".dropFirst(OrderID.prefixLength).uppercased() }
    }

    /// What the places of a text hold.
    var places: [String: String] {
        var places: [String: String] = [:]
        places["order"] = order
        places["amount"] = amount.map(Self.text)
        places["product"] = root["product"]?.string
        places["business"] = root["business"]?.string
        return places
    }

    /// `₹1,29,900.00`: as money is written in India; other currencies by their codes.
    static func text(_ money: Money) -> String {
        let whole = String(money.minor.magnitude / 100)
        let cents = money.minor.magnitude % 100
        var groups: [Substring] = [whole.suffix(3)]
        var rest = whole.dropLast(3)
        while !rest.isEmpty {
            groups.append(rest.suffix(2))
            rest = rest.dropLast(2)
        }
        let digits = groups.reversed().joined(separator: ",") + "." + (cents < 10 ? "0" : "") + "\(cents)"
        let sign = money.minor < 0 ? "-" : ""
        return money.currency == .inr ? "\(sign)₹\(digits)" : "\(sign)\(money.currency) \(digits)"
    }

    /// Where the shop shows what it is about; relative to the shop's pages.
    func link(for readers: NoticeRow.Readers) -> String? {
        switch readers {
        case .sellers:
            if let part = number("seller_order_id") { return "/seller/orders/\(SellerOrderID(rawValue: part))" }
            if let product = number("product_id") { return "/seller/products/\(ProductID(rawValue: product))" }
            return "/seller"
        case .admins:
            if let order = number("order_id") { return "/admin/orders/\(OrderID(rawValue: order))" }
            return number("seller_id").map { "/admin/sellers/\(SellerID(rawValue: $0))" }
        case .buyer, .user:
            if let order = number("order_id") { return "/orders/\(OrderID(rawValue: order))" }
            return number("product_id").map { "/products/\(ProductID(rawValue: $0))" }
        }
    }

    /// Writes the data that the API shows: ids, the amount, names.
    func write(to json: inout JSONWriter) {
        for name in Self.ids {
            guard let number = number(name) else { continue }
            let kind = name.description.dropLast(3)
            if let id = EventRendering.id(number, of: kind) { json.field(name, id) }
        }
        json.fieldIfPresent("amount", amount)
        json.fieldIfPresent("product", root["product"]?.string)
        json.fieldIfPresent("business", root["business"]?.string)
    }
}
