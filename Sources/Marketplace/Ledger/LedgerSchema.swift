// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// The shapes of the ledger.
enum LedgerSchema {
    static let account = Schema.string(length: 1...200, example: "seller_available:sel_01jd3k5v8x9ya")

    static let line = Schema.object(
        [
            .required("account", account), .optional("debit", .money(118_000)), .optional("credit", .money(118_000)),
        ], isClosed: true
    ).named("LedgerLine").says("One of debit and credit.")

    static let entry = Schema.object(
        [
            .required("id", .id(JournalEntryID.self)),
            .required("kind", .string(example: "earned").says("What happened.")),
            .required("reference", .string(example: "1234").says("Which of its kind: each is booked once.")),
            .optional("order_id", .id(OrderID.self)), .optional("payment_id", .id(PaymentID.self)),
            .required("lines", .array(of: line).says("Their debits equal their credits.")),
            .required("created_at", .timestamp),
        ], isClosed: true
    ).named("LedgerEntry")

    static let balance = Schema.object(
        [
            .required("account", account), .required("debit", .money(118_000)), .required("credit", .money(118_000)),
            .required("balance", .money(0).says("Debits less credits.")),
            .required("lines", .integer(0...Int.max, example: 12)),
        ], isClosed: true
    ).named("AccountBalance")

    static let trace = Schema.object(
        [
            .required(
                "groups",
                .array(
                    of: .object(
                        [.required("kind", .string(example: "earned")), .required("entries", .array(of: entry))],
                        isClosed: true
                    ).named("LedgerGroup"))),
            .required("accounts", .array(of: balance).says("What the entries do to each.")),
            .required("sum", .money(0).says("Over all accounts: nothing.")),
        ], isClosed: true
    ).named("LedgerTrace")
}

extension ListLedgerAccounts {
    static let description = RouteDescription(
        tag: .ledger, summary: "List accounts",
        text: "What each account holds, by name. `class` names what comes before the first colon.",
        parameters: RouteParameter.page(sortedBy: "account") + [
            .query(
                "class", "Accounts of this class.",
                .choice(LedgerAccount.classNames, example: "seller_available"))
        ],
        answers: [.json(.ok, "A page.", .page(of: LedgerSchema.balance))],
        problems: [.invalidCursor, .validationFailed])
}

extension ListLedgerEntries {
    static let description = RouteDescription(
        tag: .ledger, summary: "List entries", text: "Newest first. No entry is ever changed or removed.",
        parameters: RouteParameter.page(sortedBy: "-created_at") + [
            .query("account", "Entries with a line of this account.", LedgerSchema.account),
            .query(
                "kind", "Entries of this kind.", .string(pattern: "^[a-z_]{1,60}$", example: "earned")),
            .query("order_id", "Entries about this order.", .id(OrderID.self)),
            .query("created_from", "Not before.", CommissionSchema.moment),
            .query("created_to", "Before.", CommissionSchema.moment),
        ],
        answers: [.json(.ok, "A page.", .page(of: LedgerSchema.entry))],
        problems: [.invalidCursor, .notFound, .validationFailed])
}

extension TraceLedger {
    static let description = RouteDescription(
        tag: .ledger, summary: "Trace money",
        text:
            """
            All entries about an order, a payment, a refund or a settlement, by kind, and what they do to each account: in sum nothing. \
            A settlement is the provider's, by its own name: what came to the bank, its fees and their tax. Without entries it is not \
            booked.
            """,
        parameters: [
            .query("order_id", "One of the four.", .id(OrderID.self)),
            .query("payment_id", "One of the four.", .id(PaymentID.self)),
            .query("refund_id", "One of the four.", .id(RefundID.self)),
            .query(
                "settlement_id", "One of the four.",
                .string(pattern: "^setl_[A-Za-z0-9]{14}$", example: "setl_7IZKKI4Pnt2kEe")),
        ],
        answers: [.json(.ok, "The entries.", LedgerSchema.trace)], problems: [.notFound, .validationFailed])
}
