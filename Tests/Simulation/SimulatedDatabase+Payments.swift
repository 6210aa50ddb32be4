// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import UVRuntime

extension SimulatedDatabase: PaymentJournal {
    func apply(_ messages: [PaymentMessage]) async throws(JournalError) -> [PaymentOutcome] {
        try await apply(messages, by: nil)
    }

    func apply(
        _ messages: [PaymentMessage], by client: ProcessLife?
    ) async throws(JournalError) -> [PaymentOutcome] {
        let call = try await arrive(client)
        if let (start, lasting) = call.afterwards {
            _ = Task {
                await pause(start)
                _ = try? await transact(messages, lasting: lasting)
            }
            throw .unknownOutcome
        }
        let outcomes = try await transact(messages, lasting: nil)
        try await depart(call)
        return outcomes
    }

    /// `checkout.pay_v3`.
    private func transact(
        _ batch: [PaymentMessage], lasting: Int?
    ) async throws(JournalError) -> [PaymentOutcome] {
        guard isWithoutTwins(batch) else {
            trace.violate("a payment batch with one target twice (MP001)")
            throw .data("MP001")
        }
        var transaction = begin()
        defer { end(transaction) }
        var codes = [PaymentOutcome.Code?](repeating: nil, count: batch.count)
        var targets: [(payment: PaymentID, order: OrderID)?] = Array(repeating: nil, count: batch.count)
        var taken: Set<OrderID> = []
        for (index, message) in batch.enumerated() {
            codes[index] = judgeEvent(message, &transaction)
            guard codes[index] == nil, let snapshot = message.payment else { continue }
            let byOrder = snapshot.order.flatMap { paymentOfProviderOrder[$0] }.flatMap { payments[$0] }
            let byPayment = providerPayments[snapshot.payment]
            if let byOrder, let byPayment, byOrder.id != byPayment.payment {
                codes[index] = .refused
            } else if let payment = byOrder?.id ?? byPayment?.payment, let order = byOrder?.order ?? byPayment?.order {
                if taken.insert(order).inserted { targets[index] = (payment, order) } else { codes[index] = .busy }
            } else {
                codes[index] = .waiting
            }
        }
        for order in taken.sorted() { try await lock(.order(order), in: &transaction) }
        await pause(lasting)
        try check(transaction)
        return batch.indices.map { index in
            let message = batch[index]
            guard let target = targets[index] else {
                let code = codes[index] ?? .ignored
                keep(message, code)
                return PaymentOutcome(code: code)
            }
            let (code, confirmed) = pay(message, target.payment, target.order)
            keep(message, code)
            return PaymentOutcome(
                code: code, order: target.order, payment: target.payment, confirmedOrder: confirmed)
        }
    }

    private func isWithoutTwins(_ batch: [PaymentMessage]) -> Bool {
        func areDistinct(_ texts: [String]) -> Bool { Set(texts).count == texts.count }
        let speaking = batch.filter { $0.kind != .ignored }.compactMap(\.payment)
        return areDistinct(batch.compactMap { $0.event?.id }) && areDistinct(speaking.map(\.payment))
            && areDistinct(speaking.compactMap(\.order))
    }

    /// The code of a message that does not get as far as its payment.
    private func judgeEvent(_ message: PaymentMessage, _ transaction: inout Transaction) -> PaymentOutcome.Code? {
        if let event = message.event {
            guard tryLock(.event(event.id), in: &transaction) else { return .busy }
            if let known = events[event.id] {
                if known.hash != event.bodyHash {
                    jobs.insert("payment.event_conflict \(event.id)")
                    return .conflict
                }
                guard known.state == .waiting || known.state == .failed else { return .duplicate }
            }
        }
        return message.kind == .ignored ? .ignored : nil
    }

    private func keep(_ message: PaymentMessage, _ code: PaymentOutcome.Code) {
        guard let event = message.event else { return }
        let state: EventRow.State
        switch code {
        case .applied, .unchanged: state = .processed
        case .waiting: state = .waiting
        case .ignored: state = .ignored
        case .refused: state = .failed
        case .busy, .duplicate, .conflict: return
        }
        events[event.id] = EventRow(hash: event.bodyHash, state: state)
    }

    private func pay(
        _ message: PaymentMessage, _ id: PaymentID, _ orderID: OrderID
    ) -> (PaymentOutcome.Code, confirmed: Bool) {
        guard let said = message.payment, var payment = payments[id], var order = orders[orderID] else {
            return (.waiting, false)
        }
        let known = providerPayments[said.payment]
        let rank = message.kind.rawValue
        guard rank > known?.rank ?? 0, message.kind != .failed || payment.status != .expired else {
            return (.unchanged, false)
        }
        let fits = said.amount == payment.amount && said.currency == payment.currency
        let verdict = message.kind == .captured ? judge(order, fits) : nil
        let confirms =
            verdict == .accepted && order.rank < 3 && order.paid + said.amount >= order.order.total
        trace.note { "commit \(said.payment) of \(orderID): rank \(rank) \(verdict?.rawValue ?? "")" }

        if verdict == .accepted { order.paid += said.amount }
        if message.kind == .authorized, fits, order.status == .pendingPayment, order.rank < 2 { order.rank = 2 }
        if confirms {
            order.status = .confirmed
            order.rank = 3
            order.eventSequence += 1
            publish("order.confirmed", "order \(orderID)", order.eventSequence)
            if reservations[orderID]?.state == .held { reservations[orderID]?.state = .committed }
        }
        order.version += 1
        orders[orderID] = order

        let moves = rank > payment.rank
        if moves {
            payment.rank = rank
            payment.status = rank == 3 ? .captured : rank == 2 ? .authorized : .failed
        }
        if let verdict {
            if verdict != .accepted { jobs.insert("\(verdict) \(said.payment)") }
            payment.flags.insert(verdict)
            if said.currency == payment.currency { payment.capturedMinor += said.amount }
            book(said, orderID, message.ledgerEntry)
        }
        if moves || verdict != nil {
            payment.eventSequence += 1
            publish("payment", "payment \(id)", payment.eventSequence)
        }
        payments[id] = payment
        providerPayments[said.payment] = ProviderPaymentRow(
            payment: known?.payment ?? id, order: known?.order ?? orderID, rank: rank, amount: said.amount,
            verdict: verdict ?? known?.verdict)
        return (.applied, confirms)
    }

    private func judge(_ order: OrderRow, _ fits: Bool) -> CaptureVerdict {
        guard fits else { return .mismatch }
        if order.rank >= 3 || order.status == .confirmed { return .duplicate }
        return order.status == .pendingPayment ? .accepted : .late
    }

    private func book(_ said: PaymentMessage.Snapshot, _ order: OrderID, _ entry: JournalEntryID) {
        guard said.amount > 0, ledger[said.payment] == nil else { return }
        ledger[said.payment] = LedgerRow(id: entry, order: order, debit: said.amount, credit: said.amount)
    }

    // MARK: intents

    /// `checkout.initiate_v1` for one order; nil when it cannot be paid.
    func initiate(
        _ id: OrderID, payment: PaymentID, by client: ProcessLife?
    ) async throws(JournalError) -> (payment: PaymentID, amount: Int64, providerOrder: String?)? {
        let call = try await arrive(client)
        let result = try await open(id, payment)
        try await depart(call)
        return result
    }

    private func open(
        _ id: OrderID, _ payment: PaymentID
    ) async throws(JournalError) -> (payment: PaymentID, amount: Int64, providerOrder: String?)? {
        var transaction = begin()
        defer { end(transaction) }
        try await lock(.order(id), in: &transaction)
        guard let order = orders[id], order.status == .pendingPayment, order.rank < 3, order.reservedUntil > now
        else { return nil }
        guard !payments.values.contains(where: { $0.order == id && $0.status == .authorized }) else { return nil }
        let open = payments.values.filter { $0.order == id && ($0.status == .created || $0.status == .initiated) }
        trace.expect(open.count <= 1, "two open attempts of \(id)")
        if let open = open.first { return (open.id, open.amount, open.providerOrder) }
        payments[payment] = PaymentRow(id: payment, order: id, amount: order.order.total)
        return (payment, order.order.total, nil)
    }

    /// `checkout.initiated_v1` for one attempt.
    func initiated(
        _ payment: PaymentID, _ providerOrder: String, by client: ProcessLife?
    ) async throws(JournalError) {
        let call = try await arrive(client)
        if var row = payments[payment], row.providerOrder == nil {
            row.providerOrder = providerOrder
            if row.status == .created { row.status = .initiated }
            payments[payment] = row
            paymentOfProviderOrder[providerOrder] = payment
        }
        try await depart(call)
    }
}
