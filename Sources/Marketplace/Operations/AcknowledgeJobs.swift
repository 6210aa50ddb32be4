// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/ops/jobs/acknowledge/`: a person has looked at what jobs say that no program works off, and ends them.
///
/// Only those of the kinds of `JobStore.acknowledged`; what is done, unknown or of another kind is left alone.
struct AcknowledgeJobs: Sendable {
    static let noteLength = 1...1000

    let dependencies: OperationsDependencies

    private struct Input: Sendable {
        let names: [(kind: String, key: String)]
        let note: String
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            try Self.read(request)
        } _: { transaction, input in
            let done = try await JobStore.acknowledge(input.names, in: transaction)
                .sorted { ($0.kind, $0.key) < ($1.kind, $1.key) }
            for job in done {
                // A job has a name and no number.
                try await AuditLog.append(
                    "job.acknowledged", by: caller, in: request, entityType: "job", entityID: 0,
                    before: RetryJobs.audited(job.kind, job.key, "ready"),
                    after: RetryJobs.audited(job.kind, job.key, "done"), reason: input.note, in: transaction)
            }
            return .json { json in
                json.array("acknowledged") { json in
                    for job in done {
                        json.object { json in
                            json.field("kind", job.kind)
                            json.field("key", job.key)
                        }
                    }
                }
            }
        }
    }

    private static func read(_ request: RequestContext) throws -> Input {
        try request.json { body in
            Input(
                names: body.array("jobs", count: 1...RetryJobs.jobsMax) { job in
                    (job.string("kind", length: 1...100), job.string("key", length: 1...512))
                }, note: body.string("note", length: noteLength))
        }
    }
}
