// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@Suite struct StateMachineTests {
    @Test func ordersMoveForward() {
        let machine = OrderStatus.machine
        #expect(machine.step(from: .pendingPayment, .pay, by: .provider) == .moved(.confirmed))
        #expect(machine.step(from: .pendingPayment, .expire, by: .system) == .moved(.expired))
        #expect(machine.step(from: .expired, .revive, by: .system) == .moved(.confirmed))
        #expect(machine.step(from: .confirmed, .accept, by: .seller) == .moved(.processing))
        #expect(
            machine.step(from: .confirmed, .expire, by: .system)
                == .illegal(allowed: [.cancelled, .processing, .completed]))
        #expect(machine.step(from: .completed, .cancel, by: .system) == .illegal(allowed: []))
    }

    @Test func onlyThoseWhoMayMoveAnObject() {
        #expect(
            OrderStatus.machine.step(from: .pendingPayment, .pay, by: .buyer)
                == .illegal(allowed: [.confirmed, .expired, .cancelled]))
        #expect(
            SellerOrderStatus.machine.step(from: .placed, .accept, by: .buyer)
                == .illegal(allowed: [.accepted, .rejected, .cancelled]))
        #expect(SellerOrderStatus.machine.step(from: .packed, .cancel, by: .buyer) == .moved(.cancelled))
    }

    @Test(
        "payments ignore events that would lead back",
        arguments: [
            (PaymentStatus.captured, PaymentEvent.authorize, Step<PaymentStatus>.ignored),
            (.captured, .capture, .ignored),
            (.captured, .fail, .ignored), (.authorized, .fail, .ignored), (.refunded, .capture, .ignored),
            (.failed, .authorize, .moved(.authorized)), (.failed, .capture, .moved(.captured)),
            (.expired, .capture, .moved(.captured)), (.created, .capture, .moved(.captured)),
            (.initiated, .authorize, .moved(.authorized)), (.authorized, .capture, .moved(.captured)),
            (.partiallyRefunded, .refundPart, .moved(.partiallyRefunded)),
            (.partiallyRefunded, .refundAll, .moved(.refunded)),
        ])
    func payments(state: PaymentStatus, event: PaymentEvent, expected: Step<PaymentStatus>) {
        #expect(PaymentStatus.machine.step(from: state, event, by: .provider) == expected)
    }

    @Test func theProviderIsBelievedOfMoney() {
        let machine = PaymentStatus.machine
        #expect(machine.step(from: .voided, .capture, by: .provider) == .moved(.captured))
        #expect(machine.step(from: .expired, .authorize, by: .provider) == .moved(.authorized))
        #expect(machine.step(from: .expired, .fail, by: .provider) == .ignored)
        #expect(machine.step(from: .voided, .authorize, by: .provider) == .moved(.authorized))
    }

    @Test func everyPaymentMoveLeadsForward() {
        for event in PaymentEvent.allCases {
            for state in PaymentStatus.allCases {
                guard case .moved(let next) = PaymentStatus.machine.step(from: state, event, by: .provider) else {
                    continue
                }
                // Repeating the event has no further effect, except that a part can be refunded again.
                let again = PaymentStatus.machine.step(from: next, event, by: .provider)
                #expect(again == .ignored || event == .refundPart)
            }
        }
    }

    @Test func reservationsEndOnce() {
        let machine = ReservationStatus.machine
        #expect(machine.isTerminal(.consumed))
        // Late money alone leads back.
        for end in [ReservationStatus.released, .expired] { #expect(machine.allowed(from: end) == [.committed]) }
        #expect(!machine.isTerminal(.held) && !machine.isTerminal(.committed))
        #expect(machine.step(from: .committed, .expire, by: .system) == .illegal(allowed: [.consumed, .released]))
    }

    @Test func disputesEndWithinTheirPhase() {
        let machine = DisputeStatus.machine
        #expect(machine.step(from: .open, .lose, by: .provider) == .moved(.lost))
        #expect(machine.step(from: .underReview, .ask, by: .provider) == .moved(.evidenceRequired))
        #expect(machine.step(from: .lost, .win, by: .provider) == .illegal(allowed: []))
        #expect(DisputeStatus.allCases.filter(\.isFinal) == [.won, .lost, .closed])
    }

    @Test func everyMoveIsInTheTableOnce() {
        func isUnambiguous<State, Event>(_ machine: StateMachine<State, Event>) -> Bool {
            var seen: Set<[AnyHashable]> = []
            return machine.transitions.allSatisfy { seen.insert([$0.from, $0.event]).inserted }
        }
        #expect(isUnambiguous(OrderStatus.machine))
        #expect(isUnambiguous(SellerOrderStatus.machine))
        #expect(isUnambiguous(PaymentStatus.machine))
        #expect(isUnambiguous(ReservationStatus.machine))
        #expect(isUnambiguous(DisputeStatus.machine))
        #expect(isUnambiguous(ProductModeration.machine))
        #expect(isUnambiguous(ProductListing.machine))
    }
}
