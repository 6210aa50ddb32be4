// SPDX-License-Identifier: Apache-2.0
public import MarketCore

/// What other processes want to hear of before what they remember grows old. Nil rows: any of them may have changed.
///
/// Told after the commit, by whoever committed it; `users` by the tables themselves, with the commit:
///
/// | news | when | who forgets what |
/// |---|---|---|
/// | `stock` | units came back, or were put on the shelf | inventories read those rows anew; details and pages that show them go |
/// | `sold` | units were taken and ten or fewer are left | details and pages that show them go |
/// | `offers` | price, tiers, quantities, tax or sellability of variants | as `stock`, and what carts price by; all pages |
/// | `products` | text, pictures, category or visibility of products | their details; all pages; the tree of categories |
/// | `ratings` | rating of products | their details; all pages |
/// | `sellers` | rating of sellers | details of all their products; all pages |
/// | `commissions` | rules of commission | each loop's rules are read anew before the next order |
/// | `notifications` | users were told of something, or have read it | their open streams look for it |
/// | `carts` | two carts became one at a log-in | those carts are read anew |
/// | `users` | roles, permissions, status, second factor, company or sessions of users | their sessions are looked up anew |
///
/// A change of the tree of categories or of a seller (name, state, holiday) is news of all products. Whoever makes a
/// product visible, hides it or changes its price tells of `offers` and of `products`, in either order.
public enum SharedChange: Equatable, Sendable {
    /// Units came back: what was sold out may be had again.
    case stock([VariantID]?)
    /// Units were taken, and what visitors see of them changed. Other decreases are carried by refusals and returned rows.
    case sold([VariantID]?)
    /// Price, tax or sellability of an offer changed.
    case offers([VariantID]?)
    /// What a product shows, or whether it does, changed.
    case products([ProductID]?)
    /// What a product shows of its rating changed, which moves it in lists and nowhere else.
    case ratings([ProductID]?)
    /// What the products of a seller show of its rating changed.
    case sellers([SellerID]?)
    /// A commission rule was set.
    case commissions
    /// What a user may do, or whether a session is open, changed.
    case users([UserID]?)
    /// Users have something new to read, or have read it.
    case notifications([UserID]?)
    /// Carts were written by something else than a request about them.
    case carts([CartID]?)

    /// The kinds; raw values are the channels.
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        case stock = "mve_stock"
        case sold = "mve_sold"
        case offers = "mve_offers"
        case products = "mve_products"
        case ratings = "mve_ratings"
        case sellers = "mve_sellers"
        case users = "mve_users"
        case commissions = "mve_commissions"
        case notifications = "mve_notifications"
        case carts = "mve_carts"
    }

    /// Whether the tables tell of it with the commit (0177), so that nobody else has to.
    var isToldByTables: Bool { kind == .users }

    /// Which kind of news it is.
    public var kind: Kind {
        switch self {
        case .stock: .stock
        case .sold: .sold
        case .offers: .offers
        case .products: .products
        case .ratings: .ratings
        case .sellers: .sellers
        case .users: .users
        case .commissions: .commissions
        case .notifications: .notifications
        case .carts: .carts
        }
    }

    /// How many rows are named; 0 where any may have changed.
    public var rowCount: Int { rows?.count ?? 0 }

    /// The numbers of the rows; nil: any.
    var rows: [Int64]? {
        switch self {
        case .stock(let variants), .sold(let variants), .offers(let variants): variants?.map(\.rawValue)
        case .products(let products), .ratings(let products): products?.map(\.rawValue)
        case .sellers(let sellers): sellers?.map(\.rawValue)
        case .users(let users), .notifications(let users): users?.map(\.rawValue)
        case .carts(let carts): carts?.map(\.rawValue)
        // Which one does not matter: all are read at once.
        case .commissions: nil
        }
    }

    init(_ kind: Kind, rows: [Int64]?) {
        switch kind {
        case .stock: self = .stock(rows?.map(VariantID.init(rawValue:)))
        case .sold: self = .sold(rows?.map(VariantID.init(rawValue:)))
        case .offers: self = .offers(rows?.map(VariantID.init(rawValue:)))
        case .products: self = .products(rows?.map(ProductID.init(rawValue:)))
        case .ratings: self = .ratings(rows?.map(ProductID.init(rawValue:)))
        case .sellers: self = .sellers(rows?.map(SellerID.init(rawValue:)))
        case .users: self = .users(rows?.map(UserID.init(rawValue:)))
        case .commissions: self = .commissions
        case .notifications: self = .notifications(rows?.map(UserID.init(rawValue:)))
        case .carts: self = .carts(rows?.map(CartID.init(rawValue:)))
        }
    }
}

/// Tells this process's memories and the other processes what changed, after the commit that changed it (hot path rule 13).
///
/// It only makes staleness shorter: every memory is judged by the database or grows old by itself, so nothing may depend on
/// the news arriving. What users may do is told to all processes by triggers (0177), so that no writer can forget it and none that dies
/// after its commit keeps it back; announced here, it reaches the memories of this process a moment sooner.
public protocol ChangeNews: Sendable {
    /// These rows changed; their commit is done.
    func announce(_ change: SharedChange) async
}

/// Tells nobody: for a process without neighbours, and for tests that everything stays right without news.
public struct NoNews: ChangeNews {
    /// Makes one.
    public init() {}

    public func announce(_ change: SharedChange) async {}
}

/// The text of one notification: who sent it, and which rows changed.
struct ChangeMessage: Equatable {
    /// The sender's worker number, so that nobody hears itself; -1 for tables (0177), which no worker is.
    let sender: Int
    /// nil: any of them may have changed.
    let rows: [Int64]?

    /// PostgreSQL takes 7,999 bytes; an id has at most 19 digits and a comma.
    static let rowsMax = 256

    init(sender: Int, rows: [Int64]?) {
        self.sender = sender
        self.rows = rows
    }

    /// Reads a payload; nil for one that we did not write.
    init?(payload: String) {
        let parts = payload.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let sender = Int(parts[0]) else { return nil }
        if parts[1] == "*" {
            self.init(sender: sender, rows: nil)
            return
        }
        var rows: [Int64] = []
        for text in parts[1].split(separator: ",") {
            guard let number = Int64(text) else { return nil }
            rows.append(number)
        }
        self.init(sender: sender, rows: rows)
    }

    var payload: String {
        let list = rows?.map { "\($0)" }.joined(separator: ",")
        return "\(sender):\(list ?? "*")"
    }
}
