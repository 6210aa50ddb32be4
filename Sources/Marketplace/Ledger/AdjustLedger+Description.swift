// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension AdjustLedger {
    static let adjustment = Schema.object(
        [
            .required("id", .id(JournalEntryID.self).says("Of the entry, too, once it is approved.")),
            .required("state", .choice(of: Adjustment.State.self, example: .requested)),
            .required("lines", .array(of: LedgerSchema.line)),
            .required("reason", .string(example: "A bank charge that no statement told of")),
            .required("requested_by", .id(UserID.self)), .required("requested_at", .timestamp),
            .optional("decided_by", .id(UserID.self)), .optional("decided_at", .timestamp),
            .optional("decision_note", .string(example: "Seen on the statement")),
        ], isClosed: true
    ).named("LedgerAdjustment")

    private static let amount = Schema.object([
        .required("amount", .integer(amounts, example: 500)), .required("currency", .constant("INR")),
    ])

    /// Exactly one of its forms.
    private static let line = Schema.oneOf([
        form([.required("debit", amount)], without: ["credit", "side", "amount"]),
        form([.required("credit", amount)], without: ["debit", "side", "amount"]),
        form(
            [.required("side", .choice(["debit", "credit"], example: "debit")), .required("amount", amount)],
            without: ["debit", "credit"]),
    ]).named("LedgerLineInput")

    private static func form(_ members: [Schema.Property], without others: [String]) -> Schema {
        .object(
            [.required("account", LedgerSchema.account.example("bank"))] + members
                + others.map { Schema.Property.forbidden($0) })
    }

    private static let example: [JSONTree] = [
        ["account": "bank", "debit": ["amount": 500, "currency": "INR"]],
        ["account": "psp_fees", "credit": ["amount": 500, "currency": "INR"]],
    ]

    static let description = RouteDescription(
        tag: .ledger, summary: "Ask for a correction of the ledger",
        text: """
            A balanced entry that is booked once another admin has agreed. Nothing that was booked is changed: an entry that was \
            wrong is turned back by another one. A line has its amount as `debit` or as `credit`, or as `amount` with its `side`.
            """,
        body: .json(
            .object([
                .required("lines", .array(of: line, count: lines, example: example).says("Debits equal credits.")),
                .required("reason", .string(length: 1...2000, example: "A bank charge that no statement told of")),
            ]).named("LedgerAdjustmentInput")),
        answers: [.json(.created, "What was asked for.", adjustment)],
        problems: [.idempotencyKeyRequired, .validationFailed])
}
