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
        agenda.add(item, due: due)
        waitForAgenda()
    }

    /// Lets everything happen that is due. Asked before each call, so that no answer is older than the clock.
    func catchUp() {
        let now = clock.now
        while let item = agenda.popDue(at: now) {
            guard webhooks.hasRoom(for: Self.eventsPerOccurrence) else {
                agenda.add(item, due: now + Self.retryDelay)
                continue
            }
            emit(perform(item))
        }
        waitForAgenda()
    }

    /// One task waits for the next moment; one that was started for a later moment finds nothing to do.
    private func waitForAgenda() {
        guard !clock.isStopped, let due = agenda.nextDue, agendaWake.map({ due < $0 }) ?? true else { return }
        agendaWake = due
        startTask { provider in
            do {
                try await provider.clock.sleep(until: due)
            } catch {
                return  // The sandbox ends.
            }
            if provider.agendaWake == due { provider.agendaWake = nil }
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
        }
    }
}
