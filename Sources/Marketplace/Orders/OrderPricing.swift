// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore

/// Freezes a cart into the record of an order: prices, tax and sums that cannot change any more.
struct OrderPricing {
    let ids: IDGenerator

    /// Why a cart cannot be priced.
    enum Failure: Error {
        /// A variant has no offer any more.
        case notOffered(VariantID)
        /// Lines in different currencies.
        case currencies
        /// The sum does not fit in 64 bits.
        case overflow
    }

    /// Makes the record.
    ///
    /// - Parameters:
    ///   - commissions: what the sellers owe of it; the rules that are in force at `now` are frozen on the lines.
    ///   - reservedUntil: the end of the hold by our clock.
    func record(
        of cart: CartState, user: UserID, input: NewOrder, offers: [VariantID: Offer],
        commissions: CommissionRules, at now: Timestamp, ttl: Duration, reservedUntil: Timestamp
    ) throws(Failure) -> OrderRecord {
        var sellers: [SellerID] = []
        var sums: [PriceTotals] = []
        var all = PriceTotals()
        var lines: [OrderLineRecord] = []
        lines.reserveCapacity(cart.lines.count)
        var currency: Currency?
        for line in cart.lines.sorted(by: { $0.variant < $1.variant }) {
            guard let offer = offers[line.variant] else { throw .notOffered(line.variant) }
            guard currency == nil || currency == offer.currency else { throw .currencies }
            currency = offer.currency
            let supply: SupplyKind =
                offer.sellerState.map { SupplyKind(sellerState: $0, placeOfSupply: input.shipping.state) }
                ?? .intraState
            let place: Int
            if let known = sellers.firstIndex(of: offer.seller) {
                place = known
            } else {
                place = sellers.count
                sellers.append(offer.seller)
                sums.append(PriceTotals())
            }
            let price: LinePrice
            do throws(MoneyError) {
                price = try LinePrice(offer: offer, quantity: line.quantity, supply: supply)
                try sums[place].add(price)
                try all.add(price)
            } catch {
                throw .overflow
            }
            lines.append(
                OrderLineRecord(
                    id: ids.next(), sellerOrder: place, product: offer.product, variant: offer.variant, sku: offer.sku,
                    title: offer.title, options: offer.options, quantity: line.quantity, unitPrice: price.unitPrice,
                    discount: price.discount, taxRate: offer.taxRate, tax: price.tax, total: price.total,
                    hsnCode: offer.hsnCode, offerVersion: offer.version,
                    commission: commissions.terms(of: offer, at: now),
                    priced: FrozenPrice.json(of: offer, quantity: line.quantity)))
        }
        let shippingAddress = input.shipping.json
        return OrderRecord(
            id: ids.next(), user: user, cart: cart.id, cartVersion: cart.version, currency: currency ?? .inr,
            subtotal: all.subtotal, discount: all.discount, shipping: all.shipping, tax: all.tax, total: all.total,
            paymentMethod: input.method.rawValue, shippingAddress: shippingAddress,
            billingAddress: input.billing == input.shipping ? shippingAddress : input.billing.json,
            customerNote: input.note, company: cart.company, purchaseOrder: input.purchaseOrder, reservationTTL: ttl,
            reservedUntil: reservedUntil,
            sellerOrders: zip(sellers, sums).map { seller, sum in
                SellerOrderRecord(
                    id: ids.next(), seller: seller, subtotal: sum.subtotal, discount: sum.discount,
                    shipping: sum.shipping, tax: sum.tax, total: sum.total)
            }, lines: sellers.count > 1 ? Self.grouped(lines) : lines)
    }

    /// The batch function wants an order's lines grouped by seller order; within one they stay in variant order.
    private static func grouped(_ lines: [OrderLineRecord]) -> [OrderLineRecord] {
        lines.sorted { ($0.sellerOrder, $0.variant.rawValue) < ($1.sellerOrder, $1.variant.rawValue) }
    }
}
