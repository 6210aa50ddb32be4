// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// A row of the provider's report on settlements: one payment, refund or other thing that a settlement is made of.
struct SettlementLine: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case payment, refund
        /// Such as `transfer` or `adjustment`.
        case other(String)
    }

    let kind: Kind
    /// The provider's name of what it is about.
    let entity: String
    /// The dispute that it is about, where one is named.
    let dispute: String?
    /// nil: not settled yet.
    let settlement: String?
    /// Minor units that it adds to the settlement, its fee taken off.
    let credit: Int64
    /// Minor units that it takes off the settlement, its fee included.
    let debit: Int64
    /// What the provider keeps, tax included.
    let fee: Int64
    /// The tax on the fee.
    let tax: Int64

    /// Amounts of one line or settlement: a hundred thousand of the largest do not overflow a sum.
    static let amounts: ClosedRange<Int64> = -10_000_000_000_000...10_000_000_000_000

    init?(_ json: JSONValue) {
        guard let entity = json["entity_id"]?.string, RazorpayID.isValid(entity), let type = json["type"]?.string,
            let credit = Self.amount(json["credit"]), let debit = Self.amount(json["debit"]),
            let fee = Self.amount(json["fee"]), let tax = Self.amount(json["tax"]), tax <= fee
        else { return nil }
        kind =
            switch type {
            case "payment": .payment
            case "refund": .refund
            default: .other(String(type.prefix(40)))
            }
        self.entity = entity
        dispute = json["dispute_id"]?.string
        settlement = json["settlement_id"]?.string
        self.credit = credit
        self.debit = debit
        self.fee = fee
        self.tax = tax
    }

    /// A member that is missing or null is nothing; one that is no amount, or less than nothing, is not read.
    private static func amount(_ json: JSONValue?) -> Int64? {
        guard let json, !json.isNull else { return 0 }
        guard let amount = json.int64, amount >= 0, amounts.contains(amount) else { return nil }
        return amount
    }

    /// What it adds to the settlement.
    var net: Int64 { credit - debit }

    /// What it moves in the provider's account with us, before the fee.
    var gross: Int64 { net + fee }
}

/// A settlement with all that it is made of.
struct SettledMoney: Sendable, Equatable {
    let settlement: RazorpaySettlement
    let lines: [SettlementLine]
    /// What left the provider's account with us, minor units.
    let gross: Int64
    /// What the provider kept, without tax.
    let fees: Int64
    /// The tax on it.
    let tax: Int64

    /// nil where the lines are not what reached the bank: some are missing.
    init?(_ settlement: RazorpaySettlement, _ lines: [SettlementLine]) {
        guard lines.reduce(0, { $0 + $1.net }) == settlement.amount else { return nil }
        self.settlement = settlement
        self.lines = lines
        gross = lines.reduce(0) { $0 + $1.gross }
        tax = lines.reduce(0) { $0 + $1.tax }
        fees = lines.reduce(0) { $0 + $1.fee } - tax
    }

    /// Lines of a settlement that are read; the sum of more is nobody's day.
    static let linesMax = 100_000

    /// Reads the lines of a settlement from the report of its day, in India's time, and of the one after where that has not all of them:
    /// the report names the day on which it was paid.
    ///
    /// - Parameter page: a page of the report of a day, behind so many rows.
    /// - Returns: nil where the lines are not what reached the bank.
    static func read(
        _ settlement: RazorpaySettlement, page: (_ day: String, _ skip: Int) async throws -> [SettlementLine]
    ) async throws -> SettledMoney? {
        var lines: [SettlementLine] = []
        for later in [Duration.zero, .seconds(86_400)] {
            let day = String("\(settlement.createdAt + StoreDay.offset + later)".prefix(10))
            var skip = 0
            while skip < linesMax {
                let rows = try await page(day, skip)
                lines += rows.filter { $0.settlement == settlement.id }
                skip += rows.count
                // Its pages may be shorter than what is asked for.
                if rows.isEmpty { break }
            }
            if let whole = SettledMoney(settlement, lines) { return whole }
        }
        return nil
    }
}
