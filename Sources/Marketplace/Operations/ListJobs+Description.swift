// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListJobs {
    private static let kind = Schema.string(length: 1...100, example: "mail.send")

    /// A job as it is shown.
    private static let job = Schema.object(
        [
            .required("kind", kind), .required("key", .string(example: "a6e1c0de")),
            .required("state", .choice(["ready", "running", "dead"], example: "dead")),
            .required("attempts", .integer(0...Int.max, example: 12)), .required("run_at", .timestamp),
            .optional("last_error", .string(length: 0...500, example: "the mail server answered 550")),
            .required("created_at", .timestamp), .required("updated_at", .timestamp),
        ], isClosed: true
    ).named("Job")

    private static let count = Schema.integer(0...Int.max, example: 1)

    static let description = RouteDescription(
        tag: .admin, summary: "List jobs",
        text: """
            What committed work still owes, by kind, those first that are due first; what a job holds is not shown. `late` are those that \
            have been due for a minute, `alert` those that wait for a person; without `state` the dead ones and the late ones come. With the number of jobs of each kind that are not done.
            """,
        parameters: RouteParameter.page + [
            .query(
                "state", "Those alone; dead and late ones unless given.",
                .choice(JobSelection.allCases.map(\.rawValue), example: "dead")),
            .query("kind", "Of this kind alone.", kind),
        ],
        answers: [
            .json(
                .ok, "The page.",
                .page(
                    of: job,
                    with: [
                        .required(
                            "kinds",
                            .array(
                                of: .object(
                                    [
                                        .required("kind", kind), .required("ready", count), .required("running", count),
                                        .required("dead", count),
                                        .required("late_seconds", count.says("How long one of them has been due.")),
                                    ], isClosed: true)))
                    ]))
        ], problems: [.invalidCursor])
}
