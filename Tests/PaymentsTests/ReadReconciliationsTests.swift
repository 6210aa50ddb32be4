// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Testing

@testable import Payments

/// What is read of reconciliations, and who begins them without being asked.
@Suite(.timeLimit(.minutes(2)))
struct ReadReconciliationsTests {
    @Test func theLeaderBeginsADayOnce() async throws {
        try await PaymentsFixture.with { shop in
            for _ in 0..<2 { await shop.reconciliations.beginWhenDue() }
            // Before one in the morning nothing is due.
            let isDue = "select (now() at time zone 'Asia/Kolkata')::time >= '01:00';"
            let wanted = try await shop.sql(isDue) == "t" ? "1" : "0"
            #expect(
                try await shop.sql("select count(*) from payments.reconciliations where origin = 'leader';") == wanted)
            #expect(
                try await shop.sql("select count(*) from platform.jobs where kind = 'payment.reconcile';") == wanted)
        }
    }

    @Test func whatIsWrongAndWhoMay() async throws {
        try await PaymentsFixture.with { shop in
            for path in ["list/", "detail/?id=rcn_0000000000001"] {
                let target = "/api/admin/reconciliation/\(path)"
                for (user, code) in [
                    (nil, "token-missing"), (7, "forbidden"), (9004, "forbidden"),
                ] as [(Int64?, String)] {
                    let refused = try await shop.call("GET", target, user: user)
                    #expect(refused.code == code)
                }
            }
            #expect(
                try await shop.call("GET", "/api/admin/reconciliation/detail/", user: 9006).code == "validation-failed")
            #expect(
                try await shop.call("GET", "/api/admin/reconciliation/detail/?id=rcn_0000000000001", user: 9006).code
                    == "not-found")
            #expect(
                try await shop.call("GET", "/api/admin/reconciliation/list/?cursor=odd", user: 9006).code
                    == "invalid-cursor")
        }
    }
}
