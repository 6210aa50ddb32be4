// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension AcknowledgeJobs {
    static let description = RouteDescription(
        tag: .admin, summary: "End jobs that wait for a person",
        text: """
            Of `payment.event_conflict` (one event with two bodies), `payment.event_unmatched` (an event about nothing of ours), \
            `payment.event_unreadable` (a signed event that is not as documented) and `refund.review` (a refund made in the provider's dashboard), once somebody has looked at what they say. Others are left alone.
            """,
        body: .json(
            .object([
                .required("jobs", .array(of: RetryJobs.name, count: 1...RetryJobs.jobsMax)),
                .required(
                    "note", .string(length: noteLength, example: "Asked the provider: sent twice after a repair.")),
            ]).named("JobsToAcknowledge")),
        answers: [
            .json(
                .ok, "Those that were ended.",
                .object([.required("acknowledged", .array(of: RetryJobs.name))], isClosed: true))
        ])
}
