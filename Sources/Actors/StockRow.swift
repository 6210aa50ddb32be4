// SPDX-License-Identifier: Apache-2.0
public import MarketCore

/// The committed stock of one variant, as a journal returned it.
public struct StockRow: Sendable, Equatable {
    /// Buyers see how many are left up to here, and above it only that there are some: enough for "only 3 left", nothing to
    /// spy on.
    public static let availableShownMax = 10

    /// The variant, which is what these texts call a SKU.
    public let variant: VariantID
    /// Units in the warehouse, 0 or more.
    public var onHand: Int
    /// Units promised to orders, 0…onHand.
    public var reserved: Int
    /// Raised by every update of the row: a higher one is newer.
    public var version: Int64
    /// Raised by each change of price, tax, or sellable state.
    public var offerVersion: Int64
    /// Whether the offer can be bought at all.
    public var sellable: Bool

    /// States a row.
    public init(
        variant: VariantID, onHand: Int, reserved: Int, version: Int64, offerVersion: Int64, sellable: Bool
    ) {
        self.variant = variant
        self.onHand = onHand
        self.reserved = reserved
        self.version = version
        self.offerVersion = offerVersion
        self.sellable = sellable
    }

    /// What can still be promised.
    public var available: Int { onHand - reserved }
}

/// What an order wants of one variant.
public struct StockLine: Sendable, Equatable {
    /// The variant; once per order, quantities are summed before.
    public let variant: VariantID
    /// 1 or more.
    public let quantity: Int
    /// The version of the offer that the line was priced with.
    public let offerVersion: Int64

    /// States a demand.
    public init(variant: VariantID, quantity: Int, offerVersion: Int64) {
        self.variant = variant
        self.quantity = quantity
        self.offerVersion = offerVersion
    }
}

/// Why one line of an order cannot be had.
public struct LineRefusal: Sendable, Equatable {
    /// The kinds of refusal.
    public enum Reason: Sendable, Equatable {
        /// Fewer units than wanted are committed as available.
        case insufficientStock
        /// The offer changed after the line was priced.
        case priceChanged
        /// The seller or the product does not sell now.
        case sellerUnavailable
    }

    /// The line's variant.
    public let variant: VariantID
    /// Why.
    public let reason: Reason
    /// Units wanted.
    public let requested: Int
    /// Units available when it was judged.
    public let available: Int

    /// States a refusal.
    public init(variant: VariantID, reason: Reason, requested: Int, available: Int) {
        self.variant = variant
        self.reason = reason
        self.requested = requested
        self.available = available
    }
}
