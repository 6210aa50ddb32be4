// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

extension CreateOrder {
    /// Refuses lines whose quantity breaks a rule of the offer. Carts judge each change by the same rules, but lines that were merged from two
    /// carts, or stood there when the seller changed the rule, are judged here alone.
    ///
    /// - Throws: `Problem` 422 with the code of the first such line, and every such line in `errors`.
    /// - Cost: one pass over lines and offers in memory; allocates only to refuse.
    static func checkQuantities(of cart: CartState, _ offers: [VariantID: Offer]) throws {
        var first: ProblemCode?
        var items: [Problem.Item] = []
        for place in cart.lines.indices {
            let line = cart.lines[place]
            // What is offered no more is refused with its own code.
            guard let broken = offers[line.variant]?.quantityProblem(line.quantity) else { continue }
            first = first ?? broken.code
            items.append(
                .init(
                    pointer: "/lines/\(place)", code: broken.code.rawValue, message: broken.message,
                    members: [("variant_id", .string("\(line.variant)"))]))
        }
        guard let first else { return }
        throw Problem(first, detail: "\(items.count) of \(cart.lines.count) lines cannot be ordered so.", errors: items)
    }
}
