// SPDX-License-Identifier: Apache-2.0
import HTTP
import Ledger
import MarketCore
import MarketHTTP
import Postgres
import Synchronization
import TestRoutes
import TestSupport
import Testing

/// The endpoints of the ledger. 90 and 91 are admins of money, 92 is one of users, 93 may only read; 1 is a customer. Seller 11 sells product 31
/// in category 22, which is below 21.
struct LedgerFixture: Sendable {
    let base: RoutesFixture
    let news = News()
    private let tokens: [Int64: String]

    final class News: ChangeNews {
        private let told = Mutex<[SharedChange]>([])

        var all: [SharedChange] { told.withLock { $0 } }

        func announce(_ change: SharedChange) async { told.withLock { $0.append(change) } }
    }

    static let product = ProductID(rawValue: 31)
    static let seller = SellerID(rawValue: 11)
    static let category = CategoryID(rawValue: 22)
    static let above = CategoryID(rawValue: 21)

    static func with(_ body: @escaping @Sendable (LedgerFixture) async throws -> Void) async throws {
        try await RoutesFixture.with { base in
            let money: Permissions = [.commissionRead, .commissionWrite, .settlementsRead, .settlementsWrite]
            let tokens = [
                Int64(1): try await base.token(of: 1),
                90: try await base.token(of: 90, roles: .admin, permissions: money),
                91: try await base.token(of: 91, roles: .admin, permissions: money),
                92: try await base.token(of: 92, roles: .admin, permissions: .usersWrite),
                93: try await base.token(of: 93, roles: .admin, permissions: [.commissionRead, .settlementsRead]),
            ]
            let fixture = LedgerFixture(base: base, tokens: tokens)
            base.serve(
                ledgerRoutes(
                    LedgerDependencies(
                        pool: base.pool, gate: base.gate, transactions: base.transactions, cursors: base.cursors,
                        ids: base.ids, clock: SystemClock(), news: fixture.news,
                        ports: LedgerPorts(
                            sale: { product in
                                guard product == Self.product else { return nil }
                                return CommissionRules.Sale(
                                    product: product, seller: Self.seller, categories: [Self.above, Self.category])
                            }, hasCategory: { [Self.above, Self.category].contains($0) },
                            hasSeller: { $0 == Self.seller }))))
            try await body(fixture)
        }
    }

    func post(
        _ path: String, _ body: String, by user: Int64? = 90, key: String? = nil
    ) async throws -> TestClient.Answer {
        try await base.send("POST", "/api/admin/\(path)/", body, token: user.flatMap { tokens[$0] }, key: key)
    }

    func get(_ path: String, by user: Int64? = 90) async throws -> TestClient.Answer {
        try await base.send("GET", "/api/admin/\(path)", token: user.flatMap { tokens[$0] })
    }

    /// Sets a rule from now on; its id.
    @discardableResult
    func rule(_ scope: String, _ rate: Int, from: String? = nil, extra: String = "") async throws -> String {
        let made = try await post("commission/set", Self.rule(scope, rate, from: from, extra: extra))
        #expect(made.status == 201, "\(made.text)")
        return try #require(try made.json["id"]?.string)
    }

    static func rule(_ scope: String, _ rate: Int, from: String? = nil, extra: String = "") -> String {
        let from = from ?? "\(SystemClock().now())"
        return #"{"scope":\#(scope),"rate_bps":\#(rate),"effective_from":"\#(from)","note":"a test"\#(extra)}"#
    }

    /// Books an entry; its id.
    @discardableResult
    func book(
        _ kind: String, _ reference: String, _ lines: [(account: String, debit: Int64, credit: Int64)],
        order: Int64? = nil, payment: Int64? = nil
    ) async throws -> JournalEntryID {
        let id: JournalEntryID = base.ids.next()
        _ = try await base.pool.query(
            "select checkout.post_v1($1, $2, $3, $4, $5, 'INR', $6, $7, $8)", id.rawValue, kind, reference, order,
            payment, lines.map(\.account), lines.map(\.debit), lines.map(\.credit))
        return id
    }
}

extension TestClient.Answer {
    /// The problem's code, or that of its first item.
    var problem: String {
        get throws {
            let code = try json["code"]?.string ?? ""
            guard code == "validation-failed", let item = try json["errors"]?.elements?.first else { return code }
            return "\(item["pointer"]?.string ?? "") \(item["code"]?.string ?? "")"
        }
    }
}

extension JSONValue {
    /// The element at a place; nil past the end.
    subscript(place: Int) -> JSONValue? {
        elements.flatMap { $0.indices.contains(place) ? $0[place] : nil }
    }
}
