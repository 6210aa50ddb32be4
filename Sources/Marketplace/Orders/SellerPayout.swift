// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// What a part has earned its seller, less what went back of it since; minor units of the order's currency.
public struct SellerPayout: Sendable, Equatable {
    /// What its buyer paid for it and has not been given back.
    public let earned: Int64
    /// What the marketplace keeps, with the tax on it.
    public let commission: Int64
    /// What is withheld for the tax office (TCS and TDS).
    public let taxWithheld: Int64

    /// States it.
    public init(earned: Int64, commission: Int64, taxWithheld: Int64) {
        self.earned = earned
        self.commission = commission
        self.taxWithheld = taxWithheld
    }

    /// What is left for the seller.
    public var net: Int64 { earned - commission - taxWithheld }

    func write(to json: inout JSONWriter, _ currency: Currency) {
        json.object { json in
            json.field("earned", Money(minor: earned, currency: currency))
            json.field("commission", Money(minor: commission, currency: currency))
            json.field("tax_withheld", Money(minor: taxWithheld, currency: currency))
            json.field("net", Money(minor: net, currency: currency))
        }
    }
}

extension OrderSchema {
    /// What a part has earned.
    static let payout = Schema.object(
        [
            .required("earned", .money(259_800)), .required("commission", .money(25_980)),
            .required("tax_withheld", .money(2_598)), .required("net", .money(231_222)),
        ], isClosed: true
    ).says(
        "For its seller and admins, once it is earned: less what went back of it since. The commission is with its GST."
    ).named(
        "SellerPayout")
}
