// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import MarketHTTP

/// What may be done to a cart; pure: a state and offers in, the next state out.
enum CartRules {
    /// A wish to have more of a variant.
    struct Addition: Sendable {
        let variant: VariantID
        let quantity: Int
        let note: String?
    }

    /// A wish to have a line at some quantity; 0 removes it.
    struct Setting: Sendable {
        let line: CartLineID
        let quantity: Int
    }

    /// Adds variants, merging with lines that are there; all or nothing.
    static func adding(
        _ additions: [Addition], to cart: CartState, offers: [VariantID: Offer], newLine: () -> CartLineID,
        now: Timestamp
    ) throws(CartError) -> CartState {
        var next = cart
        for (index, addition) in additions.enumerated() {
            guard let offer = offers[addition.variant] else { throw .notFound }
            let place = next.lines.firstIndex { $0.variant == addition.variant }
            let quantity = addition.quantity + (place.map { next.lines[$0].quantity } ?? 0)
            try check(offer, quantity, index, in: next, offers)
            if let place {
                next.lines[place].quantity = quantity
                next.lines[place].unitPriceSeen = offer.unitPrice(quantity: quantity)
                if let note = addition.note { next.lines[place].note = note }
            } else {
                guard next.lines.count < CartState.linesMax else { throw .tooManyLines }
                next.lines.append(
                    CartState.Line(
                        id: newLine(), variant: addition.variant, quantity: quantity, note: addition.note,
                        unitPriceSeen: offer.unitPrice(quantity: quantity)))
            }
        }
        return raised(next, from: cart, now)
    }

    /// Sets quantities; 0 removes the line.
    static func setting(
        _ settings: [Setting], in cart: CartState, offers: [VariantID: Offer], now: Timestamp
    ) throws(CartError) -> CartState {
        var next = cart
        for (index, setting) in settings.enumerated() {
            guard let place = next.lines.firstIndex(where: { $0.id == setting.line }) else { throw .notFound }
            guard setting.quantity > 0 else {
                next.lines.remove(at: place)
                continue
            }
            guard let offer = offers[next.lines[place].variant] else { throw .notFound }
            try check(offer, setting.quantity, index, in: next, offers)
            next.lines[place].quantity = setting.quantity
            next.lines[place].unitPriceSeen = offer.unitPrice(quantity: setting.quantity)
        }
        return raised(next, from: cart, now)
    }

    /// Takes a line out; a line that is not there changes nothing.
    static func removing(
        where matches: (CartState.Line) -> Bool, from cart: CartState, now: Timestamp
    ) -> CartState {
        var next = cart
        next.lines.removeAll(where: matches)
        return raised(next, from: cart, now)
    }

    /// Moves the lines of an anonymous cart into an account's; nil when there is nothing to move.
    ///
    /// Lines of one variant become one with both quantities, even where the offer would refuse so many: the cart shows the
    /// problem, and nothing that was chosen disappears. Lines that find no place, or have another currency than the account's
    /// cart, stay in the anonymous one.
    ///
    /// - Parameter offers: of the variants of both.
    static func merging(
        _ guest: CartState, into account: CartState, offers: [VariantID: Offer], now: Timestamp
    ) -> CartMerge? {
        var next = account
        var left: [CartState.Line] = []
        var currency = account.lines.lazy.compactMap { offers[$0.variant]?.currency }.first
        for line in guest.lines {
            let own = offers[line.variant]?.currency
            if let own, let currency, own != currency {
                left.append(line)
                continue
            }
            currency = currency ?? own
            if let place = next.lines.firstIndex(where: { $0.variant == line.variant }) {
                next.lines[place] = joined(next.lines[place], line, offers[line.variant])
            } else if next.lines.count < CartState.linesMax {
                next.lines.append(line)
            } else {
                left.append(line)
            }
        }
        guard left.count < guest.lines.count else { return nil }
        next.version = account.version + 1
        next.updatedAt = now
        var rest = guest
        rest.lines = left
        rest.version = guest.version + 1
        rest.updatedAt = now
        return CartMerge(guest: rest, account: next)
    }

    /// Makes a cart one of a company, or of its owner alone: whoever asks for it sees the prices that come with it.
    static func buying(
        for company: CompanyID?, _ next: CartState, from cart: CartState, offers: [VariantID: Offer], now: Timestamp
    ) -> CartState {
        var next = next
        next.company = company
        for place in next.lines.indices {
            guard let offer = offers[next.lines[place].variant] else { continue }
            next.lines[place].unitPriceSeen = offer.unitPrice(quantity: next.lines[place].quantity)
        }
        next.version = cart.version + 1
        next.updatedAt = now
        return next
    }

    /// Sends a cart to an address, or nowhere that is known.
    static func going(
        to address: AddressID?, _ next: CartState, from cart: CartState, now: Timestamp
    ) -> CartState {
        var next = next
        next.shippingAddress = address
        next.version = cart.version + 1
        next.updatedAt = now
        return next
    }

    private static func joined(_ line: CartState.Line, _ other: CartState.Line, _ offer: Offer?) -> CartState.Line {
        var joined = line
        // Nobody can order more of one variant.
        joined.quantity = min(line.quantity + other.quantity, Int(Quantity.range.upperBound))
        joined.note = line.note ?? other.note
        // Who saw today's price for both quantities has seen no other for their sum.
        if let offer, [line, other].allSatisfy({ offer.unitPrice(quantity: $0.quantity) == $0.unitPriceSeen }) {
            joined.unitPriceSeen = offer.unitPrice(quantity: joined.quantity)
        }
        return joined
    }

    static func raised(_ next: CartState, from cart: CartState, _ now: Timestamp) -> CartState {
        guard next.lines != cart.lines else { return cart }
        var next = next
        next.version = cart.version + 1
        next.updatedAt = now
        return next
    }

    private static func check(
        _ offer: Offer, _ quantity: Int, _ index: Int, in cart: CartState, _ offers: [VariantID: Offer]
    ) throws(CartError) {
        guard offer.sellable else { throw .sellerUnavailable(offer.variant, index) }
        if let other = cart.lines.lazy.compactMap({ offers[$0.variant] }).first, other.currency != offer.currency {
            throw .currencyMismatch(index)
        }
        if let problem = offer.quantityProblem(quantity) {
            throw .quantity(problem.code, index, message: problem.message)
        }
        guard offer.available >= quantity else {
            throw .insufficientStock(offer.variant, index, requested: quantity, available: max(0, offer.available))
        }
    }
}
