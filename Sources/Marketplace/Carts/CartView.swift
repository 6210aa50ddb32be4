// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

/// A cart with today's prices, as its answers show it.
///
/// Tax is split by the state that the cart goes to, and as if buyer and seller were in one state where nobody has said; the order
/// splits it anew.
struct CartView: JSONWritable {
    /// Where a cart goes.
    struct Destination: Sendable, Equatable {
        let address: AddressID
        /// Its two letters.
        let state: String
    }

    private let cart: CartState
    private let lines: [Line]
    /// The places of each seller's lines, the sellers in the order of their first line. Lines without an offer have no seller.
    private let groups: [[Int]]
    private let totals: PriceTotals
    private let currency: Currency
    private let destination: Destination?

    private struct Line {
        let state: CartState.Line
        let offer: Offer?
        let price: LinePrice?
        let problems: [Problem.Item]
    }

    /// Prices a cart; a variant without an offer stays visible with a problem and costs nothing.
    ///
    /// - Throws: `.overflow` when the sum does not fit in 64 bits.
    init(
        _ cart: CartState, offers: [VariantID: Offer], destination: Destination? = nil
    ) throws(MoneyError) {
        self.cart = cart
        self.destination = destination
        var totals = PriceTotals()
        var lines: [Line] = []
        for line in cart.lines {
            let offer = offers[line.variant]
            var price: LinePrice?
            if let offer {
                let priced = try LinePrice(
                    offer: offer, quantity: line.quantity, supply: Self.supply(offer, destination))
                try totals.add(priced)
                price = priced
            }
            lines.append(Line(state: line, offer: offer, price: price, problems: Self.problems(line, offer)))
        }
        self.lines = lines
        groups = Self.groups(lines)
        self.totals = totals
        currency = lines.lazy.compactMap { $0.offer?.currency }.first ?? .inr
    }

    private static func supply(_ offer: Offer, _ destination: Destination?) -> SupplyKind {
        guard let seller = offer.sellerState, let destination else { return .intraState }
        return SupplyKind(sellerState: seller, placeOfSupply: destination.state)
    }

    private static func groups(_ lines: [Line]) -> [[Int]] {
        var places: [SellerID?: Int] = [:]
        var groups: [[Int]] = []
        for (index, line) in lines.enumerated() {
            let seller = line.offer?.seller
            if let place = places[seller] {
                groups[place].append(index)
            } else {
                places[seller] = groups.count
                groups.append([index])
            }
        }
        return groups
    }

    private static func problems(_ line: CartState.Line, _ offer: Offer?) -> [Problem.Item] {
        guard let offer else { return [.init(code: "not-available", message: "no longer offered")] }
        var problems: [Problem.Item] = []
        if !offer.sellable { problems.append(.init(code: "seller-unavailable", message: "not sold now")) }
        if offer.available < line.quantity {
            problems.append(.init(code: "insufficient-stock", message: "\(max(0, offer.available)) available"))
        }
        if let broken = offer.quantityProblem(line.quantity) {
            problems.append(.init(code: broken.code.rawValue, message: broken.message))
        }
        if offer.unitPrice(quantity: line.quantity) != line.unitPriceSeen {
            problems.append(.init(code: "price-changed", message: "the price changed since it was added"))
        }
        return problems
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", cart.id)
            json.field("version", cart.version)
            json.field("currency", currency.description)
            json.array("groups") { json in
                for group in groups { write(group, to: &json) }
            }
            json.array("coupons") { _ in }
            json.object("totals") { json in
                json.field("subtotal", money(totals.subtotal))
                json.field("discount", money(totals.discount))
                json.field("shipping", money(totals.shipping))
                json.object("tax") { json in
                    json.field("cgst", money(totals.cgst))
                    json.field("sgst", money(totals.sgst))
                    json.field("igst", money(totals.igst))
                    json.field("total", money(totals.tax))
                }
                json.field("grand_total", money(totals.total))
            }
            json.array("problems") { json in
                for line in lines { write(line.problems, of: line.state.id, to: &json) }
            }
            json.fieldIfPresent("company_id", cart.company)
            json.fieldIfPresent("shipping_address_id", destination?.address)
            json.field("updated_at", cart.updatedAt)
        }
    }

    private func write(_ group: [Int], to json: inout JSONWriter) {
        json.object { json in
            if let offer = lines[group[0]].offer { write(sellerOf: offer, to: &json) } else { json.nullField("seller") }
            json.array("lines") { json in
                for index in group { write(lines[index], to: &json) }
            }
            // Every summand is a part of the grand total, which did not overflow.
            json.field("subtotal", money(group.reduce(0) { $0 + (lines[$1].price?.total ?? 0) }))
            json.array("shipping_options") { _ in }
        }
    }

    private func write(sellerOf offer: Offer, to json: inout JSONWriter) {
        json.object("seller") { json in
            json.field("id", offer.seller)
            json.field("name", offer.sellerName)
        }
    }

    private func write(_ line: Line, to json: inout JSONWriter) {
        json.object { json in
            json.field("id", line.state.id)
            json.field("variant_id", line.state.variant)
            if let offer = line.offer {
                json.object("product") { json in
                    json.field("id", offer.product)
                    json.field("slug", offer.slug)
                    json.field("title", offer.title)
                    json.fieldIfPresent("thumbnail_url", offer.thumbnailURL)
                }
                write(sellerOf: offer, to: &json)
            }
            json.field("quantity", line.state.quantity)
            json.field("unit_price", money(line.price?.unitPrice ?? 0))
            json.field(
                "price_source", (line.offer?.priceSource(quantity: line.state.quantity) ?? .base).rawValue)
            json.field("line_discount", money(line.price?.discount ?? 0))
            json.field("line_tax", money(line.price?.tax.tax ?? 0))
            json.field("line_total", money(line.price?.total ?? 0))
            json.fieldIfPresent("note", line.state.note)
            json.array("problems") { json in write(line.problems, of: line.state.id, to: &json) }
        }
    }

    private func write(_ problems: [Problem.Item], of line: CartLineID, to json: inout JSONWriter) {
        for problem in problems {
            json.object { json in
                json.field("code", problem.code)
                json.field("line_id", line)
                json.field("message", problem.message)
            }
        }
    }

    private func money(_ minor: Int64) -> Money { Money(minor: minor, currency: currency) }
}
