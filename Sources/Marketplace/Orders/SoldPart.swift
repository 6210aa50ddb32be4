// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

extension OrdersDependencies {
    /// A part as its seller sees it; without a seller, as admins do.
    ///
    /// - Throws: 404 for another seller's, and for one that waits for its payment: sellers have not seen it.
    func response(
        _ part: SellerOrderID, in order: OrderID, of seller: SellerID?, in transaction: PostgresTransaction? = nil
    ) async throws -> HTTPResponse {
        let store = self.store(in: transaction)
        guard var detail = try await store.order(order),
            let index = detail.sellerOrders.firstIndex(where: { $0.id == part }),
            seller == nil || detail.sellerOrders[index].seller == seller
        else { throw Problem(.notFound) }
        let labels = try await ports.labels([detail.sellerOrders[index].seller], [], transaction)
        detail.sellerOrders[index].sellerName = labels.sellerNames[detail.sellerOrders[index].seller] ?? ""
        detail.returns = try await returns(of: detail, in: transaction)
        detail.fees = try await store.fees(of: order)
        detail.isForAdmin = seller == nil
        detail.payouts = try await ports.payouts(order, transaction)
        let shown = SoldPart(order: detail, index: index)
        var response = HTTPResponse.json(shown)
        response.headers.append(EntityTag(version: detail.sellerOrders[index].version).header)
        return response
    }
}

/// One part of an order with what its seller has to know of the rest: for whom it is, and from its acceptance on where it goes.
struct SoldPart: Sendable, JSONWritable {
    let order: OrderDetail
    let index: Int

    func write(to json: inout JSONWriter) {
        let status = order.sellerOrders[index].status
        order.writePart(index, to: &json) { json in
            json.field("payment_method", order.paymentMethod)
            json.field("buyer_name", Self.buyerName(in: order.shippingAddress, status))
            if Self.isTaken(status) {
                json.field("shipping_address", raw: order.shippingAddress)
                json.fieldIfPresent("customer_note", order.customerNote)
            }
            json.fieldIfPresent("po_number", order.purchaseOrder)
        }
    }

    /// Whether the seller has taken it on, so that it has to know for whom.
    static func isTaken(_ status: SellerOrderStatus) -> Bool {
        switch status {
        case .pendingPayment, .placed, .rejected, .cancelled: false
        default: true
        }
    }

    /// The name to deliver to; before the seller has taken the part on, the first letter of each word.
    static func buyerName(in address: [UInt8], _ status: SellerOrderStatus) -> String {
        let name = (try? JSONDocument(parsing: address).root)?["name"]?.string ?? ""
        return isTaken(status) ? name : masked(name)
    }

    static func masked(_ name: String) -> String {
        name.split(separator: " ").map { "\($0.prefix(1))***" }.joined(separator: " ")
    }
}

extension OrderSchema {
    /// A part as its seller sees it.
    static let soldPart = Schema.object(
        sellerOrderMembers + [
            .required("payment_method", .choice(PaymentStatus.methods, example: "razorpay")),
            .required(
                "buyer_name",
                .string(example: "A*** R***").says("First letters only, until the part is accepted.")),
            .optional("shipping_address", Schema.address.says("From acceptance on.")),
            .optional("customer_note", .string(length: 0...2_000, example: "Ring the bell twice.")),
            .optional("po_number", .string(example: "PO-2026-118")),
        ], isClosed: true
    ).named("SoldSellerOrder")
}
