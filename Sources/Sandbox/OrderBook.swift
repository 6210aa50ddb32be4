// SPDX-License-Identifier: Apache-2.0
import HTTP

/// All orders, payments and what hangs on them, and the rules by which they change: no I/O, no clock, so a step is tested by itself.
///
/// What the merchant is to be told comes back as event drafts, in the order in which things happened.
struct OrderBook: Sendable {
    var orders = Shelf<ProviderOrder>()
    var payments = Shelf<ProviderPayment>()
    /// They go with their payment.
    var refunds = Shelf<ProviderRefund>()
    /// The same.
    var disputes = Shelf<ProviderDispute>()
    var documents = Shelf<ProviderDocument>()
    var downtimes = Shelf<Downtime>()
    /// The orders that have a receipt, oldest first.
    private var receipts: [String: [String]] = [:]
    /// Those that may go when there is no room.
    var paidOrders = IDQueue()
    let ids: IDSource
    let limits: SandboxLimits

    init(ids: IDSource, limits: SandboxLimits) {
        self.ids = ids
        self.limits = limits
    }

    // MARK: Reads

    func order(_ id: String) throws(ProviderError) -> ProviderOrder {
        guard let order = orders[id] else { throw .unknownID }
        return order
    }

    func payment(_ id: String) throws(ProviderError) -> ProviderPayment {
        guard let payment = payments[id] else { throw .unknownID }
        return payment
    }

    /// An order's payments, newest first.
    func payments(of order: ProviderOrder) -> [ProviderPayment] {
        order.paymentIDs.reversed().compactMap { payments[$0] }
    }

    /// Orders of a receipt, newest first.
    func orders(receipt: String) -> [ProviderOrder] {
        (receipts[receipt] ?? []).reversed().compactMap { orders[$0] }
    }

    // MARK: Orders

    mutating func create(_ new: NewOrder, at now: Int64) throws(ProviderError) -> ProviderOrder {
        if new.isReceiptUnique, let first = receipts[new.receipt ?? ""]?.first, let order = orders[first] {
            guard order.amount == new.amount, order.currency == new.currency else {
                throw .refused("Order receipt should be unique.", metadata: [(name: "order_id", value: order.id)])
            }
            return order
        }
        try makeRoom()
        let order = ProviderOrder(
            id: ids.make("order_"), amount: new.amount, currency: new.currency, receipt: new.receipt,
            capture: new.capture, captureOptions: new.captureOptions, createdAt: now, notes: new.notes)
        orders[order.id] = order
        if let receipt = order.receipt { receipts[receipt, default: []].append(order.id) }
        return order
    }

    mutating func edit(_ id: String, notes: Notes) throws(ProviderError) -> ProviderOrder {
        var order = try order(id)
        order.notes = notes
        orders[id] = order
        return order
    }

    private mutating func makeRoom() throws(ProviderError) {
        guard orders.count >= limits.orders else { return }
        guard let id = paidOrders.popFirst(), let order = orders[id] else { throw .throttled }
        for payment in order.paymentIDs { forget(payment) }
        orders[id] = nil
        if let receipt = order.receipt {
            receipts[receipt]?.removeAll { $0 == id }
            if receipts[receipt]?.isEmpty == true { receipts[receipt] = nil }
        }
    }

    private mutating func forget(_ paymentID: String) {
        for refund in payments[paymentID]?.refundIDs ?? [] { refunds[refund] = nil }
        for dispute in payments[paymentID]?.disputeIDs ?? [] { disputes[dispute] = nil }
        payments[paymentID] = nil
    }
}
