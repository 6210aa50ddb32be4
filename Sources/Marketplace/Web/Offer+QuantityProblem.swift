// SPDX-License-Identifier: Apache-2.0
public import MarketCore

extension Offer {
    /// Which of the offer's rules a quantity breaks; nil where it may be bought. Carts and orders judge by the same.
    public func quantityProblem(_ quantity: Int) -> (code: ProblemCode, message: String)? {
        if quantity < minQuantity { return (.belowMinimumQuantity, "at least \(minQuantity)") }
        if quantity % step != 0 { return (.notAMultiple, "a multiple of \(step)") }
        let most = min(maxQuantity ?? Int(Quantity.range.upperBound), Int(Quantity.range.upperBound))
        if quantity > most { return (.aboveMaximumQuantity, "at most \(most)") }
        return nil
    }
}
