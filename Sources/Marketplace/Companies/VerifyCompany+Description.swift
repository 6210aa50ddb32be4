// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension VerifyCompany {
    static let description = RouteDescription(
        tag: .companies, summary: "Verify or reject a company",
        text: "Exactly the version that was looked at. A company that is not verified buys at nobody's agreed prices.",
        body: .json(
            .object([
                CompanySchema.id, .required("verified", .boolean(example: true)),
                .required("expected_version", .version),
                .optional("note", CompanySchema.note.orNull.says("Required for a rejection; its members read it.")),
            ]).named("CompanyVerdict")),
        answers: [.json(.ok, "The company as it is now.", CompanySchema.company, headers: [.etag])],
        problems: [.notFound, .versionConflict, .gstinTaken])
}
