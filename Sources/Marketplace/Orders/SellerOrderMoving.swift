// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization

/// What a transaction that moved orders left for after its commit.
final class OrderAftermath: Sendable {
    private let left = Mutex<(orders: [OrderID], stock: [StockRow])>(([], []))

    /// Notes it in place of what was noted before: a transaction that runs again has undone what it did.
    func note(_ order: OrderID, _ stock: [StockRow]) {
        left.withLock { $0 = ([order], stock) }
    }

    var all: (orders: [OrderID], stock: [StockRow]) { left.withLock { $0 } }
}

extension OrdersDependencies {
    /// How often a transaction that moves orders runs again after a deadlock: each costs the pauses of one, and orders of many sellers
    /// meet on rows that many buy.
    static let retries = 3

    /// Moves parts in a transaction, or refuses. Their units do not move yet: read the answer, then `settle`.
    ///
    /// - Throws: `Problem` 404; 409 `illegal-transition` with `from` and `allowed`; 412 `version-conflict`; 422
    ///   `shipment-required`, or `validation-failed` for a parcel that does not fit what is left.
    func move(
        _ move: SellerOrderMove, in transaction: PostgresTransaction
    ) async throws -> (part: SellerOrderID, left: StockShift) {
        let moved = try await store(in: transaction).move(
            move, ids: ids, windowDays: returnWindowDays, leavingStock: true)
        if let problem = Self.refusal(moved, of: move) { throw problem }
        guard let order = moved.order, let part = moved.parts.first?.id else { throw Problem(.notFound) }
        return (part, move.shift(moved, of: order))
    }

    /// The last of a transaction that moved an order: its units, by variant.
    func settle(_ left: StockShift, in transaction: PostgresTransaction, _ aftermath: OrderAftermath) async throws {
        aftermath.note(left.order, try await store(in: transaction).shift(left))
    }

    /// Hands on what a commit has made so: units to the inventory, news to those who wait and to other processes.
    func follow(_ aftermath: OrderAftermath) async {
        let (orders, stock) = aftermath.all
        await inventory.adopt(stock)
        await watch.changed(orders)
        if !stock.isEmpty { await news.announce(.stock(stock.map(\.variant))) }
    }

    private static func refusal(_ moved: MovedSellerOrders, of move: SellerOrderMove) -> Problem? {
        guard moved.order != nil, !moved.parts.isEmpty else { return Problem(.notFound) }
        if move.parts == nil {
            if moved.parts.contains(where: { $0.outcome == .moved }) { return nil }
            return moved.parts.first { $0.outcome != .unchanged }.map { illegal($0, move) }
        }
        for part in moved.parts {
            switch part.outcome {
            case .moved, .unchanged, .shipmentAdded, .heldBack: continue
            case .notFound: return Problem(.notFound)
            case .illegal, .notYet: return illegal(part, move)
            case .otherVersion: return .changedMeanwhile("seller order", version: part.version)
            case .shipmentNeeded:
                return Problem(
                    .shipmentRequired, detail: "What leaves has to be in a parcel.",
                    errors: [.init(pointer: "/shipment", code: "required", message: "a shipment is required")])
            case .shipmentDoesNotFit:
                return Problem(
                    .validationFailed,
                    errors: [
                        .init(
                            pointer: "/shipment/lines", code: "does-not-fit",
                            message: "only units of this seller order that are in no parcel yet and not refunded")
                    ])
            }
        }
        return nil
    }

    /// What was refused is not among what is allowed, whichever rule refused it.
    private static func illegal(_ part: MovedSellerOrders.Part, _ move: SellerOrderMove) -> Problem {
        let detail =
            part.outcome == .notYet ? "What the move waits for has not happened." : "There is no such move from here."
        return illegalTransition(
            from: part.from, part: part.id, by: move.mover.party, without: move.target, detail: detail)
    }

    /// 409 with where `party` can lead a part from its state.
    static func illegalTransition(
        from: SellerOrderStatus?, part: SellerOrderID, by party: Parties, without refused: SellerOrderStatus? = nil,
        detail: String
    ) -> Problem {
        let allowed = from.map { SellerOrderStatus.machine.allowed(from: $0, by: party) } ?? []
        return Problem(
            .illegalTransition, detail: detail,
            members: [
                ("from", .string(from?.rawValue ?? "")),
                ("allowed", .strings(allowed.filter { $0 != refused }.map(\.rawValue))),
                ("seller_order_id", .string("\(part)")),
            ])
    }

    /// 409 with where `party` can lead an order from its state.
    static func illegalTransition(from: OrderStatus, by party: Parties, detail: String) -> Problem {
        Problem(
            .illegalTransition, detail: detail,
            members: [
                ("from", .string(from.rawValue)),
                ("allowed", .strings(OrderStatus.machine.allowed(from: from, by: party).map(\.rawValue))),
            ])
    }

    /// The caller's seller, whose open orders go on whatever its own state.
    func seller(of caller: Caller) async throws -> SellerID {
        guard let seller = try await ports.sellerOf(caller.user) else {
            throw Problem(.forbidden, detail: "You are no member of a seller.")
        }
        return seller
    }
}

/// Why an order was called off, as clients say it.
struct CancelReason: Sendable {
    /// nil where an admin said it in words alone.
    var code: String?
    var note: String?

    /// As histories keep it.
    var text: String {
        guard let code else { return note ?? "" }
        return note.map { "\(code): \($0)" } ?? code
    }

    /// Reads `reason_code` and `note`.
    static func read(_ body: inout JSONInput) -> CancelReason {
        CancelReason(
            code: body.parsed("reason_code", length: 1...60, placeholder: "") { isCode($0) ? $0 : nil },
            note: body.optionalString("note", length: 1...1000))
    }

    /// The same, or `reason` in an admin's own words, of which `reason_code` may be left out.
    static func readOfAdmin(_ body: inout JSONInput) -> CancelReason {
        let code = body.optionalParsed("reason_code", length: 1...60) { isCode($0) ? $0 : nil }
        let words = body.optionalString("reason", length: 1...1000)
        let note = body.optionalString("note", length: 1...1000)
        if code == nil, words == nil {
            body.fail("reason_code", code: "required", message: "a reason_code or a reason is required")
        }
        return CancelReason(code: code, note: words ?? note)
    }

    static func isCode(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F || $0 == 0x2D }
    }
}
