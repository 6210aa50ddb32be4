// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Synchronization
import Testing
import UVRuntime

@testable import Actors
@testable import Simulation

/// What a provider says of one order is applied one message after the other (hot path rule 1).
@Suite struct PaymentActorTests {
    /// Keeps the batches; each takes a millisecond.
    private final class Batches: PaymentJournal {
        let clock: ManualExecutor
        let all = Mutex<[[PaymentMessage]]>([])

        init(_ clock: ManualExecutor) {
            self.clock = clock
        }

        func apply(_ messages: [PaymentMessage]) async throws(JournalError) -> [PaymentOutcome] {
            all.withLock { $0.append(messages) }
            await clock.pause(1)
            return messages.map { _ in PaymentOutcome(code: .applied) }
        }
    }

    private static func message(
        _ kind: PaymentMessage.Kind, order: String?, payment: String, event: Int
    ) -> PaymentMessage {
        PaymentMessage(
            kind: kind,
            event: .init(id: "evt_\(event)", type: "\(kind)", bodyHash: .test(event), body: [UInt8(event)]),
            payment: .init(order: order, payment: payment, amount: 100, currency: "INR", method: nil),
            source: "razorpay", requestID: nil, ledgerEntry: JournalEntryID(rawValue: Int64(event)))
    }

    /// Applies all at once and returns the batches in which they were written.
    private static func batches(_ messages: [PaymentMessage]) -> [[PaymentMessage]] {
        let driver = Driver()
        let journal = Batches(driver.executor)
        let actor = PaymentActor(
            executor: driver.executor, clock: driver.executor, shardCount: 1, limits: PaymentLimits(), journal: journal,
            logger: .silent, random: { 7 })
        let tasks = messages.map { message in driver.start { try await actor.apply(message) } }
        #expect(driver.finish(tasks))
        #expect(tasks.allSatisfy { $0.value?.code == .applied })
        return journal.all.withLock { $0 }
    }

    @Test func authorizedAndCapturedOfOneOrderNeverShareABatch() {
        let batches = Self.batches([
            Self.message(.authorized, order: "order_1", payment: "pay_1", event: 1),
            Self.message(.captured, order: "order_1", payment: "pay_1", event: 2),
            Self.message(.captured, order: "order_2", payment: "pay_2", event: 3),
        ])
        #expect(batches.map { $0.compactMap(\.event?.id) } == [["evt_1", "evt_3"], ["evt_2"]])
    }

    /// An order has several attempts, and an event of a payment may leave its order out.
    @Test func twoPaymentsOfOneOrderAndOnePaymentWithoutItsOrderDoNeither() {
        let batches = Self.batches([
            Self.message(.failed, order: "order_1", payment: "pay_1", event: 1),
            Self.message(.captured, order: "order_1", payment: "pay_2", event: 2),
            Self.message(.captured, order: nil, payment: "pay_1", event: 3),
        ])
        for batch in batches {
            let (orders, payments) = (batch.compactMap(\.payment?.order), batch.compactMap(\.payment?.payment))
            #expect(Set(orders).count == orders.count)
            #expect(Set(payments).count == payments.count)
        }
        #expect(batches.count >= 2)
    }

    /// Deliveries of one event too, whatever they say: the later one finds what the earlier one left.
    @Test func deliveriesOfOneEventComeOneAfterTheOther() {
        let batches = Self.batches(
            (1...5).map { Self.message(.captured, order: "order_\($0)", payment: "pay_\($0)", event: 1) })
        #expect(batches.map(\.count) == [1, 1, 1, 1, 1])
    }
}
