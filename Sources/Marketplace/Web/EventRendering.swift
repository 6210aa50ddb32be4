// SPDX-License-Identifier: Apache-2.0
public import HTTP
import MarketCore

/// Writes events as they are shown outside: the numbers of rows as the ids that the API knows.
public enum EventRendering {
    /// The id of an object by its kind, such as `ord_…` for an `order`; nil for a kind without ids.
    public static func id(_ number: Int64, of kind: some StringProtocol) -> String? {
        switch kind {
        case "user", "wishlist", "actor": "\(UserID(rawValue: number))"
        case "order": "\(OrderID(rawValue: number))"
        case "seller_order": "\(SellerOrderID(rawValue: number))"
        case "line", "order_line": "\(OrderLineID(rawValue: number))"
        case "payment": "\(PaymentID(rawValue: number))"
        case "refund": "\(RefundID(rawValue: number))"
        case "shipment": "\(ShipmentID(rawValue: number))"
        case "return": "\(ReturnID(rawValue: number))"
        case "seller": "\(SellerID(rawValue: number))"
        case "document": "\(KYCDocumentID(rawValue: number))"
        case "settlement": "\(SettlementID(rawValue: number))"
        case "invoice": "\(InvoiceID(rawValue: number))"
        case "product": "\(ProductID(rawValue: number))"
        case "variant": "\(VariantID(rawValue: number))"
        case "review": "\(ReviewID(rawValue: number))"
        case "company": "\(CompanyID(rawValue: number))"
        case "quote": "\(QuoteID(rawValue: number))"
        default: nil
        }
    }

    /// Writes the members of a payload: `order_id` and its like as ids, everything else as it is.
    public static func write(_ payload: JSONValue, to json: inout JSONWriter) {
        for (name, value) in payload.members ?? [] {
            json.key(dynamic: name)
            if name.hasSuffix("_id"), let number = value.int64, let id = id(number, of: name.dropLast(3)) {
                json.value(id)
            } else {
                json.raw(value.raw)
            }
        }
    }

    /// Writes an event's envelope, without its end: `{"id":…,"type":…,"created_at":…,"aggregate":{…},"data":{…}`.
    public static func writeMembers(_ published: PublishedEvent, to json: inout JSONWriter) {
        let event = published.event
        json.field("id", published.id)
        json.field("type", event.type)
        json.field("created_at", published.createdAt)
        json.object("aggregate") { json in
            json.field("type", event.aggregateType)
            json.field("id", id(event.aggregateID, of: event.aggregateType) ?? "\(event.aggregateID)")
            json.field("seq", Int(event.sequence))
        }
        json.object("data") { json in
            if let root = try? JSONDocument(parsing: event.payload).root { write(root, to: &json) }
        }
    }
}
