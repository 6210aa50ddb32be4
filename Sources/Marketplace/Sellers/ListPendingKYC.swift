// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/admin/kyc/pending/`: a page of the documents that wait for a reviewer, oldest first.
struct ListPendingKYC: Sendable {
    static let path = "/api/admin/kyc/pending/"

    let dependencies: SellersDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let list = ListIdentity(route: Self.path, sort: "submitted_at", filters: [])
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        let rows = try await KYCStore.pending(
            after: try asked.after.map(Self.position), limit: asked.limit + 1, in: dependencies.pool.reads)
        let page = Page(rows: rows.map(Row.init), limit: asked.limit) { row in
            PageCursor([.number(row.submittedAt.microseconds), .number(row.document.id.rawValue)])
        }
        let (links, now) = (dependencies.links, dependencies.clock.now())
        return pages.response(page, in: list) { row, json in
            json.object { json in
                row.document.writeMembers(to: &json)
                json.field("url", links.url(of: row.document.id, for: caller.userSession, now: now))
                json.field("submitted_at", row.submittedAt)
                json.object("seller") { json in
                    json.field("id", row.document.seller)
                    json.field("name", row.seller)
                }
            }
        }
    }

    private struct Row: Sendable {
        let document: KYCDocument
        let seller: String

        init(_ row: (document: KYCDocument, seller: String)) { (document, seller) = row }

        /// Whatever waits has been submitted.
        var submittedAt: Timestamp { document.submittedAt ?? document.createdAt }
    }

    private static func position(_ cursor: PageCursor) throws -> (submittedAt: Timestamp, id: KYCDocumentID) {
        let (time, id) = try cursor.twoNumbers()
        return (Timestamp(microseconds: time), KYCDocumentID(rawValue: id))
    }
}
