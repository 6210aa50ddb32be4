// SPDX-License-Identifier: Apache-2.0
public import MarketCore

/// A demo account with the password it can be used with; never made in production.
public struct SeedAccount: Sendable, Equatable, CustomStringConvertible {
    /// The mail address.
    public let email: String
    /// The password, fixed and public.
    public let password: String
    /// What it is for.
    public let roles: Roles
    let fullName: String
    let permissions: String

    /// Roles, address and password, for a terminal.
    public var description: String { "\(roles.names.joined(separator: ", ")): \(email) / \(password)" }

    /// Buys.
    public static let customer = SeedAccount(
        email: "customer@mve.test", password: "customer-demo-2026", roles: .customer, fullName: "Asha Rao",
        permissions: "")
    /// Owns the first seller.
    public static let seller = SeedAccount(
        email: "seller@mve.test", password: "seller-demo-2026", roles: [.customer, .seller], fullName: "Kiran Shetty",
        permissions: "")
    /// May do everything.
    public static let admin = SeedAccount(
        email: "admin@mve.test", password: "admin-demo-2026", roles: .admin, fullName: "Meera Iyer",
        permissions: "super")

    /// Decides about what the first one has asked for.
    public static let secondAdmin = SeedAccount(
        email: "second-admin@mve.test", password: "second-admin-demo-2026", roles: .admin, fullName: "Ravi Menon",
        permissions: "super")

    /// All of them.
    public static let all = [customer, seller, admin, secondAdmin]
    /// What every buyer of a load run logs in with.
    public static let buyerPassword = "buyer-demo-2026"
}

/// A row of accounts.
struct SeedUser {
    let id: Int64
    let email: String
    let passwordHash: String
    let fullName: String
    let roles: Roles
    /// Joined by commas.
    let permissions: String
}

/// The buyers of load runs, one after the other, without an end.
struct SeedBuyers: IteratorProtocol {
    /// A buyer with the ids of what belongs to it.
    struct Buyer {
        let user: SeedUser
        let cart: Int64
        let session: Int64
        /// What the cart holds: different SKUs, one unit of each.
        let lines: [SeedCartLine]
    }

    /// Lines of each cart, as many as the orders of load runs have.
    static let linesPerCart = 3

    private static let first = [
        "Aditi", "Bharat", "Chitra", "Devan", "Esha", "Farhan", "Gauri", "Harish", "Indu", "Jatin",
    ]
    private static let last = [
        "Nair", "Patil", "Bose", "Reddy", "Khan", "Joshi", "Menon", "Gill", "Sethi", "Das", "Pillai",
    ]

    let passwordHash: String
    private let skus: [Int64]
    private let users = SeedNumbers(.buyers)
    private let carts = SeedNumbers(.carts)
    private let sessions = SeedNumbers(.sessions)
    private let lines = SeedNumbers(.cartLines)
    private var number = 0

    /// - Parameter skus: variants that carts are filled from; with fewer than a cart has lines, carts stay empty.
    init(passwordHash: String, skus: [Int64]) {
        self.passwordHash = passwordHash
        self.skus = skus
    }

    mutating func next() -> Buyer? {
        number += 1
        let name = "\(Self.first[number % Self.first.count]) \(Self.last[number % Self.last.count])"
        let user = SeedUser(
            id: users.next(), email: "buyer-\(number)@mve.test", passwordHash: passwordHash, fullName: name,
            roles: .customer, permissions: "")
        return Buyer(user: user, cart: carts.next(), session: sessions.next(), lines: nextLines(of: user.id))
    }

    private func nextLines(of user: Int64) -> [SeedCartLine] {
        // Drawn also where they are not used, so that the ids of later buyers are the same.
        let ids = (0..<Self.linesPerCart).map { _ in lines.next() }
        guard skus.count >= Self.linesPerCart else { return [] }
        var dice = SeedDice(.cartLines, number)
        var chosen: [Int64] = []
        while chosen.count < ids.count {
            let sku = dice.pick(skus)
            if !chosen.contains(sku) { chosen.append(sku) }
        }
        return zip(ids, chosen).map { SeedCartLine(user: user, id: $0, variant: $1) }
    }
}

/// One unit of a variant in a user's cart.
struct SeedCartLine: Equatable {
    let user: Int64
    let id: Int64
    let variant: Int64
}

/// The products of load runs: one variant and ample stock each, one after the other, without an end.
struct SeedLoadProducts: IteratorProtocol {
    /// Units of each unless said otherwise: more than a load run can sell in a day.
    static let stock = 10_000_000

    /// The variants' ids without the rest, the first of them first.
    static func variants(_ count: Int) -> [Int64] {
        let numbers = SeedNumbers(.loadVariants)
        return (0..<count).map { _ in numbers.next() }
    }

    /// Units of each.
    let stock: Int
    private let products = SeedNumbers(.loadProducts)
    private let variants = SeedNumbers(.loadVariants)
    private let movements = SeedNumbers(.loadMovements)
    private var number = 0

    init(stock: Int) {
        self.stock = stock
    }

    mutating func next() -> SeedProduct? {
        number += 1
        var dice = SeedDice(.loadProducts, number)
        let goods = SeedGoods.all[number % SeedGoods.all.count]
        let empty: (object: [UInt8], array: [UInt8]) = (Array("{}".utf8), Array("[]".utf8))
        let variant = SeedVariant(
            id: variants.next(), movement: movements.next(), sku: "LOAD-\(number)", options: empty.object,
            price: Int64(dice.number(49...2499)) * 100, compareAt: nil, tiers: empty.array, minQuantity: 1,
            maxQuantity: nil, step: 1, grams: 100, stock: stock)
        return SeedProduct(
            id: products.next(), seller: number % SeedSeller.all.count, category: goods.category,
            slug: "load-item-\(number)", title: "Load Item \(number)", description: "Made for load runs.",
            brand: "Load",
            hsn: goods.hsn, gst: goods.gst, attributes: empty.object, options: empty.array, badges: "", ratingCount: 0,
            ratingSum: 0, soldCount: 0, createdAt: Timestamp(seconds: 1_704_067_200), variants: [variant])
    }
}
