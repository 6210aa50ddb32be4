// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/admin/orders/detail/`: anybody's order with all that is known of it: payments with the provider's ids, its inbox events,
/// refunds, ledger entries, reservations, and who did what.
struct ReadAnyOrder: Sendable {
    let dependencies: OrdersDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let text = try request.query.single("id") ?? request.query.single("number").map { "ord_\($0.lowercased())" }
        guard let text else { throw QueryItems.missing("id") }
        guard let id = OrderID(text), let order = try await dependencies.store.order(id) else {
            throw Problem(.notFound)
        }
        var shown = try await dependencies.labelled(order)
        shown.isForAdmin = true
        shown.fees = try await dependencies.store.fees(of: id)
        shown.payouts = try await dependencies.ports.payouts(id, nil)
        let dossier = try await dependencies.ports.dossier(id, order.sellerOrders.map(\.id))
        var json = JSONWriter(capacity: 8192)
        shown.write(to: &json) { json in
            json.field("customer_id", order.user)
            json.field("payment_method", order.paymentMethod)
            dossier.writeMembers(to: &json)
        }
        return HTTPResponse(.ok, headers: [EntityTag(version: shown.version).header], body: json.bytes)
    }
}

/// What other contexts know of an order, each a list of JSON objects, oldest first but for refunds.
public struct OrderDossier: Sendable {
    /// What the provider has told of its payments.
    public var inboxEvents: [[UInt8]]
    /// What goes back of its payments, newest first, as `GET /api/admin/refunds/` shows it.
    public var refunds: [[UInt8]]
    /// The moves of its payments.
    public var paymentHistory: [[UInt8]]
    /// What was booked for it.
    public var ledgerEntries: [[UInt8]]
    /// The units that were set aside for it.
    public var reservations: [[UInt8]]
    /// Who did what to it and its parts.
    public var audit: [[UInt8]]

    /// States it.
    public init(
        inboxEvents: [[UInt8]] = [], refunds: [[UInt8]] = [], paymentHistory: [[UInt8]] = [],
        ledgerEntries: [[UInt8]] = [], reservations: [[UInt8]] = [], audit: [[UInt8]] = []
    ) {
        self.inboxEvents = inboxEvents
        self.refunds = refunds
        self.paymentHistory = paymentHistory
        self.ledgerEntries = ledgerEntries
        self.reservations = reservations
        self.audit = audit
    }

    func writeMembers(to json: inout JSONWriter) {
        Self.write(inboxEvents, "inbox_events", to: &json)
        Self.write(refunds, "refunds", to: &json)
        Self.write(paymentHistory, "payment_history", to: &json)
        Self.write(ledgerEntries, "ledger_entries", to: &json)
        Self.write(reservations, "reservations", to: &json)
        Self.write(audit, "audit", to: &json)
    }

    /// A member of such a list.
    static func write(_ objects: [[UInt8]], _ name: StaticString, to json: inout JSONWriter) {
        json.array(name) { json in
            for object in objects { json.raw(object) }
        }
    }
}
