// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import UVRuntime

extension SimulatedProcess {
    /// An attempt to pay: intent row, the provider's order, result row.
    ///
    /// - Returns: the provider's order, or nil when the order cannot be paid.
    func initiatePayment(_ order: OrderID) async throws -> String? {
        let number = PaymentID(rawValue: newNumber())
        guard let open = try await database.initiate(order, payment: number, by: life) else { return nil }
        if let known = open.providerOrder { return known }
        guard let made = await provider.makeOrder(receipt: open.payment, amount: open.amount) else {
            throw JournalError.unavailable
        }
        guard life.isAlive else { throw JournalError.unavailable }
        try await database.initiated(open.payment, made, by: life)
        return made
    }

    /// What a webhook, verify or the poller brings; answered after the commit.
    func apply(_ news: ProviderNews) async throws -> Response {
        let outcome = try await payments.apply(
            PaymentMessage(
                kind: news.kind, event: news.event,
                payment: PaymentMessage.Snapshot(
                    order: news.order, payment: news.payment, amount: news.amount, currency: "INR", method: "card"),
                source: news.event == nil ? "poller" : "razorpay", requestID: nil,
                ledgerEntry: JournalEntryID(rawValue: newNumber())))
        if life.isAlive { await check(news, outcome) }
        return Response(status: 200, body: "\(outcome.code)")
    }

    /// What was acknowledged is in the books.
    private func check(_ news: ProviderNews, _ outcome: PaymentOutcome) async {
        let (rank, event) = await database.books(of: news.payment, event: news.event?.id)
        switch outcome.code {
        case .applied, .unchanged, .duplicate:
            // A failure that is told after its attempt has expired moves nothing.
            let isLateFailure = news.kind == .failed && outcome.code != .applied
            trace.expect(
                rank >= news.kind.rawValue || event == .ignored || isLateFailure,
                "\(news.payment) was acknowledged as \(news.kind), the books say rank \(rank)")
        case .waiting, .ignored, .refused:
            trace.expect(news.event == nil || event != nil, "an acknowledged event is not in the inbox")
        case .busy: trace.violate("busy is no outcome for the provider")
        case .conflict: break
        }
    }
}

extension SimulatedDatabase {
    /// How far a payment is in the books, and its event.
    func books(of payment: String, event: String?) -> (rank: Int16, event: EventRow.State?) {
        (providerPayments[payment]?.rank ?? 0, event.flatMap { events[$0]?.state })
    }

    /// The order that the same request made of a cart's version, with its state.
    func order(
        ofCart cart: CartID, _ version: Int64, _ fingerprint: Hash32, by client: ProcessLife?
    ) async throws(JournalError) -> String? {
        let call = try await arrive(client)
        let found = twin(of: cart, version, fingerprint).map { "\($0.order.id) \($0.status)" }
        try await depart(call)
        return found
    }
}
