// SPDX-License-Identifier: Apache-2.0
import MarketCore
import UVRuntime

extension PaymentProvider {
    /// How long something that would make events waits when there is no room for them.
    private static let retryDelay: Duration = .seconds(60)

    /// Lets something happen by itself, by the sandbox's clock.
    func schedule(_ item: Agenda.Item, after delay: Duration) {
        schedule(item, at: clock.now + delay)
    }

    func schedule(_ item: Agenda.Item, at due: Timestamp) {
        plan(item, due)
        waitForAgenda()
    }

    private func plan(_ item: Agenda.Item, _ due: Timestamp) {
        if agenda.count >= agendaPruneCount {
            agenda.prune { matters($0) }
            // Looking at all of them again is worth it only when there are many more.
            agendaPruneCount = max(configuration.limits.agendaItems, 2 * agenda.count)
        }
        agenda.add(item, due: due)
    }

    /// Lets everything happen that is due. Asked before each call, so that no answer is older than the clock.
    func catchUp() {
        let now = clock.now
        book.now = now.seconds
        while let item = agenda.popDue(at: now) {
            guard webhooks.hasRoom(for: Self.eventsPerOccurrence) else {
                agenda.add(item, due: now + Self.retryDelay)
                continue
            }
            let events = perform(item)
            takeOverPlans()
            emit(events)
        }
        waitForAgenda()
    }

    /// What changes have planned for later goes to the agenda.
    func carryOut() {
        takeOverPlans()
        waitForAgenda()
    }

    private func takeOverPlans() {
        for next in book.takePlans() { plan(next.item, Timestamp(seconds: next.due)) }
    }

    /// A task waits for the next moment. One that waits for a later moment goes on waiting, and is the next one then.
    private func waitForAgenda() {
        guard !clock.isStopped, let due = agenda.nextDue, agendaWakes.last.map({ due < $0 }) ?? true else { return }
        agendaWakes.append(due)
        startTask { provider in
            do {
                try await provider.clock.sleep(until: due)
            } catch {
                return  // The sandbox ends.
            }
            provider.agendaWakes.removeAll { $0 == due }
            provider.catchUp()
        }
    }

    /// Nothing happens to an entity that has gone, or that somebody has decided meanwhile.
    private func perform(_ item: Agenda.Item) -> [EventDraft] {
        switch item {
        case .refund(let id): processRefund(id)
        case .refundReference(let id): book.addReference(toRefund: id)
        case .payerAnswer(let id): answerPayment(id)
        case .bankTimeout(let id): timeOutPayment(id)
        case .captureWindow(let id): expirePayment(id)
        case .disputeDeadline(let id): missDispute(id)
        case .transfer(let id): processTransfer(id)
        case .settlement(let account): book.settlePlanned(account)
        case .onDemandSettlement(let id): book.processOnDemand(id)
        case .productReview(let account, let product): book.reviewProduct(product, of: account)
        case .payout(let id): book.processPayout(id)
        case .linkExpiry(let id): book.expireLink(id)
        }
    }

    /// Whether something would happen if an item were due now.
    private func matters(_ item: Agenda.Item) -> Bool {
        switch item {
        case .refund(let id): book.refunds[id]?.status == .pending
        case .refundReference(let id): book.refunds[id]?.status == .processed
        case .payerAnswer(let id), .bankTimeout(let id): book.payments[id]?.status == .created
        case .captureWindow(let id): book.payments[id]?.status == .authorized
        case .disputeDeadline(let id): book.disputes[id]?.status == .open
        case .transfer(let id): book.transfers[id]?.status == .pending
        case .settlement, .productReview: true
        case .onDemandSettlement(let id): book.money.onDemand[id]?.isProcessed == false
        case .payout(let id): book.payouts[id]?.status == .processing
        case .linkExpiry(let id): book.links[id]?.status.isOpen == true
        }
    }
}
