// SPDX-License-Identifier: Apache-2.0
import HTTP

/// What the provider has paid to our bank, as far as we read it.
struct RazorpaySettlement: Sendable, Equatable {
    let id: String
    /// What reached the bank, minor units of the account's currency.
    let amount: Int64
    /// What it kept, tax included.
    let fees: Int64
    /// The tax on its fees.
    let tax: Int64
    /// created, processed, failed; others may come.
    let status: String

    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string, RazorpayID.isValid(id), let amount = json["amount"]?.int64,
            let fees = json["fees"]?.int64, fees >= 0, let tax = json["tax"]?.int64, (0...fees).contains(tax),
            amount <= Int64.max - fees, let status = json["status"]?.string
        else { return nil }
        self.id = id
        self.amount = amount
        self.fees = fees
        self.tax = tax
        self.status = String(status.prefix(40))
    }

    /// What left the provider's account.
    var gross: Int64 { amount + fees }
}
