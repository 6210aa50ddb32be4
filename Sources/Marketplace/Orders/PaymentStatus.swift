// SPDX-License-Identifier: Apache-2.0

/// What payments have made of an order: derived from the rank of its payments and the way it is paid, never stored. Of cash at
/// the door its parts say the rank (`orders.payment_rank_v1`).
enum PaymentStatus: String, CaseIterable, Sendable {
    case unpaid, authorized, paid
    case partiallyRefunded = "partially_refunded"
    case refunded
    case codPending = "cod_pending"
    case creditOpen = "credit_open"

    /// Every rank that the database knows; 1 is a failed attempt, or cash that will not come.
    static let ranks: ClosedRange<Int16> = 0...5
    static let methods = ["razorpay", "cod", "credit_terms"]

    init(rank: Int16, method: String) {
        switch (rank, method) {
        case (2, _): self = .authorized
        case (3, _): self = .paid
        case (4, _): self = .partiallyRefunded
        case (5, _): self = .refunded
        case (0, "cod"): self = .codPending
        case (_, "credit_terms"): self = .creditOpen
        default: self = .unpaid
        }
    }

    /// The ranks and methods that make up some statuses, pair by pair, for a filter in SQL.
    static func pairs(of statuses: [PaymentStatus]) -> (ranks: [Int16], methods: [String]) {
        var pairs: (ranks: [Int16], methods: [String]) = ([], [])
        for rank in ranks {
            for method in methods where statuses.contains(PaymentStatus(rank: rank, method: method)) {
                pairs.ranks.append(rank)
                pairs.methods.append(method)
            }
        }
        return pairs
    }
}
