// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension AcceptDispute {
    static let description = RouteDescription(
        tag: .admin, summary: "Accept a dispute",
        text: """
            The disputed money goes back to the buyer's bank, and the dispute is lost; this cannot be undone. Only while it is open or \
            evidence is required (409 otherwise). Accepting again changes nothing. Where the provider does not answer, the call is \
            finished in the background, and asking again says what became of it.
            """,
        body: .json(
            .object([
                .required("id", .id(DisputeID.self)),
                .required("note", .string(length: 1...2000, example: "The parcel was lost on the way.")),
            ]).named("DisputeAcceptance")),
        answers: [.json(.ok, "The dispute.", DisputeSchema.dispute)],
        problems: [.notFound, .illegalTransition, .paymentProviderUnavailable])
}
