// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension AcceptInvitation {
    static let description = RouteDescription(
        tag: .companies, summary: "Accept an invitation to a company",
        text: """
            Takes the token of a mail, once, within seven days, from the account whose address it was sent to. Who is a member \
            already keeps their role.
            """,
        body: .json(
            .object([
                .required("token", .string(length: 1...128, example: "q0Fh7Jc2bV9mX4tK1sR8wY5nL3pD6gZ0aE7uC2iO9kM"))
            ])
            .named("CompanyAcceptance")),
        answers: [.json(.ok, "The company that the caller belongs to.", CompanySchema.company, headers: [.etag])])
}
