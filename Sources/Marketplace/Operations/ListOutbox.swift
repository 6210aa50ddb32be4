// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/admin/ops/outbox/`: a page of the events that wait to be handed on, oldest first, or of those that were, newest first.
struct ListOutbox: Sendable {
    static let path = "/api/admin/ops/outbox/"

    /// Which events.
    enum State: String, CaseIterable {
        case waiting, published
    }

    let dependencies: OperationsDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let state = try Self.state(request)
        let list = ListIdentity(
            route: Self.path, sort: state == .waiting ? "id" : "-id", filters: [("state", state.rawValue)])
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        let position = try asked.after.map(Self.position)
        let rows =
            switch state {
            case .waiting:
                try await OutboxStore.waiting(after: position, limit: asked.limit + 1, in: dependencies.pool)
            case .published:
                try await OutboxStore.published(before: position, limit: asked.limit + 1, in: dependencies.pool)
            }
        let page = Page(rows: rows, limit: asked.limit) { PageCursor([.number($0.id.rawValue)]) }
        return pages.response(page, in: list) { row, json in
            json.object { EventRendering.writeMembers(row, to: &$0) }
        }
    }

    private static func state(_ request: RequestContext) throws -> State {
        guard let text = request.query["state"] else { return .waiting }
        guard let state = State(rawValue: text) else {
            throw Problem(.malformedRequest, detail: "state is none of waiting and published.")
        }
        return state
    }

    private static func position(_ cursor: PageCursor) throws -> EventID {
        guard cursor.keys.count == 1, case .number(let id) = cursor.keys[0] else { throw Problem(.invalidCursor) }
        return EventID(rawValue: id)
    }
}
