// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

/// An order as its answers show it; made from the record that is about to be committed, or from what was.
struct OrderDetail: Sendable, JSONWritable {
    var id: OrderID
    var status: String
    var paymentRank: Int
    var currency: Currency
    var totals: Totals
    var sellerOrders: [SellerOrder]
    /// JSON objects.
    var shippingAddress: [UInt8]
    var billingAddress: [UInt8]
    var reservedUntil: Timestamp?
    var createdAt: Timestamp
    var version: Int64

    /// Sums in minor units.
    struct Totals: Sendable {
        var subtotal: Int64 = 0
        var discount: Int64 = 0
        var shipping: Int64 = 0
        var cgst: Int64 = 0
        var sgst: Int64 = 0
        var igst: Int64 = 0
        var total: Int64 = 0
    }

    /// One seller's part.
    struct SellerOrder: Sendable {
        var id: SellerOrderID
        var seller: SellerID
        var sellerName: String
        var status: String
        var totals: Totals
        var lines: [OrderLineRecord]
        var version: Int64
        var createdAt: Timestamp
    }

    /// What payments have made of it; derived, never stored.
    var paymentStatus: String { Self.paymentStatus(rank: paymentRank) }

    /// The word for how far the payments of an order got.
    static func paymentStatus(rank: Int) -> String {
        switch rank {
        case 2: "authorized"
        case 3: "paid"
        case 4: "partially_refunded"
        case 5: "refunded"
        default: "unpaid"
        }
    }

    private static let fulfilled: Set<String> = ["delivered", "completed", "return_in_progress", "partially_returned"]

    /// How far the goods are; derived, never stored.
    var fulfilmentStatus: String {
        let done = sellerOrders.filter { Self.fulfilled.contains($0.status) }.count
        if !sellerOrders.isEmpty && sellerOrders.allSatisfy({ $0.status == "returned" }) { return "returned" }
        if done == 0 { return "unfulfilled" }
        return done == sellerOrders.count ? "fulfilled" : "partial"
    }

    /// The number that people read and type: the id's digits in upper case.
    static func number(_ id: OrderID) -> String {
        String(id.description.dropFirst(4)).uppercased()
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("number", Self.number(id))
            json.field("status", status)
            json.field("payment_status", paymentStatus)
            json.field("fulfilment_status", fulfilmentStatus)
            json.field("currency", currency.description)
            write(totals, to: &json)
            json.array("seller_orders") { json in
                for part in sellerOrders { write(part, to: &json) }
            }
            json.field("shipping_address", raw: shippingAddress)
            json.field("billing_address", raw: billingAddress)
            json.array("payments") { _ in }
            if status == "pending_payment" {
                json.fieldIfPresent("reserved_until", reservedUntil)
                json.object("next_action") { json in
                    json.field("type", "initiate_payment")
                    json.field("endpoint", "/api/payments/initiate/")
                }
            }
            json.field("cancellable", ["pending_payment", "confirmed", "processing"].contains(status))
            json.field("created_at", createdAt)
            json.field("version", version)
        }
    }

    private func write(_ totals: Totals, to json: inout JSONWriter) {
        json.object("totals") { json in
            json.field("subtotal", money(totals.subtotal))
            json.field("discount", money(totals.discount))
            json.field("shipping", money(totals.shipping))
            json.object("tax") { json in
                json.field("cgst", money(totals.cgst))
                json.field("sgst", money(totals.sgst))
                json.field("igst", money(totals.igst))
                json.field("total", money(totals.cgst + totals.sgst + totals.igst))
            }
            json.field("grand_total", money(totals.total))
        }
    }

    private func write(_ part: SellerOrder, to json: inout JSONWriter) {
        json.object { json in
            json.field("id", part.id)
            json.field("order_id", id)
            json.object("seller") { json in
                json.field("id", part.seller)
                json.field("name", part.sellerName)
            }
            json.field("status", part.status)
            json.array("lines") { json in
                for line in part.lines { write(line, to: &json) }
            }
            write(part.totals, to: &json)
            json.array("shipments") { _ in }
            json.field("version", part.version)
            json.field("created_at", part.createdAt)
        }
    }

    private func write(_ line: OrderLineRecord, to json: inout JSONWriter) {
        json.object { json in
            json.field("id", line.id)
            json.field("product_id", line.product)
            json.field("variant_id", line.variant)
            json.field("sku", line.sku)
            json.field("title", line.title)
            json.field("options", raw: line.options)
            json.field("quantity", line.quantity)
            json.field("unit_price", money(line.unitPrice))
            json.field("discount", money(line.discount))
            json.field("taxable_value", money(line.tax.taxable))
            json.object("tax") { json in
                json.field("rate_bps", line.taxRate)
                json.field("cgst", money(line.tax.cgst))
                json.field("sgst", money(line.tax.sgst))
                json.field("igst", money(line.tax.igst))
            }
            json.field("total", money(line.total))
            json.field("hsn_code", line.hsnCode)
        }
    }

    private func money(_ minor: Int64) -> Money { Money(minor: minor, currency: currency) }
}

extension OrderDetail {
    /// The order that a record will be once it is committed.
    init(placing record: OrderRecord, sellerNames: [SellerID: String], at now: Timestamp) {
        var totals = Totals()
        let parts = record.sellerOrders.enumerated().map { index, part -> SellerOrder in
            let lines = record.lines.filter { $0.sellerOrder == index }
            var sums = Totals(
                subtotal: part.subtotal, discount: part.discount, shipping: part.shipping, total: part.total)
            for line in lines {
                sums.cgst += line.tax.cgst
                sums.sgst += line.tax.sgst
                sums.igst += line.tax.igst
            }
            totals.cgst += sums.cgst
            totals.sgst += sums.sgst
            totals.igst += sums.igst
            return SellerOrder(
                id: part.id, seller: part.seller, sellerName: sellerNames[part.seller] ?? "", status: "pending_payment",
                totals: sums, lines: lines, version: 1, createdAt: now)
        }
        totals.subtotal = record.subtotal
        totals.discount = record.discount
        totals.shipping = record.shipping
        totals.total = record.total
        self.init(
            id: record.id, status: "pending_payment", paymentRank: 0, currency: record.currency, totals: totals,
            sellerOrders: parts, shippingAddress: record.shippingAddress, billingAddress: record.billingAddress,
            reservedUntil: record.reservedUntil, createdAt: now, version: 1)
    }
}
