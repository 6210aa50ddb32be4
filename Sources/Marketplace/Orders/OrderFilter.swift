// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// Which of a buyer's orders a list holds, and in which order.
struct OrderFilter: Sendable {
    /// nil: every one.
    var statuses: [OrderStatus]?
    var payments: [PaymentStatus]?
    /// Orders with a part of this seller.
    var seller: SellerID?
    /// Orders of this company, whoever made them, in place of the user's own.
    var company: CompanyID?
    /// Not before.
    var from: Timestamp?
    /// Before.
    var to: Timestamp?
    /// Changed at this moment or later.
    var updatedFrom: Timestamp?
    var isOldestFirst = false

    static let parameters = [
        "status", "payment_status", "seller_id", "company_id", "created_from", "created_to", "updated_from",
    ]

    /// Reads the query's filters.
    ///
    /// - Throws: `Problem` 400 `malformed-request` for a repeated parameter, 422 for a value that is none.
    static func read(_ query: QueryItems) throws -> OrderFilter {
        var filter = OrderFilter()
        filter.statuses = try words(query, "status")
        filter.payments = try words(query, "payment_status")
        filter.seller = try query.single("seller_id", expected: "a seller's id") { SellerID($0) }
        filter.company = try query.single("company_id", expected: "a company's id") { CompanyID($0) }
        filter.from = try query.single("created_from", expected: "an RFC 3339 time") { Timestamp(rfc3339: $0) }
        filter.to = try query.single("created_to", expected: "an RFC 3339 time") { Timestamp(rfc3339: $0) }
        filter.updatedFrom = try query.single("updated_from", expected: "an RFC 3339 time") { Timestamp(rfc3339: $0) }
        filter.isOldestFirst = try Pages.isOldestFirst(query)
        return filter
    }

    /// The list that cursors are bound to: the same filters in any spelling are the same list.
    func identity(of user: UserID) -> ListIdentity {
        var filters: [(name: String, value: String)] = [("user", "\(user)")]
        if let statuses { filters.append(("status", statuses.map(\.rawValue).sorted().joined(separator: ","))) }
        if let payments { filters.append(("payment_status", payments.map(\.rawValue).sorted().joined(separator: ","))) }
        if let seller { filters.append(("seller_id", "\(seller)")) }
        if let company { filters.append(("company_id", "\(company)")) }
        if let from { filters.append(("created_from", "\(from.microseconds)")) }
        if let to { filters.append(("created_to", "\(to.microseconds)")) }
        if let updatedFrom { filters.append(("updated_from", "\(updatedFrom.microseconds)")) }
        return ListIdentity(
            route: ListOrders.path, sort: isOldestFirst ? "created_at" : "-created_at", filters: filters)
    }

    static func words<Word: RawRepresentable & CaseIterable & Equatable>(
        _ query: QueryItems, _ name: String
    ) throws -> [Word]? where Word.RawValue == String {
        let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
        return try query.single(name, expected: "a comma list of \(known)") { text in
            var words: [Word] = []
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                guard let word = Word(rawValue: String(part)) else { return nil }
                if !words.contains(word) { words.append(word) }
            }
            return words
        }
    }
}
