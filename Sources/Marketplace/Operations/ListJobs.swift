// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/admin/ops/jobs/`: a page of the jobs that were given up and of those that are late, unless others are asked for; with how many
/// there are of each kind.
///
/// - Cost: three statements.
struct ListJobs: Sendable {
    static let path = "/api/admin/ops/jobs/"

    let dependencies: OperationsDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let state = try Self.state(request)
        let kind = request.query["kind"]
        let list = ListIdentity(
            route: Self.path, sort: "kind,run_at,key",
            filters: [("state", state?.rawValue ?? ""), ("kind", kind ?? "")])
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        let store = JobStore(postgres: dependencies.pool)
        let rows = try await store.jobs(
            state, kind: kind, after: try asked.after.map(Self.position), limit: asked.limit + 1)
        let page = Page(rows: rows, limit: asked.limit) {
            PageCursor([.text($0.kind), .number($0.runAt.microseconds), .text($0.key)])
        }
        let counts = try await store.counts()
        let lags = Dictionary(uniqueKeysWithValues: try await store.lags().map { ($0.kind, $0.seconds) })
        return pages.response(page, in: list) { job, json in
            Self.write(job, to: &json)
        } more: { json in
            json.array("kinds") { json in
                for kind in Set(counts.map(\.kind)).sorted() {
                    Self.write(kind, counts.filter { $0.kind == kind }, lags[kind] ?? 0, to: &json)
                }
            }
        }
    }

    /// Which are asked for; nil: the dead ones and the late ones.
    static func state(_ request: RequestContext) throws -> JobSelection? {
        guard let text = request.query["state"] else { return nil }
        guard let state = JobSelection(rawValue: text) else {
            throw Problem(.malformedRequest, detail: "state is none of ready, running, dead, late and alert.")
        }
        return state
    }

    private static func position(_ cursor: PageCursor) throws -> JobStore.Position {
        guard cursor.keys.count == 3, case .text(let kind) = cursor.keys[0], case .number(let time) = cursor.keys[1],
            case .text(let key) = cursor.keys[2]
        else { throw Problem(.invalidCursor) }
        return (kind, Timestamp(microseconds: time), key)
    }

    private static func write(_ job: JobRecord, to json: inout JSONWriter) {
        json.object { json in
            json.field("kind", job.kind)
            json.field("key", job.key)
            json.field("state", job.state)
            json.field("attempts", job.attempts)
            json.field("run_at", job.runAt)
            json.fieldIfPresent("last_error", job.lastError)
            json.field("created_at", job.createdAt)
            json.field("updated_at", job.updatedAt)
        }
    }

    private static func write(
        _ kind: String, _ counts: [(kind: String, state: String, count: Int)], _ lag: Double, to json: inout JSONWriter
    ) {
        json.object { json in
            json.field("kind", kind)
            json.field("ready", counts.first { $0.state == "ready" }?.count ?? 0)
            json.field("running", counts.first { $0.state == "running" }?.count ?? 0)
            json.field("dead", counts.first { $0.state == "dead" }?.count ?? 0)
            json.field("late_seconds", Int(max(0, lag)))
        }
    }
}
