// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// How an order came to its prices, taxes and commissions: what was frozen with its lines, nothing that is looked up or counted anew.
struct ExplainedOrder: Sendable {
    var id: OrderID
    var buyer: UserID
    var company: CompanyID?
    var currency: Currency
    /// The state that it was sent to; taxes follow from it.
    var placeOfSupply: String?
    var lines: [Line]

    /// One line. Money in minor units of the order's currency.
    struct Line: Sendable {
        var id: OrderLineID
        var part: SellerOrderID
        var seller: SellerID
        /// Whether its seller knows of it: its part has been placed.
        var isSeenBySeller: Bool
        var sku: String
        var title: String
        var quantity: Int
        var unitPrice: Int64
        var discount: Int64
        var tax: GSTSplit
        var taxRate: BasisPoints
        var total: Int64
        var hsnCode: String
        /// nil: the order was made before prices were frozen with their sources.
        var price: FrozenPrice?
    }

    /// Writes the members of the answer.
    ///
    /// - Parameters:
    ///   - fees: the commission of each line that owes one; nil for buyers.
    ///   - trace: the entries that were booked for it, JSON objects; of a seller's those of its accounts; nil for buyers.
    func write(fees: [OrderLineID: LineFee]?, trace: [[UInt8]]?, to json: inout JSONWriter) {
        json.field("order_id", id)
        json.field("currency", currency.description)
        json.array("lines") { json in
            for line in lines { write(line, fees, to: &json) }
        }
        if let trace { OrderDossier.write(trace, "ledger_entries", to: &json) }
    }

    private func write(_ line: Line, _ fees: [OrderLineID: LineFee]?, to json: inout JSONWriter) {
        json.object { json in
            json.field("line_id", line.id)
            json.field("seller_order_id", line.part)
            json.field("sku", line.sku)
            json.field("title", line.title)
            json.field("quantity", line.quantity)
            json.field("unit_price", money(line.unitPrice))
            json.key("price")
            if let price = line.price { write(price, to: &json) } else { json.null() }
            json.array("discounts") { json in
                if line.discount > 0 { json.object { $0.field("amount", money(line.discount)) } }
            }
            writeTax(line, to: &json)
            json.field("total", money(line.total))
            guard let fees else { return }
            json.key("commission")
            if let fee = fees[line.id] { fee.write(to: &json, currency) } else { json.null() }
        }
    }

    private func write(_ price: FrozenPrice, to json: inout JSONWriter) {
        json.object { json in
            json.field("source", price.source.rawValue)
            json.fieldIfPresent("price_list_id", price.list)
            if let tier = price.tier {
                json.key("tier")
                write(tier, to: &json)
            }
            json.field("base_price", money(price.base))
            json.array("tiers") { json in
                for tier in price.tiers { write(tier, to: &json) }
            }
            json.array("list_tiers") { json in
                for tier in price.agreed { write(tier, to: &json) }
            }
        }
    }

    private func write(_ tier: Offer.Tier, to json: inout JSONWriter) {
        json.object { json in
            json.field("min_quantity", tier.minQuantity)
            json.field("price", money(tier.price))
        }
    }

    private func writeTax(_ line: Line, to json: inout JSONWriter) {
        json.object("tax") { json in
            json.object("rule") { json in
                json.field("hsn_code", line.hsnCode)
                json.field("rate_bps", line.taxRate)
                json.field("price_includes_tax", true)
                json.fieldIfPresent("place_of_supply", placeOfSupply)
                // Without tax there is nothing that would tell.
                if line.tax.igst > 0 {
                    json.field("supply", "inter_state")
                } else if line.tax.cgst + line.tax.sgst > 0 {
                    json.field("supply", "intra_state")
                }
            }
            json.field("taxable_value", money(line.tax.taxable))
            json.field("cgst", money(line.tax.cgst))
            json.field("sgst", money(line.tax.sgst))
            json.field("igst", money(line.tax.igst))
        }
    }

    private func money(_ minor: Int64) -> Money { Money(minor: minor, currency: currency) }
}
