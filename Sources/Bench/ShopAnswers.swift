// SPDX-License-Identifier: Apache-2.0
import Glibc
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
    ///
    /// Read while the clock runs, on a machine that the server shares: the octets are searched, and only a body that is not laid
    /// out as the server does it today is parsed.
    init?(_ body: [UInt8]) {
        if let found = Self.searched(body) {
            self = found
            return
        }
        guard let root = try? JSONDocument(parsing: body).root, let id = root["id"]?.string.flatMap({ OrderID($0) }),
            let total = root["totals"]?["grand_total"]?["amount"]?.int64
        else { return nil }
        self.id = id
        self.total = total
    }

    /// The id at the very beginning, and the order's own total before those of its sellers.
    private static func searched(_ body: [UInt8]) -> OrderAnswer? {
        let opening = #"{"id":""#.utf8
        guard body.starts(with: opening) else { return nil }
        let id = body.dropFirst(opening.count).prefix { $0 != UInt8(ascii: "\"") }
        guard let order = OrderID(String(decoding: id, as: UTF8.self)),
            let label = end(of: #""grand_total":{"amount":"#, in: body),
            let sellers = end(of: #""seller_orders":["#, in: body), label < sellers
        else { return nil }
        let digits = body[label...].prefix { (0x30...0x39).contains($0) }
        // With a fraction or an exponent it would be no amount of ours.
        guard label + digits.count < body.count, body[label + digits.count] == UInt8(ascii: ","),
            let total = Int64(String(decoding: digits, as: UTF8.self))
        else { return nil }
        return OrderAnswer(id: order, total: total)
    }

    /// The position behind the first occurrence.
    private static func end(of text: StaticString, in body: [UInt8]) -> Int? {
        body.withUnsafeBytes { bytes in
            let count = text.utf8CodeUnitCount
            guard let start = bytes.baseAddress, bytes.count >= count else { return nil }
            for position in 0...bytes.count - count
            where bytes[position] == text.utf8Start.pointee && memcmp(start + position, text.utf8Start, count) == 0 {
                return position + count
            }
            return nil
        }
    }
}

/// The code of a problem document.
enum RefusalCode {
    /// `status-NNN` when the body is none.
    static func of(_ answer: ResponseParser.Answer) -> String {
        (try? JSONDocument(parsing: answer.body).root)?["code"]?.string ?? "status-\(answer.status)"
    }
}
