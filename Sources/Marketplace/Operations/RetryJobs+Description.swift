// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension RetryJobs {
    /// How a job is called.
    static let name = Schema.object([
        .required("kind", .string(length: 1...100, example: "mail.send")),
        .required("key", .string(length: 1...512, example: "a6e1c0de")),
    ]).named("JobName")

    static let description = RouteDescription(
        tag: .admin, summary: "Send jobs back to work",
        text: """
            Jobs that were given up, or that failed and wait for their next attempt, are due at once, and their attempts so far do not count any \
            more. Others are left alone.
            """,
        body: .json(.object([.required("jobs", .array(of: name, count: 1...jobsMax))]).named("JobsToRetry")),
        answers: [
            .json(.ok, "Those that were sent back.", .object([.required("retried", .array(of: name))], isClosed: true))
        ])
}
