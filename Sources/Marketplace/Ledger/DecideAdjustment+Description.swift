// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension DecideAdjustment {
    static let description = RouteDescription(
        tag: .ledger, summary: "Decide a correction of the ledger",
        text: "Never by the admin who asked for it. Approved, it is booked; either way it is decided once.",
        body: .json(
            .object([
                .required("id", .id(JournalEntryID.self)),
                .required("decision", .choice(of: Verdict.self, example: .approve)),
                .optional(
                    "note", .string(length: 1...2000, example: "Seen on the statement").says("Of a rejection: why.")),
            ]).named("LedgerAdjustmentDecision")),
        answers: [.json(.ok, "The correction as it is now.", AdjustLedger.adjustment)],
        problems: [.idempotencyKeyRequired, .fourEyesRequired, .illegalTransition, .notFound, .validationFailed])
}
