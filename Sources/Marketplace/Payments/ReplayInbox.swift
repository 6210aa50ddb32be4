// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/ops/inbox/replay/`: has events applied again, each through the function that applies webhooks.
///
/// Safe by construction: what was applied is a duplicate there and does nothing, so any event may be named, any number of
/// times. The audit row commits with the key before the first is applied; each event is a transaction of its own.
struct ReplayInbox: Sendable {
    let dependencies: PaymentsDependencies

    /// Events of one request: they are applied one after another, within a handler's time.
    static let idsMax = 50

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.phased.run(
            request, as: caller.principal, retention: IdempotencyHeader.moneyRetention
        ) { transaction in
            let ids = try Self.read(request)
            var after = JSONWriter(capacity: 64 * ids.count)
            after.object { json in
                json.array("ids") { json in
                    for id in ids { json.value(id) }
                }
            }
            try await AuditLog.append(
                "inbox.replayed", by: caller, in: request, entityType: "inbox", entityID: 0, after: after.bytes,
                in: transaction)
            return ids
        } call: { ids in
            var results: [Result] = []
            for id in ids { results.append(try await replay(id, request)) }
            return results
        } finish: { _, _, results in
            .json(capacity: 64 * results.count) { json in
                json.array("results") { json in
                    for result in results { json.value(result) }
                }
            }
        }
    }

    private func replay(_ id: String, _ request: RequestContext) async throws -> Result {
        let pool = dependencies.pool
        guard let (event, before) = try await InboxStore.stored(id, in: pool) else { return Result(id: id) }
        let outcome = try await dependencies.news.receive(
            RazorpayEvent(body: event.body), event, requestID: "\(request.requestID)")
        return Result(
            id: id, before: before, outcome: outcome.code, state: try await InboxStore.stored(id, in: pool)?.state)
    }

    /// What became of one event.
    private struct Result: Sendable, JSONWritable {
        let id: String
        var before: InboxEvent.State?
        var outcome: PaymentOutcome.Code?
        var state: InboxEvent.State?

        func write(to json: inout JSONWriter) {
            json.object { json in
                json.field("id", id)
                json.field("outcome", outcome.map { "\($0)" } ?? "unknown")
                json.fieldIfPresent("before", before?.rawValue)
                json.fieldIfPresent("state", state?.rawValue)
            }
        }
    }

    private static func read(_ request: RequestContext) throws -> [String] {
        try request.json { body in body.strings("ids", count: 1...idsMax, length: 1...128) }
    }

    /// The words for what became of an event.
    static let outcomes = ["applied", "duplicate", "conflict", "waiting", "ignored", "unchanged", "refused", "unknown"]
}
