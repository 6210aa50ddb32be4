// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Payments

@Suite(.timeLimit(.minutes(2)))
struct InboxReaperTests {
    @Test func bodiesGoAndWhatGuardsMoneyStays() async throws {
        try await PaymentsFixture.with { shop in
            try await shop.payableOrder(7)
            let paid = PaymentsFixture.event("payment.captured", order: "order_7")
            for (id, body) in [("evt_1", paid), ("evt_2", #"{"event":"invoice.paid"}"#)] {
                let answer = try await shop.deliver(body, event: id)
                #expect(answer.status == 200)
            }
            let reaper = InboxReaper(pool: shop.pool)
            _ = try await reaper.reap()
            #expect(try await shop.sql("select count(*) from payments.events where body <> '';") == "2")
            _ = try await shop.sql("update payments.events set received_at = now() - interval '181 days';")
            _ = try await reaper.reap()
            #expect(try await shop.sql("select event_id || octet_length(body) from payments.events;") == "evt_10")
            // It is known still, and applied no second time; nor under another body.
            for body in [paid, PaymentsFixture.event("payment.captured", order: "order_7", amount: 1)] {
                let answer = try await shop.deliver(body, event: "evt_1")
                #expect(answer.status == 200)
            }
            #expect(try await shop.sql("select count(*) from payments.event_conflicts;") == "1")
            #expect(try await shop.sql("select count(*) from ledger.entries;") == "1")
        }
    }
}
