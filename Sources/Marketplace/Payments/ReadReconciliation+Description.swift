// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ReadReconciliation {
    static let description = RouteDescription(
        tag: .admin, summary: "Read a reconciliation",
        text: """
            What is open comes first; at most 1,000 differences are shown. `missing_here` is made good by the functions that apply \
            webhooks; `missing_there`, `amount_diff` and what the ledger lacks are for a person.
            """,
        parameters: [.query("id", "The run.", .id(ReconciliationID.self), isRequired: true)],
        answers: [
            .json(
                .ok, "The run and its differences.",
                .object(
                    ReconciliationSchema.members + [
                        .required("differences", .array(of: ReconciliationSchema.difference))
                    ], isClosed: true))
        ], problems: [.notFound, .validationFailed])
}
