// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension CreateCompany {
    static let description = RouteDescription(
        tag: .companies, summary: "Register a company that buys",
        text: "The caller becomes its first admin. Agreed prices apply once the marketplace has verified it.",
        body: .json(
            .object([
                .required("legal_name", CompanySchema.legalName), .required("gstin", CompanySchema.gstin),
                .optional(
                    "pan",
                    Schema.string(length: 10...10, example: "AAGCB7383J").orNull.says(
                        "Where it is sent, the one in the GSTIN.")),
                .required("billing_email", CompanySchema.email),
            ]).named("NewCompany")),
        answers: [.json(.created, "The company, to be verified.", CompanySchema.company, headers: [.etag])],
        problems: [.gstinTaken])
}
