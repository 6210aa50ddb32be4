// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import Postgres

/// The commission rule in force for a seller's goods that no rule of a product or category is for: the seller's own, else the global
/// one; nil where there is neither.
///
/// - Cost: one statement; as the client sees it, so that a rule of the transaction counts.
public func commissionInForce(
    for seller: SellerID, in client: any PostgresClient
) async throws -> CommissionRule? {
    try await CommissionStore(client: client).inForce(for: seller)
}
