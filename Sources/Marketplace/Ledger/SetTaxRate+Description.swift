// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension SetTaxRate {
    static let description = RouteDescription(
        tag: .ledger, summary: "Set a tax rate",
        text:
            "From a day on, today in India at the earliest. A rate is neither changed nor taken back; the next one ends it.",
        body: .json(
            .object([
                .required("kind", .choice(of: TaxRate.Name.self, example: .tcs)),
                .required("rate_bps", .integer(0...5000, example: 50)), .required("effective_from", TaxRate.day),
                .optional(
                    "base", .choice(of: TaxRate.Base.self, example: .taxable).says("Unless given, the usual one.")),
                .required("source", .string(length: 1...500, example: "Notification No. 1/2030-Central Tax")),
            ]).named("TaxRateInput")),
        answers: [.json(.created, "The rate.", TaxRate.schema)], problems: [.validationFailed])
}
