// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

extension KYCStore {
    /// Sellers with a verified document whose last day is over where they are, behind one of them, by their ids.
    static func sellersToExpire(
        after seller: SellerID, limit: Int, in client: some PostgresClient
    ) async throws -> [SellerID] {
        try await client.query(
            """
            select distinct seller_id from sellers.kyc_documents
             where status = 'verified' and valid_until < (now() at time zone 'Asia/Kolkata')::date
               and seller_id > $1
             order by seller_id limit $2
            """, seller.rawValue, limit
        ).map { SellerID(rawValue: try $0.int64(0)) }
    }

    /// Ends those documents of a seller, which is locked; their ids.
    static func expireDue(of seller: SellerID, in transaction: PostgresTransaction) async throws -> [KYCDocumentID] {
        try await transaction.query(
            """
            update sellers.kyc_documents set status = 'expired'
             where seller_id = $1 and status = 'verified' and valid_until < (now() at time zone 'Asia/Kolkata')::date
            returning id
            """, seller.rawValue
        ).map { KYCDocumentID(rawValue: try $0.int64(0)) }
    }
}
