// SPDX-License-Identifier: Apache-2.0

/// What one line of a cart or order costs: the price of its tier times its quantity, tax contained.
///
/// Carts show it and orders freeze it, from the same function, so that what was shown is what is charged.
public struct LinePrice: Hashable, Sendable {
    /// Price of one, in minor units.
    public let unitPrice: Int64
    /// Taken off; nothing gives a discount yet but coupons, which come with their own rules.
    public let discount: Int64
    /// What the line costs.
    public let total: Int64
    /// How the total splits.
    public let tax: GSTSplit

    /// Prices a line.
    ///
    /// - Throws: `.overflow` when the product does not fit in 64 bits.
    public init(offer: Offer, quantity: Int, supply: SupplyKind) throws(MoneyError) {
        unitPrice = offer.unitPrice(quantity: quantity)
        discount = 0
        total = try Money(minor: unitPrice, currency: offer.currency).multiplied(by: Int64(quantity)).minor
        tax = GSTSplit(inclusiveTotal: total, rate: offer.taxRate, supply: supply)
    }
}

/// Sums of a cart, a seller's part of it, or an order, in minor units of one currency.
public struct PriceTotals: Hashable, Sendable {
    /// Σ lines before discount.
    public private(set) var subtotal: Int64 = 0
    /// Σ discounts.
    public private(set) var discount: Int64 = 0
    /// Shipping; the catalogue's sellers ship free until carriers are connected.
    public private(set) var shipping: Int64 = 0
    /// Σ central tax contained.
    public private(set) var cgst: Int64 = 0
    /// Σ state tax contained.
    public private(set) var sgst: Int64 = 0
    /// Σ integrated tax contained.
    public private(set) var igst: Int64 = 0

    /// Nothing.
    public init() {}

    /// Tax contained in the total.
    public var tax: Int64 { cgst + sgst + igst }
    /// What is to be paid; the parts were added with overflow checks and the discount is never larger than them.
    public var total: Int64 { subtotal - discount + shipping }

    /// Adds a line.
    public mutating func add(_ line: LinePrice) throws(MoneyError) {
        let (sum, overflow) = subtotal.addingReportingOverflow(line.total + line.discount)
        guard !overflow else { throw .overflow }
        subtotal = sum
        // No larger than the total, which did not overflow.
        discount += line.discount
        cgst += line.tax.cgst
        sgst += line.tax.sgst
        igst += line.tax.igst
    }
}
