// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// What the provider has paid to our bank, as far as we read it.
///
/// Its fees and their tax are read from its lines: in the header they may be there, or may have been taken off before.
struct RazorpaySettlement: Sendable, Equatable {
    let id: String
    /// What reached the bank, minor units of the account's currency.
    let amount: Int64
    /// created, processed, failed; others may come.
    let status: String
    let createdAt: Timestamp

    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string, RazorpayID.isValid(id), let amount = json["amount"]?.int64,
            SettlementLine.amounts.contains(amount), let status = json["status"]?.string,
            let createdAt = json["created_at"]?.int64, (0...253_402_300_799).contains(createdAt)
        else { return nil }
        self.id = id
        self.amount = amount
        self.status = String(status.prefix(40))
        self.createdAt = Timestamp(seconds: createdAt)
    }
}
