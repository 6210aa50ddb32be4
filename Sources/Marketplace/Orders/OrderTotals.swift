// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// The sums of an order or of one seller's part, in minor units.
struct OrderTotals: Sendable, Equatable {
    var subtotal: Int64 = 0
    var discount: Int64 = 0
    var shipping: Int64 = 0
    var cgst: Int64 = 0
    var sgst: Int64 = 0
    var igst: Int64 = 0
    var total: Int64 = 0

    /// Adds the tax of a line.
    mutating func add(_ tax: GSTSplit) {
        cgst += tax.cgst
        sgst += tax.sgst
        igst += tax.igst
    }

    /// Writes the member `totals`.
    func write(to json: inout JSONWriter, _ currency: Currency) {
        func money(_ minor: Int64) -> Money { Money(minor: minor, currency: currency) }
        json.object("totals") { json in
            json.field("subtotal", money(subtotal))
            json.field("discount", money(discount))
            json.field("shipping", money(shipping))
            json.object("tax") { json in
                json.field("cgst", money(cgst))
                json.field("sgst", money(sgst))
                json.field("igst", money(igst))
                json.field("total", money(cgst + sgst + igst))
            }
            json.field("grand_total", money(total))
        }
    }
}
