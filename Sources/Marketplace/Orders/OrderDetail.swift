// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore

/// An order in full as its answers show it; made from the record that is about to be committed, or from what was.
struct OrderDetail: Sendable {
    var head: OrderHead
    var currency: Currency
    var totals: OrderTotals
    var sellerOrders: [SellerOrder]
    /// JSON objects.
    var shippingAddress: [UInt8]
    var billingAddress: [UInt8]
    var company: CompanyID?
    var purchaseOrder: String?
    var customerNote: String?
    /// Who bought it.
    var user: UserID
    var paymentMethod: String
    /// JSON objects; newest first.
    var payments: [[UInt8]] = []
    /// What was given back of lines; those that are not here are whole and not to be returned.
    var returns: [OrderLineID: LineReturn] = [:]
    /// The commission of lines; empty for buyers, whose business it is not.
    var fees: [OrderLineID: LineFee] = [:]
    /// What parts have earned their sellers; empty for buyers.
    var payouts: [SellerOrderID: SellerPayout] = [:]
    /// Transitions of the order itself; those of a seller's part stand there.
    var history: [Event] = []
    /// Whether an admin reads it.
    var isForAdmin = false
    var createdAt: Timestamp

    var id: OrderID { head.id }
    var version: Int64 { head.version }
    var parts: [SellerOrderStatus] { sellerOrders.map(\.status) }

    /// A transition that was made.
    struct Event: Sendable {
        var at: Timestamp
        var from: String
        var to: String
        /// `user`, `seller`, `system`, `razorpay` …: who, without saying which person.
        var actor: String
        var reason: String?
        /// Whether an admin brought it about: then only admins are shown why.
        var isOfAdmin = false
    }

    /// One seller's part.
    struct SellerOrder: Sendable {
        var id: SellerOrderID
        var seller: SellerID
        var sellerName: String
        var status: SellerOrderStatus
        var acceptBy: Timestamp?
        var totals: OrderTotals
        var lines: [OrderLineRecord]
        var shipments: [Shipment] = []
        var history: [Event] = []
        var version: Int64
        var createdAt: Timestamp
    }
}

extension OrderDetail {
    /// What a part has to be accepted in, as `checkout.place_v5` and `checkout.pay_v2` write it.
    static let acceptWithin: Duration = .seconds(48 * 3600)

    /// The order that a record will be once it is committed: waiting for its payment, or confirmed where that comes at the door.
    ///
    /// - Parameter now: by our clock; what the database writes differs by milliseconds.
    init(placing record: OrderRecord, sellerNames: [SellerID: String], at now: Timestamp) {
        let isCash = record.paymentMethod == OrderPaymentMethod.cod.rawValue
        var totals = OrderTotals(
            subtotal: record.subtotal, discount: record.discount, shipping: record.shipping, total: record.total)
        for line in record.lines { totals.add(line.tax) }
        let parts = record.sellerOrders.enumerated().map { index, part -> SellerOrder in
            let lines =
                record.sellerOrders.count > 1 ? record.lines.filter { $0.sellerOrder == index } : record.lines
            var sums = OrderTotals(
                subtotal: part.subtotal, discount: part.discount, shipping: part.shipping, total: part.total)
            for line in lines { sums.add(line.tax) }
            return SellerOrder(
                id: part.id, seller: part.seller, sellerName: sellerNames[part.seller] ?? "",
                status: isCash ? .placed : .pendingPayment, acceptBy: isCash ? now + Self.acceptWithin : nil,
                totals: sums,
                lines: lines,
                history: isCash ? [Event(at: now, from: "pending_payment", to: "placed", actor: "system")] : [],
                version: 1, createdAt: now)
        }
        self.init(
            head: OrderHead(
                id: record.id, status: isCash ? .confirmed : .pendingPayment,
                payment: PaymentStatus(rank: 0, method: record.paymentMethod), reservedUntil: record.reservedUntil,
                version: 1),
            currency: record.currency, totals: totals, sellerOrders: parts, shippingAddress: record.shippingAddress,
            billingAddress: record.billingAddress, company: record.company, purchaseOrder: record.purchaseOrder,
            customerNote: record.customerNote, user: record.user, paymentMethod: record.paymentMethod,
            history: isCash ? [Event(at: now, from: "pending_payment", to: "confirmed", actor: "user")] : [],
            createdAt: now)
    }
}
