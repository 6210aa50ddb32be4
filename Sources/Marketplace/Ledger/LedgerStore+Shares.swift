// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import Postgres

/// What is left of what a seller has earned with a part of an order; minor units.
public struct EarnedShare: Sendable, Equatable {
    /// What is the seller's.
    public let net: Int64
    /// The marketplace's commission with the tax on it.
    public let commission: Int64
    /// TCS and TDS.
    public let taxWithheld: Int64

    /// All of it.
    public var earned: Int64 { net + commission + taxWithheld }
}

/// What parts of an order have earned their sellers, less what went back of it; those that have not earned yet are left out.
///
/// - Cost: one statement, led by the index `shares_of_order`.
public func ledgerShares(
    of order: OrderID, in client: any PostgresClient
) async throws -> [SellerOrderID: EarnedShare] {
    let rows = try await client.query(
        """
        select seller_order_id, net_left, commission_left + gst_left, tcs_left + tds_left
          from ledger.shares where order_id = $1 and earned_at is not null
        """, order.rawValue)
    var shares: [SellerOrderID: EarnedShare] = [:]
    for row in rows {
        shares[SellerOrderID(rawValue: try row.int64(0))] = EarnedShare(
            net: try row.int64(1), commission: try row.int64(2), taxWithheld: try row.int64(3))
    }
    return shares
}
