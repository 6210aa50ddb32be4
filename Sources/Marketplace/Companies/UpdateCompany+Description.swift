// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension UpdateCompany {
    static let description = RouteDescription(
        tag: .companies, summary: "Change a company",
        text: """
            For its admins; an absent member is left as it is. Another name or GSTIN has it verified anew: until then its members buy \
            for themselves.
            """,
        parameters: [.ifMatch],
        body: .json(
            .object([
                CompanySchema.id, .optional("legal_name", CompanySchema.legalName.orNull),
                .optional("gstin", CompanySchema.gstin.orNull), .optional("billing_email", CompanySchema.email.orNull),
                CompanySchema.expectedVersion,
            ]).named("CompanyChange")),
        answers: [.json(.ok, "The company as it is now.", CompanySchema.company, headers: [.etag])],
        problems: [.notFound, .forbidden, .gstinTaken, .versionConflict])
}
