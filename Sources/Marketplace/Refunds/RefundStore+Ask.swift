// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import Postgres

/// What an admin asks to be given back.
struct RefundWish: Sendable {
    /// A line's units.
    struct Line: Sendable {
        let id: OrderLineID
        let quantity: Int
        /// Minor units; nil: in the proportion of the units.
        let amount: Int64?
    }

    /// Of an order, or of one seller's part of it.
    enum Subject: Sendable {
        case order(OrderID)
        case sellerOrder(SellerOrderID)
    }

    let subject: Subject
    let lines: [Line]
    let shipping: Int64?
    let goodwill: Int64?
    let reason: RefundReason
    let note: String?
    let restock: Bool
    let funding: RefundFunding
    let speed: RefundSpeed
    let returnID: ReturnID?
}

extension RefundStore {
    /// Refunds of one request at most: one for each payment that is needed, and an order has a few.
    static let refundsOfRequestMax = 8

    /// What came of a wish.
    enum Asked: Sendable {
        case made([RefundID], isApproved: Bool)
        case notFound
        /// Nothing was captured for it.
        case nothingCaptured
        /// A dispute about its money is open.
        case disputed
        /// Minor units that could be given back.
        case exceeds(refundable: Int64)
        /// The line, by its place in the wish, has fewer units left.
        case lineRefunded(place: Int)
        /// The line is none of the order.
        case unknownLine(place: Int)
    }

    /// Asks for a refund; see `checkout.request_refund_v1`.
    ///
    /// - Parameters:
    ///   - limit: minor units above which a second admin decides.
    ///   - newID: fresh ids, for refunds and entries.
    static func ask(
        _ wish: RefundWish, by admin: UserID, limit: Int64, requestID: String, newID: () -> Int64,
        in transaction: PostgresTransaction
    ) async throws -> Asked {
        var parameters = PostgresParameters()
        parameters.appendArray(0..<refundsOfRequestMax) { _ in newID() }
        parameters.appendArray(0..<refundsOfRequestMax) { _ in newID() }
        switch wish.subject {
        case .order(let id):
            parameters.append(id.rawValue)
            parameters.append(Int64?.none)
        case .sellerOrder(let id):
            parameters.append(Int64?.none)
            parameters.append(id.rawValue)
        }
        parameters.appendArray(wish.lines) { $0.id.rawValue }
        parameters.appendArray(wish.lines) { Int32(clamping: $0.quantity) }
        parameters.appendOptionalArray(wish.lines) { $0.amount }
        parameters.append(wish.shipping)
        parameters.append(wish.goodwill)
        parameters.append(wish.reason.rawValue)
        parameters.append(wish.note)
        parameters.append(wish.restock)
        parameters.append(wish.funding.payer(for: wish.reason).rawValue)
        parameters.append(wish.speed.rawValue)
        parameters.append(wish.returnID?.rawValue)
        parameters.append(admin.rawValue)
        parameters.append(limit)
        parameters.append("user:\(admin.rawValue)")
        parameters.append(requestID)
        let row = try await transaction.query(
            """
            select code, ids, approved, refundable, idx
              from checkout.request_refund_v1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
            """, with: parameters
        ).only()
        switch try row.int16(0) {
        case 0:
            let ids: [Int64] = try row.decode(1)
            return .made(ids.map { RefundID(rawValue: $0) }, isApproved: try row.bool(2))
        case 1: return .notFound
        case 2: return .nothingCaptured
        case 3: return .exceeds(refundable: try row.int64(3))
        case 4: return .lineRefunded(place: try row.int(4) - 1)
        case 5: return .unknownLine(place: try row.int(4) - 1)
        case 6: return .disputed
        default: throw RefundFault.unknownWord
        }
    }

    /// What came of a decision.
    enum Decided: Sendable {
        case done([RefundID])
        case notFound
        /// It does not wait; it is this.
        case notWaiting(RefundStatus)
        /// Who asked may not decide.
        case ownRequest
        /// Meanwhile a lost dispute has given that money back; minor units that are left for it.
        case exceeds(refundable: Int64)
        /// A dispute about its order's money is open.
        case disputed
    }

    /// Decides about a request; see `checkout.decide_refund_v2`.
    static func decide(
        _ id: RefundID, approves: Bool, by admin: UserID, note: String?, requestID: String, newID: () -> Int64,
        in transaction: PostgresTransaction
    ) async throws -> Decided {
        let entries = (0..<refundsOfRequestMax).map { _ in newID() }
        let row = try await transaction.query(
            "select code, ids, was, refundable from checkout.decide_refund_v2($1, $2, $3, $4, $5, $6, $7)", id.rawValue,
            entries, approves, admin.rawValue, note, "user:\(admin.rawValue)", requestID
        ).only()
        switch try row.int16(0) {
        case 0:
            let ids: [Int64] = try row.decode(1)
            return .done(ids.map { RefundID(rawValue: $0) })
        case 1: return .notFound
        case 2: return .notWaiting(try status(row.string(2)))
        case 3: return .ownRequest
        case 4: return .exceeds(refundable: try row.int64(3))
        case 5: return .disputed
        default: throw RefundFault.unknownWord
        }
    }

    /// What came of a repetition.
    enum Repeated: Sendable {
        case done
        case notFound
        /// It did not fail, or another one has taken its place.
        case notFailed(RefundStatus)
        /// Its payment has less left.
        case exceeds(refundable: Int64)
        /// A dispute about its order's money is open.
        case disputed
    }

    /// Sends a failed refund again; see `checkout.retry_refund_v2`.
    static func retry(
        _ id: RefundID, by admin: UserID, note: String?, requestID: String, in transaction: PostgresTransaction
    ) async throws -> Repeated {
        let row = try await transaction.query(
            "select code, was, refundable from checkout.retry_refund_v2($1, $2, $3, $4)", id.rawValue, note,
            "user:\(admin.rawValue)", requestID
        ).only()
        switch try row.int16(0) {
        case 0: return .done
        case 1: return .notFound
        case 2: return .notFailed(try status(row.string(1)))
        case 3: return .exceeds(refundable: try row.int64(2))
        case 4: return .disputed
        default: throw RefundFault.unknownWord
        }
    }

    /// Puts the units of approved refunds that asked for it back on the shelf, once; see `checkout.restock_refund_v1`.
    ///
    /// - Returns: the rows of stock that changed, to be adopted after the commit.
    static func restock(
        _ refunds: [RefundID], lineCount: Int, by admin: UserID, newID: () -> Int64, in transaction: PostgresTransaction
    ) async throws -> [StockRow] {
        let movements = (0..<lineCount).map { _ in newID() }
        let rows = try await transaction.query(
            "select code, a, b, c, d, e from checkout.restock_refund_v1($1, $2, $3)", refunds.map(\.rawValue),
            movements,
            "user:\(admin.rawValue)")
        return try rows.map { row in
            StockRow(
                variant: VariantID(rawValue: try row.int64(1)), onHand: try row.int(2), reserved: try row.int(3),
                version: try row.int64(4), offerVersion: try row.int64(5), sellable: try row.int16(0) == 1)
        }
    }

    private static func status(_ word: String) throws -> RefundStatus {
        guard let status = RefundStatus(rawValue: word) else { throw RefundFault.unknownWord }
        return status
    }
}
