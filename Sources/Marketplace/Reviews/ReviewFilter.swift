// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// What reviews are about: one product, or everything of one seller.
enum ReviewSubject: Hashable, Sendable {
    case product(ProductID)
    case seller(SellerID)

    static let parameters = ["product_id", "seller_id"]

    var isProduct: Bool {
        switch self {
        case .product: true
        case .seller: false
        }
    }

    var rawID: Int64 {
        switch self {
        case .product(let id): id.rawValue
        case .seller(let id): id.rawValue
        }
    }

    /// As in the table of counters.
    var name: String { isProduct ? "product" : "seller" }

    /// What tells its list from others.
    var filter: (name: String, value: String) {
        switch self {
        case .product(let id): ("product_id", "\(id)")
        case .seller(let id): ("seller_id", "\(id)")
        }
    }

    /// - Throws: `Problem` 422 unless exactly one of the two is given, 404 for one that is no id.
    static func read(_ query: ReviewQuery) throws -> ReviewSubject {
        switch (try query.text("product_id"), try query.text("seller_id")) {
        case (let text?, nil):
            guard let id = ProductID(text) else { throw Problem(.notFound) }
            return .product(id)
        case (nil, let text?):
            guard let id = SellerID(text) else { throw Problem(.notFound) }
            return .seller(id)
        case (nil, nil), (_?, _?):
            throw ReviewQuery.invalid("product_id", "either product_id or seller_id is expected")
        }
    }
}

/// The orders in which reviews are listed; each is total by the id.
enum ReviewSort: String, CaseIterable, Sendable {
    case newest, helpful, highest, lowest

    /// As its name has it, or as the other lists of the API name their orders.
    init?(parameter: String) {
        switch parameter {
        case "-created_at": self = .newest
        case "-helpful_count": self = .helpful
        case "-rating": self = .highest
        case "rating": self = .lowest
        default: self.init(rawValue: parameter)
        }
    }

    /// What clients may say.
    static let parameters = allCases.map(\.rawValue) + ["-created_at", "-helpful_count", "-rating", "rating"]

    var isAscending: Bool { self == .lowest }

    /// Its place in tables.
    var index: Int {
        switch self {
        case .newest: 0
        case .helpful: 1
        case .highest: 2
        case .lowest: 3
        }
    }

    /// A review's position in this order.
    func cursor(of review: Review) -> PageCursor {
        let key: Int64 =
            switch self {
            case .newest: review.createdAt.microseconds
            case .helpful: Int64(review.helpfulCount)
            case .highest, .lowest: Int64(review.content.rating)
            }
        return PageCursor([.number(key), .number(review.id.rawValue)])
    }
}

/// Which reviews are listed, and in which order.
struct ReviewFilter: Sendable {
    let subject: ReviewSubject
    let rating: Int?
    let withMedia: Bool
    let sort: ReviewSort
}

/// Reads the query of a list of reviews. Unknown parameters were refused before by the router.
struct ReviewQuery {
    let items: QueryItems

    /// The value of a parameter that may stand once.
    func text(_ name: String) throws -> String? { try items.single(name) }

    /// A parameter that `parse` turns into a value.
    func value<Value>(_ name: String, _ expected: String, _ parse: (String) -> Value?) throws -> Value? {
        try items.single(name, expected: expected, parse)
    }

    /// `true` or `false`.
    func flag(_ name: String) throws -> Bool? {
        try value(name, "true or false") { ["true": true, "false": false][$0] }
    }

    /// One of an enumeration's raw values.
    func word<Word: RawRepresentable & CaseIterable>(_ name: String, of type: Word.Type) throws -> Word?
    where Word.RawValue == String {
        try value(name, "one of \(type.allCases.map(\.rawValue).joined(separator: ", "))") { Word(rawValue: $0) }
    }

    /// A comma list of an enumeration's raw values, each once, in its order; nil where all are asked for.
    func words<Word: RawRepresentable & CaseIterable & Equatable>(
        _ name: String, of type: Word.Type
    ) throws -> [Word]? where Word.RawValue == String {
        let all = Array(type.allCases)
        let expected = "a comma list of \(all.map(\.rawValue).joined(separator: ", "))"
        let words = try value(name, expected) { text -> [Word]? in
            let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            let words = parts.compactMap { Word(rawValue: String($0)) }
            return words.count == parts.count ? all.filter(words.contains) : nil
        }
        return words?.count == all.count ? nil : words
    }

    /// 422 `validation-failed` for one parameter.
    static func invalid(_ name: String, _ message: String) -> Problem {
        Problem(
            .validationFailed, errors: [.init(pointer: "/" + name, code: "invalid-parameter", message: message)])
    }
}
