// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

extension OrderDetail: JSONWritable {
    /// Writes the API's `Order`.
    func write(to json: inout JSONWriter) {
        write(to: &json) { _ in }
    }

    /// The same with what else belongs to the answer.
    func write(to json: inout JSONWriter, others: (inout JSONWriter) -> Void) {
        let parts = self.parts
        json.object { json in
            head.write(to: &json, parts: parts)
            json.field("currency", currency.description)
            totals.write(to: &json, currency)
            json.array("seller_orders") { json in
                for index in sellerOrders.indices { writePart(index, to: &json) }
            }
            json.field("shipping_address", raw: shippingAddress)
            json.field("billing_address", raw: billingAddress)
            json.fieldIfPresent("company_id", company)
            json.fieldIfPresent("po_number", purchaseOrder)
            json.fieldIfPresent("customer_note", customerNote)
            json.array("payments") { json in
                for payment in payments { json.raw(payment) }
            }
            head.writeNext(to: &json, parts: parts)
            write(history, to: &json)
            json.field("created_at", createdAt)
            json.field("version", version)
            others(&json)
        }
    }

    /// Writes the API's `SellerOrder` of the part at an index, with what else belongs to the answer.
    func writePart(_ index: Int, to json: inout JSONWriter, others: (inout JSONWriter) -> Void = { _ in }) {
        let part = sellerOrders[index]
        json.object { json in
            json.field("id", part.id)
            json.key("number")
            json.plainString(countMax: OrderHead.partNumberLengthMax) { head.writeNumber(to: &$0, part: index + 1) }
            json.field("order_id", id)
            json.object("seller") { json in
                json.field("id", part.seller)
                json.field("name", part.sellerName)
            }
            json.field("status", part.status.rawValue)
            json.fieldIfPresent("accept_by", part.acceptBy)
            json.array("lines") { json in
                for line in part.lines { write(line, to: &json) }
            }
            part.totals.write(to: &json, currency)
            json.array("shipments") { json in
                for shipment in part.shipments { shipment.write(to: &json) }
            }
            write(part.history, to: &json)
            if let payout = payouts[part.id] {
                json.key("payout")
                payout.write(to: &json, currency)
            }
            json.field("version", part.version)
            json.field("created_at", part.createdAt)
            others(&json)
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
            let back = returns[line.id]
            json.field("refunded_quantity", back?.quantity ?? 0)
            json.field("refunded_amount", money(back?.amount ?? 0))
            json.fieldIfPresent("returnable_until", back?.until)
            if let fee = fees[line.id] {
                json.key("commission")
                fee.write(to: &json, currency)
            }
        }
    }

    private func write(_ history: [Event], to json: inout JSONWriter) {
        json.array("history") { json in
            for event in history {
                json.object { json in
                    json.field("at", event.at)
                    json.field("from", event.from)
                    json.field("to", event.to)
                    json.field("actor", event.actor)
                    if isForAdmin || !event.isOfAdmin { json.fieldIfPresent("reason", event.reason) }
                }
            }
        }
    }

    private func money(_ minor: Int64) -> Money { Money(minor: minor, currency: currency) }
}
