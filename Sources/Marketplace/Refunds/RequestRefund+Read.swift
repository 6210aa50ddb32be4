// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension RequestRefund {
    /// What a body asks for.
    ///
    /// - Throws: `Problem` 422 for a member that is wrong or does not fit the others, 404 for an id of the wrong form.
    static func read(_ request: RequestContext) throws -> RefundWish {
        let (wish, ids) = try request.json { body in readMembers(&body) }
        guard let subject = ids.subject, !ids.isLineMalformed, !ids.isReturnMalformed else { throw Problem(.notFound) }
        return RefundWish(
            subject: subject, lines: ids.lines, shipping: wish.shipping, goodwill: wish.goodwill, reason: wish.reason,
            note: wish.note, restock: wish.restock, funding: wish.funding, speed: wish.speed, returnID: ids.returnID)
    }

    private struct Members {
        let shipping: Int64?
        let goodwill: Int64?
        let reason: RefundReason
        let note: String?
        let restock: Bool
        let funding: RefundFunding
        let speed: RefundSpeed
    }

    /// Ids are read last: one of the wrong form is 404, and only where nothing else is wrong.
    private struct IDs {
        var subject: RefundWish.Subject?
        var lines: [RefundWish.Line] = []
        var isLineMalformed = false
        var returnID: ReturnID?
        var isReturnMalformed = false
    }

    private static func readMembers(_ body: inout JSONInput) -> (Members, IDs) {
        var ids = IDs()
        let order = body.optionalString("order_id", length: 1...64)
        let sellerOrder = body.optionalString("seller_order_id", length: 1...64)
        if (order == nil) == (sellerOrder == nil) {
            body.fail("order_id", code: "one-of", message: "either order_id or seller_order_id is expected")
        }
        ids.subject =
            order.flatMap { OrderID($0) }.map { .order($0) }
            ?? sellerOrder.flatMap { SellerOrderID($0) }.map { .sellerOrder($0) }
        readLines(&body, into: &ids)
        if let text = body.optionalString("return_id", length: 1...64) {
            ids.returnID = ReturnID(text)
            ids.isReturnMalformed = ids.returnID == nil
        }
        let members = Members(
            shipping: readMoney(&body, "shipping"), goodwill: readMoney(&body, "amount"),
            reason: body.choice("reason_code", of: RefundReason.self),
            note: body.optionalString("note", length: noteLength), restock: body.optionalBool("restock") ?? false,
            funding: body.optionalChoice("funded_by", of: RefundFunding.self) ?? .auto,
            speed: body.optionalChoice("speed", of: RefundSpeed.self) ?? .normal)
        if members.reason == .amountMismatch,
            sellerOrder != nil || !ids.lines.isEmpty || members.shipping != nil || members.funding == .seller
        {
            body.fail(
                "reason_code", code: "does-not-fit",
                message: "what an order did not accept has no lines, shipping or seller")
        }
        return (members, ids)
    }

    private static func readLines(_ body: inout JSONInput, into ids: inout IDs) {
        let lines =
            body.optionalArray("lines", count: 1...linesMax) { line in
                (
                    line.string("line_id", length: 1...64), line.int("quantity", in: 1...1_000_000),
                    readMoney(&line, "amount")
                )
            } ?? []
        var seen: Set<OrderLineID> = []
        for (text, quantity, amount) in lines {
            guard let id = OrderLineID(text) else {
                ids.isLineMalformed = true
                continue
            }
            if !seen.insert(id).inserted {
                body.fail("lines", code: "duplicate", message: "a line stands there twice")
            }
            ids.lines.append(RefundWish.Line(id: id, quantity: quantity, amount: amount))
        }
    }

    /// Money in the one currency of the shop's orders.
    private static func readMoney(_ body: inout JSONInput, _ name: StaticString) -> Int64? {
        body.optionalObject(name) { money in
            let amount = money.int("amount", in: 1...amountMax)
            if money.string("currency", length: 3...3) != Currency.inr.description {
                money.fail("currency", code: "currency-mismatch", message: "orders are paid in INR")
            }
            return Int64(amount)
        }
    }
}
