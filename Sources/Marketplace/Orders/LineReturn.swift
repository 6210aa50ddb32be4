// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// What was given back of a line, and until when it may come back.
struct LineReturn: Sendable {
    /// Units that approved refunds give back, done or under way.
    var quantity: Int
    /// Their money, in minor units of the order's currency.
    var amount: Int64
    /// nil: not yet delivered, over, or never.
    var until: Timestamp?
}

/// What a line owes the marketplace by the rule that was frozen with it, for all of the line: refunds take back their share.
struct LineFee: Sendable {
    var rule: CommissionID
    var version: Int
    var rate: BasisPoints
    /// Minor units of the order's currency, as the tax on it.
    var amount: Int64
    /// At the rate of the day of earning; of today until then.
    var gst: Int64

    func write(to json: inout JSONWriter, _ currency: Currency) {
        json.object { json in
            json.field("rule_id", rule)
            json.field("version", version)
            json.field("rate_bps", rate)
            json.field("amount", Money(minor: amount, currency: currency))
            json.field("gst", Money(minor: gst, currency: currency))
        }
    }
}
