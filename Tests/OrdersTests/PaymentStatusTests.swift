// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Orders

struct PaymentStatusTests {
    @Test(
        "what rank and method mean",
        arguments: [
            (Int16(0), "razorpay", "unpaid"), (1, "razorpay", "unpaid"), (2, "razorpay", "authorized"),
            (3, "razorpay", "paid"), (4, "cod", "partially_refunded"), (5, "credit_terms", "refunded"),
            (0, "cod", "cod_pending"), (1, "cod", "unpaid"), (3, "cod", "paid"), (0, "credit_terms", "credit_open"),
        ])
    func means(rank: Int16, method: String, status: String) {
        #expect(PaymentStatus(rank: rank, method: method).rawValue == status)
    }

    @Test func everyRankAndMethodBelongsToExactlyOneStatus() {
        var seen: [String] = []
        for status in PaymentStatus.allCases {
            let pairs = PaymentStatus.pairs(of: [status])
            #expect(!pairs.ranks.isEmpty)
            seen += zip(pairs.ranks, pairs.methods).map { "\($0) \($1)" }
        }
        #expect(seen.count == PaymentStatus.ranks.count * PaymentStatus.methods.count)
        #expect(Set(seen).count == seen.count)
    }
}
