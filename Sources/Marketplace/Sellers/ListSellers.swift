// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/admin/sellers/`: a page of sellers, newest first unless turned round, with what they turn over and are owed.
///
/// - Cost: two statements: the page, and the documents of its sellers.
struct ListSellers: Sendable {
    static let path = "/api/admin/sellers/"
    static let parameters = Pages.parametersAndSort + ["status", "kyc_status", "q", "created_from", "created_to"]

    let dependencies: SellersDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let filter = try Self.filter(request.query)
        let list = Self.identity(filter)
        let pages = Pages(cursors: dependencies.cursors)
        let asked = try pages.request(request, in: list)
        let reads = dependencies.pool.reads
        let rows = try await SellerStore.sellers(
            filter, after: try asked.after.map(Self.position), limit: asked.limit + 1, in: reads)
        let page = Page(rows: rows, limit: asked.limit) {
            PageCursor([.number($0.seller.createdAt.microseconds), .number($0.seller.id.rawValue)])
        }
        let documents = try await KYCStore.documents(of: page.items.map(\.seller.id), in: reads)
        return pages.response(page, in: list) { listing, json in
            json.object { json in
                listing.seller.writeMembers(documents[listing.seller.id] ?? [], to: &json)
                json.field("gmv_30d", Money(minor: listing.gmv, currency: .inr))
                json.field("open_orders", listing.balance.openOrders)
                listing.balance.write(to: &json)
            }
        }
    }

    private static func position(_ cursor: PageCursor) throws -> (createdAt: Timestamp, id: SellerID) {
        let (time, id) = try cursor.twoNumbers()
        return (Timestamp(microseconds: time), SellerID(rawValue: id))
    }

    private static func identity(_ filter: SellerFilter) -> ListIdentity {
        var filters: [(name: String, value: String)] = []
        if let statuses = filter.statuses {
            filters.append(("status", statuses.map(\.rawValue).sorted().joined(separator: ",")))
        }
        if let kyc = filter.kyc { filters.append(("kyc_status", kyc.map(\.rawValue).sorted().joined(separator: ","))) }
        if let text = filter.text { filters.append(("q", text)) }
        if let from = filter.from { filters.append(("created_from", "\(from.microseconds)")) }
        if let to = filter.to { filters.append(("created_to", "\(to.microseconds)")) }
        return ListIdentity(
            route: path, sort: filter.isOldestFirst ? "created_at" : "-created_at", filters: filters)
    }

    private static func filter(_ query: QueryItems) throws -> SellerFilter {
        let text = try query.single("q")
        if let text, !(1...200).contains(text.unicodeScalars.count) || text.utf8.contains(0) {
            throw wrong("q", "a text of 1 to 200 characters is expected")
        }
        return SellerFilter(
            statuses: try words(query, "status"), kyc: try words(query, "kyc_status"), text: text,
            from: try query.single("created_from", expected: "an RFC 3339 time") { Timestamp(rfc3339: $0) },
            to: try query.single("created_to", expected: "an RFC 3339 time") { Timestamp(rfc3339: $0) },
            isOldestFirst: try Pages.isOldestFirst(query))
    }

    private static func words<Word: RawRepresentable & CaseIterable & Equatable>(
        _ query: QueryItems, _ name: String
    ) throws -> [Word]? where Word.RawValue == String {
        guard let text = try query.single(name) else { return nil }
        var words: [Word] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let word = Word(rawValue: String(part)) else {
                let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
                throw wrong(name, "a comma list of \(known) is expected")
            }
            if !words.contains(word) { words.append(word) }
        }
        return words
    }

    private static func wrong(_ name: String, _ message: String) -> Problem {
        Problem(.validationFailed, errors: [.init(pointer: "/" + name, code: "invalid-parameter", message: message)])
    }
}
