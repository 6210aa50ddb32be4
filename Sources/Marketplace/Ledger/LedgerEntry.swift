// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// One balanced entry of the journal.
struct LedgerEntry: Sendable, JSONWritable {
    /// One side of it: an account is debited or credited.
    struct Line: Sendable, JSONWritable {
        let account: LedgerAccount
        let debit: Money
        let credit: Money

        func write(to json: inout JSONWriter) {
            json.object { json in
                json.field("account", account.description)
                if debit.minor != 0 { json.field("debit", debit) } else { json.field("credit", credit) }
            }
        }
    }

    let id: JournalEntryID
    /// What happened: `payment_captured`, `earned` …
    let kind: String
    /// Which of its kind: no two entries of a kind have the same.
    let reference: String
    let order: OrderID?
    let payment: PaymentID?
    let currency: Currency
    let createdAt: Timestamp
    var lines: [Line] = []

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("kind", kind)
            json.field("reference", reference)
            json.fieldIfPresent("order_id", order)
            json.fieldIfPresent("payment_id", payment)
            json.array("lines") { json in
                for line in lines { json.value(line) }
            }
            json.field("created_at", createdAt)
        }
    }
}

/// What an account holds, or what some entries do to it.
struct AccountBalance: Sendable, JSONWritable {
    let account: LedgerAccount
    let debit: Money
    let credit: Money
    let lines: Int

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("account", account.description)
            json.field("debit", debit)
            json.field("credit", credit)
            json.field("balance", Money(minor: debit.minor &- credit.minor, currency: debit.currency))
            json.field("lines", lines)
        }
    }
}
