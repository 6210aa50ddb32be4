// SPDX-License-Identifier: Apache-2.0
public import MarketCore

/// Units that a seller's part of an unpaid order holds.
public struct HeldReservation: Sendable {
    /// Why they are still held.
    public enum Cause: String, CaseIterable, Sendable {
        /// Nobody has begun to pay.
        case unpaid
        /// A payment is open at the provider, or authorized.
        case paying
        /// The time to pay is over, and they have not been given back yet.
        case overdue
    }

    /// Some units of a variant.
    public struct Units: Sendable {
        /// Of what.
        public let variant: VariantID
        /// How many.
        public let quantity: Int

        /// States it.
        public init(variant: VariantID, quantity: Int) {
            self.variant = variant
            self.quantity = quantity
        }
    }

    /// The seller's part, which has one reservation.
    public let part: SellerOrderID
    /// The whole order.
    public let order: OrderID
    /// Why they are still held.
    public let cause: Cause
    /// Since when.
    public let createdAt: Timestamp
    /// Until when, unless it is paid before.
    public let expiresAt: Timestamp
    /// Seconds since then, by the database's clock.
    public let ageSeconds: Int64
    /// What is held.
    public let units: [Units]

    /// A place in the list of those that end first.
    public typealias Position = (expiresAt: Timestamp, part: SellerOrderID)

    /// States it.
    public init(
        part: SellerOrderID, order: OrderID, cause: Cause, createdAt: Timestamp, expiresAt: Timestamp,
        ageSeconds: Int64, units: [Units]
    ) {
        self.part = part
        self.order = order
        self.cause = cause
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.ageSeconds = ageSeconds
        self.units = units
    }
}
