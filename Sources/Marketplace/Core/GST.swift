// SPDX-License-Identifier: Apache-2.0

/// Whether seller and place of supply lie in the same state, which decides who receives the tax.
public enum SupplyKind: Hashable, Sendable {
    /// Same state: central and state tax, half each.
    case intraState
    /// Different states: integrated tax.
    case interState

    /// Compares the two-letter codes of the seller's state and of the place of supply.
    public init(sellerState: String, placeOfSupply: String) {
        self = sellerState.utf8.elementsEqual(placeOfSupply.utf8) ? .intraState : .interState
    }
}

/// How much of a tax-inclusive amount is goods-and-services tax.
///
/// Prices in the catalogue include the tax, as consumers see them. So a line's total is what it is (price times quantity less
/// discount), the tax is computed from it, and the taxable value is what remains: `taxable + cgst + sgst + igst == total`
/// holds exactly, whatever is rounded. Each component is rounded once, half away from zero: the integrated tax is
/// `total × rate / (1 + rate)`; central and state tax are each half of that rate's share, rounded alike and hence equal, as
/// the law wants them.
public struct GSTSplit: Hashable, Sendable {
    /// The amount without tax, in minor units.
    public let taxable: Int64
    /// Central tax.
    public let cgst: Int64
    /// State tax, equal to the central one.
    public let sgst: Int64
    /// Integrated tax; zero when the other two are not, and the reverse.
    public let igst: Int64

    /// The tax in total; cannot overflow, since it is smaller than the amount it came from.
    public var tax: Int64 { cgst + sgst + igst }

    /// States a split that was computed and stored before.
    public init(taxable: Int64, cgst: Int64, sgst: Int64, igst: Int64) {
        self.taxable = taxable
        self.cgst = cgst
        self.sgst = sgst
        self.igst = igst
    }

    /// Splits a tax-inclusive total.
    ///
    /// - Parameters:
    ///   - total: minor units, tax included, after discount; negative for a refund, which gives the mirrored split.
    ///   - rate: the tax rate on the taxable value.
    public init(inclusiveTotal total: Int64, rate: BasisPoints, supply: SupplyKind) {
        let share = Int128(total) * Int128(rate.rawValue)
        let whole = 10_000 + Int128(rate.rawValue)
        switch supply {
        case .interState:
            cgst = 0
            sgst = 0
            igst = Int64(Rounding.halfAwayFromZero(share, whole))
        case .intraState:
            // Two halves rounded up may exceed the tax by one, but never the amount: at total 1 each is at most 0.45.
            cgst = Int64(Rounding.halfAwayFromZero(share, whole * 2))
            sgst = cgst
            igst = 0
        }
        taxable = total - cgst - sgst - igst
    }
}
