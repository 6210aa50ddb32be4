// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import TestSupport
import Testing

/// An admin who gives money back, and buyers' banks that dispute it, while the shoppers shop; both remember what was agreed.
///
/// Every refund carries a key. What is given back, and which dispute ends how, repeats with the seed as far as the order of
/// the shoppers' payments does.
actor Office {
    /// A refund as it was acknowledged.
    struct KnownRefund: Sendable {
        let id: RefundID
        let order: OrderID
        let payment: PaymentID
        let amount: Int64
    }

    /// A dispute as the provider told its opening and its end.
    struct KnownDispute: Sendable {
        let id: String
        let order: OrderID
        let amount: Int64
        /// nil while it is open.
        var status: String?
        var deducted: Int64 = 0
    }

    nonisolated let visitor: Visitor
    private let shop: CrashShop
    private let shoppers: [Shopper]
    private var random: SeededRandom
    private var keys = 0
    /// Everything that was answered under a key, in order.
    private(set) var keyed: [Acknowledged] = []
    private(set) var refunds: [KnownRefund] = []
    private(set) var disputes: [KnownDispute] = []
    /// Refunds that were not allowed, by the answer: of what has gone back, is disputed, or is not known to be paid.
    private(set) var refusals: [String: Int] = [:]
    private(set) var lost = 0

    init(_ shoppers: [Shopper], seed: UInt64, in shop: CrashShop) async throws {
        visitor = try await Admin.make(in: shop)
        self.shop = shop
        self.shoppers = shoppers
        random = SeededRandom(seed: seed)
    }

    /// Works until the progress is over: some things for each order, or for those of a moment.
    func work() async throws {
        while await !shop.progress.isOver {
            for _ in 0..<4 {
                switch Int.random(in: 0..<4, using: &random) {
                case 0: try await dispute()
                default: try await refund()
                }
            }
            await shop.progress.orders(more: 1)
        }
    }

    /// The banks decide about everything that they have left open.
    func close() async throws {
        for index in disputes.indices where disputes[index].status == nil { try await end(index) }
    }

    // MARK: Refunds

    private static let expected: Set<String> = ["order-not-refundable", "refund-exceeds-refundable"]

    private func refund() async throws {
        guard let order = try await paidOrder(),
            !disputes.contains(where: { $0.order == order.id && $0.status == "lost" })
        else { return }
        keys += 1
        let done = try await visitor.send(
            Wish(method: "POST", path: "/api/admin/refund/", body: wish(order), key: "office-\(keys)"))
        lost += done.lost
        switch done.answer.status {
        case 201:
            let json = try done.answer.json
            keyed.append(done)
            refunds.append(
                KnownRefund(
                    id: try #require(json["id"]?.string.flatMap { RefundID($0) }), order: order.id,
                    payment: try #require(json["payment_id"]?.string.flatMap { PaymentID($0) }),
                    amount: try #require(json["amount"]?["amount"]?.int64)))
        default:
            guard done.answer.status == 409, let code = done.answer.code, Self.expected.contains(code) else {
                throw Shopper.Unexpected(done)
            }
            refusals[code, default: 0] += 1
        }
    }

    /// Something of one seller's part. Whoever gives units back that nobody has sent ends the part and fills the shelf: the simulated books are
    /// about that.
    private func wish(_ order: KnownOrder) -> String {
        let part = order.parts[Int.random(in: 0..<order.parts.count, using: &random)]
        let amount = Int.random(in: 100...900, using: &random)
        return """
            {"seller_order_id":"\(part)","amount":{"amount":\(amount),"currency":"INR"},"reason_code":"goodwill"}
            """
    }

    /// An order whose money has been given to the provider; we may not have heard of it.
    private func paidOrder() async throws -> KnownOrder? {
        let shopper = shoppers[Int.random(in: 0..<shoppers.count, using: &random)]
        let captured = await shopper.captured
        guard let paid = captured.randomElement(using: &random) else { return nil }
        return await shopper.orders.first { $0.id == paid.order }
    }

    // MARK: Disputes

    private func dispute() async throws {
        let open = disputes.indices.filter { disputes[$0].status == nil }
        if let index = open.randomElement(using: &random), open.count > 2 || Bool.random(using: &random) {
            return try await end(index)
        }
        let shopper = shoppers[Int.random(in: 0..<shoppers.count, using: &random)]
        let captured = await shopper.captured
        guard let paid = captured.randomElement(using: &random) else { return }
        let part = Bool.random(using: &random) ? #","amount":\#(paid.amount / 2)"# : ""
        let answer = try await shop.provider.send(
            "POST", "/control/disputes", #"{"payment_id":"\#(paid.providerPayment)"\#(part)}"#)
        // More than is left undisputed.
        guard answer.status == 200 else { return }
        disputes.append(
            KnownDispute(
                id: try #require(try answer.json["id"]?.string), order: paid.order,
                amount: try #require(try answer.json["amount"]?.int64)))
    }

    /// None is lost whose order has refunds: those it would end or cut, which the simulated books are about (docs/SIMULATION.md).
    private func end(_ index: Int) async throws {
        let hasRefunds = refunds.contains { $0.order == disputes[index].order }
        let decision = ["won", "closed", "lost"][Int.random(in: 0..<(hasRefunds ? 2 : 3), using: &random)]
        let ended = try await shop.control("POST", "/control/disputes/\(disputes[index].id)/\(decision)", "{}")
        disputes[index].status = try ended.json["status"]?.string
        disputes[index].deducted = try #require(try ended.json["amount_deducted"]?.int64)
    }
}
