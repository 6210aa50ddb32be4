// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// An order in a list: everything but its lines, of which it has the number and a picture, and the parcels and histories of its parts.
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
        var acceptBy: Timestamp?
        var totals: OrderTotals
        var version: Int64
        var createdAt: Timestamp
    }

    /// Its place in lists.
    var cursor: PageCursor { PageCursor([.number(createdAt.microseconds), .number(head.id.rawValue)]) }

    /// Writes it with the names, pictures and payments that belong to it.
    func write(
        to json: inout JSONWriter, _ context: Context, others: (inout JSONWriter) -> Void = { _ in }
    ) {
        let statuses = parts.map(\.status)
        json.object { json in
            head.write(to: &json, parts: statuses)
            json.field("currency", currency.description)
            totals.write(to: &json, currency)
            json.array("seller_orders") { json in
                for index in parts.indices { writePart(index, to: &json, context.labels) }
            }
            json.field("shipping_address", raw: shippingAddress)
            json.field("billing_address", raw: billingAddress)
            json.fieldIfPresent("company_id", company)
            json.fieldIfPresent("po_number", purchaseOrder)
            json.field("line_count", lineCount)
            json.field("thumbnail_url", context.labels.thumbnails[firstProduct])
            json.array("payments") { json in
                for payment in context.payments[head.id] ?? [] { json.raw(payment) }
            }
            head.writeNext(to: &json, parts: statuses)
            json.field("created_at", createdAt)
            json.field("version", head.version)
            others(&json)
        }
    }
    private func writePart(_ index: Int, to json: inout JSONWriter, _ labels: OrderLabels) {
        let part = parts[index]
        json.object { json in
            json.field("id", part.id)
            json.key("number")
            json.plainString(countMax: OrderHead.partNumberLengthMax) { head.writeNumber(to: &$0, part: index + 1) }
            json.field("order_id", head.id)
            json.object("seller") { json in
                json.field("id", part.seller)
                json.field("name", labels.sellerNames[part.seller] ?? "")
            }
            json.field("status", part.status.rawValue)
            json.fieldIfPresent("accept_by", part.acceptBy)
            part.totals.write(to: &json, currency)
            json.field("version", part.version)
            json.field("created_at", part.createdAt)
        }
    }
}

extension OrderSummary {
    /// What other contexts know of the orders of a page.
    struct Context: Sendable {
        var labels = OrderLabels()
        /// Attempts to pay, newest first, each a JSON object.
        var payments: [OrderID: [[UInt8]]] = [:]
    }
}

extension OrdersDependencies {
    /// What belongs to the orders of a page: names and pictures in one statement, payments in another, side by side.
    func context(of page: [OrderSummary]) async throws -> OrderSummary.Context {
        guard !page.isEmpty else { return OrderSummary.Context() }
        let sellers = Array(Set(page.flatMap { $0.parts.map(\.seller) }))
        let products = Array(Set(page.map(\.firstProduct)))
        async let labels = ports.labels(sellers, products, nil)
        async let payments = ports.payments(page.map(\.head.id), nil)
        return OrderSummary.Context(labels: try await labels, payments: try await payments)
    }
}
