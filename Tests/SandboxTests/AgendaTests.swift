// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Testing

@testable import Sandbox

/// The heap of what happens later.
struct AgendaTests {
    @Test func prunedItComesInTheSameOrder() {
        var agenda = Agenda()
        for number in 0..<100 { agenda.add(.refund("\(number)"), due: Timestamp(seconds: Int64(number * 37 % 10))) }
        agenda.prune { Self.name($0).map { $0.hasSuffix("1") } ?? false }
        #expect(agenda.count == 10)
        let taken = (0..<10).compactMap { _ in Self.name(agenda.popDue(at: Timestamp(seconds: 10))) }
        #expect(taken == (0..<10).map { "\($0)1" }.map { $0 == "01" ? "1" : $0 })
    }

    private static func name(_ item: Agenda.Item?) -> String? {
        switch item {
        case .refund(let id), .refundReference(let id), .payerAnswer(let id), .bankTimeout(let id),
            .captureWindow(let id),
            .disputeDeadline(let id), .payout(let id), .transfer(let id), .settlement(let id),
            .onDemandSettlement(let id), .linkExpiry(let id),
            .productReview(_, let id):
            id
        case nil: nil
        }
    }

    @Test func comesByTimeAndAmongEqualsInOrder() {
        var agenda = Agenda()
        var random = SeededRandom(seed: 3)
        let dues = (0..<500).map { _ in Int64.random(in: 0..<50, using: &random) }
        for (number, due) in dues.enumerated() { agenda.add(.refund("\(number)"), due: Timestamp(seconds: due)) }
        let expected = dues.enumerated().sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }.map {
            "\($0.offset)"
        }
        let taken = dues.map { _ in Self.name(agenda.popDue(at: Timestamp(seconds: 50))) }
        #expect(taken == expected)
        #expect(agenda.nextDue == nil)
    }

    @Test func nothingComesBeforeItsTime() {
        var agenda = Agenda()
        agenda.add(.refund("later"), due: Timestamp(seconds: 2))
        agenda.add(.refundReference("now"), due: Timestamp(seconds: 1))
        #expect(agenda.nextDue == Timestamp(seconds: 1))
        #expect(Self.name(agenda.popDue(at: Timestamp(seconds: 1))) == "now")
        #expect(Self.name(agenda.popDue(at: Timestamp(seconds: 1))) == nil)
        #expect(agenda.nextDue == Timestamp(seconds: 2))
    }

    @Test func waitingTasksDoNotGather() async throws {
        try await withSandbox { bench in
            _ = try await bench.pay(try await bench.order(), "authorized")
            let payment = try await bench.captured()
            for _ in 0..<20 {
                _ = try await bench.api("POST", "/v1/payments/\(payment)/refund", #"{"amount":100}"#)
                try await bench.advance(seconds: 5)
            }
            // The next refund, the next reference, the end of the capture window.
            let count = await bench.sandbox.provider.agendaWakes.count
            #expect(count <= 4)
        }
    }

    @Test func whatDoesNotMatterAnyMoreIsLeftOut() async throws {
        try await withSandbox(configure: { $0.limits.agendaItems = 3 }) { bench in
            for _ in 0..<20 {
                let checkout = try await bench.pay(try await bench.order(), "authorized")
                let id = try #require(checkout.json["razorpay_payment_id"]?.string)
                _ = try await bench.api("POST", "/v1/payments/\(id)/capture", #"{"amount":129900,"currency":"INR"}"#)
            }
            // The settlement, and at most twice as many as matter.
            let count = await bench.sandbox.provider.agenda.count
            #expect((1...3).contains(count))
            let last = try await bench.pay(try await bench.order(), "authorized")
            let id = try #require(last.json["razorpay_payment_id"]?.string)
            try await bench.advance(seconds: 3 * 86_400)
            #expect(try await bench.api("GET", "/v1/payments/\(id)").json["status"]?.string == "refunded")
        }
    }
}
