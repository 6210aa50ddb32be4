// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/ops/jobs/retry/`: sends jobs back to work that were given up, or that failed and wait for their next attempt.
///
/// Its attempts so far do not count against a job any more. What is done, at work, unknown or planned for later is left alone.
struct RetryJobs: Sendable {
    /// Jobs of one request, as of other requests that name many.
    static let jobsMax = 100

    let dependencies: OperationsDependencies

    private struct Name: Sendable {
        let kind: String
        let key: String
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            try Self.read(request)
        } _: { transaction, names in
            let retried = try await JobStore.retry(names.map { ($0.kind, $0.key) }, in: transaction)
            for job in retried {
                // A job has a name and no number.
                try await AuditLog.append(
                    "job.retried", by: caller, in: request, entityType: "job", entityID: 0,
                    before: Self.audited(job.kind, job.key, job.state), after: Self.audited(job.kind, job.key, "ready"),
                    in: transaction)
            }
            return .json { json in
                json.array("retried") { json in
                    for job in retried.sorted(by: { ($0.kind, $0.key) < ($1.kind, $1.key) }) {
                        json.object { json in
                            json.field("kind", job.kind)
                            json.field("key", job.key)
                        }
                    }
                }
            }
        }
    }

    private static func read(_ request: RequestContext) throws -> [Name] {
        try request.json { body in
            body.array("jobs", count: 1...jobsMax) { job in
                Name(kind: job.string("kind", length: 1...100), key: job.string("key", length: 1...512))
            }
        }
    }

    /// What an act changes of a job.
    static func audited(_ kind: String, _ key: String, _ state: String) -> [UInt8] {
        var json = JSONWriter(capacity: 96)
        json.object { json in
            json.field("kind", kind)
            json.field("job", key)
            json.field("state", state)
        }
        return json.bytes
    }
}
