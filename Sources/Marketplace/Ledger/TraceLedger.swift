// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/admin/ledger/trace/`: all entries about an order, a payment, a refund or a settlement of the provider's, and what they
/// do to each account.
struct TraceLedger: Sendable {
    static let parameters = ["order_id", "payment_id", "refund_id", "settlement_id"]

    let dependencies: LedgerDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let given = try Self.parameters.filter { try request.query.single($0) != nil }
        guard given.count == 1 else {
            throw Problem(
                .validationFailed,
                errors: [
                    .init(
                        pointer: "/" + (given.dropFirst().first ?? Self.parameters[0]), code: "invalid-parameter",
                        message: "one of order_id, payment_id, refund_id and settlement_id is expected")
                ])
        }
        let store = LedgerStore(client: dependencies.pool)
        if let settlement = try Self.settlement(request.query) {
            return Self.answer(try await store.trace(settlement: settlement))
        }
        let entries = try await store.trace(
            order: try Self.id(request.query, "order_id"), payment: try Self.id(request.query, "payment_id"),
            refund: try Self.id(request.query, "refund_id"))
        return Self.answer(entries)
    }

    private static func answer(_ entries: [LedgerEntry]) -> HTTPResponse {
        let balances = balances(entries)
        return .json { json in
            json.array("groups") { json in
                for (kind, group) in grouped(entries) {
                    json.object { json in
                        json.field("kind", kind)
                        json.array("entries") { json in
                            for entry in group { json.value(entry) }
                        }
                    }
                }
            }
            json.array("accounts") { json in
                for balance in balances { json.value(balance) }
            }
            let sum = balances.reduce(0) { $0 &+ $1.debit.minor &- $1.credit.minor }
            json.field("sum", Money(minor: sum, currency: entries.first?.currency ?? .inr))
        }
    }

    /// By kind, in the order in which the kinds first occur.
    private static func grouped(_ entries: [LedgerEntry]) -> [(kind: String, entries: [LedgerEntry])] {
        var groups: [(kind: String, entries: [LedgerEntry])] = []
        for entry in entries {
            if let place = groups.firstIndex(where: { $0.kind == entry.kind }) {
                groups[place].entries.append(entry)
            } else {
                groups.append((entry.kind, [entry]))
            }
        }
        return groups
    }

    /// What the entries do to each account of a currency, by name.
    private static func balances(_ entries: [LedgerEntry]) -> [AccountBalance] {
        struct Key: Hashable {
            let account: LedgerAccount
            let currency: Currency
        }
        let lines = entries.flatMap(\.lines)
        return Dictionary(grouping: lines) { Key(account: $0.account, currency: $0.debit.currency) }
            .map { key, lines in
                AccountBalance(
                    account: key.account,
                    debit: Money(minor: lines.reduce(0) { $0 &+ $1.debit.minor }, currency: key.currency),
                    credit: Money(minor: lines.reduce(0) { $0 &+ $1.credit.minor }, currency: key.currency),
                    lines: lines.count)
            }
            .sorted {
                ($0.account.stored, $0.debit.currency.description) < ($1.account.stored, $1.debit.currency.description)
            }
    }

    /// The provider's name for a settlement.
    private static func settlement(_ query: QueryItems) throws -> String? {
        guard let text = try query.single("settlement_id") else { return nil }
        guard text.wholeMatch(of: /setl_[A-Za-z0-9]{14}/) != nil else { throw Problem(.notFound) }
        return text
    }

    private static func id<Kind: IDKind>(_ query: QueryItems, _ name: String) throws -> ID<Kind>? {
        guard let text = try query.single(name) else { return nil }
        guard let id = ID<Kind>(text) else { throw Problem(.notFound) }
        return id
    }
}
