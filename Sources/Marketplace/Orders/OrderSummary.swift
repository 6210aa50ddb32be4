// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// An order in a list: everything but its lines, of which it has the number and a picture.
struct OrderSummary: Sendable {
    var head: OrderHead
    var currency: Currency
    var totals: OrderTotals
    var parts: [Part]
    /// JSON objects.
    var shippingAddress: [UInt8]
    var billingAddress: [UInt8]
    var company: CompanyID?
    var purchaseOrder: String?
    var lineCount: Int
    /// The product of the first line, whose picture stands for the order.
    var firstProduct: ProductID
    var createdAt: Timestamp

    /// One seller's part.
    struct Part: Sendable {
        var id: SellerOrderID
        var seller: SellerID
        var status: SellerOrderStatus
    }

    /// Its place in lists.
    var cursor: PageCursor { PageCursor([.number(createdAt.microseconds), .number(head.id.rawValue)]) }

    /// Writes it with the names and pictures that belong to it.
    func write(
        to json: inout JSONWriter, _ labels: OrderLabels, others: (inout JSONWriter) -> Void = { _ in }
    ) {
        let statuses = parts.map(\.status)
        json.object { json in
            head.write(to: &json, parts: statuses)
            json.field("currency", currency.description)
            totals.write(to: &json, currency)
            json.array("seller_orders") { json in
                for (index, part) in parts.enumerated() {
                    json.object { json in
                        json.field("id", part.id)
                        json.key("number")
                        json.plainString(countMax: OrderHead.partNumberLengthMax) {
                            head.writeNumber(to: &$0, part: index + 1)
                        }
                        json.object("seller") { json in
                            json.field("id", part.seller)
                            json.field("name", labels.sellerNames[part.seller] ?? "")
                        }
                        json.field("status", part.status.rawValue)
                    }
                }
            }
            json.field("shipping_address", raw: shippingAddress)
            json.field("billing_address", raw: billingAddress)
            json.fieldIfPresent("company_id", company)
            json.fieldIfPresent("po_number", purchaseOrder)
            json.field("line_count", lineCount)
            json.field("thumbnail_url", labels.thumbnails[firstProduct])
            head.writeNext(to: &json, parts: statuses)
            json.field("created_at", createdAt)
            json.field("version", head.version)
            others(&json)
        }
    }
}
