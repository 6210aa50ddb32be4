// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Testing

@testable import Payments

/// Events of the provider that want an eye.
extension PaymentsFixture {
    /// One event of each state but `received`: processed, ignored, waiting, failed, conflict.
    func fillInbox() async throws {
        try await payableOrder(7)
        try await payableOrder(8)
        let deliveries = [
            ("evt_paid", Self.event("payment.captured", order: "order_7")),
            ("evt_odd", Self.event("weird", order: "order_7")),
            ("evt_waits", Self.event("payment.captured", payment: "pay_W", order: "order_late")),
            ("evt_wrong", Self.event("payment.captured", order: "order_8")),
            ("evt_paid", Self.event("payment.captured", order: "order_8")),
        ]
        for (id, body) in deliveries {
            let answer = try await deliver(body, event: id)
            #expect(answer.status == 200)
        }
    }
}
