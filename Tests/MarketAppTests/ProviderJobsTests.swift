// SPDX-License-Identifier: Apache-2.0
import MarketHTTP
import Testing

@testable import MarketApp

@Suite struct ProviderJobsTests {
    @Test(
        "Money is tried for three days before it waits for a person",
        arguments: [
            "refund.submit", "refund.check", "payment.dispute_call", "payment.dispute_check", "payment.reconcile",
            "settlement.book", "payment.late", "payment.refund", "payment.refund_duplicate", "refund.owe",
        ])
    func limits(_ kind: String) {
        #expect(ProviderJobs.limits[kind] == JobRunner.attempts(lasting: .seconds(259_200)))
    }
}
