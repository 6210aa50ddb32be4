// SPDX-License-Identifier: Apache-2.0
public import HTTP
import MarketCore

extension RouteDescription {
    /// Describes a route whose problems are among the published ones.
    public convenience init(
        tag: APITag, summary: String, text: String, parameters: [RouteParameter] = [], body: RouteBody? = nil,
        answers: [RouteAnswer], problems: [ProblemCode] = []
    ) {
        self.init(
            tag: tag.rawValue, summary: summary, text: text, parameters: parameters, body: body, answers: answers,
            problems: problems.map(\.kind))
    }
}

/// The groups of the API's operations, in the order in which they are shown.
public enum APITag: String, CaseIterable, Sendable {
    case accounts = "Accounts"
    case catalogue = "Catalogue"
    case cart = "Cart"
    case wishlist = "Wishlist"
    case notifications = "Notifications"
    case companies = "Companies"
    case inventory = "Inventory"
    case orders = "Orders"
    case payments = "Payments"
    case reviews = "Reviews"
    case imports = "Imports and exports"
    case sellers = "Sellers"
    case ledger = "Ledger"
    case admin = "Admin"
    case service = "Service"

    /// What a group is about.
    var text: String {
        switch self {
        case .accounts: "Registration, sessions, the caller's profile."
        case .catalogue: "Categories and products, for everybody."
        case .cart:
            "The caller's cart. Without a login, the cart of `X-Cart-Token`, which the first answer issues; a login takes it over."
        case .wishlist: "What the caller has put by."
        case .notifications: "What people are told of what concerns them, and what they want to be told."
        case .companies: "Companies that buy at agreed prices, and who buys for them."
        case .inventory: "A seller's stock: what is there, what is promised, what changed it."
        case .orders: "Orders: each is made once, from one version of the cart; and the way of sellers' parts of them."
        case .payments: "Paying an order through Razorpay."
        case .reviews: "What buyers say of what has arrived, sellers' answers, moderation."
        case .imports: "Sellers' stock and prices as CSV and JSON Lines, row by row."
        case .sellers: "Becoming a seller, proving who one is, and what admins decide about it."
        case .ledger: "The journal of all money, commission rules and tax rates."
        case .admin: "What admins do, each by permission; every act is written down."
        case .service: "Whether the server lives and is ready, and this description."
        }
    }
}

extension RouteParameter {
    /// The two parameters of every list.
    public static let page: [RouteParameter] = [
        .query(
            "limit", "Items on a page.",
            .integer(PageRequest.limitRange, example: PageRequest.limitDefault)
                .defaults(to: .int(PageRequest.limitDefault))),
        .query(
            "cursor", "`page.next_cursor` of the page before. It is bound to the list's filters and order.",
            .string(length: 1...4096, example: "AgAABiE0mwZxSAAAAZEh")),
    ]

    /// The parameters of a list that has one order alone.
    public static func page(sortedBy order: String) -> [RouteParameter] {
        page + [
            .query("sort", "The one order that it has.", .choice([order], example: order).defaults(to: .string(order)))
        ]
    }

    /// The parameters of a list that can be read by creation from either end.
    public static let pageByCreation: [RouteParameter] =
        page + [
            .query(
                "sort", "The order.",
                .choice(["-created_at", "created_at"], example: "-created_at").defaults(to: "-created_at"))
        ]

    /// Answers 304 where the client's version is the current one.
    public static let ifNoneMatch = RouteParameter.header(
        "If-None-Match", "`ETag` of the answer that the client has: 304 where nothing has changed.",
        .string(example: "\"v3\""))

    /// Changes only the version that the client has seen.
    public static let ifMatch = RouteParameter.header(
        "If-Match", "`ETag` of the version that is to be changed: 412 where it is another one by now.",
        .string(example: "\"v3\""))
}

extension RouteHeader {
    /// The version of what is answered.
    public static let etag = RouteHeader(
        "ETag", "The version, for `If-None-Match` and `If-Match`.",
        .string(pattern: "^\"[!#-~]+\"$", example: "\"v3\""), isAlways: true)

    /// The token of an anonymous cart.
    public static let cartToken = RouteHeader(
        "X-Cart-Token",
        "Issued by the first answer to a client without a login and without a token; send it from then on.",
        .cartToken, isAlways: false)

    /// How long an answer may be kept.
    public static let publicCaching = RouteHeader(
        "Cache-Control", "How long everybody may keep the answer.",
        .constant("public, max-age=30, stale-while-revalidate=60"), isAlways: true)
}

extension Schema {
    /// A token of a client without an account.
    static let cartToken = Schema.string(
        pattern: "^[A-Za-z0-9_-]{43}$", example: "q8Zr1mVt5c0L2pXw7yBn4dKs9fHg3jTe6uRa8oPi1vM")
}
