// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/admin/catalog/products/pending/`: the revisions that wait for a decision, the oldest first unless `sort` says otherwise.
///
/// - Errors: 400 `invalid-cursor`, 404 for a seller's id of the wrong form, 422.
/// - Cost: two statements; the index of open revisions leads the first.
struct ListPendingProducts: Sendable {
    static let path = "/api/admin/catalog/products/pending/"
    static let parameters = Pages.parameters + ["seller_id", "older_than_hours"] + ProductPeriods.parameters + ["sort"]
    static let hours = 0...87_600

    let dependencies: ProductsDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let query = CatalogQuery(request)
        var filters: [(name: String, value: String)] = []
        var seller: SellerID?
        if let text = try query.text("seller_id") {
            guard let id = SellerID(text) else { throw Problem(.notFound) }
            seller = id
            filters.append(("seller_id", text))
        }
        let hours = try query.number("older_than_hours", in: Self.hours)
        if let hours { filters.append(("older_than_hours", "\(hours)")) }
        for name in Pages.parameters { _ = try query.text(name) }
        let periods = try ProductPeriods.read(query)
        filters += periods.identity
        let isNewestFirst = try query.isTurned(sort: "submitted_at", usually: "submitted_at")
        let list = ListIdentity(
            route: Self.path, sort: isNewestFirst ? "-submitted_at" : "submitted_at", filters: filters)
        let asked = try Pages(cursors: dependencies.cursors).request(request, in: list)
        let store = dependencies.reads
        let rows = try await store.pending(
            of: seller, olderThanHours: hours, periods, isNewestFirst: isNewestFirst,
            after: try asked.after.map(Self.position), limit: asked.limit)
        let filled = try await store.filled(rows.map(\.summary), limit: asked.limit)
        let items = zip(rows, filled).map { PendingProduct(summary: $1, submittedAt: $0.submittedAt, now: $0.now) }
        var json = JSONWriter(capacity: 256 + items.count * 1024)
        json.object { json in
            json.array("data") { json in
                for item in items { item.write(to: &json) }
            }
            let next =
                items.count < rows.count ? items.last.map { dependencies.cursors.encode($0.cursor, in: list) } : nil
            json.object("page") { json in
                json.field("limit", asked.limit)
                json.field("next_cursor", next)
                json.field("has_more", next != nil)
            }
        }
        return HTTPResponse(.ok, body: json.bytes)
    }

    private static func position(_ cursor: PageCursor) throws -> (submittedAt: Timestamp, id: ProductID) {
        let (time, id) = try cursor.twoNumbers()
        return (Timestamp(microseconds: time), ProductID(rawValue: id))
    }
}

/// A revision that waits, with its product.
struct PendingProduct: Sendable {
    let summary: ProductSummary
    let submittedAt: Timestamp
    /// When it was read.
    let now: Timestamp

    var cursor: PageCursor { PageCursor([.number(submittedAt.microseconds), .number(summary.id.rawValue)]) }

    /// Writes the summary with how long it has waited, in whole hours.
    func write(to json: inout JSONWriter) {
        json.object { json in
            summary.writeMembers(to: &json)
            json.field("submitted_at", submittedAt)
            json.field("waiting_hours", max(0, (now.microseconds - submittedAt.microseconds) / 3_600_000_000))
        }
    }
}
