// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@testable import Payments

/// Webhook secrets are changed while events signed with both are on their way.
@Suite(.timeLimit(.minutes(2)))
struct SecretRotationTests {
    @Test func theOldAndTheNewOneCountUntilTheOldOneIsTakenAway() async throws {
        try await PaymentsFixture.with { shop in
            for order in Int64(1)...4 { try await shop.payableOrder(order) }
            func send(_ order: Int, signedWith secret: String) async throws -> PaymentsFixture.Answer {
                try await shop.deliver(
                    PaymentsFixture.event("payment.captured", payment: "pay_\(order)", order: "order_\(order)"),
                    event: "evt_\(order)", secret: secret)
            }
            let early = try await send(1, signedWith: "whsec_new")
            #expect(early.code == "signature-invalid")
            // The provider signs what arose before the change with the old one, everything else with the new one.
            shop.account.use(webhookSecrets: ["whsec_new", PaymentsFixture.webhookSecret])
            for (order, secret) in [(1, "whsec_new"), (2, PaymentsFixture.webhookSecret)] {
                let answer = try await send(order, signedWith: secret)
                #expect(answer.status == 200)
            }
            let forgotten = try await send(3, signedWith: "whsec_older")
            #expect(forgotten.code == "signature-invalid")
            shop.account.use(webhookSecrets: ["whsec_new"])
            let removed = try await send(3, signedWith: PaymentsFixture.webhookSecret)
            #expect(removed.code == "signature-invalid")
            let current = try await send(4, signedWith: "whsec_new")
            #expect(current.status == 200)
            #expect(
                try await shop.sql("select string_agg(event_id, ' ' order by event_id) from payments.events;")
                    == "evt_1 evt_2 evt_4")
            #expect(
                try await shop.sql("select string_agg(status, ' ' order by id) from orders.orders;")
                    == "confirmed confirmed pending_payment confirmed")
        }
    }
}
