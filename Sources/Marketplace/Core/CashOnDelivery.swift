// SPDX-License-Identifier: Apache-2.0

/// What may be paid in cash at the door, and where.
public struct CashOnDelivery: Sendable, Equatable {
    /// Most that is collected for one order, in minor units of INR; 0: nothing is.
    public let maximum: Int64
    /// States (two letters) and beginnings of PIN codes where nobody collects.
    public let exceptions: [String]

    /// Nobody comes for less than a rupee.
    public static let minimum: Int64 = 100
    /// The law lets nobody take 2,00,000 rupees or more in cash for one transaction (Income-tax Act, section 269ST).
    public static let maximumMax: Int64 = 19_999_999

    /// States the limits.
    public init(maximum: Int64, exceptions: [String] = []) {
        self.maximum = maximum
        self.exceptions = exceptions
    }

    /// Why an order cannot be paid in cash.
    public enum Refusal: Sendable, Equatable {
        /// The shop takes none.
        case notOffered
        /// Too much or too little, or in another currency.
        case amount(ClosedRange<Int64>)
        /// Nobody collects there.
        case address

        /// The same for people.
        public var detail: String {
            switch self {
            case .notOffered: "This shop takes no cash."
            case .amount(let limits):
                "Cash is taken from \(limits.lowerBound) to \(limits.upperBound) paise an order."
            case .address: "Nobody collects cash at this address."
            }
        }
    }

    /// What is taken of one order, in paise; nil where the shop takes no cash.
    public var limits: ClosedRange<Int64>? {
        maximum >= Self.minimum ? Self.minimum...maximum : nil
    }

    /// Why an order that goes there cannot be paid in cash; nil where it can.
    public func refusal(of total: Money, state: String, postalCode: String) -> Refusal? {
        guard let limits else { return .notOffered }
        guard total.currency == .inr, limits.contains(total.minor) else { return .amount(limits) }
        let isExcepted = exceptions.contains { $0 == state || postalCode.hasPrefix($0) }
        return isExcepted || postalCode.isEmpty ? .address : nil
    }
}
