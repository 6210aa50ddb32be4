// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/admin/ops/inbox/`: a page of the provider's events, newest first, those that want somebody's eye unless told
/// otherwise; or one by its id.
struct ListInbox: Sendable {
    static let path = "/api/admin/ops/inbox/"
    static let parameters = Pages.parametersAndSort + ["state", "event_id"]

    let dependencies: PaymentsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let named = try request.query.single("event_id", expected: "an event's id") { text in
            (1...128).contains(text.utf8.count) && !text.utf8.contains(0) ? text : nil
        }
        let states = try Self.states(request.query)
        let list = ListIdentity(
            route: Self.path, sort: "-received_at",
            filters: [("state", states.map(\.rawValue).sorted().joined(separator: ",")), ("event_id", named ?? "")])
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        let rows: [InboxEvent]
        if let named {
            rows = asked.after == nil ? try await InboxStore.events(named: named, in: dependencies.pool.reads) : []
        } else {
            rows = try await InboxStore.events(
                states, after: try asked.after.map(Self.position), limit: asked.limit + 1, in: dependencies.pool.reads)
        }
        let page = Page(rows: rows, limit: asked.limit) {
            PageCursor([.number($0.receivedAt.microseconds), .text($0.id)])
        }
        return pages.response(page, in: list)
    }

    private static func position(_ cursor: PageCursor) throws -> (receivedAt: Timestamp, id: String) {
        guard cursor.keys.count == 2, case .number(let time) = cursor.keys[0], case .text(let id) = cursor.keys[1]
        else {
            throw Problem(.invalidCursor, detail: "The cursor was not issued for this list.")
        }
        return (Timestamp(microseconds: time), id)
    }

    private static func states(_ query: QueryItems) throws -> [InboxEvent.State] {
        let known = InboxEvent.State.allCases.map(\.rawValue).joined(separator: ", ")
        let asked = try query.single("state", expected: "a comma list of \(known)") { text -> [InboxEvent.State]? in
            var states: [InboxEvent.State] = []
            for word in text.split(separator: ",", omittingEmptySubsequences: false) {
                guard let state = InboxEvent.State(rawValue: String(word)) else { return nil }
                if !states.contains(state) { states.append(state) }
            }
            return states
        }
        return asked ?? [.received, .waiting, .failed, .conflict]
    }
}
